"""The database of a portal that runs, changed behind its back."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlmodel import Session

from lk_app.services.session import WRITES, make_engine

T = TypeVar("T")


class Stored(Protocol):
    """Whatever has a database."""

    @property
    def database_url(self) -> str: ...


def behind(portal: Stored, change: Callable[[Session], T]) -> T:
    """Change a portal's database behind its back, in one transaction; returns what `change` does."""
    engine = make_engine(portal.database_url, pool_size=1)
    try:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            result = change(session)
            session.commit()
            return result
    finally:
        engine.dispose()
