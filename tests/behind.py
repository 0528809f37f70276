"""The database of a portal that runs, changed behind its back."""

from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from lk_app.services.session import WRITES, make_engine

T = TypeVar("T")


def in_database(database_url: str, work: Callable[[Session], T]) -> T:
    """Do something in one transaction, and return what came of it."""
    engine = make_engine(database_url, pool_size=1)
    try:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            result = work(session)
            session.commit()
            return result
    finally:
        engine.dispose()
