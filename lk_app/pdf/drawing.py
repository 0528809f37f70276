"""Draws one document after another, in a process that does nothing else (`press`): the library is slow and locks."""

import unicodedata
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment
from reportlab import rl_config
from reportlab.graphics.shapes import STATE_DEFAULTS
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus.tables import CellStyle
from svglib import fonts as svg_fonts
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from lk_app import apart
from lk_app.pdf import pictures
from lk_app.pdf.failure import DrawingFailed
from lk_app.templates import environment

FONTS = Path(__file__).resolve().parent / "fonts"
CHART_FONT = str(FONTS / "PTSans-Regular.ttf")

DEADLINE = 25
"""Seconds of the processor after which the process is ended in the middle of a document; most take a tenth of one."""
MAX_SECONDS = apart.WAITS * DEADLINE - 5
"""The library's own limit, by the clock, which it keeps between two steps."""


def draw(template: str, values: dict[str, Any]) -> bytes:
    """Return the PDF of a template; raises DrawingFailed, and takes the process down if it gets stuck."""
    with apart.ended_after(DEADLINE):
        return _drawn(template, values)


def _drawn(template: str, values: dict[str, Any]) -> bytes:
    _prepare_fonts()
    page = _templates().get_template(template).render(values | {"fonts": FONTS})
    pdf = BytesIO()
    policy = ResourceAccessPolicy.server(FONTS, allow_remote=False, max_render_seconds=MAX_SECONDS)
    done = pisa.CreatePDF(page, dest=pdf, encoding="utf-8", resource_policy=policy)
    # A font that can't be read is only a warning to the library, and black squares to the reader.
    if done.err or done.warn:
        raise DrawingFailed(f"{template}: {done.err} errors, {done.warn} warnings")
    return pdf.getvalue()


@cache
def _prepare_fonts() -> None:
    # The same content gives the same bytes, and no font is named that the file does not bring.
    rl_config.invariant = 1
    pdfmetrics.registerFont(TTFont(pictures.CHART_FONT, CHART_FONT))
    rl_config.canvas_basefontname = pictures.CHART_FONT
    # Both took the library's own font over when they were imported.
    CellStyle.fontname = STATE_DEFAULTS["fontName"] = pictures.CHART_FONT
    svg_fonts.register_font(pictures.CHART_FONT, CHART_FONT, rlgFontName=pictures.CHART_FONT)


def drawable(value: Any) -> Any:
    """Return what a template prints with letters of the font only: one that is missing would cost the document."""
    if not isinstance(value, str) or value.isascii():
        return value
    # Markup stays what it is, and is not escaped twice.
    composed = type(value)(unicodedata.normalize("NFC", value))
    missing = {ord(letter) for letter in composed if not letter.isspace()} - _letters()
    return composed.translate({letter: "" if _is_unseen(letter) else "?" for letter in missing})


def _is_unseen(letter: int) -> bool:
    """Say whether a letter has no place of its own: stress marks, joiners."""
    return unicodedata.category(chr(letter)) in ("Mn", "Cf")


@cache
def _letters() -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(pictures.CHART_FONT).face.charToGlyph)


@cache
def _templates() -> Environment:
    """Return the environment of templates with what only documents draw."""
    templates = environment().overlay(finalize=drawable)
    templates.filters |= {"qr": pictures.qr_address, "chart": pictures.chart_address}
    return templates
