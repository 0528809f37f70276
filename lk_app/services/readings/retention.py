"""How long photos of dials are kept; the worker throws them away, whosever they are."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from lk_app.models import ReadingPhoto

UNATTACHED_KEPT = timedelta(days=1)
ATTACHED_KEPT = timedelta(days=400)
"""Until the same month's reading of the next year has been decided about."""


def forget_old(session: Session, now: datetime) -> None:
    """Delete photos whose time is over."""
    unattached = col(ReadingPhoto.reading_id).is_(None) & (col(ReadingPhoto.uploaded_at) < now - UNATTACHED_KEPT)
    session.exec(delete(ReadingPhoto).where(unattached | (col(ReadingPhoto.uploaded_at) < now - ATTACHED_KEPT)))


def forget_all_of(session: Session, user_id: int) -> None:
    """Delete the photos of a user who is being deleted."""
    session.exec(delete(ReadingPhoto).where(col(ReadingPhoto.user_id) == user_id))
