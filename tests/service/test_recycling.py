"""A PostgreSQL database that a test has used is as good as a new one for the next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.databases import Recycling, connect, look_at

EVENT = "INSERT INTO security_events (kind, at, address, browser, subject) VALUES ('signed in', now(), '', '', '{}')"

Run = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def recycling(postgresql: str, postgresql_template: str) -> Iterator[Recycling]:
    """One that only the tests here use."""
    with connect(postgresql) as administration:
        yield Recycling(administration, postgresql, postgresql_template)


@contextmanager
def lent(recycling: Recycling) -> Iterator[Run]:
    """Run statements in a database for as long as it is lent; they return the values of their first column."""
    with recycling.lent() as url, connect(recycling.server, make_url(url).database or "") as connection:

        def run(statement: str) -> list[Any]:
            cursor = connection.execute(statement)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

        yield run


NUMBER = "SELECT oid FROM pg_database WHERE datname = current_database()"
NAME = "SELECT current_database()"


def test_the_same_database_comes_again_under_another_name(recycling: Recycling) -> None:
    with lent(recycling) as run:
        number, name = run(NUMBER), run(NAME)

    with lent(recycling) as run:
        assert run(NUMBER) == number
        assert run(NAME) != name


def test_two_at_a_time_are_two(recycling: Recycling) -> None:
    with lent(recycling) as first, lent(recycling) as second:
        assert first(NUMBER) != second(NUMBER)


def test_rows_are_gone_even_of_logs_and_numbers_start_anew(recycling: Recycling) -> None:
    seen = []
    for subject in ("first", "second"):
        with lent(recycling) as run:
            run(EVENT.format(subject))
            seen.append(run("SELECT concat_ws(' ', id, ctid, subject) FROM security_events"))

    assert seen == [["1 (0,1) first"], ["1 (0,1) second"]]


def test_the_logs_are_append_only_for_the_next_test_too(recycling: Recycling) -> None:
    for _ in range(2):
        with lent(recycling) as run:
            run(EVENT.format(""))
            with pytest.raises(psycopg.errors.RaiseException):
                run("DELETE FROM security_events")


def test_who_is_still_connected_is_cut_off(recycling: Recycling) -> None:
    with recycling.lent() as url:
        left = connect(recycling.server, make_url(url).database or "")
        left.execute("SELECT pg_advisory_lock(1)")

    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    with lent(recycling) as run:
        assert run("SELECT pg_try_advisory_lock(1)") == [True]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE users ADD COLUMN shoe_size integer",
        "ALTER TABLE users ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE users RENAME TO people",
        "ALTER TABLE security_events DISABLE TRIGGER ALL",
        "DROP TABLE live_changes",
        "DROP INDEX ix_security_events_user_id_id",
        "CREATE TABLE shoes (size integer)",
        "CREATE SCHEMA shoes",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "UPDATE alembic_version SET version_num = '0001'",
        "SELECT lo_create(0)",
        "ANALYZE",
    ],
)
def test_every_change_of_anything_but_rows_is_seen(recycling: Recycling, change: str) -> None:
    with recycling.lent() as url, connect(recycling.server, make_url(url).database or "") as connection:
        connection.execute(EVENT.format(""))
        before, _ = look_at(connection)
        connection.execute(f"BEGIN; {change}")
        after, _ = look_at(connection)
        connection.execute("ROLLBACK")

    assert before == recycling.everything_but_rows
    assert after != before


def test_a_database_with_such_a_change_does_not_come_again(recycling: Recycling) -> None:
    with lent(recycling) as run:
        number = run(NUMBER)
        run(EVENT.format(""))
        run("ALTER TABLE users ADD COLUMN shoe_size integer")

    with lent(recycling) as run:
        assert run(NUMBER) != number
        assert run("SELECT subject FROM security_events") == []


def test_a_database_that_has_grown_does_not_come_again(recycling: Recycling) -> None:
    with lent(recycling) as run:
        number = run(NUMBER)
        run("INSERT INTO live_changes (topic, at) SELECT 'topic ' || n, now() FROM generate_series(1, 100000) AS n")

    with lent(recycling) as run:
        assert run(NUMBER) != number
