"""What the hourly work has thrown away when it is through, and of one table alone."""

from datetime import datetime

from sqlmodel import Session

from lk_app.models import Table
from lk_app.services import cleanup, retention


def cleaned(session: Session, now: datetime) -> None:
    """Clean up to the end, as the worker does piece by piece."""
    while cleanup.clean_up(session, now):
        pass


def forgotten(session: Session, table: type[Table], now: datetime) -> None:
    """Apply the rules of one table to the end."""
    for rule in retention.RULES:
        while rule.table is table and retention.forget(session, rule, now):
            pass
