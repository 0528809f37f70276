"""The process that draws photos anew, started when the first is uploaded."""

from functools import cache

from lk_app.apart import Apart, ProcessDied
from lk_app.photos.kinds import DIAL, Kind, Print, kind_of
from lk_app.photos.refusals import MOST_BYTES, NotDrawn, TooLarge, WrongType


@cache
def darkroom() -> Apart:
    """Return the process, which is apart because a file may be made to break what decodes it."""
    return Apart("darkroom", _prepare)


async def draw_anew(upload: bytes, wanted: Print = DIAL) -> bytes:
    """Return a JPEG of what an uploaded file shows, with nothing else of the file in it; raises Refused.

    If the process dies, another one tries once more.
    """
    if len(upload) > MOST_BYTES:
        raise TooLarge
    kind = kind_of(upload)
    if kind is None:
        raise WrongType
    try:
        return await darkroom().run(_draw, upload, kind, wanted)
    except ProcessDied as died:
        raise NotDrawn("the process died twice") from died


# Only the other process loads what decodes.
def _prepare() -> None:
    from lk_app.photos import drawing

    drawing.prepare()


def _draw(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    from lk_app.photos import drawing

    return drawing.draw(upload, kind, wanted)
