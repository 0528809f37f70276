"""The migrations make exactly the schema the models describe, on both databases, and can be undone."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from lk_app.models import Table
from lk_app.models.search import STEMS
from lk_app.services import migrations


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_of_the_models})

        assert compare_metadata(context, Table.metadata) == []


def test_migrations_make_every_constraint_of_the_models(engine: Engine, database_url: str) -> None:
    migrated = constraints(engine)
    migrations.downgrade(database_url, "base")
    Table.metadata.create_all(engine)

    assert migrated == constraints(engine)


def test_downgrade_to_base_leaves_nothing(engine: Engine, database_url: str) -> None:
    migrations.downgrade(database_url, "base")

    assert inspect(engine).get_table_names() == ["alembic_version"]


def is_of_the_models(name: str | None, kind: str = "table", parents: Any = None) -> bool:
    """Say whether the models know of a table: the databases keep the stems of texts by themselves."""
    return not (kind == "table" and str(name).startswith(STEMS))


def constraints(engine: Engine) -> dict[str, Any]:
    inspector = inspect(engine)
    return {
        table: {
            "checks": sorted((check["name"], check["sqltext"]) for check in inspector.get_check_constraints(table)),
            "foreign": sorted(
                (key["name"], key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in inspector.get_foreign_keys(table)
            ),
            "unique": sorted((key["name"], key["column_names"]) for key in inspector.get_unique_constraints(table)),
            "indexes": sorted((index["name"], index["column_names"]) for index in inspector.get_indexes(table)),
            "primary": inspector.get_pk_constraint(table)["constrained_columns"],
        }
        for table in inspector.get_table_names()
        if table != "alembic_version" and is_of_the_models(table)
    }


def test_the_security_log_stays_append_only_whatever_is_done_to_its_table(engine: Engine, database_url: str) -> None:
    def say(kind: str) -> str:
        values = f"'{kind}', CURRENT_TIMESTAMP, '', '', ''"
        return f"INSERT INTO security_events (kind, at, address, browser, subject) VALUES ({values})"

    migrations.downgrade(database_url, "0003")
    run(engine, say("signed in"))
    refused(engine, say("email changed"))

    migrations.upgrade(database_url)
    run(engine, say("email changed"))
    run(engine, say("email removed"))

    for change in ("UPDATE security_events SET subject = 'x'", "DELETE FROM security_events", say("anything")):
        refused(engine, change)
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM security_events ORDER BY id")).scalars().all()
    assert kinds == ["signed in", "email changed", "email removed"]


@pytest.mark.parametrize("table", ["audit_events", "revisions"])
def test_what_staff_did_stays_append_only(engine: Engine, table: str) -> None:
    run(engine, ADDED[table])

    for change in (f"UPDATE {table} SET at = '2026-11-23 07:30:00+00:00'", f"DELETE FROM {table}"):
        refused(engine, change)


ADDED = {
    "audit_events": "INSERT INTO audit_events (action, at, subject, detail, address) "
    "VALUES ('appeal handed over', CURRENT_TIMESTAMP, '', '', '')",
    "revisions": "INSERT INTO revisions (content, key, at, fields) "
    "VALUES ('faq', '1', '2026-11-22 07:30:00+00:00', '{}')",
}


@pytest.mark.parametrize("added_by", ["insert", "update"])
def test_the_index_of_stems_follows_the_texts(engine: Engine, added_by: str) -> None:
    values = "'help', '/help/payment', 'Оплата', 'Картой', 'оплат', :stems"
    columns = "source, address, title, text, title_stems, text_stems"
    with engine.begin() as connection:
        stems = "карт" if added_by == "insert" else "прежн"
        connection.execute(text(f"INSERT INTO search_texts ({columns}) VALUES ({values})"), {"stems": stems})
        connection.execute(text("UPDATE search_texts SET text_stems = 'карт'"))
        assert found(connection, "карт") == 1
        assert found(connection, "прежн") == 0
        connection.execute(text("DELETE FROM search_texts"))
        assert found(connection, "карт") == 0


def found(connection: Connection, stem: str) -> int:
    by_stem = {
        "sqlite": "SELECT count(*) FROM search_stems WHERE search_stems MATCH :stem",
        "postgresql": "SELECT count(*) FROM search_stems WHERE stems @@ to_tsquery('simple', :stem)",
    }[connection.dialect.name]
    return int(connection.execute(text(by_stem), {"stem": stem}).scalar_one())


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def refused(engine: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError):
        run(engine, statement)
