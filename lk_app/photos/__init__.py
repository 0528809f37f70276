"""Photos drawn anew: what was uploaded in, a plain JPEG out; nothing here knows what is in the picture."""

from lk_app.photos.darkroom import draw_anew
from lk_app.photos.kinds import DIAL, PAGE, Print
from lk_app.photos.refusals import MOST_BYTES, NotDrawn, Refused, TooLarge, TooManyPixels, Unreadable, WrongType

__all__ = [
    "DIAL",
    "MOST_BYTES",
    "PAGE",
    "NotDrawn",
    "Print",
    "Refused",
    "TooLarge",
    "TooManyPixels",
    "Unreadable",
    "WrongType",
    "draw_anew",
]
