"""What a receipt is about, as numbers and names; `words` says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlmodel import Session, col, select

from lk_app import formats
from lk_app.models import Division, Meter, Period, Reading, ReadingState
from lk_app.models.values import Kopecks, Month, Volume, first_day, next_month
from lk_app.services.accounts import Contract, contract_of
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.payments.posted import PostedPayment, posted_payments, total_of
from lk_app.services.receipts.availability import is_available
from lk_app.services.settlements import ChargedMonth, PeriodCharges, charged_months, charges_of_period
from lk_app.settings import settings

MONTHS_OF_CONSUMPTION = 13
"""So that the month stands beside the same one of last year."""


class NotYet(ServiceError):
    """The receipt is not to be had today."""


@dataclass(frozen=True)
class MeterUse:
    """What a meter showed before and at the end of a period."""

    meter: str
    place: str
    decimals: int
    before: Volume | None
    """Unknown for a meter's first reading."""
    after: Volume
    taken_on: date
    consumption: Volume | None


@dataclass(frozen=True)
class Receipt:
    """Everything a receipt says, before it is put into words."""

    division: Division
    contract: Contract
    period: Period
    charges: PeriodCharges
    payments: tuple[PostedPayment, ...]
    """Those that billing counts in the period."""
    paid_after: Kopecks
    """Posted in later periods, if this is the last closed one; it leaves that much less to pay."""
    is_last: bool
    """Whether no later period has been charged and closed."""
    readings: tuple[MeterUse, ...]
    consumption: tuple[tuple[Month, Volume | None], ...]
    """Of the months up to this one, earliest first; empty if the division measures nothing."""

    @property
    def balance(self) -> Kopecks:
        """What is left of the period: owed is positive, an advance is negative."""
        return Kopecks(self.charges.total.closing - self.paid_after)

    @property
    def to_pay(self) -> Kopecks:
        return Kopecks(max(0, self.balance))


def open_receipt(
    session: Session, who: Consumer, account_number: str, division_code: str, month: Month, today: date
) -> Receipt:
    """Return what a receipt says; raises NotFound or NotYet."""
    contract = contract_of(session, who, account_number)
    division = session.get(Division, division_code)
    period = session.get(Period, month)
    if division is None or period is None:
        raise NotFound
    attached_on = contract.attached_at.astimezone(settings().zone).date()
    if not is_available(period.closed_on, attached_on, today):
        raise NotYet(why_not(period.closed_on, today))
    charges = charges_of_period(session, who, account_number, division_code, month)
    history = charged_months(session, who, account_number, division_code)
    payments = posted_payments(session, who, account_number, division_code)
    is_last = not any(charged.month > month and charged.is_closed(today) for charged in history)
    measured = any(charged.volume is not None for charged in history)
    return Receipt(
        division=division,
        contract=contract,
        period=period,
        charges=charges,
        payments=tuple(payment for payment in payments if payment.month == month),
        paid_after=_paid_after(month, history, payments) if is_last else Kopecks(0),
        is_last=is_last,
        readings=_readings(session, who, account_number, month) if measured else (),
        consumption=_consumption(history, month) if measured else (),
    )


def why_not(closed_on: date | None, today: date) -> str:
    """Return what to tell whoever asks for a receipt too early."""
    if closed_on is None or closed_on > today:
        return "Этот месяц ещё не закрыт: квитанция появится, когда мы закончим начисления за него."
    return "Лицевой счёт присоединён сегодня: квитанции за прошлые месяцы появятся завтра."


def _paid_after(month: Month, history: Sequence[ChargedMonth], payments: Sequence[PostedPayment]) -> Kopecks:
    """Return what was paid in later months: by billing's figure where they have charges, else by the payments."""
    later = {charged.month: charged.amounts.paid for charged in history if charged.month > month}
    uncharged = (payment for payment in payments if payment.month > month and payment.month not in later)
    return Kopecks(sum(later.values()) + total_of(uncharged))


def _consumption(history: Sequence[ChargedMonth], month: Month) -> tuple[tuple[Month, Volume | None], ...]:
    volumes = {charged.month: charged.volume for charged in history}
    months = [next_month(month, -back) for back in reversed(range(MONTHS_OF_CONSUMPTION))]
    return tuple((each, volumes.get(each)) for each in months)


def _readings(session: Session, who: Consumer, account_number: str, month: Month) -> tuple[MeterUse, ...]:
    """Return what each meter that was read in a month showed before and after."""
    after = next_month(month)
    rows = session.exec(
        select(Meter, Reading)
        .join(Reading, col(Reading.meter_id) == Meter.id)
        .where(
            Meter.account_number == account_number,
            col(Meter.account_number).in_(account_numbers(who)),
            Reading.state == ReadingState.ACCEPTED,
            Reading.taken_on >= first_day(month),
            Reading.taken_on < first_day(after),
        )
        .order_by(col(Meter.installed_on), col(Meter.id), col(Reading.taken_on), col(Reading.id))
    ).all()
    by_meter = groupby(rows, key=lambda row: row[0])
    return tuple(_use(meter, [reading for _, reading in pairs]) for meter, pairs in by_meter)


def _use(meter: Meter, readings: list[Reading]) -> MeterUse:
    first, last = readings[0], readings[-1]
    dial = 10**meter.digits * 1000
    known = [reading.consumption for reading in readings if reading.consumption is not None]
    return MeterUse(
        meter=f"{meter.model} №{formats.NBSP}{meter.serial}",
        place=meter.place,
        decimals=meter.decimals,
        before=None if first.consumption is None else Volume((first.value - first.consumption) % dial),
        after=last.value,
        taken_on=last.taken_on,
        consumption=Volume(sum(known)) if known else None,
    )
