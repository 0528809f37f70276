"""«История платежей» in words, filtered and page by page."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import update

from lk_app import clock
from lk_app.models import Account, Attempt, AttemptState, Channel, User
from lk_app.models.values import Kopecks
from lk_app.services.callers import Consumer
from lk_app.services.payments import history
from lk_app.services.payments.history import PaymentLine, PaymentState
from lk_app.services.session import writing
from lk_app.state.payments import PaymentsState, days_of, paging_of, payment_row, period_choices
from lk_app.state.screen import TRY_AGAIN
from tests import attempts, factories
from tests.factories import NOW, TODAY
from tests.state.test_accounts import state_for
from tests.texts import plain

OWN = "66010000017"
BOTH = {"gas": 100_000, "vdgo": 50_000}
CREATED, REGISTERED, PAID, DECLINED, EXPIRED, EXPORTED, POSTED, REFUNDED = AttemptState
LINE = PaymentLine(
    day=TODAY, at=NOW, division_code="gas", division="Природный газ", amount=Kopecks(184_356), channel=Channel.ONLINE,
    state=PaymentState.PROCESSING, whole=Kopecks(184_356), refunded=Kopecks(0), order_number="261122-ABCDEFGHJK",
    payment_id=None, is_own=True, card="1111", can_continue=False, can_repeat=False,
)  # fmt: skip


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    """A consumer with an account of two divisions, on the day of the factories."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    with writing() as session:
        factories.division(session, "gas")
        factories.division(session, "vdgo", name="ВДГО", position=2)
        return factories.consumer(session, factories.account(session, OWN))


def made(who: Consumer, state: AttemptState = PAID, **values: Any) -> str:
    """Store an attempt of the consumer's; return its order number."""
    parts = values.pop("parts", BOTH)
    with writing() as session:
        return attempts.attempt(session, who, session.get_one(Account, OWN), parts, state, **values).order_number


def paid_at_post(count: int, day: date = TODAY) -> None:
    with writing() as session:
        for _ in range(count):
            factories.payment(session, session.get_one(Account, OWN), 100, paid_on=day, channel=Channel.POST)


async def opened(who: Consumer) -> Any:
    state = await state_for(PaymentsState, who)
    await PaymentsState.load.fn(state)
    return state


async def test_the_screen_opens_with_the_last_half_year(who: Consumer) -> None:
    order = made(who, EXPIRED)
    paid_at_post(1, date(2026, 6, 1))
    paid_at_post(1, date(2026, 5, 31))

    state = await opened(who)

    gas, vdgo, post = state.rows
    assert (plain(gas.day), gas.time, gas.division) == ("22.11.2026", "12:27", "Природный газ")
    assert (plain(gas.amount), gas.how, gas.state) == ("1 000,00 ₽", "В личном кабинете", "не завершён")
    assert (gas.order, gas.can_repeat, gas.confirmation) == (order, True, "")
    assert (plain(post.day), post.time, post.how, post.state) == ("01.06.2026", "", "На почте", "оплачено")
    assert vdgo.key != gas.key
    assert plain(state.span) == "С 1 июня 2026 г."
    assert [(name, plain(amount)) for name, amount in state.totals] == [("Оплачено", "1,00 ₽")]
    assert (gas.what, plain(gas.whole)) == ("Несколько разделов одним платежом", "1 500,00 ₽")
    assert (state.loaded, state.failure, state.empty, state.settling) == (True, "", False, True)
    assert (state.divisions, state.paging.words) == ([("gas", "Природный газ"), ("vdgo", "ВДГО")], "")


async def test_what_is_on_its_way_has_a_total_of_its_own(who: Consumer) -> None:
    made(who)

    state = await opened(who)

    assert [(name, plain(amount)) for name, amount in state.totals] == [
        ("Оплачено", "0,00 ₽"),
        ("В обработке", "1 500,00 ₽"),
    ]
    assert state.settling


