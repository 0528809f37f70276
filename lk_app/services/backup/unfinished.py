"""What a restored portal must not go on with, because it may have come to its end after the copy was made."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, update

from lk_app.models import SmsMessage, SmsState, StaffSession, UserSession
from lk_app.services.session import WRITES, make_engine


@dataclass(frozen=True)
class Dropped:
    """What a restore did not bring back to life."""

    sessions: int
    messages: int
    """SMS that waited to be sent."""


def drop_unfinished(url: str, now: datetime) -> Dropped:
    """End all sessions, and cancel SMS that wait: who signed out meanwhile stays out, and none is sent twice.

    A letter may be sent twice, so letters stay.
    """
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect().execution_options(**WRITES) as connection, connection.begin():
            sessions = sum(
                connection.execute(update(each).where(col(each.ended_at).is_(None)).values(ended_at=now)).rowcount
                for each in (UserSession, StaffSession)
            )
            waiting = update(SmsMessage).where(col(SmsMessage.state) == SmsState.QUEUED)
            messages = connection.execute(waiting.values(state=SmsState.CANCELLED, code=None)).rowcount
    finally:
        engine.dispose()
    return Dropped(sessions, messages)
