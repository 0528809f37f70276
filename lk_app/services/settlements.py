"""What a consumer owes: the balance of each division and the charges it comes from."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Date, Row, Select, String, and_, bindparam, case, func, select
from sqlmodel import Session, col

from lk_app.models import (
    Attempt,
    AttemptPart,
    AttemptState,
    Charge,
    ChargeKind,
    Division,
    Payment,
    Period,
)
from lk_app.models.values import NO_MONEY, Kopecks, Month, Tariff, Volume, next_month
from lk_app.services.accounts import Cabinet, open_cabinet
from lk_app.services.acquiring import billing
from lk_app.services.callers import CALLER, LOOKING, Consumer, Onlooker, Reader, account_numbers
from lk_app.services.errors import NotFound

FIGURES = {
    "opening": col(Charge.opening),
    "accrued": col(Charge.accrued),
    "recalculation": col(Charge.recalculation),
    "penalty": col(Charge.penalty),
    "paid": col(Charge.paid),
    "closing": col(Charge.closing),
}
"""The money of a charge."""

PROCESSING = (AttemptState.PAID, AttemptState.EXPORTED)
"""States of an attempt whose money the balance does not know of yet."""

LINE = (col(Charge.volume), col(Charge.tariff), *FIGURES.values())
"""The columns a line is made of, besides the name of its kind."""


@dataclass(frozen=True)
class Amounts:
    """The figures of a charge or of their sum, in kopecks; a payment is positive in `paid`."""

    opening: Kopecks
    accrued: Kopecks
    recalculation: Kopecks
    penalty: Kopecks
    paid: Kopecks
    closing: Kopecks

    @property
    def charged(self) -> Kopecks:
        """What is added to the balance before payments."""
        return Kopecks(self.accrued + self.recalculation + self.penalty)


@dataclass(frozen=True)
class ChargeLine:
    """One charge kind in one period; volume and tariff are both there or both missing."""

    kind: str
    volume: Volume | None
    tariff: Tariff | None
    amounts: Amounts


@dataclass(frozen=True)
class PeriodCharges:
    """The charges of one division in one period."""

    month: Month
    lines: tuple[ChargeLine, ...]

    @property
    def total(self) -> Amounts:
        """The sum over the charge kinds."""
        figures = [line.amounts for line in self.lines]
        return Amounts(
            opening=Kopecks(sum(amounts.opening for amounts in figures)),
            accrued=Kopecks(sum(amounts.accrued for amounts in figures)),
            recalculation=Kopecks(sum(amounts.recalculation for amounts in figures)),
            penalty=Kopecks(sum(amounts.penalty for amounts in figures)),
            paid=Kopecks(sum(amounts.paid for amounts in figures)),
            closing=Kopecks(sum(amounts.closing for amounts in figures)),
        )


@dataclass(frozen=True)
class ChargedMonth:
    """A month's charges in one division, all kinds together."""

    month: Month
    closed_on: date | None
    volume: Volume | None
    """What was charged for by volume; None if nothing was."""
    amounts: Amounts

    def is_closed(self, today: date) -> bool:
        return self.closed_on is not None and self.closed_on <= today


@dataclass(frozen=True)
class DivisionBalance:
    """How an account stands in one division: owed is positive, an advance is negative."""

    code: str
    name: str
    description: str
    balance: Kopecks
    last: PeriodCharges | None
    """The last charged period; none before the first charges."""
    months: tuple[Month, ...]
    """From the last charged period back to the first; a month between them may have no charges."""
    paid_since: Kopecks
    """Payments posted after the last charged period."""
    due_on: date | None
    """The day to pay a debt by."""
    closed_months: tuple[Month, ...]
    """Those of the months whose charges are final."""
    closed_today: Month | None
    """The period that was closed this very day, for all accounts alike."""
    processing: Kopecks = NO_MONEY
    """Paid online and not in the balance yet, because billing has not posted it."""
    paying_until: datetime | None = None
    """When the last of the bank's pages closes that the caller has opened for this and not paid."""

    @property
    def to_pay(self) -> Kopecks:
        """The debt less what is on its way; never negative."""
        return Kopecks(max(0, self.balance - self.processing))


