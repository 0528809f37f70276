"""How the portal stands: what waits for staff, what happened today, and day by day. It names nobody."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlmodel import Session, col

from lk_app.models import (
    Action,
    Appeal,
    Attempt,
    AuditEvent,
    Reading,
    ReadingSource,
    SecurityEvent,
    SecurityEventKind,
    User,
)
from lk_app.models.values import Kopecks
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.daytime import midnight
from lk_app.services.exchange import history
from lk_app.services.exchange.history import RunLine
from lk_app.services.paging import Count, Statement, count_of
from lk_app.services.payments import queue as payments
from lk_app.services.readings import queue as readings
from lk_app.services.staff.duties import APPEALS, EVERYBODY, EXCHANGE, PAYMENTS, READINGS
from lk_app.settings import settings

DAYS = 30
"""How many days the charts show, today included."""

SENT_HERE = col(Reading.source) == ReadingSource.PORTAL


@dataclass(frozen=True)
class Waiting:
    """How many of something wait, and since when the one that waits longest."""

    count: Count
    oldest_at: datetime | None


@dataclass(frozen=True)
class Duties:
    """What waits for a member; None for what their role has nothing to do with."""

    readings: Waiting | None
    appeals: Waiting | None
    payments: Waiting | None
    sees_exchange: bool
    last_run: RunLine | None
    """The last run of the exchange, if there was one and the role sees it."""


@dataclass(frozen=True)
class Today:
    """What has happened since the company's midnight."""

    readings: int
    """Sent by consumers."""
    payments: int
    paid: Kopecks
    sign_ins: int
    registrations: int
    asked: int
    """Appeals that consumers made."""
    answered: int
    """Answers of staff."""


@dataclass(frozen=True)
class Day:
    """What happened on a day."""

    day: date
    readings: int
    paid: Kopecks
    asked: int


def duties_of(session: Session, who: StaffCaller) -> Duties:
    """Return what waits for the caller."""
    sees_exchange = who.role in EXCHANGE
    return Duties(
        readings=Waiting(*readings.standing(session, who)) if who.role in READINGS else None,
        appeals=_appeals(session, who) if who.role in APPEALS else None,
        payments=_payments(session, who) if who.role in PAYMENTS else None,
        sees_exchange=sees_exchange,
        last_run=history.last_run(session, who) if sees_exchange else None,
    )


def today(session: Session, who: StaffCaller, now: datetime) -> Today:
    """Return what has happened today; each figure by the index of its moment."""
    require_role(who, *EVERYBODY)
    since = midnight(now)
    payments, paid = session.execute(
        select(func.count(), func.coalesce(func.sum(col(Attempt.amount)), 0)).where(col(Attempt.paid_at) >= since)
    ).one()
    signed_in = (col(SecurityEvent.kind) == SecurityEventKind.SIGNED_IN, col(SecurityEvent.at) >= since)
    return Today(
        readings=_number(session, SENT_HERE, col(Reading.sent_at) >= since),
        payments=payments,
        # PostgreSQL sums whole numbers into its type for decimals, which is not written as one.
        paid=Kopecks(int(paid)),
        sign_ins=_number(session, *signed_in),
        registrations=_number(session, col(User.created_at) >= since),
        asked=_number(session, col(Appeal.created_at) >= since),
        answered=_number(session, col(AuditEvent.action) == Action.APPEAL_ANSWERED, _noted_since(since)),
    )


def by_day(session: Session, who: StaffCaller, now: datetime) -> tuple[Day, ...]:
    """Return what happened on each of the last days before today, the oldest first: that does not change any more."""
    require_role(who, *EVERYBODY)
    present = now.astimezone(settings().zone).date()
    days = [present - timedelta(days=ago) for ago in range(DAYS - 1, 0, -1)]
    sent = _each_day(session, days, col(Reading.sent_at), func.count(), SENT_HERE)
    paid = _each_day(session, days, col(Attempt.paid_at), func.coalesce(func.sum(col(Attempt.amount)), 0))
    asked = _each_day(session, days, col(Appeal.created_at), func.count())
    return tuple(Day(day, sent[day], Kopecks(paid[day]), asked[day]) for day in days)


def _appeals(session: Session, who: StaffCaller) -> Waiting:
    require_role(who, *APPEALS)
    waiting: Statement = select(col(Appeal.waiting_since)).where(col(Appeal.waiting_since).is_not(None))
    oldest = session.execute(waiting.order_by(col(Appeal.waiting_since)).limit(1)).scalar()
    return Waiting(count_of(session, waiting), oldest)


def _payments(session: Session, who: StaffCaller) -> Waiting:
    standing = payments.standing(session, who)
    return Waiting(standing.waiting, standing.oldest_at)


def _number(session: Session, *conditions: ColumnElement[bool]) -> int:
    return int(session.execute(select(func.count()).where(*conditions)).scalar_one())


def _noted_since(since: datetime) -> ColumnElement[bool]:
    """Return the condition by which rows of the audit log of an action are found: ids grow with time."""
    first = select(col(AuditEvent.id)).where(col(AuditEvent.at) >= since)
    return col(AuditEvent.id) >= first.order_by(col(AuditEvent.at), col(AuditEvent.id)).limit(1).scalar_subquery()


def _each_day(
    session: Session, days: list[date], at: Any, value: Any, *conditions: ColumnElement[bool]
) -> dict[date, int]:
    """Ask for each day by itself, in one statement: each then is a piece of the index, and nothing is sorted."""
    zone = settings().zone
    bounds = [datetime.combine(day, time.min, zone) for day in [*days, days[-1] + timedelta(days=1)]]
    pieces = [
        select(literal(place), value).where(*conditions, at >= bounds[place], at < bounds[place + 1])
        for place in range(len(days))
    ]
    return {days[place]: int(number) for place, number in session.execute(union_all(*pieces))}
