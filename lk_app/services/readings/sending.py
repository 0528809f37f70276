"""What a consumer sends: the values of several meters at once, all of them or none; and what they take back.

A form has for each meter `value-ID`, where they were asked for `rollover-ID` and `confirm-ID` (`yes`), and `photo-ID`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from lk_app.models import Meter, Reading, ReadingSource, ReadingState
from lk_app.models.values import Kopecks, Volume
from lk_app.services import numbers, rates
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.errors import FieldErrors, NotFound
from lk_app.services.rates import Limit, Window
from lk_app.services.readings import estimate, machine, photos, words
from lk_app.services.readings.overview import MetersOfAccount, MeterView, meters_of
from lk_app.services.readings.rules import Judgement, judge, read_value
from lk_app.services.typed import Refused
from lk_app.settings import settings

VALUE, ROLL_OVER, CONFIRM, PHOTO = "value-", "rollover-", "confirm-", "photo-"
"""What the fields of a meter begin with; its id follows."""

YES = "yes"

PER_USER = Window(most=60, period=timedelta(hours=1))
"""How often one user may send or take back readings."""


NOT_JUDGED = Judgement()


@dataclass(frozen=True)
class Typed:
    """What was typed for a meter, and what it means."""

    meter: MeterView
    value: Volume | None = None
    """None when nothing was typed, or nothing that can be read."""
    judgement: Judgement = NOT_JUDGED
    error: str = ""
    cost: Kopecks | None = None
    """An estimate; None where consumption or tariff is unknown."""


@dataclass(frozen=True)
class Preview:
    """What sending a form as it is now would mean."""

    typed: tuple[Typed, ...]
    steps: tuple[estimate.Step, ...]

    @property
    def total(self) -> Kopecks | None:
        """What all meters come to, by estimate; None if nothing can be estimated."""
        costs = [one.cost for one in self.typed if one.cost is not None]
        return Kopecks(sum(costs)) if costs else None


def preview(session: Session, who: Consumer, account_number: str, fields: Mapping[str, str], now: datetime) -> Preview:
    """Say what a form means as it stands; it changes nothing and refuses nothing."""
    account = meters_of(session, who, account_number, today_of(now))
    return Preview(_read(account, fields), account.steps)


def send(
    session: Session, who: Consumer, account_number: str, fields: Mapping[str, str], now: datetime
) -> tuple[str, ...]:
    """Store what was typed as readings of today that wait for a decision; return their ids.

    What was sent today for the same meter and still waits is replaced; the same value sent again changes nothing.
    Raises NotFound for an account that is not the caller's, TooManyAttempts, or FieldErrors for values that are refused
    or have to be confirmed: then nothing is stored.
    """
    rates.take(session, [Limit("readings", str(who.user_id), PER_USER)], now)
    _lock(session, who, account_number)
    account = meters_of(session, who, account_number, today_of(now))
    if not account.meters:
        raise NotFound
    typed = _read(account, fields)
    _refuse_if_wrong(typed, fields)
    return tuple(
        _store(session, who, account_number, one, fields.get(PHOTO + one.meter.id, ""), now)
        for one in typed
        if one.value is not None
    )


def withdraw(session: Session, who: Consumer, reading_id: str, now: datetime) -> None:
    """Take back a reading that waits for a decision.

    Raises NotFound for any other, and for somebody else's, or TooManyAttempts.
    """
    rates.take(session, [Limit("readings", str(who.user_id), PER_USER)], now)
    row = session.exec(
        select(Reading, Meter.account_number)
        .join(Meter, col(Meter.id) == Reading.meter_id)
        .where(
            Reading.id == reading_id,
            Reading.state == ReadingState.PENDING,
            col(Reading.sent_at).is_not(None),
            col(Meter.account_number).in_(account_numbers(who)),
        )
    ).one_or_none()
    if row is None:
        raise NotFound(words.ALREADY_DECIDED)
    reading, account_number = row
    if not machine.move(session, reading, ReadingState.WITHDRAWN):
        raise NotFound(words.ALREADY_DECIDED)
    machine.announce(session, reading, account_number, now)


def today_of(now: datetime) -> date:
    """Return the day of the company."""
    return now.astimezone(settings().zone).date()


def _lock(session: Session, who: Consumer, account_number: str) -> None:
    # Two tabs that send at once must not both find nothing to replace. On SQLite the writer is alone anyway.
    session.exec(
        select(Meter.id)
        .where(Meter.account_number == account_number, col(Meter.account_number).in_(account_numbers(who)))
        .order_by(col(Meter.id))
        .with_for_update(key_share=True)
    ).all()


def _read(account: MetersOfAccount, fields: Mapping[str, str]) -> tuple[Typed, ...]:
    """Read what was typed for each meter that takes readings; the estimate climbs the steps from meter to meter."""
    burned, read = account.burned_this_year, []
    for meter in account.meters:
        if meter.takes_readings:
            one = _typed(meter, fields.get(VALUE + meter.id, ""))
            consumption = one.judgement.consumption
            if consumption is not None and account.steps:
                one = replace(one, cost=estimate.cost(account.steps, burned, consumption))
                burned = Volume(burned + consumption)
            read.append(one)
    return tuple(read)


def _typed(meter: MeterView, text: str) -> Typed:
    if not text.strip():
        return Typed(meter)
    try:
        value = read_value(text, meter.dial)
    except Refused as refusal:
        return Typed(meter, error=str(refusal))
    judgement = judge(value, meter.dial, meter.basis)
    return Typed(meter, value, judgement, judgement.refusal)


def _refuse_if_wrong(typed: Sequence[Typed], fields: Mapping[str, str]) -> None:
    errors = {VALUE + one.meter.id: one.error for one in typed if one.error}
    for one in typed:
        if not one.error and one.judgement.rolled_over and fields.get(ROLL_OVER + one.meter.id) != YES:
            errors[ROLL_OVER + one.meter.id] = words.CONFIRM_ROLL_OVER
        if not one.error and one.judgement.is_unusual and fields.get(CONFIRM + one.meter.id) != YES:
            errors[CONFIRM + one.meter.id] = words.CONFIRM_UNUSUAL
    if not typed:
        raise NotFound(words.NO_METERS)
    if all(one.value is None and not one.error for one in typed):
        several = len(typed) > 1
        errors[VALUE + typed[0].meter.id] = words.AT_LEAST_ONE if several else words.EMPTY
    if errors:
        raise FieldErrors(errors)


def _store(session: Session, who: Consumer, account_number: str, typed: Typed, photo_id: str, now: datetime) -> str:
    assert typed.value is not None
    before = typed.meter.sent_today
    if before and before.value == typed.value:
        if photo_id:
            photos.attach(session, who, photo_id, before.id, typed.meter.id)
        return before.id
    if before:
        _replace(session, before.id, account_number, now)
    reading = Reading(
        id=f"R{numbers.new_number(now)}",
        meter_id=typed.meter.id,
        taken_on=today_of(now),
        value=typed.value,
        consumption=typed.judgement.consumption,
        source=ReadingSource.PORTAL,
        state=ReadingState.PENDING,
        sent_at=now,
        sent_by=who.user_id,
        flags=" ".join(typed.judgement.flags),
        usual=typed.meter.basis.usual,
    )
    session.add(reading)
    session.flush()
    if photo_id:
        photos.attach(session, who, photo_id, reading.id, typed.meter.id)
    machine.announce(session, reading, account_number, now)
    return reading.id


def _replace(session: Session, reading_id: str, account_number: str, now: datetime) -> None:
    """Take back what is about to be replaced, unless it has just been decided about."""
    reading = session.get_one(Reading, reading_id)
    if reading.state is ReadingState.PENDING and machine.move(session, reading, ReadingState.WITHDRAWN):
        machine.announce(session, reading, account_number, now)
