"""The process that draws documents, started when the first is asked for."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any

from lk_app.pdf.failure import DrawingFailed


@cache
def press() -> ProcessPoolExecutor:
    """Return the process, which is apart because in a thread it would slow down everything else threefold."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_prepare)


async def print_document(template: str, values: dict[str, Any]) -> bytes:
    """Return the PDF of a template; raises DrawingFailed. If the process dies, another one tries once more."""
    try:
        return await _printed(template, values)
    except BrokenProcessPool:
        pass
    try:
        return await _printed(template, values)
    except BrokenProcessPool as died:
        raise DrawingFailed(f"{template}: the process died twice") from died


async def _printed(template: str, values: dict[str, Any]) -> bytes:
    asked = press()
    try:
        return await asyncio.get_running_loop().run_in_executor(asked, _draw, template, values)
    except BrokenProcessPool:
        # Whoever waited for the same process learns of its death too; the first of them replaces it.
        if press() is asked:
            press.cache_clear()
        raise


# Only the other process loads what draws: a second of time and tens of megabytes.
def _prepare() -> None:
    from lk_app.pdf import drawing

    drawing.prepare()


def _draw(template: str, values: dict[str, Any]) -> bytes:
    from lk_app.pdf import drawing

    return drawing.draw(template, values)
