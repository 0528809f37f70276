"""What a template can't draw by itself, as data addresses for `<img>`: payment codes and charts."""

import base64
from collections.abc import Sequence
from io import BytesIO
from typing import TypedDict

import segno

QR_SCALE = 4
QR_QUIET_ZONE = 4
"""Modules of white around the code, as the standard of QR codes asks."""
QR_ZONE_ON_PAPER = 2
"""The white of the paper gives the rest, and the modules are larger for it."""

CHART_WIDTH, CHART_HEIGHT = 930, 330
LABELS_ABOVE, LABELS_BELOW = 30, 40
BAR_SHARE = 0.66
BAR, MARKED_BAR, RULE = "#9cc3c9", "#0b5d6b", "#d5dcdb"
INK, FAINT_INK = "#13201f", "#5f6b68"
CHART_FONT = "ChartSans"
"""A name apart from the page's font: the page would lose its own otherwise."""


class Bar(TypedDict):
    """A bar of a chart: what it stands for, its figure as a number and in words, whether it is the one that counts."""

    label: str
    value: int
    words: str
    marked: bool


def qr_png(text: str, quiet_zone: int = QR_QUIET_ZONE) -> bytes:
    """Return a payment code of middle error correction, in UTF-8 without a mark of it, as apps expect."""
    code = segno.make(text, error="m", micro=False, boost_error=False, encoding="utf-8", eci=False)
    png = BytesIO()
    code.save(png, kind="png", scale=QR_SCALE, border=quiet_zone)
    return png.getvalue()


def qr_address(text: str) -> str:
    """Return a payment code for the template of a document."""
    return as_address("image/png", qr_png(text, QR_ZONE_ON_PAPER))


def chart_address(bars: Sequence[Bar]) -> str:
    """Return a chart of bars for the template of a document, each with its figure above and its label below."""
    highest = max((bar["value"] for bar in bars), default=0) or 1
    base, room = CHART_HEIGHT - LABELS_BELOW, CHART_HEIGHT - LABELS_BELOW - LABELS_ABOVE
    step = CHART_WIDTH / len(bars)
    width = step * BAR_SHARE
    marks = [f'<line x1="0" y1="{base}" x2="{CHART_WIDTH}" y2="{base}" stroke="{RULE}" stroke-width="2"/>']
    for index, bar in enumerate(bars):
        height = room * bar["value"] / highest
        left, middle = index * step + (step - width) / 2, index * step + step / 2
        colour = MARKED_BAR if bar["marked"] else BAR
        if bar["value"]:
            marks.append(
                f'<rect x="{left:.1f}" y="{base - height:.1f}" width="{width:.1f}" height="{height:.1f}"'
                f' fill="{colour}"/>'
            )
        marks.append(chart_text(middle, base - height - 8, INK, bar["words"]))
        marks.append(chart_text(middle, CHART_HEIGHT - 10, INK if bar["marked"] else FAINT_INK, bar["label"]))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{CHART_WIDTH}" height="{CHART_HEIGHT}"'
        f' viewBox="0 0 {CHART_WIDTH} {CHART_HEIGHT}">'
    )
    return as_address("image/svg+xml", "".join([head, *marks, "</svg>"]).encode())


def chart_text(middle: float, baseline: float, colour: str, words: str) -> str:
    return (
        f'<text x="{middle:.1f}" y="{baseline:.1f}" font-family="{CHART_FONT}" font-size="23" fill="{colour}"'
        f' text-anchor="middle">{words}</text>'
    )


def as_address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
