"""Photos drawn anew: what was uploaded in, a plain JPEG out; nothing here knows what is in the picture."""

from lk_app.photos.darkroom import draw_anew
from lk_app.photos.refusals import MOST_BYTES, NotDrawn, Refused, TooLarge, TooManyPixels, Unreadable, WrongType

__all__ = [
    "MOST_BYTES",
    "NotDrawn",
    "Refused",
    "TooLarge",
    "TooManyPixels",
    "Unreadable",
    "WrongType",
    "draw_anew",
]
