"""The migrations make exactly the schema the models describe, on both databases, and can be undone."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from lk_app.models import Table
from lk_app.services import migrations


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Table.metadata) == []


def test_migrations_make_every_constraint_of_the_models(engine: Engine, database_url: str) -> None:
    migrated = constraints(engine)
    migrations.downgrade(database_url, "base")
    Table.metadata.create_all(engine)

    assert migrated == constraints(engine)


def test_downgrade_to_base_leaves_nothing(engine: Engine, database_url: str) -> None:
    migrations.downgrade(database_url, "base")

    assert inspect(engine).get_table_names() == ["alembic_version"]


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
        if table != "alembic_version"
    }
