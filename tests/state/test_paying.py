"""What «Оплата онлайн» opens with: the amount, and why paying now may be paying twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lk_app.models.values import Kopecks, Month
from lk_app.services.accounts import AttachedAccount, Cabinet
from lk_app.services.settlements import Amounts, ChargeLine, DivisionBalance, Overview, PeriodCharges
from lk_app.state.paying import offer_of, till_of
from tests.factories import NOW
from tests.texts import plain

OCTOBER = Month(202610)
CHARGED = PeriodCharges(OCTOBER, (ChargeLine("Газ", None, None, Amounts(*map(Kopecks, (0, 0, 0, 0, 0, 0)))),))
ACCOUNT = AttachedAccount("66010000017", "", NOW, "01", None, "", None)


def division(balance: int, **values: Any) -> DivisionBalance:
    given = DivisionBalance(
        "gas", "Природный газ", "", Kopecks(balance), CHARGED, (OCTOBER,), Kopecks(0), None, (OCTOBER,), None
    )
    return replace(given, **values)


@pytest.mark.parametrize(
    ("balance", "processing", "amount", "note", "owes"),
    [
        (184_356, 0, "1843,56", "К оплате 1 843,56 ₽", True),
        (184_356, 100_000, "843,56", "К оплате 843,56 ₽", True),
        (105, 0, "1,05", "К оплате 1,05 ₽", True),
        (184_356, 184_356, "", "Можно внести аванс", False),
        (100, 200, "", "Можно внести аванс", False),
        (0, 0, "", "Можно внести аванс", False),
        (-20_000, 0, "", "Можно внести аванс", False),
    ],
)
def test_the_amount_is_the_debt_less_what_is_on_its_way(
    balance: int, processing: int, amount: str, note: str, owes: bool
) -> None:
    offer = offer_of(division(balance, processing=Kopecks(processing)), NOW)

    assert (offer.field, offer.amount, plain(offer.note), offer.owes) == ("amount-gas", amount, note, owes)
    assert (plain(offer.processing) == f"В обработке: {plain_money(processing)}") is bool(processing)


def plain_money(kopecks: int) -> str:
    return f"{kopecks // 100:,}".replace(",", " ") + f",{kopecks % 100:02} ₽"


@pytest.mark.parametrize(
    ("balance", "processing", "begins"),
    [
        (100, 0, "Подставлена задолженность. Можно"),
        (100, 50, "Подставлена задолженность за вычетом платежей в обработке."),
        (0, 0, "Платить ничего не нужно."),
        (100, 100, "Платить ничего не нужно."),
    ],
)
def test_a_hint_says_what_the_amount_is(balance: int, processing: int, begins: str) -> None:
    assert plain(offer_of(division(balance, processing=Kopecks(processing)), NOW).hint).startswith(begins)


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ({}, ""),
        ({"processing": Kopecks(100_000)}, "В обработке уже 1 000,00 ₽:"),
        ({"paying_until": NOW + timedelta(minutes=12)}, "Вы уже начали платить: страница банка открыта до 12:42."),
        ({"paying_until": NOW}, ""),
        ({"paying_until": NOW - timedelta(minutes=1)}, ""),
    ],
)
def test_a_warning_is_given_where_one_may_pay_twice(values: dict[str, Any], warning: str) -> None:
    told = plain(offer_of(division(100, **values), NOW).warning)

    assert told.startswith(warning)
    assert bool(told) is bool(warning)


def till(*divisions: DivisionBalance, **values: Any) -> Any:
    return till_of(Overview(Cabinet((ACCOUNT,), ACCOUNT, **values), divisions))


def test_several_debts_have_a_sum_that_all_fields_open_with() -> None:
    both = till(division(100_000), division(50_000, processing=Kopecks(10_000)), division(-500))

    assert (both.several, plain(both.debts), plain(both.total)) == (True, "1 400,00 ₽", "1 400,00 ₽")


def test_one_debt_has_no_sum() -> None:
    one = till(division(100_000), division(0), division(70_000, last=None))

    assert (one.several, one.debts, plain(one.total)) == (True, "", "1 000,00 ₽")
    assert not till(division(100)).several


@pytest.mark.parametrize(
    ("email", "phone", "contact"),
    [
        ("maria@example.ru", "9120000001", "m•••a@example.ru"),
        (None, "9120000001", "+7 912 ••• •• 01"),
        (None, None, ""),
    ],
)
def test_where_the_receipt_goes_is_shown_masked(email: str | None, phone: str | None, contact: str) -> None:
    assert plain(till(email=email, phone=phone).contact) == contact
