"""Handles on the processes that work apart, for tests that end or kill them."""

from multiprocessing.process import BaseProcess

from lk_app.apart import Apart


def process_of(apart: Apart) -> BaseProcess:
    """The process that is there now."""
    assert apart._process is not None
    (process,) = apart._process._processes.values()
    return process


def end(apart: Apart) -> None:
    """End the process, if there is one, once it has done what it was given."""
    if apart._process is not None:
        apart._process.shutdown()