@dataclass(frozen=True)
class Overview:
    """The first screen: the cabinet around it and the divisions of the chosen account."""

    cabinet: Cabinet
    divisions: tuple[DivisionBalance, ...]


def open_overview(session: Session, who: Consumer, today: date) -> Overview:
    """Return the first screen for the account the session has chosen."""
    cabinet = open_cabinet(session, who)
    return Overview(cabinet, balances(session, who, cabinet.chosen.number, today) if cabinet.chosen else ())


def balances(session: Session, who: Reader, account_number: str, today: date) -> tuple[DivisionBalance, ...]:
    """Return how an account stands in every division.

    A balance is what the last charged period left, less the payments posted in later periods: a posting in the open
    period counts at once.
    """
    asked = {"user_id": who.user_id, "account_number": account_number, "today": today}
    rows = session.connection().execute(_balances_statement(LOOKING if isinstance(who, Onlooker) else CALLER), asked)
    return tuple(_balance(list(lines)) for _, lines in groupby(rows, key=lambda row: row.code))


def charges_of_period(
    session: Session, who: Consumer, account_number: str, division_code: str, month: Month
) -> PeriodCharges:
    """Return one division's charges in one period; raises NotFound when there are none for this caller."""
    rows = session.execute(
        select(col(ChargeKind.name).label("kind"), *LINE)
        .join(Charge, col(Charge.kind_id) == col(ChargeKind.id))
        .where(
            col(Charge.account_number) == account_number,
            col(Charge.account_number).in_(account_numbers(who)),
            col(Charge.month) == month,
            col(ChargeKind.division_code) == division_code,
        )
        .order_by(col(ChargeKind.id))
    ).all()
    if not rows:
        raise NotFound
    return PeriodCharges(month, tuple(_line(row) for row in rows))


def charged_months(
    session: Session, who: Consumer, account_number: str, division_code: str
) -> tuple[ChargedMonth, ...]:
    """Return what was charged in one division month by month, earliest first; months still open are among them."""
    rows = session.execute(
        select(
            col(Charge.month),
            col(Period.closed_on),
            func.sum(Charge.volume).label("volume"),
            *(func.sum(figure).label(name) for name, figure in FIGURES.items()),
        )
        .join(ChargeKind, col(ChargeKind.id) == col(Charge.kind_id))
        .join(Period, col(Period.month) == col(Charge.month))
        .where(
            col(Charge.account_number) == account_number,
            col(Charge.account_number).in_(account_numbers(who)),
            col(ChargeKind.division_code) == division_code,
        )
        .group_by(col(Charge.month), col(Period.closed_on))
        .order_by(col(Charge.month))
    )
    return tuple(_charged_month(row) for row in rows)


