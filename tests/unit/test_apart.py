"""Work in a process apart: done one piece after another, and tried once more when the process dies of it."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lk_app.apart import LEAST_PRIORITY, Apart, ProcessDied, ended_after
from tests.apart import end, process_of
from tests.servers import ROOT

PARENT = """
import asyncio, os, signal
from lk_app.apart import Apart

async def die_alone():
    print(await Apart("test").run(os.getpid), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(die_alone())
"""

STUCK = """
from lk_app import apart

apart.WAITS = 60
with apart.ended_after(1):
    while True:
        pass
"""

ASLEEP = """
import time
from lk_app import apart

apart.WAITS = 1
with apart.ended_after(1):
    time.sleep(60)
"""


@pytest.fixture
def apart() -> Iterator[Apart]:
    apart = Apart("test")
    yield apart
    end(apart)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(trace: Path) -> str:
    """Die, unless somebody has died here before."""
    if not trace.exists():
        trace.touch()
        die()
    return "done"


def what_is_heard() -> tuple[bool, int]:
    """Whether this process logs, and its priority."""
    return logging.getLogger().isEnabledFor(logging.CRITICAL), os.getpriority(os.PRIO_PROCESS, 0)


async def test_work_is_done_elsewhere_and_by_the_same_process(apart: Apart) -> None:
    first, second = await asyncio.gather(apart.run(os.getpid), apart.run(os.getpid))

    assert first == second != os.getpid()


async def test_that_process_logs_nothing_and_gives_way(apart: Apart) -> None:
    assert await apart.run(what_is_heard) == (False, LEAST_PRIORITY)


async def test_an_error_is_told_and_leaves_the_process_alive(apart: Apart) -> None:
    before = await apart.run(os.getpid)

    with pytest.raises(ValueError, match="invalid literal"):
        await apart.run(int, "five")

    assert await apart.run(os.getpid) == before


async def test_a_process_that_was_killed_is_replaced(apart: Apart) -> None:
    before = await apart.run(os.getpid)
    process_of(apart).kill()

    assert await apart.run(os.getpid) != before


async def test_work_in_the_middle_of_which_the_process_dies_is_tried_again(apart: Apart, tmp_path: Path) -> None:
    assert await apart.run(die_once, tmp_path / "trace") == "done"


async def test_work_that_kills_its_process_twice_is_given_up_and_harms_nobody_else(apart: Apart) -> None:
    before = await apart.run(os.getpid)

    deadly, *others = await asyncio.gather(
        apart.run(die), *(apart.run(os.getpid) for _ in range(9)), return_exceptions=True
    )

    assert isinstance(deadly, ProcessDied)
    assert len(set(others)) == 1
    assert others[0] != before


@pytest.mark.parametrize(("stuck", "ends_by"), [(STUCK, signal.SIGPROF), (ASLEEP, signal.SIGALRM)])
def test_a_process_that_is_stuck_ends_itself(stuck: str, ends_by: signal.Signals) -> None:
    ended = subprocess.run([sys.executable, "-c", stuck], cwd=ROOT, timeout=60, check=False, capture_output=True)

    assert ended.returncode == -ends_by


def test_what_is_done_in_time_is_not_ended_later() -> None:
    with ended_after(1):
        pass
    until = time.process_time() + 1.2
    while time.process_time() < until:
        pass


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
