"""The process that looks through PDFs, started when the first is uploaded."""

from functools import cache

from lk_app.apart import Apart, ProcessDied
from lk_app.papers.refusals import NotChecked

START = b"%PDF-"


@cache
def customs() -> Apart:
    """Return the process, which is apart because a file may be made to break what reads it."""
    return Apart("customs", _prepare)


def is_pdf(upload: bytes) -> bool:
    """Say whether a file begins like a PDF, at its first byte: viewers would look further, which helps disguises."""
    return upload.startswith(START)


async def check(upload: bytes) -> None:
    """Let a PDF pass that is nothing but pages to look at; raises Refused.

    If the process dies, another one tries once more.
    """
    try:
        await customs().run(_inspect, upload)
    except ProcessDied as died:
        raise NotChecked("the process died twice") from died


# Only the other process loads what reads PDFs.
def _prepare() -> None:
    from lk_app.papers import inspecting

    inspecting.prepare()


def _inspect(upload: bytes) -> None:
    from lk_app.papers import inspecting

    inspecting.inspect(upload)
