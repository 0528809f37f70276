"""One database for all tests of a module whose work nobody commits: import the fixture in place of the usual one."""

import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import DATABASES, copied_postgresql


@pytest.fixture(scope="module", params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the schema, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "lk.db"
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), path)}"
    else:
        template = request.getfixturevalue("postgresql_template")
        with copied_postgresql(request.getfixturevalue("postgresql"), template) as url:
            yield url
