"""What was decided about a reading, for whoever sent it: noted as it is decided, told soon after or in the morning.

It is not told at once: a household with two meters then gets one message, whoever decides waits for nobody's phone, and
what was true at night, a phone, an account, the decision itself, is asked again by day.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import literal, tuple_
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, select

from lk_app.models import (
    AccountLink,
    Meter,
    NotificationChoice,
    Reading,
    ReadingState,
    Topic,
    UntoldDecision,
    User,
    Way,
)
from lk_app.models.values import Instant, Volume
from lk_app.services import daytime
from lk_app.services.notifications import delivery, words
from lk_app.services.notifications.delivery import Draft, Recipient
from lk_app.services.notifications.words import AccountName, Decision

PAGE = 500

OF_USE = timedelta(days=2)
"""How long a decision waits while no more messages may go out; the screen shows it all the time."""

DECIDED = (ReadingState.ACCEPTED, ReadingState.REFUSED)


def tell(session: Session, reading: Reading, account_number: str, now: datetime) -> None:
    """Let whoever sent a reading be told what was decided about it, if they asked for that and still have the account.

    To be called in the transaction that decides.
    """
    if reading.sent_by is None or reading.state not in DECIDED:
        return
    asked = (
        columns(literal(reading.sent_by), literal(reading.id), literal(now, Instant()))
        .select_from(NotificationChoice)
        .join(AccountLink, col(AccountLink.user_id) == col(NotificationChoice.user_id))
        .where(
            col(NotificationChoice.user_id) == reading.sent_by,
            col(NotificationChoice.topic) == Topic.DECISIONS,
            col(AccountLink.account_number) == account_number,
        )
    )
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    noted = insert(UntoldDecision).from_select(["user_id", "reading_id", "at"], asked)
    session.execute(noted.on_conflict_do_update(index_elements=["user_id", "reading_id"], set_={"at": now}))


def is_any_untold(session: Session) -> bool:
    """Say whether `give_page` would find something: spares the transaction."""
    return session.exec(select(UntoldDecision.user_id).limit(1)).first() is not None


def give_page(session: Session, after: int, now: datetime) -> int | None:
    """Tell the next users after this one what was decided about their readings, by day only.

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
    session.exec(delete(UntoldDecision).where(col(UntoldDecision.user_id) == user_id))


class _Row(NamedTuple):
    """A decision with all that decides whether and how it is told; what has gone meanwhile is None."""

    user_id: int
    reading_id: str
    at: datetime
    state: ReadingState
    reason: str
    taken_on: Any
    value: Volume
    decided_at: datetime | None
    decimals: int
    account_number: str | None
    title: str | None
    way: Way | None
    phone: str | None
    email: str | None

    @property
    def occasion(self) -> str:
        # Billing may change its mind more than once; each time is told.
        return f"{self.state} {self.reading_id}{f' {self.decided_at:%Y-%m-%d %H:%M:%S}' if self.decided_at else ''}"

    @property
    def to(self) -> Recipient:
        assert self.way is not None
        return Recipient(self.user_id, self.way, self.phone, self.email)

    @property
    def decision(self) -> Decision:
        account = AccountName(self.account_number or "", self.title or "")
        return Decision(account, self.value, self.decimals, self.taken_on, self.reason)


def _untold(session: Session, after: int) -> list[_Row]:
    """Return a page of what waits, passing by what another process is telling."""
    statement = (
        columns(
            col(UntoldDecision.user_id), col(UntoldDecision.reading_id), col(UntoldDecision.at),
            col(Reading.state), col(Reading.reason), col(Reading.taken_on), col(Reading.value), col(Reading.decided_at),
            col(Meter.decimals), col(AccountLink.account_number), col(AccountLink.title),
            col(NotificationChoice.way), col(User.phone), col(User.email),
        )
        .join(Reading, col(Reading.id) == col(UntoldDecision.reading_id))
        .join(Meter, col(Meter.id) == col(Reading.meter_id))
        .join(User, col(User.id) == col(UntoldDecision.user_id))
        .outerjoin(
            AccountLink,
            (col(AccountLink.user_id) == col(UntoldDecision.user_id))
            & (col(AccountLink.account_number) == col(Meter.account_number)),
        )
        .outerjoin(
            NotificationChoice,
            (col(NotificationChoice.user_id) == col(UntoldDecision.user_id))
            & (col(NotificationChoice.topic) == Topic.DECISIONS),
        )
        .where(col(UntoldDecision.user_id) > after)
        .order_by(col(UntoldDecision.user_id), col(UntoldDecision.reading_id))
        .limit(PAGE)
        .with_for_update(of=UntoldDecision, skip_locked=True)
    )  # fmt: skip
    return [_Row._make(row) for row in session.connection().execute(statement)]


def _is_over(row: _Row, now: datetime) -> bool:
    """Say whether nobody is to be told of this any more."""
    return (
        row.state not in DECIDED
        or row.account_number is None
        or row.way is None
        or not row.to.can_be_reached
        or row.at <= now - OF_USE
    )


def _drafts(rows: Iterable[_Row], now: datetime) -> list[Draft[Decision]]:
    """Return one message for each user."""
    return [
        Draft(to, {row.occasion: row.decision for row in of_user}, words.decided, now + delivery.LIVES)
        for to, of_user in groupby(rows, lambda row: row.to)
    ]


def _forget(session: Session, rows: Iterable[_Row]) -> None:
    told = [(row.user_id, row.reading_id) for row in rows]
    if told:
        key = tuple_(col(UntoldDecision.user_id), col(UntoldDecision.reading_id))
        session.exec(delete(UntoldDecision).where(key.in_(told)))
