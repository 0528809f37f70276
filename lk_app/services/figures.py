"""What the database knows of how the portal is doing: figures for whoever watches over it, about nobody.

Each is read by an index, and queues are counted no further than MOST: asking every few seconds costs next to nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from lk_app.models import (
    Appeal,
    Attempt,
    Concern,
    Direction,
    ExchangeRun,
    Job,
    Letter,
    LetterState,
    Outcome,
    Reading,
    ReadingState,
    SecurityEvent,
    SecurityEventKind,
    SmsMessage,
    SmsState,
)

RECENTLY = timedelta(minutes=15)
"""Over how long things that happen are counted: longer than between two looks of whoever watches."""
MOST = 10_000
"""How many rows of a queue are counted at most."""

SIGN_INS = {SecurityEventKind.SIGNED_IN: "right", SecurityEventKind.SIGN_IN_REFUSED: "wrong"}
WENT_WELL = (Outcome.DONE, Outcome.UNCHANGED)


@dataclass(frozen=True)
class Figure:
    """A figure: its name, what it says, and its values by those of `label`, or the one without a label."""

    name: str
    about: str
    values: dict[str, float]
    label: str = ""


def figures(session: Session, now: datetime) -> list[Figure]:
    """Return how the portal is doing."""
    return [figure for room in ROOMS for figure in room(session, now)]


def _messages(session: Session, now: datetime) -> list[Figure]:
    recent = _by(session, col(SmsMessage.state), col(SmsMessage.created_at) > now - RECENTLY)
    sms_due = (col(SmsMessage.state) == SmsState.QUEUED, col(SmsMessage.next_try_at) <= now)
    letters_due = (col(Letter.state) == LetterState.QUEUED, col(Letter.next_try_at) <= now)
    return [
        Figure("sms_recent", "SMS of the last 15 minutes by what became of them.", recent, "state"),
        *_queue(session, "sms", "SMS that are due", col(SmsMessage.next_try_at), now, *sms_due),
        *_queue(session, "letters", "Letters that are due", col(Letter.next_try_at), now, *letters_due),
    ]


def _access(session: Session, now: datetime) -> list[Figure]:
    kinds = (col(SecurityEvent.kind).in_(SIGN_INS), col(SecurityEvent.at) > now - RECENTLY)
    found = _by(session, col(SecurityEvent.kind), *kinds)
    outcomes = {words: found.get(kind.value, 0) for kind, words in SIGN_INS.items()}
    return [Figure("sign_ins_recent", "Attempts of consumers to sign in, last 15 minutes.", outcomes, "password")]


def _payments(session: Session, now: datetime) -> list[Figure]:
    unfinished = _by(session, col(Attempt.state), col(Attempt.next_ask_at).is_not(None))
    paid = _number(session, col(Attempt.id), col(Attempt.paid_at) > now - RECENTLY)
    open_concerns = _number(session, col(Concern.attempt_id), col(Concern.resolved_at).is_(None))
    return [
        Figure("attempts_unfinished", "Attempts to pay that the bank is still asked about.", unfinished, "state"),
        Figure("payments_recent", "Payments of the last 15 minutes.", {"": paid}),
        Figure("payments_attention", "Payments that need a person.", {"": open_concerns}),
    ]


def _desks(session: Session, now: datetime) -> list[Figure]:
    pending = (col(Reading.state) == ReadingState.PENDING, col(Reading.sent_at).is_not(None))
    unanswered = (col(Appeal.waiting_since).is_not(None),)
    return [
        *_queue(session, "readings", "Readings that wait for a decision", col(Reading.sent_at), now, *pending),
        *_queue(session, "appeals", "Appeals that wait for an answer", col(Appeal.waiting_since), now, *unanswered),
    ]


def _exchange(session: Session, now: datetime) -> list[Figure]:
    ages = {}
    for direction in Direction:
        of_it = (col(ExchangeRun.direction) == direction, col(ExchangeRun.outcome).in_(WENT_WELL))
        last = select(col(ExchangeRun.ended_at)).where(*of_it).order_by(col(ExchangeRun.id).desc()).limit(1)
        if ended_at := session.execute(last).scalar_one_or_none():
            ages[direction.value] = _seconds(now - ended_at)
    return [Figure("exchange_age_seconds", "Since the last package that went well.", ages, "direction")]


def _jobs(session: Session, now: datetime) -> list[Figure]:
    rows = session.execute(select(col(Job.name), col(Job.next_run_at)))
    late = {name: _seconds(now - next_run_at) for name, next_run_at in rows}
    return [Figure("job_late_seconds", "How long periodic work has been due that nobody does.", late, "job")]


Room = Callable[[Session, datetime], list[Figure]]
ROOMS: tuple[Room, ...] = (_messages, _access, _payments, _desks, _exchange, _jobs)


def _queue(
    session: Session, name: str, about: str, since: Mapped[Any], now: datetime, *which: ColumnElement[bool]
) -> list[Figure]:
    """Return how many wait, as far as they are counted, and how long the first one does."""
    oldest = session.execute(select(func.min(since)).where(*which)).scalar_one()
    age = _seconds(now - oldest) if oldest else 0
    return [
        Figure(f"{name}_waiting", f"{about}, at most {MOST}.", {"": _number(session, since, *which)}),
        Figure(f"{name}_age_seconds", f"{about}: how long the first of them.", {"": age}),
    ]


def _number(session: Session, column: Mapped[Any], *which: ColumnElement[bool]) -> int:
    counted: Select[Any] = select(column).where(*which).limit(MOST)
    return int(session.execute(select(func.count()).select_from(counted.subquery())).scalar_one())


def _by(session: Session, column: Mapped[Any], *which: ColumnElement[bool]) -> dict[str, float]:
    rows = session.execute(select(column, func.count()).where(*which).group_by(column))
    return {word.value: number for word, number in rows}


def _seconds(passed: timedelta) -> float:
    return max(0.0, round(passed.total_seconds(), 1))
