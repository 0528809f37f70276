"""«Показания»: the meters of the chosen account, their readings, and what was burned month by month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from lk_app.models import Meter, MeterState, Premises, Reading, ReadingPhoto, ReadingSource, ReadingState
from lk_app.models.values import Month, Volume, month_of, next_month
from lk_app.services.accounts import Cabinet, Verification, open_cabinet, verification_of
from lk_app.services.callers import Consumer, Reader, account_numbers
from lk_app.services.readings.estimate import Step, steps_in_force
from lk_app.services.readings.history import LATEST_FIRST, YEAR, basis_of, burned_by_month
from lk_app.services.readings.rules import Basis, Dial
from lk_app.services.readings.window import Window, window_of

MOST_LINES = 36
"""How many readings of a meter are shown: three years, as far back as anybody may dispute them."""

HIDDEN = ReadingState.WITHDRAWN


@dataclass(frozen=True)
class ReadingLine:
    """A reading as its row shows it."""

    id: str
    taken_on: date
    value: Volume
    consumption: Volume | None
    source: ReadingSource
    state: ReadingState
    reason: str
    can_be_withdrawn: bool
    photo_id: str
    """Of a photo that the caller sent with it; empty when there is none."""


@dataclass(frozen=True)
class MeterView:
    """A meter with its readings, latest first."""

    id: str
    serial: str
    model: str
    place: str
    state: MeterState
    is_remote: bool
    dial: Dial
    verification: Verification
    verification_due_on: date | None
    last: ReadingLine | None
    """The last accepted reading."""
    sent_today: ReadingLine | None
    """What was sent today and waits: another one replaces it."""
    basis: Basis
    lines: tuple[ReadingLine, ...]

    @property
    def takes_readings(self) -> bool:
        """Whether its readings are asked for."""
        return self.state is MeterState.WORKING and not self.is_remote


@dataclass(frozen=True)
class MonthOfUse:
    """What all meters of the account burned in a month, and in the same one a year before; None where unknown."""

    month: Month
    volume: Volume | None
    year_before: Volume | None


@dataclass(frozen=True)
class MetersOfAccount:
    """What is known of an account's meters, and what its gas costs."""

    meters: tuple[MeterView, ...]
    burned_this_year: Volume
    steps: tuple[Step, ...]
    """Of the tariff in force."""
    use: tuple[MonthOfUse, ...]
    """Twelve months up to this one; empty if no meter was ever read."""


@dataclass(frozen=True)
class ReadingsScreen:
    """The whole screen; without an account there is nothing but the cabinet and the window."""

    cabinet: Cabinet
    window: Window
    account: MetersOfAccount | None


def open_readings(session: Session, who: Consumer, today: date) -> ReadingsScreen:
    """Return what the screen of the chosen account shows on a day of the company."""
    cabinet = open_cabinet(session, who)
    account = meters_of(session, who, cabinet.chosen.number, today) if cabinet.chosen else None
    return ReadingsScreen(cabinet, window_of(session, today), account)


def meters_of(session: Session, who: Reader, account_number: str, today: date) -> MetersOfAccount:
    """Return the meters of an account, none for one the caller may not see; those that are read come first."""
    meters = session.exec(
        select(Meter)
        .where(Meter.account_number == account_number, col(Meter.account_number).in_(account_numbers(who)))
        .order_by(col(Meter.installed_on), col(Meter.id))
    ).all()
    heating = session.exec(
        select(Premises.heating).where(
            Premises.account_number == account_number, col(Premises.account_number).in_(account_numbers(who))
        )
    ).first()
    readings = _readings(session, who, account_number)
    views = [_meter_view(meter, readings[meter.id], bool(heating), today) for meter in meters]
    burned = burned_by_month(
        reading for of_meter in readings.values() for reading, _ in of_meter if reading.state is ReadingState.ACCEPTED
    )
    return MetersOfAccount(
        meters=tuple(sorted(views, key=lambda view: (not view.takes_readings, view.state is MeterState.REMOVED))),
        burned_this_year=Volume(sum(volume for month, volume in burned.items() if month // 100 == today.year)),
        steps=steps_in_force(session, bool(heating), today),
        use=_use(burned, month_of(today.year, today.month)),
    )


Known = tuple[Reading, str]
"""A reading, and the id of the caller's photo of it or nothing."""


def _readings(session: Session, who: Reader, account_number: str) -> dict[str, list[Known]]:
    """Return the readings of each meter of the account, latest first."""
    rows = session.exec(
        select(Reading, ReadingPhoto.id)
        .join(Meter, col(Meter.id) == Reading.meter_id)
        .outerjoin(
            ReadingPhoto,
            (col(ReadingPhoto.reading_id) == col(Reading.id)) & (col(ReadingPhoto.user_id) == who.user_id),
        )
        .where(
            Meter.account_number == account_number,
            col(Meter.account_number).in_(account_numbers(who)),
            Reading.state != HIDDEN,
        )
        .order_by(*LATEST_FIRST)
    )
    by_meter: dict[str, list[Known]] = defaultdict(list)
    for reading, photo_id in rows:
        by_meter[reading.meter_id].append((reading, photo_id or ""))
    return by_meter


def _meter_view(meter: Meter, known: Sequence[Known], heating: bool, today: date) -> MeterView:
    lines = tuple(_line(reading, photo_id) for reading, photo_id in known)
    accepted = [reading for reading, _ in known if reading.state is ReadingState.ACCEPTED]
    return MeterView(
        id=meter.id,
        serial=meter.serial,
        model=meter.model,
        place=meter.place,
        state=meter.state,
        is_remote=meter.remote,
        dial=Dial(meter.digits, meter.decimals),
        # A meter that no longer measures needs no verification.
        verification=Verification.UNKNOWN
        if meter.state is MeterState.REMOVED
        else verification_of(meter.verification_due_on, today),
        verification_due_on=meter.verification_due_on,
        last=next((line for line in lines if line.state is ReadingState.ACCEPTED), None),
        sent_today=next((line for line in lines if line.can_be_withdrawn and line.taken_on == today), None),
        basis=basis_of(accepted, heating, today),
        lines=lines[:MOST_LINES],
    )


def _line(reading: Reading, photo_id: str) -> ReadingLine:
    return ReadingLine(
        id=reading.id,
        taken_on=reading.taken_on,
        value=reading.value,
        consumption=reading.consumption,
        source=reading.source,
        state=reading.state,
        reason=reading.reason,
        can_be_withdrawn=reading.state is ReadingState.PENDING and reading.sent_at is not None,
        photo_id=photo_id,
    )


def _use(burned: dict[Month, Volume], this: Month) -> tuple[MonthOfUse, ...]:
    months = [next_month(this, -back) for back in reversed(range(YEAR))]
    use = tuple(MonthOfUse(month, burned.get(month), burned.get(next_month(month, -YEAR))) for month in months)
    return use if any(one.volume is not None or one.year_before is not None for one in use) else ()
