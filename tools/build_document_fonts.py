"""Build lk_app/pdf/fonts/: PT Sans without hints, which are of no use on paper and three fifths of a document's size.

Needs fonttools and the package fontpkg-pt-sans (SIL Open Font License 1.1):

    pip install fonttools && python tools/build_document_fonts.py
"""

from pathlib import Path

import fontpkg_pt_sans
from fontTools import subset

SOURCE = Path(fontpkg_pt_sans.__file__).parent / "files"
TARGET = Path(__file__).resolve().parent.parent / "lk_app" / "pdf" / "fonts"

GLYPHS = "20-7E,A0-17F,218-21B,400-4FF,2002-2015,2018-201E,2020-2022,2026,2030,2039,203A,20AC,20BD,2116,2122,2212"
"""Code points: names and addresses may hold letters of the languages of Russia and of its neighbours."""


def build(face: str) -> None:
    """Write one face."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.notdef_outline = True
    font = subset.load_font(SOURCE / f"PT_Sans-Web-{face}.ttf", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(GLYPHS))
    subsetter.subset(font)
    subset.save_font(font, TARGET / f"PTSans-{face}.ttf", options)


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for face in ("Regular", "Bold"):
        build(face)
