"""That staff have answered an appeal, for whoever asked: noted as they answer, told soon after or in the morning.

It is told in the way of `decisions`: two answers make one message, whoever answers waits for nobody's phone, and what
has been read meanwhile is not told at all. What was asked and answered stays in the cabinet.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import literal, tuple_
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, select

from lk_app.models import Appeal, NotificationChoice, Topic, UntoldAnswer, User, Way
from lk_app.models.values import Instant
from lk_app.services import daytime
from lk_app.services.notifications import delivery, words
from lk_app.services.notifications.delivery import Draft, Recipient
from lk_app.settings import settings

PAGE = 500

OF_USE = timedelta(days=2)
"""How long an answer waits while no more messages may go out; the list of appeals shows it all the time."""


def note(session: Session, appeal: Appeal, now: datetime) -> None:
    """Let whoever asked be told that they are answered, if they want that.

    To be called in the transaction that answers, with the moment of the answer.
    """
    wanted = (
        columns(literal(appeal.user_id), literal(appeal.id), literal(now, Instant()))
        .select_from(NotificationChoice)
        .where(
            col(NotificationChoice.user_id) == appeal.user_id,
            col(NotificationChoice.topic) == Topic.ANSWERS,
        )
    )
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    noted = insert(UntoldAnswer).from_select(["user_id", "appeal_id", "at"], wanted)
    session.execute(noted.on_conflict_do_update(index_elements=["user_id", "appeal_id"], set_={"at": now}))


def is_any_untold(session: Session) -> bool:
    """Say whether `give_page` would find something: spares the transaction."""
    return session.exec(select(UntoldAnswer.user_id).limit(1)).first() is not None


def give_page(session: Session, after: int, now: datetime) -> int | None:
    """Tell the next users after this one of their answers, by day only.

    Returns the last of them, or None if there are no more. What must not go out today remains for tomorrow.
    """
    if not daytime.is_day(now):
        return None
    rows = _untold(session, after)
    allowed = delivery.allowance(session, now)
    over = [row for row in rows if _is_over(row, now)]
    drafts = _drafts([row for row in rows if not _is_over(row, now)], now)
    told = {draft.to.user_id for draft in delivery.give(session, drafts, allowed, now)}
    _forget(session, [*over, *(row for row in rows if row.user_id in told)])
    return rows[-1].user_id if len(rows) == PAGE and not allowed.is_used_up else None


def forget_user(session: Session, user_id: int) -> None:
    """Tell a user who is being deleted nothing more."""
    session.exec(delete(UntoldAnswer).where(col(UntoldAnswer.user_id) == user_id))


class _Row(NamedTuple):
    """An answer with all that decides whether and how it is told; what has gone meanwhile is None."""

    user_id: int
    appeal_id: str
    at: datetime
    created_at: datetime
    seen_at: datetime
    way: Way | None
    phone: str | None
    email: str | None

    @property
    def occasion(self) -> str:
        return f"answered {self.appeal_id} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def to(self) -> Recipient:
        assert self.way is not None
        return Recipient(self.user_id, self.way, self.phone, self.email)

    @property
    def asked_on(self) -> date:
        return self.created_at.astimezone(settings().zone).date()


def _untold(session: Session, after: int) -> list[_Row]:
    """Return a page of what waits, passing by what another process is telling."""
    statement: Any = (
        columns(
            col(UntoldAnswer.user_id), col(UntoldAnswer.appeal_id), col(UntoldAnswer.at), col(Appeal.created_at),
            col(Appeal.seen_at), col(NotificationChoice.way), col(User.phone), col(User.email),
        )
        .join(Appeal, col(Appeal.id) == col(UntoldAnswer.appeal_id))
        .join(User, col(User.id) == col(UntoldAnswer.user_id))
        .outerjoin(
            NotificationChoice,
            (col(NotificationChoice.user_id) == col(UntoldAnswer.user_id))
            & (col(NotificationChoice.topic) == Topic.ANSWERS),
        )
        .where(col(UntoldAnswer.user_id) > after)
        .order_by(col(UntoldAnswer.user_id), col(UntoldAnswer.appeal_id))
        .limit(PAGE)
        .with_for_update(of=UntoldAnswer, skip_locked=True)
    )  # fmt: skip
    return [_Row._make(row) for row in session.connection().execute(statement)]


def _is_over(row: _Row, now: datetime) -> bool:
    """Say whether nobody is to be told of this any more."""
    return row.way is None or not row.to.can_be_reached or row.seen_at >= row.at or row.at <= now - OF_USE


def _drafts(rows: Iterable[_Row], now: datetime) -> list[Draft[date]]:
    """Return one message for each user."""
    return [
        Draft(to, {row.occasion: row.asked_on for row in of_user}, words.answered, now + delivery.LIVES)
        for to, of_user in groupby(rows, lambda row: row.to)
    ]


def _forget(session: Session, rows: Iterable[_Row]) -> None:
    told = [(row.user_id, row.appeal_id) for row in rows]
    if told:
        key = tuple_(col(UntoldAnswer.user_id), col(UntoldAnswer.appeal_id))
        session.exec(delete(UntoldAnswer).where(key.in_(told)))
