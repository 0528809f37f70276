"""Runs migrations on the database of the settings, or on one whose address a caller hands over."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlmodel import AutoString

from lk_app.models import Instant, Table
from lk_app.models.search import STEMS
from lk_app.services.session import WRITES, make_engine
from lk_app.settings import settings


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Write our column types into new migrations by short names."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length})"
    if kind == "type" and isinstance(item, Instant):
        autogen.imports.add("from lk_app.models.values import Instant")
        return "Instant()"
    return False


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Leave alone what the databases keep by themselves."""
    return not (kind == "table" and name is not None and name.startswith(STEMS))


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_item=render_item,
        include_name=include_name,
        # SQLite can't alter a table in place: batch mode copies it.
        render_as_batch=True,
        # One that has to leave its transaction, for an index made concurrently, must not end that of those before it.
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = make_engine(context.config.attributes.get("url") or settings().schema_url, pool_size=1)
with engine.connect().execution_options(**WRITES) as connection:
    run(connection)
    connection.commit()
engine.dispose()
