"""Code of the release before goes on working while a migration runs and after it: processes are upgraded one by one.

`alembic/RELEASED` names the newest migration of the last release. Whoever makes a release writes the newest one there;
what is later than that is looked at here. What old code does not use any more may go in the release after the one that
stopped using it.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData
from sqlmodel import Session

from lk_app.models.search import STEMS
from lk_app.services import migrations
from lk_app.services.session import WRITES
from lk_app.settings import ROOT
from tests import everything
from tests.factories import NOW
from tests.rolling import unsurvived

RELEASED = (ROOT / "alembic" / "RELEASED").read_text().strip()
SCRIPTS = ScriptDirectory.from_config(migrations.configuration("sqlite://"))
LATER = [script for script in SCRIPTS.walk_revisions() if script.revision > RELEASED]


@pytest.mark.parametrize("script", LATER, ids=lambda script: script.revision)
def test_old_code_survives_every_migration_since_the_last_release(
    engine: Engine, database_url: str, script: Any
) -> None:
    migrations.downgrade(database_url, script.down_revision)

    assert unsurvived(engine, script.module) == []


def test_what_old_code_writes_and_reads_fits_the_new_schema(engine: Engine, database_url: str) -> None:
    migrations.downgrade(database_url, RELEASED)
    old = MetaData()
    old.reflect(engine, only=lambda name, _: name != "alembic_version" and not name.startswith(STEMS))
    migrations.upgrade(database_url)
    rows = rows_of(engine, old)
    assert all(rows.values())

    with engine.connect().execution_options(**WRITES) as connection:
        for table in old.sorted_tables:
            connection.execute(table.insert(), rows[table.name])
        connection.commit()
        for table in old.sorted_tables:
            read = connection.execute(sa.select(*table.columns)).mappings().all()
            assert [dict(row) for row in read] == rows[table.name], table.name


def rows_of(engine: Engine, old: MetaData) -> dict[str, list[dict[str, Any]]]:
    """Return a row of each table that keeps to all constraints, as far as old code knows its columns."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        everything.fill(session, NOW)
        found = {
            table.name: [dict(row) for row in connection.execute(sa.select(*table.columns)).mappings()]
            for table in old.sorted_tables
        }
        session.rollback()
    return found


def adds_a_required_column() -> None:
    op.add_column("offices", sa.Column("fax", sa.String(20), nullable=False))


def adds_columns_that_may_be_left_out() -> None:
    op.add_column("offices", sa.Column("fax", sa.String(20)))
    op.add_column("offices", sa.Column("floor", sa.Integer(), nullable=False, server_default="1"))


def drops_a_column() -> None:
    op.drop_column("offices", "directions")


def drops_a_table() -> None:
    op.drop_table("idempotency_keys")


def renames() -> None:
    op.rename_table("captchas", "questions")
    with op.batch_alter_table("offices") as offices:
        offices.alter_column("hours", new_column_name="open_at", existing_type=sa.String(200))


def demands_what_may_be_left_out() -> None:
    with op.batch_alter_table("premises") as premises:
        premises.alter_column("area", nullable=False, existing_type=sa.Integer())


def narrows_a_type() -> None:
    with op.batch_alter_table("offices") as offices:
        offices.alter_column("address", type_=sa.String(100), existing_type=sa.String(300))


def widens_a_type() -> None:
    with op.batch_alter_table("offices") as offices:
        offices.alter_column("address", type_=sa.String(500), existing_type=sa.String(300))


def constrains() -> None:
    with op.batch_alter_table("offices") as offices:
        offices.create_check_constraint("ck_offices_has_address", sa.column("address") != "")
        offices.create_unique_constraint("uq_offices_name", ["name"])


def constrains_without_a_look() -> None:
    with op.batch_alter_table("offices") as offices:
        offices.create_check_constraint("ck_offices_has_address", sa.column("address") != "", postgresql_not_valid=True)


def makes_an_index() -> None:
    op.create_index("ix_charges_closing", "charges", ["closing"])


def makes_a_table_with_an_index() -> None:
    op.create_table("faxes", sa.Column("number", sa.String(20), primary_key=True))
    op.create_index("ix_faxes_number", "faxes", ["number"], unique=True)


def goes_past_the_operations() -> None:
    op.execute("ALTER TABLE offices ADD COLUMN fax varchar(20)")


CHECK = "ck_offices_has_address"
BAD: dict[Callable[[], None], list[str]] = {
    adds_a_required_column: ["demands offices.fax, which old code does not know"],
    adds_columns_that_may_be_left_out: [],
    drops_a_column: ["drops the column offices.directions"],
    drops_a_table: ["drops the table idempotency_keys"],
    renames: ["renames the column offices.hours", "renames the table captchas"],
    demands_what_may_be_left_out: ["demands premises.area, which old code may leave out"],
    narrows_a_type: ["changes the type of offices.address"],
    widens_a_type: [],
    constrains: [
        f"adds the constraint {CHECK}, which old code may break",
        "adds the constraint uq_offices_name, which old code may break",
    ],
    constrains_without_a_look: [f"adds the constraint {CHECK}, which old code may break"],
    makes_an_index: [],
    makes_a_table_with_an_index: [],
    goes_past_the_operations: ["executes ALTER TABLE offices ADD COLUMN fax varchar(20)"],
}
LOCKING = {
    constrains: [
        f"locks offices while it checks {name}: add it with postgresql_not_valid" for name in (CHECK, "uq_offices_name")
    ],
    makes_an_index: ["locks charges while it makes ix_charges_closing: make it with postgresql_concurrently"],
}
"""What keeps others out on PostgreSQL besides."""


@pytest.mark.parametrize("upgrade", BAD, ids=lambda upgrade: upgrade.__name__)
def test_what_old_code_does_not_survive_is_found(engine: Engine, database: str, upgrade: Callable[[], None]) -> None:
    found = unsurvived(engine, SimpleNamespace(upgrade=upgrade))

    assert found == sorted(BAD[upgrade] + (LOCKING.get(upgrade, []) if database == "postgresql" else []))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_accounted_for_in_the_migration_passes(engine: Engine) -> None:
    accounted = {"drops the column offices.directions": "nobody has read it since 1.2"}

    assert unsurvived(engine, SimpleNamespace(upgrade=drops_a_column, SURVIVED=accounted)) == []
