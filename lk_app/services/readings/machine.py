"""The states of a reading, every way between them, and `move`, the one function that changes one.

    PENDING ──► ACCEPTED ◄──► REFUSED ◄── PENDING        PENDING ──► WITHDRAWN ──► ACCEPTED

Staff decide about pending readings only. Billing, the master of accepted readings, may decide otherwise later, and may
accept a reading it was told of before the consumer took it back.
"""

from datetime import datetime

from sqlmodel import Session, col, update

from lk_app.models import Reading, ReadingState
from lk_app.services import live
from lk_app.services.notifications import decisions

WAYS = {
    ReadingState.PENDING: {ReadingState.ACCEPTED, ReadingState.REFUSED, ReadingState.WITHDRAWN},
    ReadingState.ACCEPTED: {ReadingState.REFUSED},
    ReadingState.REFUSED: {ReadingState.ACCEPTED},
    ReadingState.WITHDRAWN: {ReadingState.ACCEPTED},
}


def move(session: Session, reading: Reading, state: ReadingState, **values: object) -> bool:
    """Change a reading's state if it is still what was read; of several who try, one is told True.

    `values` are further columns that change with it. Raises ValueError for a way that does not exist.
    """
    if state not in WAYS[reading.state]:
        raise ValueError(f"no way leads from {reading.state} to {state}")
    reason = values.pop("reason", "")
    changed = update(Reading).where(col(Reading.id) == reading.id, col(Reading.state) == reading.state)
    moved = session.exec(changed.values(state=state, reason=reason, **values)).rowcount == 1
    session.refresh(reading)
    return moved


def announce(session: Session, reading: Reading, account_number: str, now: datetime) -> None:
    """Let open pages show a reading as it is now, and tell who sent it what was decided, if they asked for that."""
    reading.announced = reading.state
    session.add(reading)
    session.flush()
    if reading.state in (ReadingState.ACCEPTED, ReadingState.REFUSED):
        decisions.tell(session, reading, account_number, now)
    live.publish(session, live.readings_of(account_number), now)
    live.publish(session, live.READING_QUEUE, now)