@cache
def _balances_statement(who: Reader) -> Select[Any]:
    """Build the query of the first screen once: building it anew would take longer than running it.

    A row is a charge kind of a division; the figures of the kinds without a charge, and of divisions without any, are
    missing.
    """
    account_number = bindparam("account_number", type_=String())
    charged = (
        select(
            col(ChargeKind.division_code),
            func.min(Charge.month).label("first_month"),
            func.max(Charge.month).label("last_month"),
        )
        .join(Charge, col(Charge.kind_id) == col(ChargeKind.id))
        .where(
            col(Charge.account_number) == account_number,
            col(Charge.account_number).in_(account_numbers(who)),
        )
        .group_by(col(ChargeKind.division_code))
        .subquery()
    )
    kept = col(AttemptPart.amount) - col(AttemptPart.refunded)
    on_its_way = and_(col(Attempt.state).in_(PROCESSING), ~billing.is_posted())
    opened_by_caller = and_(
        col(Attempt.state) == AttemptState.REGISTERED,
        col(Attempt.user_id) == who.user_id,
        col(Attempt.form_url) != "",
    )
    online = (
        select(
            col(AttemptPart.division_code),
            func.sum(case((on_its_way, kept), else_=0)).label("paid"),
            func.max(case((opened_by_caller, col(Attempt.expires_at)))).label("open_until"),
        )
        .join(Attempt, col(Attempt.id) == col(AttemptPart.attempt_id))
        .where(
            col(Attempt.account_number) == account_number,
            col(Attempt.account_number).in_(account_numbers(who)),
            col(Attempt.state).in_([*PROCESSING, AttemptState.REGISTERED]),
        )
        .group_by(col(AttemptPart.division_code))
        .subquery()
    )
    paid_since = (
        select(func.coalesce(func.sum(Payment.amount), 0))
        .where(
            col(Payment.account_number) == account_number,
            col(Payment.account_number).in_(account_numbers(who)),
            col(Payment.division_code) == col(Division.code),
            col(Payment.month) > func.coalesce(charged.c.last_month, 0),
        )
        .scalar_subquery()
    )
    due_on = (
        select(col(Period.due_on))
        .where(col(Period.closed_on).is_not(None))
        .order_by(col(Period.month).desc())
        .limit(1)
        .scalar_subquery()
    )
    today = bindparam("today", type_=Date())
    last_closed = select(func.max(Period.month)).where(col(Period.closed_on) <= today).scalar_subquery()
    closed_today = select(func.max(Period.month)).where(col(Period.closed_on) == today).scalar_subquery()
    of_last_month = and_(
        col(Charge.account_number) == account_number,
        col(Charge.month) == charged.c.last_month,
        col(Charge.kind_id) == col(ChargeKind.id),
    )
    return (
        select(
            col(Division.code),
            col(Division.name),
            col(Division.description),
            charged.c.first_month,
            charged.c.last_month,
            paid_since.label("paid_since"),
            due_on.label("due_on"),
            last_closed.label("last_closed"),
            closed_today.label("closed_today"),
            online.c.paid.label("processing"),
            online.c.open_until.label("paying_until"),
            col(ChargeKind.name).label("kind"),
            *LINE,
        )
        .select_from(Division)
        .outerjoin(charged, charged.c.division_code == col(Division.code))
        .outerjoin(online, online.c.division_code == col(Division.code))
        .outerjoin(ChargeKind, col(ChargeKind.division_code) == charged.c.division_code)
        .outerjoin(Charge, of_last_month)
        .order_by(col(Division.position), col(Division.code), col(ChargeKind.id))
    )


def _balance(rows: list[Row[Any]]) -> DivisionBalance:
    division = rows[0]
    last = None
    months: tuple[Month, ...] = ()
    if division.last_month is not None:
        last = PeriodCharges(division.last_month, tuple(_line(row) for row in rows if row.closing is not None))
        months = months_between(division.first_month, division.last_month)
    # PostgreSQL sums whole numbers into its type for decimals.
    paid_since = Kopecks(int(division.paid_since))
    balance = Kopecks((last.total.closing if last else 0) - paid_since)
    return DivisionBalance(
        code=division.code,
        name=division.name,
        description=division.description,
        balance=balance,
        last=last,
        months=months,
        paid_since=paid_since,
        due_on=division.due_on if balance > 0 else None,
        closed_months=months_up_to(division.last_closed, months),
        closed_today=division.closed_today,
        processing=Kopecks(int(division.processing or 0)),
        paying_until=division.paying_until,
    )


def _line(row: Row[Any]) -> ChargeLine:
    return ChargeLine(row.kind, row.volume, row.tariff, _amounts(row))


def _charged_month(row: Row[Any]) -> ChargedMonth:
    volume = None if row.volume is None else Volume(int(row.volume))
    return ChargedMonth(row.month, row.closed_on, volume, _amounts(row))


def _amounts(row: Row[Any]) -> Amounts:
    # PostgreSQL sums whole numbers into its type for decimals.
    figures = (row.opening, row.accrued, row.recalculation, row.penalty, row.paid, row.closing)
    return Amounts(*(Kopecks(int(figure)) for figure in figures))


@cache
def months_up_to(last: Month | None, months: tuple[Month, ...]) -> tuple[Month, ...]:
    """Return those of the months that are not later than the last."""
    return tuple(month for month in months if last is not None and month <= last)


@cache
def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Return the months from the last one back to the first."""
    months = [last]
    while months[-1] > first:
        months.append(next_month(months[-1], -1))
    return tuple(months)
