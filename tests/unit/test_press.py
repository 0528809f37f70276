"""The process that draws: started once, replaced when it dies, ended when it is stuck or left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lk_app.pdf import DrawingFailed, press, print_document
from tests.servers import ROOT

PARENT = """
import asyncio, os, signal
from lk_app.pdf import press

async def die_alone():
    process = await asyncio.wrap_future(press.press().submit(os.getpid))
    print(process, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(die_alone())
"""

STUCK = """
from lk_app.pdf import drawing

def stuck(template, values):
    while True:
        pass

drawing.DEADLINE = 1
drawing._drawn = stuck
drawing.draw("documents/receipt.html", {})
"""


@pytest.fixture(autouse=True)
def own_press() -> Iterator[None]:
    """A process of this test's own."""
    press.press.cache_clear()
    yield
    press.press().shutdown()
    press.press.cache_clear()


async def test_a_fault_of_a_template_is_told_and_leaves_the_process_alive() -> None:
    for _ in range(2):
        with pytest.raises(Exception, match="'page' is undefined"):
            await print_document("documents/receipt.html", {})

    assert len(press.press()._processes) == 1


async def test_a_process_that_dies_twice_is_an_error() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(press, "_printed", dying)

        with pytest.raises(DrawingFailed, match="died twice"):
            await print_document("documents/receipt.html", {})


async def dying(template: str, values: object) -> bytes:
    raise press.BrokenProcessPool


def test_a_process_that_is_stuck_ends_itself() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, timeout=30, check=False, capture_output=True)

    assert ended.returncode == -signal.SIGALRM


def test_a_process_left_alone_ends(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.run(
        [sys.executable, str(script)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    process = int(parent.stdout)

    assert parent.returncode == -signal.SIGKILL
    for _ in range(100):
        if not is_running(process):
            return
        time.sleep(0.1)
    pytest.fail("the process outlived its parent")


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # Nobody waits for an orphan at once in some containers: it is gone all the same.
    with open(f"/proc/{process}/stat") as status:
        return status.read().rpartition(")")[2].split()[0] != "Z"
