"""That staff have answered an appeal, for whoever asked: told in the way of `untold`.

What has been read meanwhile is not told at all. What was asked and answered stays in the cabinet.
"""

from datetime import date, datetime

from sqlmodel import Session, col

from lk_app.models import Appeal, Topic, UntoldAnswer
from lk_app.services.notifications import words
from lk_app.services.notifications.untold import Statement, Untold, Waiting
from lk_app.settings import settings


def note(session: Session, appeal: Appeal, now: datetime) -> None:
    """Let whoever asked be told that they are answered, if they want that.

    To be called in the transaction that answers, with the moment of the answer.
    """
    UNTOLD.note(session, appeal.user_id, appeal.id, now)


def _details(everything: Statement) -> Statement:
    return everything.add_columns(col(Appeal.created_at), col(Appeal.seen_at)).join(
        Appeal, col(Appeal.id) == col(UntoldAnswer.appeal_id)
    )


def _news(row: Waiting) -> tuple[str, date] | None:
    """Return the day of the question, unless the answer has been seen."""
    if row.seen_at >= row.at:
        return None
    return f"answered {row.thing} {row.at:%Y-%m-%d %H:%M:%S}", row.created_at.astimezone(settings().zone).date()


UNTOLD = Untold(Topic.ANSWERS, UntoldAnswer, "appeal_id", _details, _news, words.answered)
