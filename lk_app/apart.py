"""Work in a process apart: what would keep the interpreter from others, or must not be let near what else is here."""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import ParamSpec, TypeVar

TRIES = 2
"""The first may find a process that was killed for no fault of this work's."""

LEAST_PRIORITY = 19

WAITS = 6
"""Times as long by the clock as on the processor: a process that gives way to all others waits for a busy one."""

P = ParamSpec("P")
R = TypeVar("R")


class ProcessDied(Exception):
    """The process died of a piece of work, and so did the one that took its place."""


def prepare() -> None:
    """Make this a process that works for another: it gives way to all others, and ends when its parent is gone."""
    os.nice(LEAST_PRIORITY)
    # Libraries quote what they can't read, which is people's data.
    logging.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


class Apart:
    """A process for one kind of work: started with the first piece, replaced when it dies."""

    def __init__(self, name: str, prepare: Callable[[], None] = prepare) -> None:
        """`prepare` runs over there before any work; it and the work must be functions of a module."""
        self._prepare = prepare
        self._process: ProcessPoolExecutor | None = None
        # One thread hands over one piece after another, so that a process that dies takes nobody else's with it.
        self._desk = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `work` returns over there, or raise what it raises; raises ProcessDied as well."""
        return await asyncio.get_running_loop().run_in_executor(self._desk, lambda: self._done(work, *args, **kwargs))

    def _done(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES):
            self._process = self._process or ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), initializer=self._prepare
            )
            try:
                return self._process.submit(work, *args, **kwargs).result()
            except BrokenProcessPool:
                self._process = None
        raise ProcessDied


@contextmanager
def ended_after(seconds: int) -> Iterator[None]:
    """End this process if what is inside takes more seconds of the processor, or WAITS times as long by the clock."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(WAITS * seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
