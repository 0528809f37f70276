"""The process that draws documents, started when the first is asked for."""

from functools import cache
from typing import Any

from lk_app.apart import Apart, ProcessDied
from lk_app.pdf.failure import DrawingFailed


@cache
def press() -> Apart:
    """Return the process, which is apart because in a thread it would slow down everything else threefold."""
    return Apart("press")


async def print_document(template: str, values: dict[str, Any]) -> bytes:
    """Return the PDF of a template; raises DrawingFailed. If the process dies, another one tries once more."""
    try:
        return await press().run(_draw, template, values)
    except ProcessDied as died:
        raise DrawingFailed(f"{template}: the process died twice") from died


def _draw(template: str, values: dict[str, Any]) -> bytes:
    # Only the other process loads what draws: a second of time and tens of megabytes.
    from lk_app.pdf import drawing

    return drawing.draw(template, values)
