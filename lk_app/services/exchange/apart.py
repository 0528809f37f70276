"""Loading in a process apart: parsing millions of rows keeps the interpreter from those who look at pages.

The process is the command's own, with what was sent for its standard input. What became of it stands in the run; when
it has died without saying so, we say it.
"""

import os
import subprocess
import sys
from typing import IO

from sqlmodel import Session

from lk_app.clock import Clock
from lk_app.services.exchange import runs
from lk_app.services.exchange.load import Report, import_package
from lk_app.services.exchange.registries import Profile, load_registry

COMMAND = (sys.executable, "-m", "lk_app", "exchange", "carry-out")
LARGE = 1_000_000
"""Bytes from which on starting a process takes less than loading them."""


def carry_out(run_id: int, file: IO[bytes], profile: Profile | None, now: Clock) -> None:
    """Load a package, or a registry if there is a profile, as a run that has begun: here, or if it is large apart.

    Raises what `runs.carry_out` does when it is loaded here.
    """
    if os.fstat(file.fileno()).st_size < LARGE:
        carry_out_here(run_id, file, profile, now)
        return
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    of_a_profile = ["--profile", profile.name] if profile else []
    subprocess.run([*COMMAND, str(run_id), *of_a_profile], stdin=file, check=False)  # noqa: S603 - our own
    runs.note_died(run_id, now())


def carry_out_here(run_id: int, file: IO[bytes], profile: Profile | None, now: Clock) -> None:
    """Load as `carry_out` does, in this process."""

    def work(session: Session) -> Report:
        if profile is None:
            return import_package(session, file, now())
        return load_registry(session, file, profile, now())

    runs.carry_out(run_id, work, now)
