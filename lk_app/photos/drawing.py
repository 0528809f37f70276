"""Draws one photo after another anew, in a process that does nothing else (`darkroom`): the files come from anybody."""

import resource
import warnings
from io import BytesIO
from math import isqrt

import pillow_heif
from PIL import Image, ImageOps

from lk_app import apart
from lk_app.photos.kinds import DIAL, Kind, Print
from lk_app.photos.refusals import MOST_PIXELS, Refused, TooManyPixels, Unreadable

MEMORY = 1024**3
"""Bytes this process may have; a picture of MOST_PIXELS takes half of it."""
DEADLINE = 20
"""Seconds of the processor after which the process is ended in the middle of a picture; most take less than one."""

GAP = 2.0
"""How much larger than asked for a picture may be decoded, to be reduced well."""
QUALITIES = (85, 75, 65, 50)
"""Tried in turn until the file is small enough."""

PAPER = "white"
"""What shows through a picture."""


def prepare() -> None:
    """Make this a process that draws photos: with little memory, and nothing left on the disk if it crashes."""
    apart.prepare()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    # What a file says of its size is looked at here, and for all kinds alike.
    Image.MAX_IMAGE_PIXELS = None
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def draw(upload: bytes, kind: Kind, wanted: Print = DIAL) -> bytes:
    """Return a JPEG of what a file of this kind shows; raises Refused, and takes the process down if it gets stuck."""
    with apart.ended_after(DEADLINE):
        try:
            return _drawn(upload, kind, wanted)
        except Refused:
            raise
        except Exception:
            # Libraries raise nearly anything over a broken file, and quote it.
            raise Unreadable from None


def _drawn(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    with Image.open(BytesIO(upload), formats=[kind]) as photo:
        if photo.width * photo.height > MOST_PIXELS:
            raise TooManyPixels
        side = _longest_side(photo, wanted)
        photo.draft(None, (int(GAP * side),) * 2)
        picture = _in_colours(photo)
        picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=GAP)
        return _jpeg(_on_paper(ImageOps.exif_transpose(picture)), wanted)


def _longest_side(photo: Image.Image, wanted: Print) -> int:
    """Return how long the longer side of a picture may be; that of a narrow one, a page of a screen, may be longer."""
    longer, shorter = max(photo.size), min(photo.size)
    return min(wanted.longest_side, isqrt(wanted.pixels * longer // max(1, shorter)))


def _in_colours(photo: Image.Image) -> Image.Image:
    """Return a picture in shades or colours of eight bits, which alone can be reduced well."""
    if photo.mode.startswith("I;16"):
        # Converted, it would be cut off at 255 instead.
        return photo.point(lambda value: value / 256, "L")
    if photo.mode in ("L", "RGB", "RGBA") and "transparency" not in photo.info:
        return photo
    return photo.convert("RGBA" if photo.has_transparency_data else "RGB")


def _on_paper(picture: Image.Image) -> Image.Image:
    """Return a new picture that takes nothing over but what is seen."""
    paper = Image.new("RGB", picture.size, PAPER)
    paper.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return paper


def _jpeg(picture: Image.Image, wanted: Print) -> bytes:
    for quality in QUALITIES:
        jpeg = BytesIO()
        picture.save(jpeg, "JPEG", quality=quality, optimize=True, progressive=False)
        if jpeg.tell() <= wanted.enough_bytes:
            break
    return jpeg.getvalue()
