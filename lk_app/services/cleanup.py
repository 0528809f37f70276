"""What the worker throws away every hour: what has been kept long enough, and users whose grace is over."""

from datetime import datetime

from sqlmodel import Session

from lk_app.services import deletion, retention


def clean_up(session: Session, now: datetime) -> bool:
    """Delete a portion of what is to go; return whether there may be more, for another transaction.

    However much has gathered, no transaction takes long: on SQLite all who write wait for it.
    """
    return bool(deletion.delete_due(session, now)) or any(
        retention.forget(session, rule, now) for rule in retention.RULES
    )
