"""A reading that waits for a decision, with what staff need to judge it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col

from lk_app.models import Account, Flag, Meter, Premises, Reading, ReadingPhoto, ReadingSource
from lk_app.models.values import Volume
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.readings.history import LATEST_FIRST, is_accepted
from lk_app.services.readings.rules import Dial
from lk_app.services.staff.duties import READINGS

Waiting = aliased(Reading, name="waiting")
"""The reading that is judged, apart from the others of its meter."""


@dataclass(frozen=True)
class WaitingReading:
    """A reading that a consumer sent, beside the last accepted one of its meter."""

    id: str
    sent_at: datetime
    taken_on: date
    account_number: str
    last_name: str
    first_name: str
    middle_name: str
    address: str
    serial: str
    dial: Dial
    last: Volume | None
    """The last accepted value as it is now, not as it was when this was sent; None if there is none."""
    value: Volume
    flags: tuple[Flag, ...]
    usual: Volume | None
    """What was burned in the same months of last year, if that is known."""
    source: ReadingSource
    photo_id: str
    """Empty when there is none."""

    @property
    def consumption(self) -> Volume | None:
        """What was burned since the last accepted value; negative if that has gone above this one meanwhile."""
        if self.last is None:
            return None
        burned = self.value - self.last
        return Volume(burned % self.dial.round if Flag.ROLLED_OVER in self.flags else burned)

    @property
    def is_below(self) -> bool:
        """Whether it can only be refused: a higher value was accepted meanwhile."""
        return self.consumption is not None and self.consumption < 0

    @property
    def is_fine(self) -> bool:
        """Whether nothing about it is unusual."""
        return not self.flags and not self.is_below


def waiting_readings(who: StaffCaller) -> Select[*tuple[Any, ...]]:
    """Select what `waiting_reading` makes of a row; which ones, the caller adds."""
    require_role(who, *READINGS)
    return (
        columns(
            col(Waiting.id),
            col(Waiting.sent_at),
            col(Waiting.taken_on),
            col(Waiting.value),
            col(Waiting.flags),
            col(Waiting.usual),
            col(Waiting.source),
            col(Account.number),
            col(Account.last_name),
            col(Account.first_name),
            col(Account.middle_name),
            col(Premises.address),
            col(Meter.serial),
            col(Meter.digits),
            col(Meter.decimals),
            col(ReadingPhoto.id).label("photo_id"),
            _last_accepted(who).label("last"),
        )
        .select_from(Waiting)
        .join(Meter, col(Meter.id) == col(Waiting.meter_id))
        .join(Account, col(Account.number) == col(Meter.account_number))
        .outerjoin(Premises, col(Premises.account_number) == col(Account.number))
        .outerjoin(ReadingPhoto, col(ReadingPhoto.reading_id) == col(Waiting.id))
    )


def _last_accepted(who: StaffCaller) -> ScalarSelect[Any]:
    """Return the value that deciding compares with."""
    require_role(who, *READINGS)
    return (
        columns(col(Reading.value))
        .where(
            col(Reading.meter_id) == col(Waiting.meter_id),
            is_accepted(),
            col(Reading.taken_on) <= col(Waiting.taken_on),
            col(Reading.id) != col(Waiting.id),
        )
        .order_by(*LATEST_FIRST)
        .limit(1)
        .correlate(Waiting)
        .scalar_subquery()
    )


def waiting_reading(row: Row[Any]) -> WaitingReading:
    """Return the reading of a row that was selected by `waiting_readings`."""
    return WaitingReading(
        id=row.id,
        sent_at=row.sent_at,
        taken_on=row.taken_on,
        account_number=row.number,
        last_name=row.last_name,
        first_name=row.first_name,
        middle_name=row.middle_name,
        address=row.address or "",
        serial=row.serial,
        dial=Dial(row.digits, row.decimals),
        last=row.last,
        value=row.value,
        flags=tuple(Flag(word) for word in row.flags.split()),
        usual=row.usual,
        source=row.source,
        photo_id=row.photo_id or "",
    )
