"""Documents as those who get them do: their words, their fonts, how they look, the code a bank's app reads."""

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from itertools import combinations, product
from pathlib import Path

import pypdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageChops
from pypdfium2 import raw

APPROVED = Path(__file__).parent / "approved"
RENEW = "LK_APPROVE_PICTURES"
"""Set to 1 in the environment, it makes the pictures of this run the approved ones: look at them before committing."""

POINTS = 72
MM = POINTS / 25.4
TILE = 4
"""Pixels: about a figure of a table, so that a wrong one is not lost in a white page."""
CELL = 8
"""Points; only letters of one cell are compared with each other."""
TOUCHING = 0.3
"""How much of a letter its neighbour in a word may cover."""
NOTICEABLE = 10
"""Shades of grey by which a tile differs when something in it is another; fewer are lost in the approved pictures."""


@dataclass(frozen=True)
class Box:
    """Where something stands on a page, in points from its lower left corner."""

    what: str
    left: float
    bottom: float
    right: float
    top: float

    def covers(self, other: "Box") -> float:
        """Return how much of the smaller of the two the other one covers."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0, width) * max(0, height) / min(self.area, other.area)

    @property
    def area(self) -> float:
        return max((self.right - self.left) * (self.top - self.bottom), 0.01)


def texts(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def squeezed(*texts: str) -> str:
    """Return text without what depends on where lines end: spaces, and the word joiner."""
    return re.sub(r"[\s\u2060]+", "", "".join(texts))


def fonts(pdf: bytes) -> dict[str, bool]:
    """Return the names of all fonts, and whether the file brings them along."""
    found = {}
    for page in pypdf.PdfReader(BytesIO(pdf)).pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            found[str(font["/BaseFont"])] = "/FontFile2" in font.get("/FontDescriptor", {})
    return found


def picture(pdf: bytes, dpi: int, page: int = 0) -> Image.Image:
    """Return a page as a printer puts it on paper, in grey."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].render(scale=dpi / POINTS, grayscale=True).to_pil()


def code(pdf: bytes, dpi: int, page: int = 0) -> str:
    """Return what an app reads from the only code of a page."""
    (found,) = zxingcpp.read_barcodes(picture(pdf, dpi, page), formats=zxingcpp.BarcodeFormat.QRCode)
    return found.bytes.decode()


def letters(pdf: bytes, page: int = 0) -> list[Box]:
    """Return where each letter of a page stands, without spaces."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[page].get_textpage()
        found = [(text.get_text_range(index, 1), text.get_charbox(index)) for index in range(text.count_chars())]
    return [Box(letter, *box) for letter, box in found if letter.strip()]


def pictures(pdf: bytes, page: int = 0) -> list[Box]:
    """Return where the pictures of a page stand that are made of pixels."""
    with pypdfium2.PdfDocument(pdf) as document:
        found = document[page].get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])
        return [Box("picture", *each.get_bounds()) for each in found]


def place(pdf: bytes, words: str, page: int = 0) -> Box:
    """Return where words stand on a page, the first time they do."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[page].get_textpage()
        start, count = text.search(words, match_case=True).get_next()
        boxes = [text.get_charbox(start + index) for index in range(count)]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return Box(words, min(lefts), min(bottoms), max(rights), max(tops))


def collisions(boxes: list[Box]) -> set[str]:
    """Return the pairs of letters of which one stands on the other."""
    cells = defaultdict(list)
    for box in boxes:
        columns = range(int(box.left // CELL), int(box.right // CELL) + 1)
        rows = range(int(box.bottom // CELL), int(box.top // CELL) + 1)
        for cell in product(columns, rows):
            cells[cell].append(box)
    pairs = (pair for near in cells.values() for pair in combinations(near, 2))
    return {
        f"{one.what} on {other.what} at {one.left:.0f}, {one.bottom:.0f}"
        for one, other in pairs
        if one.covers(other) > TOUCHING
    }


def looks_as_approved(pdf: bytes, name: str) -> bool:
    """Say whether a document's first page looks like the approved picture of this name, tile by tile."""
    drawn, approved = picture(pdf, 75), APPROVED / f"{name}.png"
    if os.environ.get(RENEW) == "1":
        drawn.quantize(32).save(approved, optimize=True)
    with Image.open(approved) as expected:
        return difference(drawn, expected.convert("L")) < NOTICEABLE


def difference(one: Image.Image, other: Image.Image) -> int:
    """Return by how many shades of grey the tile differs that differs most; pages of two sizes have none in common."""
    if one.size != other.size:
        return 255
    tiles = ImageChops.difference(one, other).reduce(TILE)
    return int(tiles.getextrema()[1])
