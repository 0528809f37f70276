"""What becomes of appeals when their user is deleted."""

from sqlmodel import Session, col, delete, select

from lk_app.models import Appeal, AppealMessage, Attachment


def forget_user(session: Session, user_id: int) -> None:
    """Delete the appeals of a user who is being deleted: what they wrote, what they attached, and what they were
    answered, which quotes it.
    """
    own = select(Appeal.id).where(Appeal.user_id == user_id)
    session.exec(delete(Attachment).where(col(Attachment.user_id) == user_id))
    session.exec(delete(AppealMessage).where(col(AppealMessage.appeal_id).in_(own)))
    session.exec(delete(Appeal).where(col(Appeal.user_id) == user_id))
