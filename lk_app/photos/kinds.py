"""Which kind of picture a file is, by what is in it: names and headers say what a sender likes; and what it becomes."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Print:
    """How large a picture is drawn anew, at most."""

    longest_side: int
    pixels: int
    enough_bytes: int
    """A file that is larger is drawn in a lower quality."""


DIAL = Print(longest_side=1_600, pixels=1_600 * 1_600, enough_bytes=250 * 1024)
"""The digits of a dial that fills a third of the picture are 40 pixels high."""

PAGE = Print(longest_side=8_000, pixels=6_000_000, enough_bytes=1024 * 1024)
"""Small print stays readable: on a photo of a sheet it is 20 pixels high, and a screen of a phone stays as it is."""
