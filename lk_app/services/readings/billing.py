"""What billing decided about readings that consumers sent: by `decisions.csv`, or by their rows in `readings.csv`."""

from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Meter, Reading, ReadingDecision
from lk_app.services.readings import machine

AT_ONCE = 500
"""How many readings are held in memory: a package may decide about hundreds of thousands."""


def note_decisions(session: Session, now: datetime) -> int:
    """Carry out what billing has decided by `decisions.csv`, and announce whatever it decided in any way.

    Part of loading a package; returns how many readings changed their state by it.
    """
    new = (
        select(ReadingDecision, Reading)
        .join(Reading, col(Reading.id) == ReadingDecision.reading_id)
        .where(col(ReadingDecision.applied).is_distinct_from(col(ReadingDecision.state)))
        .order_by(col(Reading.id))
        .limit(AT_ONCE)
    )
    while rows := session.exec(new).all():
        for decision, reading in rows:
            _apply(session, decision, reading)
    changed = (
        select(Reading, Meter.account_number)
        .join(Meter, col(Meter.id) == Reading.meter_id)
        .where(col(Reading.announced) != col(Reading.state))
        .order_by(col(Reading.id))
        .limit(AT_ONCE)
    )
    noted = 0
    while found := session.exec(changed).all():
        for reading, account_number in found:
            _announce(session, reading, account_number, now)
        noted += len(found)
    return noted


def _apply(session: Session, decision: ReadingDecision, reading: Reading) -> None:
    decision.applied = decision.state
    session.add(decision)
    if decision.state in machine.WAYS[reading.state]:
        machine.move(session, reading, decision.state, reason=decision.reason)
    session.flush()


def _announce(session: Session, reading: Reading, account_number: str, now: datetime) -> None:
    reading.decided_at, reading.decided_by = now, None
    # Billing knows what it has decided.
    reading.exported = reading.state
    machine.announce(session, reading, account_number, now)
