"""Build assets/fonts/: Golos Text with only the glyphs the portal shows.

Needs fonttools, brotli and the npm package @fontsource-variable/golos-text 5.3.0 (SIL Open Font License 1.1):

    npm pack @fontsource-variable/golos-text@5.3.0 && tar xzf fontsource-variable-golos-text-5.3.0.tgz
    python tools/build_fonts.py package
"""

import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "assets" / "fonts"
LIGHTEST, REGULAR, BOLDEST = 400, 400, 700

GLYPHS = {
    "latin": "20-7E,A0,A7,AB,B0,B2,B3,B7,BB,D7,2009,2013,2014,2018-201E,2022,2026,202F,2191,2193,2212",
    "cyrillic": "A0,401,410-44F,451,2116",
    "rouble": "20BD",
}
"""Code points of each file; the same ranges stand in tokens.css, so that a browser fetches what a page needs."""

SOURCES = {"latin": "latin", "cyrillic": "cyrillic", "rouble": "latin-ext"}


def build(package: Path, name: str) -> None:
    """Write one file of the family from the package's file that has its glyphs."""
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["kern", "tnum", "ccmp", "mark"]
    options.name_IDs = [0, 1, 2, 13, 14]
    options.notdef_outline = True
    font = subset.load_font(package / "files" / f"golos-text-{SOURCES[name]}-wght-normal.woff2", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(GLYPHS[name]))
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": (LIGHTEST, REGULAR, BOLDEST)})
    subset.save_font(font, TARGET / f"golos-{name}.woff2", options)


if __name__ == "__main__":
    source = Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    for face in GLYPHS:
        build(source, face)
    shutil.copyfile(source / "LICENSE", TARGET / "OFL.txt")
