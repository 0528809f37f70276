"""One package at a time, in or out: a load sees no half of an export, and no two exports tell the same."""

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

LOCK = "LOCK TABLE exchange_batches IN SHARE ROW EXCLUSIVE MODE"


def wait_for_turn(session: Session) -> None:
    """Return when no other package is loaded or written, until the caller's transaction ends."""
    # It begins here: a transaction that writes is alone on SQLite.
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LOCK)


def is_free(session: Session) -> bool:
    """Say whether no package is being loaded or written; the caller's transaction, which writes, then has the turn."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return True
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"{LOCK} NOWAIT")
    except OperationalError:
        return False
    return True