async def test_the_number_of_the_account_is_nowhere_but_where_it_is_chosen(who: Consumer) -> None:
    made(who)

    state = await opened(who)

    for address in (state.files.xlsx, state.files.csv, state.rows[0].confirmation):
        assert address.startswith("/api/payments/")
        assert OWN not in address


async def test_a_filter_shows_its_first_page_and_names_its_files(who: Consumer) -> None:
    made(who)
    paid_at_post(25, date(2025, 3, 3))
    state = await opened(who)

    await PaymentsState.filter_by.fn(state, "2025", "gas")

    assert (len(state.rows), plain(state.paging.words), plain(state.span)) == (
        20,
        "Показаны 1–20 из 25 платежей",
        "За 2025 год",
    )
    assert plain(state.told) == "Показаны 1–20 из 25 платежей"
    assert state.files.xlsx.endswith("/history.xlsx?from=2025-01-01&to=2025-12-31&division=gas")
    assert state.files.csv.endswith("/history.csv?from=2025-01-01&to=2025-12-31&division=gas")

    await PaymentsState.filter_by.fn(state, "6", "vdgo")
    assert (len(state.rows), plain(state.told)) == (1, "Найдено: 1 платёж")

    await PaymentsState.filter_by.fn(state, "all", "")
    assert (plain(state.paging.words), state.span) == ("Показаны 1–20 из 27 платежей", "За всё время")
    assert state.files.csv.endswith("/history.csv")


async def test_pages_are_turned_and_kept_when_the_page_renews_itself(who: Consumer) -> None:
    paid_at_post(41)
    state = await opened(who)
    assert (state.paging.has_earlier, state.paging.has_later) == (False, True)

    await PaymentsState.turn.fn(state, 2)
    assert (len(state.rows), plain(state.told)) == (1, "Показаны 41–41 из 41 платежа")
    assert (state.paging.page, state.paging.has_earlier, state.paging.has_later) == (2, True, False)

    await PaymentsState.refresh.fn(state)
    assert state.paging.page == 2

    await PaymentsState.load.fn(state)
    assert (state.paging.page, state.period, state.division) == (0, "6", "")


async def test_a_page_that_renews_itself_says_what_has_changed(who: Consumer) -> None:
    made(who, REGISTERED, parts={"gas": 100_000})
    state = await opened(who)
    await PaymentsState.refresh.fn(state)
    assert state.told == ""

    with writing() as session:
        session.execute(update(Attempt).values(state=PAID))
    await PaymentsState.refresh.fn(state)

    assert plain(state.told) == "Природный газ, 1 000,00 ₽: в обработке"


@pytest.mark.parametrize("values", [{"phone": "9120000001"}, {"email": "maria@example.ru"}, {}], ids=str)
async def test_a_place_for_the_receipt_is_asked_for_only_where_none_is_known(
    who: Consumer, values: dict[str, str]
) -> None:
    with writing() as session:
        session.execute(update(User).values(**({"phone": None, "email": None} | values)))

    assert (await opened(who)).asks_email is not bool(values)


JUNK = [None, "", "два", -1, 10**30, 3.5, [], {"a": 1}, "\0", "'"]


async def test_no_page_that_is_none_is_turned_to(who: Consumer) -> None:
    paid_at_post(1)
    state = await opened(who)

    for page in [*JUNK, "1", 1_000]:
        await PaymentsState.turn.fn(state, page)
        assert (len(state.rows), state.paging.page, state.failure) == (1, 0, ""), page


async def test_whatever_is_filtered_by_nothing_breaks(who: Consumer) -> None:
    paid_at_post(1)
    state = await opened(who)

    for junk in [*JUNK, "x" * 5_000, "20999", "20١٢"]:
        await PaymentsState.filter_by.fn(state, junk, "gas")
        await PaymentsState.filter_by.fn(state, "6", junk)
        assert (state.loaded, state.failure) == (True, ""), junk


