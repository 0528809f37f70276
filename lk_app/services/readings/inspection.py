"""A closer look at one reading: what was sent, beside what is known of its meter and premises."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from lk_app.models import (
    Action,
    Meter,
    MeterState,
    Premises,
    PremisesKind,
    Reading,
    ReadingSource,
    ReadingState,
    Staff,
)
from lk_app.models.values import Volume
from lk_app.services.accounts import Verification, verification_of
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import NotFound
from lk_app.services.readings.history import LATEST_FIRST
from lk_app.services.readings.waiting import Waiting, WaitingReading, waiting_reading, waiting_readings
from lk_app.services.staff import audit
from lk_app.services.staff.duties import READINGS
from lk_app.settings import settings

MOST_PAST = 12
"""How many readings of the meter are shown: a year of months."""


@dataclass(frozen=True)
class PastReading:
    """Another reading of the meter, whatever became of it."""

    id: str
    taken_on: date
    value: Volume
    consumption: Volume | None
    source: ReadingSource
    state: ReadingState
    reason: str


@dataclass(frozen=True)
class Fate:
    """What became of a reading that does not wait any more; nobody decided what its consumer took back."""

    state: ReadingState
    reason: str
    decided_at: datetime | None
    decided_by: str
    """The member's name; empty when billing decided."""


@dataclass(frozen=True)
class CloserLook:
    """Everything that helps to judge a reading."""

    reading: WaitingReading
    fate: Fate | None
    """None while it waits."""
    past: tuple[PastReading, ...]
    """Latest first."""
    model: str
    place: str
    meter_state: MeterState
    verification: Verification
    verification_due_on: date | None
    kind: PremisesKind | None
    """None, with all that follows, when billing has sent no premises."""
    heating: bool | None
    residents: int | None
    area: int | None
    """Hundredths of a m²."""
    equipment: tuple[str, ...]


def look_closer(session: Session, who: StaffCaller, reading_id: str, now: datetime) -> CloserLook:
    """Return what is known about a reading that a consumer sent; raises NotFound for any other."""
    require_role(who, *READINGS)
    sent = waiting_readings(who).where(col(Waiting.id) == reading_id, col(Waiting.sent_at).is_not(None))
    row = session.execute(sent).one_or_none()
    if row is None:
        raise NotFound
    reading = waiting_reading(row)
    meter = session.exec(
        select(Meter).join(Reading, col(Reading.meter_id) == col(Meter.id)).where(col(Reading.id) == reading_id)
    ).one()
    premises = session.get(Premises, reading.account_number)
    today = now.astimezone(settings().zone).date()
    audit.record(session, who, Action.READING_SEEN, now, subject=reading_id)
    return CloserLook(
        reading=reading,
        fate=fate_of(session, who, reading_id),
        past=_past(session, who, meter, reading_id),
        model=meter.model,
        place=meter.place,
        meter_state=meter.state,
        verification=verification_of(meter.verification_due_on, today),
        verification_due_on=meter.verification_due_on,
        kind=premises.kind if premises else None,
        heating=premises.heating if premises else None,
        residents=premises.residents if premises else None,
        area=premises.area if premises else None,
        equipment=tuple(premises.equipment) if premises else (),
    )


def fate_of(session: Session, who: StaffCaller, reading_id: str) -> Fate | None:
    """Return what became of a reading that a consumer sent; None while it waits, and for one there is not."""
    require_role(who, *READINGS)
    row = session.exec(
        select(Reading, Staff.name)
        .outerjoin(Staff, col(Staff.id) == col(Reading.decided_by))
        .where(col(Reading.id) == reading_id, col(Reading.sent_at).is_not(None))
    ).one_or_none()
    if row is None or row[0].state is ReadingState.PENDING:
        return None
    reading, name = row
    return Fate(reading.state, reading.reason, reading.decided_at, name or "")


def _past(session: Session, who: StaffCaller, meter: Meter, reading_id: str) -> tuple[PastReading, ...]:
    require_role(who, *READINGS)
    readings = session.exec(
        select(Reading)
        .where(Reading.meter_id == meter.id, col(Reading.id) != reading_id)
        .order_by(*LATEST_FIRST)
        .limit(MOST_PAST)
    )
    return tuple(
        PastReading(one.id, one.taken_on, one.value, one.consumption, one.source, one.state, one.reason)
        for one in readings
    )
