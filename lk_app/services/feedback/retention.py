"""How long what goes with appeals is kept; the worker throws it away, whosever it is."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from lk_app.models import Appeal, AppealMessage, Attachment

UNATTACHED_KEPT = timedelta(days=1)


def forget_old(session: Session, now: datetime) -> None:
    """Delete files that went with no message."""
    unattached = col(Attachment.message_id).is_(None)
    session.exec(delete(Attachment).where(unattached, col(Attachment.uploaded_at) < now - UNATTACHED_KEPT))


def forget_all_of(session: Session, user_id: int) -> None:
    """Delete the appeals of a user who is being deleted: what they wrote, what they attached, and what they were
    answered, which quotes it.
    """
    own = select(Appeal.id).where(Appeal.user_id == user_id)
    session.exec(delete(Attachment).where(col(Attachment.user_id) == user_id))
    session.exec(delete(AppealMessage).where(col(AppealMessage.appeal_id).in_(own)))
    session.exec(delete(Appeal).where(col(Appeal.user_id) == user_id))
