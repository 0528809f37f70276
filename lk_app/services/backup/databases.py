"""A copy of a whole database, made while the portal goes on, and its way back into an empty one."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import URL, make_url

from lk_app.services.backup.sums import Sums, sums_of
from lk_app.services.errors import ServiceError
from lk_app.services.session import is_sqlite, make_engine

COPIES = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
"""What a copy is called in a backup, by the kind of its database."""

NO_TOOL = "Не найдена программа {}: установите клиентские программы PostgreSQL версии не ниже сервера."
TOOL_FAILED = "{} не справилась: {}"


class NoBackup(ServiceError):
    """There is no backup, or no restored database, and why."""


def kind_of(url: str) -> str:
    return "sqlite" if is_sqlite(url) else "postgresql"


def copy(url: str, file: Path) -> Sums:
    """Copy a database into a new file, and return its figures at the moment of the copy; raises NoBackup."""
    return _copy_sqlite(url, file) if is_sqlite(url) else _copy_postgresql(url, file)


def put_back(file: Path, url: str) -> Sums:
    """Make an empty database what a copy was, and return its figures; raises NoBackup."""
    if is_sqlite(url):
        shutil.copyfile(file, _sqlite_file(url))
    else:
        _run("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(file))
    return _sums_in(url)


def require_empty(url: str) -> None:
    """Raise NoBackup unless a database has no tables, or does not exist yet where that is a file."""
    if is_sqlite(url):
        empty = not _sqlite_file(url).exists()
    else:
        engine = make_engine(url, pool_size=1)
        empty = not inspect(engine).get_table_names()
        engine.dispose()
    if not empty:
        raise NoBackup(
            "База данных из LK_DATABASE_URL не пуста. Укажите новую: копия восстанавливается только в пустую базу."
        )


def _copy_sqlite(url: str, file: Path) -> Sums:
    with closing(sqlite3.connect(_sqlite_file(url))) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
        # Whoever opens the copy elsewhere needs that one file only.
        target.execute("PRAGMA journal_mode = DELETE")
    return _sums_in(f"sqlite:///{file}")


def _copy_postgresql(url: str, file: Path) -> Sums:
    engine = make_engine(url, pool_size=1)
    try:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**options) as connection:
            # The program copies what this transaction sees, so that the figures are of the same moment.
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            _run("pg_dump", url, "--format=custom", f"--snapshot={snapshot}", f"--file={file}")
            return sums_of(connection)
    finally:
        engine.dispose()


def _sums_in(url: str) -> Sums:
    engine: Engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return sums_of(connection)
    finally:
        engine.dispose()


def _sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _run(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on a database; its password goes by the environment, which others can't read."""
    found = shutil.which(program)
    if found is None:
        raise NoBackup(NO_TOOL.format(program))
    address, password = _address_for_programs(make_url(url))
    done = subprocess.run(  # noqa: S603 - our own arguments
        [found, f"--dbname={address}", *arguments],
        env=os.environ | ({"PGPASSWORD": password} if password else {}), check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise NoBackup(TOOL_FAILED.format(program, done.stderr.strip().splitlines()[-1] if done.stderr else ""))


def _address_for_programs(url: URL) -> tuple[str, str]:
    """Return an address without its password, which may stand in two places, and the password."""
    query = dict(url.query)
    of_query = query.pop("password", "")
    # Not `url.set(password=None)`, which keeps the password.
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=False), url.password or str(of_query)
