"""Staff decide about readings that consumers sent, and everybody concerned hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import (
    Action,
    Flag,
    Meter,
    Reading,
    ReadingState,
)
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.readings import machine
from lk_app.services.readings.history import LATEST_FIRST, is_accepted
from lk_app.services.readings.rules import Dial
from lk_app.services.staff import audit
from lk_app.services.staff.duties import READINGS

MOST = 500
"""How many readings are decided about in one go."""


@dataclass(frozen=True)
class Decided:
    """What came of a decision about several readings."""

    done: tuple[str, ...]
    """Ids of those it moved."""
    gone: tuple[str, ...] = ()
    """Those a colleague or billing decided about before, or the consumer took back."""
    impossible: tuple[str, ...] = ()
    """Those below, or of an earlier day than, what has been accepted meanwhile: they can only be refused."""


def accept(session: Session, who: StaffCaller, reading_ids: Sequence[str], now: datetime) -> Decided:
    """Accept readings that wait, each with what was burned since the last accepted one of its meter."""
    require_role(who, *READINGS)
    done, gone, impossible = [], [], []
    for reading_id, reading, meter in _waiting(session, who, reading_ids):
        if reading is None or meter is None:
            gone.append(reading_id)
            continue
        last = _last_accepted(session, who, reading)
        rolled_over = Flag.ROLLED_OVER in (reading.flags or "").split()
        # What was burned until a later reading is counted there already.
        overtaken = last is not None and last.taken_on > reading.taken_on
        if last and (overtaken or (reading.value < last.value and not rolled_over)):
            impossible.append(reading_id)
            continue
        dial = Dial(meter.digits, meter.decimals)
        consumption = (reading.value - last.value) % dial.round if last else None
        values = {"consumption": consumption, "decided_at": now, "decided_by": who.staff_id}
        if machine.move(session, reading, ReadingState.ACCEPTED, **values):
            audit.record(session, who, Action.READING_ACCEPTED, now, subject=reading_id)
            machine.announce(session, reading, meter.account_number, now)
            done.append(reading_id)
        else:
            gone.append(reading_id)
    return Decided(tuple(done), tuple(gone), tuple(impossible))


def refuse(session: Session, who: StaffCaller, reading_ids: Sequence[str], reason: str, now: datetime) -> Decided:
    """Refuse readings that wait; the consumer reads the reason, which is not empty."""
    require_role(who, *READINGS)
    done, gone = [], []
    for reading_id, reading, meter in _waiting(session, who, reading_ids):
        values = {"reason": reason, "decided_at": now, "decided_by": who.staff_id}
        if reading and meter and machine.move(session, reading, ReadingState.REFUSED, **values):
            audit.record(session, who, Action.READING_REFUSED, now, subject=reading_id, detail=reason)
            machine.announce(session, reading, meter.account_number, now)
            done.append(reading_id)
        else:
            gone.append(reading_id)
    return Decided(tuple(done), tuple(gone))


Waiting = tuple[str, Reading | None, Meter | None]


def _waiting(session: Session, who: StaffCaller, reading_ids: Sequence[str]) -> list[Waiting]:
    """Return the readings that wait, locked and always in the same order, so that two operators never wait for
    each other; those that don't wait any more with nothing beside their ids."""
    require_role(who, *READINGS)
    wanted = list(dict.fromkeys(reading_ids))[:MOST]
    rows = session.exec(
        select(Reading, Meter)
        .join(Meter, col(Meter.id) == Reading.meter_id)
        .where(
            col(Reading.id).in_(wanted),
            Reading.state == ReadingState.PENDING,
            col(Reading.sent_at).is_not(None),
        )
        .order_by(col(Reading.taken_on), col(Reading.id))
        .with_for_update(of=Reading)
    ).all()
    found = {reading.id: (reading, meter) for reading, meter in rows}
    missing: list[Waiting] = [(one, None, None) for one in wanted if one not in found]
    return [(one, *both) for one, both in found.items()] + missing


def _last_accepted(session: Session, who: StaffCaller, reading: Reading) -> Reading | None:
    require_role(who, *READINGS)
    return session.exec(
        select(Reading).where(Reading.meter_id == reading.meter_id, is_accepted()).order_by(*LATEST_FIRST).limit(1)
    ).first()
