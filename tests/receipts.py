"""Makers of receipts, from rows and without any, and readers of what they say."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import settings
from sqlmodel import Session

from lk_app.models import Account, Channel, Division, Office, Period, Premises, PremisesKind
from lk_app.models.values import Kopecks, Month, Tariff, Volume, next_month
from lk_app.services import receipts
from lk_app.services.accounts import Contract
from lk_app.services.callers import Consumer
from lk_app.services.payments.posted import PostedPayment
from lk_app.services.receipts import Receipt, receipt_page
from lk_app.services.settlements import Amounts, ChargeLine, DivisionBalance, PeriodCharges, months_up_to
from tests import factories
from tests.factories import TODAY
from tests.texts import plain

SEPTEMBER, OCTOBER, NOVEMBER = Month(202609), Month(202610), Month(202611)
LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)
UNHURRIED = settings(deadline=None)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def consumer(session: Session, *accounts: Account, since: datetime = LONG_AGO) -> Consumer:
    user = factories.user(session)
    for account in accounts:
        factories.link(session, user, account, attached_at=since)
    assert user.id is not None
    return Consumer(user.id, 1)


def opened(
    session: Session,
    account: Account,
    month: Month = OCTOBER,
    *,
    division: str = "gas",
    who: Consumer | None = None,
) -> Receipt:
    return receipts.open_receipt(session, who or consumer(session, account), account.number, division, month, TODAY)


def pages_of(session: Session, account: Account):
    return receipt_page(opened(session, account)).readings


def close(session: Session, month: Month, closed_on: date | None) -> None:
    period = factories.period(session, month)
    period.closed_on = closed_on
    factories.store(session, period)


def measured_account(session: Session, *, volume: int = 43_500, tariff: int = 814_000, **values) -> Account:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, volume=Volume(volume), tariff=Tariff(tariff), closing=10_000, **values)
    return account


def in_october(day: int) -> date:
    return date(2026, 10, day)


def months_after(month: Month) -> list[Month]:
    return [next_month(month, step) for step in range(1, 9)]


def balance(closed_on: dict[Month, date | None]) -> DivisionBalance:
    """How a division stands to an account that was charged in all these months."""
    months = tuple(sorted(closed_on, reverse=True))
    last = max((month for month, day in closed_on.items() if day and day <= TODAY), default=None)
    return DivisionBalance(
        code="gas",
        name="",
        description="",
        balance=Kopecks(0),
        last=None,
        months=months,
        paid_since=Kopecks(0),
        due_on=None,
        closed_months=months_up_to(last, months),
        closed_today=max((month for month, day in closed_on.items() if day == TODAY), default=None),
    )


def division_of(**values) -> Division:
    requisites = {
        "payee_name": "ООО «Демогаз»",
        "payee_inn": "7400000005",
        "payee_kpp": "740001001",
        "payee_account": "40702810000000000001",
        "bank_name": "Банк",
        "bank_bic": "047501602",
        "bank_account": "30101810700000000602",
    }
    return Division(**({"code": "gas", "name": "Природный газ", "position": 1} | requisites | values))


def receipt_of(
    *lines: dict[str, int],
    payments: Sequence[tuple[date, int]] = (),
    paid_after: int = 0,
    is_last: bool = True,
    consumption: tuple[tuple[Month, Volume | None], ...] = (),
    division: Division | None = None,
) -> Receipt:
    """A receipt of October made of figures, without a database; closings follow from the figures."""
    return Receipt(
        division=division or division_of(),
        contract=Contract(
            Account(number="66010000017", last_name="Иванова", first_name="Мария", office_code="07"),
            Premises(account_number="66010000017", kind=PremisesKind.HOUSE, address="ул. Садовая, 5", residents=0),
            Office(code="07", name="Участок", address="ул. Заводская, 3", phones=[]),
            LONG_AGO,
        ),
        period=Period(month=OCTOBER, closed_on=date(2026, 11, 3), due_on=date(2026, 11, 25)),
        charges=PeriodCharges(
            OCTOBER,
            tuple(ChargeLine(f"Вид {number}", None, None, amounts(**line)) for number, line in enumerate(lines)),
        ),
        payments=tuple(PostedPayment(OCTOBER, day, Kopecks(amount), Channel.BANK) for day, amount in payments),
        paid_after=Kopecks(paid_after),
        is_last=is_last,
        readings=(),
        consumption=consumption,
    )


def amounts(**figures: int) -> Amounts:
    known = {name: Kopecks(figures.get(name, 0)) for name in ("opening", "accrued", "recalculation", "penalty", "paid")}
    left = sum(known.values()) - 2 * known["paid"]
    return Amounts(**known, closing=Kopecks(left))


def read_roubles(text: str) -> int:
    """Read a printed sum as a person does, in kopecks."""
    found = re.fullmatch(r"(−?)(\d{1,3}(?: \d{3})*),(\d\d)(?: ₽)?", plain(text))
    assert found, text
    sign, roubles, kopecks = found.groups()
    return (-1 if sign else 1) * (int(roubles.replace(" ", "")) * 100 + int(kopecks))


def value_in(text: str, key: str) -> str | None:
    """The value of a key in the text of a payment code."""
    values = dict(pair.split("=", 1) for pair in text[8:].split(text[7]))
    return values.get(key)
