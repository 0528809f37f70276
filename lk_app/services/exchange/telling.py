"""What billing has not been told of, for programs that ask; and that they have it, which they say by themselves.

Asking marks nothing: whoever dies after it asks again and is told the same. What was acknowledged no package holds any
more, and the other way round: both go by the same marks (`export`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, select

from lk_app.models import Direction, Outcome, Reading, ReadingState
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import billing
from lk_app.services.acquiring.billing import Heard
from lk_app.services.exchange import export, runs

Place = tuple[datetime, str]
"""Where a reading stands in the order of sending."""

PATIENCE = "SET LOCAL lock_timeout = '5s'"
"""A package that is being loaded holds the readings it is about, and may take half an hour."""


@dataclass(frozen=True)
class PaidOrder:
    """An order that was paid, and for which divisions."""

    id: int
    order_number: str
    account_number: str
    paid_on: date
    parts: Mapping[str, Kopecks]


@dataclass(frozen=True)
class Acknowledgement:
    """What became of an acknowledgement, by the keys that were acknowledged."""

    told: int
    changed: list[str] = field(default_factory=list)
    """Those of which billing has to be told, or to be asked, again."""
    unknown: list[str] = field(default_factory=list)


def untold_readings(session: Session, after: Place | None, most: int) -> list[Row[Any]]:
    """Return readings in the order of sending, as `export.reading_cells` takes them.

    Unlike a package they hold those that were withdrawn before anybody acknowledged them: a program that was told and
    has not said so may have kept them.
    """
    return list(session.execute(export.untold_readings(after).limit(most)).all())


def untold_payments(session: Session, after: int, most: int) -> list[PaidOrder]:
    """Return orders in the order in which they were made, after the one with this id."""
    orders = []
    for _, parts in groupby(session.execute(billing.untold(after, most)), lambda row: row.id):
        first, *others = parts
        amounts = {part.division_code: Kopecks(part.kept) for part in (first, *others)}
        orders.append(PaidOrder(first.id, first.order_number, first.account_number, first.day, amounts))
    return orders


def acknowledge_readings(session: Session, told: Mapping[str, ReadingState], by: str, now: datetime) -> Acknowledgement:
    """Note that billing has readings in these states, and keep the run; said twice, it changes nothing."""
    _be_impatient(session)
    held = (
        select(Reading)
        .where(col(Reading.id).in_(told), col(Reading.sent_at).is_not(None))
        # As whoever decides about several holds them, so that neither waits for the other for ever.
        .order_by(col(Reading.taken_on), col(Reading.id))
        .with_for_update(key_share=True)
    )
    found = {reading.id: reading for reading in session.exec(held.execution_options(populate_existing=True))}
    new = sum(_hear(session, reading, told[name]) for name, reading in found.items())
    changed = [name for name, reading in found.items() if reading.exported != reading.state]
    _keep_run(session, export.READINGS_FILE, new, by, now)
    return Acknowledgement(
        len(found) - len(changed), sorted(changed), sorted(name for name in told if name not in found)
    )


def acknowledge_payments(session: Session, told: Mapping[str, Kopecks], by: str, now: datetime) -> Acknowledgement:
    """Note that billing has orders with these amounts, and keep the run; said twice, it changes nothing."""
    _be_impatient(session)
    heard = {order: billing.hear(session, order, told[order], now) for order in sorted(told)}
    by_answer = {answer: [order for order, given in heard.items() if given is answer] for answer in Heard}
    _keep_run(session, export.PAYMENTS_FILE, len(by_answer[Heard.NOW]), by, now)
    told_of = len(by_answer[Heard.NOW]) + len(by_answer[Heard.BEFORE])
    return Acknowledgement(told_of, by_answer[Heard.CHANGED], by_answer[Heard.UNKNOWN])


def _hear(session: Session, reading: Reading, state: ReadingState) -> bool:
    """Note the state in which billing has a reading; say whether that was news."""
    is_news = reading.exported is None or state is reading.state
    # A state that has passed is believed of a reading's first only: it is told again in the one it has now.
    if reading.exported is None and state is not reading.state:
        state = ReadingState.PENDING
    if not is_news or reading.exported is state:
        return False
    reading.exported = state
    session.add(reading)
    session.flush()
    return True


def _be_impatient(session: Session) -> None:
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text(PATIENCE))


def _keep_run(session: Session, name: str, new: int, by: str, now: datetime) -> None:
    """Keep an acknowledgement that changed something as a run, like a package that was written."""
    if new:
        run_id = runs.begin_within(session, Direction.OUT, "", by, now)
        runs.finish(session, run_id, runs.Ending(Outcome.DONE, rows={name: new}), now)
