"""Inserting what may be there already, whoever else does it at the same moment."""

from typing import cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from lk_app.models import Table


def insert_into(session: Session, table: type[Table]) -> sqlite.Insert:
    """Return an INSERT for the session's database that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    # Both are called alike.
    return cast(sqlite.Insert, postgresql.insert(table))
