"""One package at a time, in or out: a load sees no half of an export, and no two exports tell the same."""

from sqlmodel import Session


def wait_for_turn(session: Session) -> None:
    """Return when no other package is loaded or written, until the caller's transaction ends."""
    # It begins here: a transaction that writes is alone on SQLite.
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE exchange_batches IN SHARE ROW EXCLUSIVE MODE")
