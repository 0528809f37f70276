"""The process that draws documents: what it does when a template is at fault, when it dies, when it is stuck."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lk_app.pdf import DrawingFailed, press, print_document
from tests.apart import end, process_of
from tests.servers import ROOT

STUCK = """
from lk_app import apart
from lk_app.pdf import drawing

def stuck(template, values):
    while True:
        pass

drawing.DEADLINE = 1
apart.WAITS = 60
drawing._drawn = stuck
drawing.draw("documents/receipt.html", {})
"""


@pytest.fixture(autouse=True)
def own_press() -> Iterator[None]:
    """A process of this test's own."""
    press.press.cache_clear()
    yield
    end(press.press())
    press.press.cache_clear()


async def test_a_fault_of_a_template_is_told_and_leaves_the_process_alive() -> None:
    processes = set()
    for _ in range(2):
        with pytest.raises(Exception, match="'page' is undefined"):
            await print_document("documents/receipt.html", {})
        processes.add(process_of(press.press()).pid)

    assert len(processes) == 1


async def test_a_process_that_dies_twice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "_draw", dying)

    with pytest.raises(DrawingFailed, match="died twice"):
        await print_document("documents/receipt.html", {})


def dying(template: str, values: object) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def test_a_process_that_is_stuck_ends_itself() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, timeout=60, check=False, capture_output=True)

    assert ended.returncode == -signal.SIGPROF