async def test_a_failure_is_told_without_its_details(
    who: Consumer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("Иванова, 66010000017")

    monkeypatch.setattr(history, "open_history", broken)
    state = await opened(who)

    assert (state.failure, state.loaded) == (TRY_AGAIN, False)
    assert "Иванова" not in caplog.text


async def test_who_has_no_account_finds_an_empty_screen(portal: str) -> None:
    with writing() as session:
        nobody = factories.consumer(session)

    state = await opened(nobody)

    assert (state.empty, state.rows, state.loaded) == (True, [], True)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("6", date(2026, 6, 1), None),
        ("12", date(2025, 12, 1), None),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("all", None, None),
        ("junk", date(2026, 6, 1), None),
        ("1999", date(2026, 6, 1), None),
    ],
)
def test_a_choice_of_period_is_days(period: str, first: date | None, last: date | None) -> None:
    assert days_of(period, TODAY) == (first, last)


def test_three_years_are_to_choose_from() -> None:
    assert [value for value, _ in period_choices(TODAY)] == ["6", "12", "2026", "2025", "2024", "all"]


@pytest.mark.parametrize(
    ("number", "count", "words", "earlier", "later"),
    [
        (0, 20, "", False, False),
        (0, 21, "Показаны 1–20 из 21 платежа", False, True),
        (1, 21, "Показаны 21–21 из 21 платежа", True, False),
        (1, 60, "Показаны 21–40 из 60 платежей", True, True),
    ],
)
def test_a_page_says_which_it_is(number: int, count: int, words: str, earlier: bool, later: bool) -> None:
    paging = paging_of(number, count)

    assert (plain(paging.words), paging.has_earlier, paging.has_later) == (words, earlier, later)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"state": "в обработке", "tone": "", "how": "Картой •• 1111", "time": "12:30"}),
        ({"state": PaymentState.POSTED}, {"state": "оплачено", "tone": "ok"}),
        ({"state": PaymentState.DECLINED, "can_repeat": True}, {"state": "отклонён", "tone": "danger"}),
        ({"state": PaymentState.REFUNDED, "refunded": Kopecks(184_356)}, {"state": "возвращён", "remark": ""}),
        ({"refunded": Kopecks(100)}, {"remark": "возвращено 1,00 ₽"}),
        ({"card": "", "is_own": False}, {"how": "В личном кабинете"}),
        ({"channel": Channel.OFFICE, "at": None}, {"how": "В абонентской службе", "time": ""}),
        ({"day": date(2026, 11, 23)}, {"time": "", "day": "23.11.2026"}),
        ({}, {"order": "", "can_continue": False, "can_repeat": False}),
        ({"can_continue": True}, {"order": "261122-ABCDEFGHJK", "can_continue": True}),
        ({"can_repeat": True}, {"order": "261122-ABCDEFGHJK", "can_repeat": True}),
        ({}, {"confirmation": "/api/payments/ref/confirmation?order=261122-ABCDEFGHJK"}),
        ({"order_number": None, "payment_id": "D/1 &"},
         {"confirmation": "/api/payments/ref/confirmation?document=D%2F1+%26"}),
        ({"state": PaymentState.UNFINISHED}, {"confirmation": ""}),
        ({}, {"what": "Природный газ", "whole": "1 843,56 ₽"}),
        ({}, {"number": "Заказ 261122-ABCDEFGHJK"}),
        ({"is_own": False}, {"number": ""}),
        ({"payment_id": "D-1"}, {"number": ""}),
        ({"order_number": None, "payment_id": "D-1"}, {"number": ""}),
    ],
)  # fmt: skip
def test_a_payment_in_words(changes: dict[str, Any], expected: dict[str, object]) -> None:
    row = payment_row(replace(LINE, **changes), "ref")

    shown = {name: plain(value) if isinstance(value, str) else value for name, value in vars(row).items()}
    assert {name: shown[name] for name in expected} == expected
