"""Importing one package into one database, its arguments, in a process that has held nothing else.

It says in JSON what that took.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time

from sqlalchemy import Connection, text
from sqlmodel import Session

from lk_app.clock import now
from lk_app.services.exchange import import_package
from lk_app.services.session import WRITES, make_engine

EVERY = 0.1
"""Seconds between two looks at the server's memory."""


@dataclass(frozen=True)
class Taken:
    """What an import took; `processor` is of both this process and the server's, which work in turns mostly."""

    rows: int
    seconds: float
    processor: float
    memory: float
    """The most that this process held, in MB."""
    server_memory: float
    """The most that the server's process for this connection held beside what all of them share, in MB."""

    def time_of_a_row(self) -> float:
        """Microseconds by the clock."""
        return self.seconds / self.rows * 1e6

    def processor_of_a_row(self) -> float:
        """Microseconds of processor time."""
        return self.processor / self.rows * 1e6


def main(url: str, package: Path) -> Taken:
    """Import the package, on PostgreSQL on this machine."""
    with make_engine(url, 1).connect().execution_options(**WRITES) as connection:
        server = server_process(connection)
        started, before = perf_counter(), process_time() + processor_seconds(server)
        with watched_memory(server) as most, Session(connection) as session:
            report = import_package(session, package, now())
            session.commit()
        seconds = perf_counter() - started
        processor = process_time() + processor_seconds(server) - before
    rows = sum(file.rows for file in report.files)
    return Taken(rows, seconds, processor, status(Path("/proc/self"), "VmHWM"), max(most))


def server_process(connection: Connection) -> Path:
    """Return what the system tells of the process that serves a connection."""
    number = connection.scalar(text("SELECT pg_backend_pid()"))
    connection.rollback()
    return Path(f"/proc/{number}")


@contextmanager
def watched_memory(process: Path) -> Iterator[list[float]]:
    """Look at a process again and again; yields what was seen so far, in MB."""
    seen = [status(process, "RssAnon")]
    done = Event()

    def look() -> None:
        while not done.wait(EVERY):
            seen[0] = max(seen[0], status(process, "RssAnon"))

    watcher = Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def status(process: Path, name: str) -> float:
    """Return one of the sizes of a process's memory in MB."""
    lines = (process / "status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) / 1024


def processor_seconds(process: Path) -> float:
    """Return the processor time a process has used, in seconds."""
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / 100


if __name__ == "__main__":
    print(json.dumps(asdict(main(sys.argv[1], Path(sys.argv[2])))))
