"""What a service asks of the database, to compare the work done for one outcome with that for another."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session

from lk_app.services.session import WRITES


def statements_of(engine: Engine, service: Callable[[Session], Any]) -> list[str]:
    """Every statement a service sends; what it did is undone."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        event.listen(engine, "before_cursor_execute", note)
        service(session)
        session.flush()
        event.remove(engine, "before_cursor_execute", note)
        session.rollback()
    return sent
