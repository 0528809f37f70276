"""«Взаиморасчёты»: what stands on the screen, and what happens when it cannot."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import reflex as rx
from sqlmodel import Session, col, delete, update

from lk_app.models import Account, Charge, User
from lk_app.models.values import Kopecks, Month, Tariff, Volume
from lk_app.services import settlements
from lk_app.services.accounts import AttachedAccount
from lk_app.services.acquiring import desk
from lk_app.services.callers import Consumer
from lk_app.services.session import writing
from lk_app.state.access import IdentityState
from lk_app.state.accounts import AccountsState
from lk_app.state.screen import TRY_AGAIN
from lk_app.state.settlements import (
    MINUS_MEANS,
    NOTHING_CHARGED,
    RECEIPTS_TOMORROW,
    DivisionCard,
    SettlementsState,
    Standing,
    division_card,
    due,
    standing_of,
)
from tests import factories
from tests.factories import NOW
from tests.texts import plain

SEPTEMBER, OCTOBER, NOVEMBER = Month(202609), Month(202610), Month(202611)


def account_with_charges(session: Session) -> Any:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=99_900)
    factories.charge(
        session, account, OCTOBER, opening=99_900, paid=99_900, volume=Volume(43_500), tariff=Tariff(814_000),
        accrued=35_409,
    )  # fmt: skip
    factories.payment(session, account, 5_409, NOVEMBER)
    return account


async def tab_of(who: Consumer) -> rx.State:
    """The state of a browser tab that the guard has let through."""
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._consumer = who
    return tab


@pytest.fixture
async def screen(portal: str) -> SettlementsState:
    """The screen of a consumer with one charged account, loaded."""
    with writing() as session:
        who = factories.consumer(session, account_with_charges(session))
    state = await (await tab_of(who)).get_state(SettlementsState)
    await SettlementsState.load.fn(state)
    return state


async def test_opening_shows_the_balance_in_words(screen: SettlementsState) -> None:
    (gas,) = screen.divisions

    assert (gas.name, gas.standing, gas.word) == ("Природный газ", "debt", "Задолженность")
    assert plain(gas.amount) == "300,00 ₽"
    assert plain(gas.accrued) == "Начислено за октябрь 2026 г.: 354,09 ₽"
    assert plain(gas.posted) == "Оплачено после начислений: 54,09 ₽"
    assert plain(gas.charges.caption) == "Октябрь 2026 г., в рублях"
    assert plain(gas.charges.rows[0].quantity) == "43,5 м³ × 8,14 ₽"
    assert [plain(name) for _, name in gas.periods] == ["Октябрь 2026 г.", "Сентябрь 2026 г."]
    assert (screen.loaded, screen.failure, screen.empty) == (True, "", False)


async def test_opening_fills_the_left_column_too(screen: SettlementsState) -> None:
    accounts = await screen.get_state(AccountsState)

    assert accounts.known
    assert accounts.number == accounts.options[0].number
    assert plain(accounts.summary) == "Дом, 86,4 м²"


async def test_another_period_takes_the_place_of_the_last(screen: SettlementsState) -> None:
    await SettlementsState.show_period.fn(screen, "gas", "202609")

    (gas,) = screen.divisions
    assert (gas.charges.month, plain(gas.charges.rows[0].closing)) == ("202609", "999,00")
    assert plain(gas.amount) == "300,00 ₽", "the balance is of today whatever period is shown"
    assert plain(screen.told) == "Природный газ: Сентябрь 2026 г., в рублях"


@pytest.mark.parametrize("month", ["202401", "", "два", None, [], {"a": 1}, -1, 10**30, 3.5, "2026-09", True])
@pytest.mark.parametrize("division", ["gas", "water", None, 7])
async def test_whatever_is_asked_for_nothing_breaks(screen: SettlementsState, division: object, month: object) -> None:
    before = screen.divisions

    await SettlementsState.show_period.fn(screen, division, month)

    assert screen.divisions == before


async def test_a_period_without_charges_is_explained_and_leaves_what_was_shown(screen: SettlementsState) -> None:
    with writing() as session:
        session.execute(delete(Charge).where(col(Charge.month) == SEPTEMBER))

    await SettlementsState.show_period.fn(screen, "gas", "202609")
    (gas,) = screen.divisions
    assert (gas.charges.month, gas.period_failure) == ("202610", NOTHING_CHARGED)

    await SettlementsState.show_period.fn(screen, "gas", "202610")
    assert screen.divisions[0].period_failure == ""


async def test_opening_again_shows_what_has_changed(screen: SettlementsState) -> None:
    with writing() as session:
        number = (await screen.get_state(AccountsState)).number
        factories.payment(session, session.get(Account, number), 30_000, NOVEMBER)

    await SettlementsState.load.fn(screen)

    assert screen.divisions[0].word == "Задолженности нет"


async def test_a_failure_is_told_without_its_details_and_gone_after_a_retry(
    screen: SettlementsState, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("Иванова, 66010000017")

    with monkeypatch.context() as patch:
        patch.setattr(settlements, "open_overview", broken)
        await SettlementsState.load.fn(screen)
    assert screen.failure == TRY_AGAIN
    assert "RuntimeError" in caplog.text
    assert "Иванова" not in caplog.text

    await SettlementsState.load.fn(screen)
    assert screen.failure == ""


async def test_a_user_without_accounts_finds_an_empty_cabinet(portal: str) -> None:
    with writing() as session:
        factories.division(session)
        who = factories.consumer(session)
    state = await (await tab_of(who)).get_state(SettlementsState)

    await SettlementsState.load.fn(state)

    assert (state.empty, state.divisions, state.loaded) == (True, [], True)
    assert (await state.get_state(AccountsState)).number == ""


@pytest.mark.parametrize(("balance", "expected"), [(1, Standing.DEBT), (-1, Standing.ADVANCE), (0, Standing.EVEN)])
def test_the_sign_of_a_balance_becomes_a_word(balance: int, expected: Standing) -> None:
    assert standing_of(Kopecks(balance)) is expected


def division_of(balance: int, closing: int = 0, opening: int = 0) -> settlements.DivisionBalance:
    amounts = settlements.Amounts(*map(Kopecks, (opening, 0, 0, 0, 0, closing)))
    last = settlements.PeriodCharges(OCTOBER, (settlements.ChargeLine("Газ", None, None, amounts),))
    due_on = factories.date(2026, 11, 25) if balance > 0 else None
    return settlements.DivisionBalance(
        "gas", "Природный газ", "", Kopecks(balance), last, (OCTOBER,), Kopecks(0), due_on, (OCTOBER,), None
    )


def card_of(division: settlements.DivisionBalance, attached_at: datetime = NOW - timedelta(days=1)) -> DivisionCard:
    account = AttachedAccount("66010000017", "", attached_at, "01", None, "", None)
    return division_card(division, account, "name", NOW)


@pytest.mark.parametrize(
    ("balance", "word", "amount"),
    [(123_456, "Задолженность", "1 234,56 ₽"), (-20_000, "Аванс", "200,00 ₽"), (0, "Задолженности нет", "")],
)
def test_the_word_carries_the_sign(balance: int, word: str, amount: str) -> None:
    card = card_of(division_of(balance))

    assert (card.word, plain(card.amount)) == (word, amount)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ((2026, 11, 25), "Оплатите до 25 ноября 2026 г."),
        ((2026, 11, 26), "Срок оплаты был 25 ноября 2026 г."),
    ],
)
def test_a_debt_says_by_when(monkeypatch: pytest.MonkeyPatch, today: tuple[int, int, int], expected: str) -> None:
    monkeypatch.setattr("lk_app.clock.today", lambda: factories.date(*today))

    assert plain(due(division_of(1))) == expected


def test_an_advance_asks_for_nothing() -> None:
    assert due(division_of(-1)) == due(division_of(0)) == "Оплата не требуется"


@pytest.mark.parametrize(
    ("opening", "closing", "remark"), [(0, 0, ""), (5, 5, ""), (-5, 0, MINUS_MEANS), (0, -5, MINUS_MEANS)]
)
def test_a_minus_before_a_balance_is_explained(opening: int, closing: int, remark: str) -> None:
    assert card_of(division_of(closing, closing, opening)).charges.remark == remark


def test_a_division_offers_the_receipts_of_closed_periods() -> None:
    card = card_of(division_of(1))

    assert (card.receipt_from, card.receipt_to) == ("202610", "202610")
    assert card.no_receipts == ""
    assert card.address.endswith("/gas")
    assert "66010000017" not in card.address


def test_receipts_of_an_account_attached_today_are_promised() -> None:
    card = card_of(division_of(1), attached_at=NOW)

    assert (card.receipt_to, card.no_receipts) == ("", RECEIPTS_TOMORROW)


def test_a_period_closed_on_the_day_of_attaching_has_its_receipt_at_once() -> None:
    card = card_of(replace(division_of(1), closed_today=OCTOBER), attached_at=NOW)

    assert (card.receipt_from, card.receipt_to) == ("202610", "202610")


def test_nothing_is_promised_where_nothing_was_charged() -> None:
    card = card_of(replace(division_of(0), last=None, months=(), closed_months=()), attached_at=NOW)

    assert (card.receipt_to, card.no_receipts, card.charged) == ("", "", False)


@pytest.mark.parametrize(
    ("balance", "expected"),
    [(123_456, "К оплате 1 234,56 ₽."), (0, "Платить ничего не нужно."), (-1, "Платить ничего не нужно.")],
)
def test_the_payment_code_says_what_it_is_for(balance: int, expected: str) -> None:
    assert plain(card_of(division_of(balance)).payment).startswith(expected)


def test_the_payment_code_asks_for_no_more_than_is_not_on_its_way() -> None:
    half = card_of(replace(division_of(123_456), processing=Kopecks(23_456)))
    nothing = card_of(replace(division_of(123_456), processing=Kopecks(123_456)))

    assert plain(half.payment).startswith("К оплате 1 000,00 ₽.")
    assert plain(nothing.payment).startswith("Платить ничего не нужно.")
    assert plain(half.amount) == plain(nothing.amount) == "1 234,56 ₽", "the balance is billing's"
    assert due(replace(division_of(1), processing=Kopecks(1))) == "Платёж в обработке, платить ещё раз не нужно"
    assert (half.offer.amount, half.offer.field) == ("1000,00", "amount-gas")


async def test_the_till_is_open_where_there_is_a_bank(
    screen: SettlementsState, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screen.till.is_open
    monkeypatch.setattr(desk, "is_available", lambda: False)

    await SettlementsState.load.fn(screen)

    assert not screen.till.is_open


async def test_statements_are_offered_for_the_months_that_were_charged(screen: SettlementsState) -> None:
    assert screen.documents.divisions == [("gas", "Природный газ")]
    assert [month for month, _ in screen.documents.months] == ["202610", "202609"]
    assert screen.documents.first_month == "202609"
    assert (await screen.get_state(AccountsState)).number not in screen.documents.statements


async def test_an_address_for_letters_is_shown_masked(screen: SettlementsState) -> None:
    assert (screen.documents.mailed, screen.documents.email) == (True, "")
    with writing() as session:
        session.execute(update(User).values(email="maria@example.ru"))

    await SettlementsState.load.fn(screen)

    assert screen.documents.email == "m•••a@example.ru"
