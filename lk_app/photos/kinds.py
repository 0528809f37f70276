"""Which kind of picture a file is, by what is in it: names and headers say what a sender likes."""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of picture that is taken, by the name it has in the library that reads it."""

    JPEG = "JPEG"
    PNG = "PNG"
    HEIF = "HEIF"
    """HEIC, as iPhones have it, is HEIF with pictures in HEVC."""


STARTS = {b"\xff\xd8\xff": Kind.JPEG, b"\x89PNG\r\n\x1a\n": Kind.PNG}

HEIF_BOX = b"ftyp"
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def kind_of(content: bytes) -> Kind | None:
    """Return the kind of a file; None for one that is not taken."""
    for start, kind in STARTS.items():
        if content.startswith(start):
            return kind
    return Kind.HEIF if content[4:8] == HEIF_BOX and content[8:12] in HEIF_BRANDS else None
