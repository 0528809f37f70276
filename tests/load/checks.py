"""Whether the portal kept what it said was done."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import Attempt, AttemptState, Reading
from tests.behind import Stored, behind
from tests.load.people import Person

PATIENCE_S = 120
"""How long what the bank took may need to be known here: nothing depends on its callbacks."""
HAS_MONEY = (AttemptState.PAID, AttemptState.EXPORTED, AttemptState.POSTED)


@dataclass(frozen=True)
class Kept:
    """How much people were told was done, and how much of it can't be found."""

    readings: int
    lost_readings: int
    payments: int
    lost_payments: int


def look_for(portal: Stored, people: Sequence[Person]) -> Kept:
    """Look for everything that people did."""
    sent = {(person.meter_id, value * 1000) for person in people for value in person.readings}
    orders = {order for person in people for order in person.orders}
    deadline = time.monotonic() + PATIENCE_S
    while True:
        readings, paid = behind(portal, kept)
        if orders <= paid or time.monotonic() > deadline:
            return Kept(len(sent), len(sent - readings), len(orders), len(orders - paid))
        time.sleep(1)


def kept(session: Session) -> tuple[set[tuple[str, int]], set[str]]:
    """Return the readings that were sent here, and the order numbers of payments whose money came."""
    readings = session.exec(select(Reading.meter_id, Reading.value).where(col(Reading.sent_at).is_not(None)))
    paid = select(Attempt.order_number).where(col(Attempt.state).in_(HAS_MONEY))
    return {(meter_id, int(value)) for meter_id, value in readings}, set(session.exec(paid))
