"""What becomes of photos of dials when their user is deleted."""

from sqlmodel import Session, col, delete

from lk_app.models import ReadingPhoto


def forget_user(session: Session, user_id: int) -> None:
    """Delete the photos of a user who is being deleted."""
    session.exec(delete(ReadingPhoto).where(col(ReadingPhoto.user_id) == user_id))
