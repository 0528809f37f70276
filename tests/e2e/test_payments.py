"""Paying by card at the sandbox's bank, and what the history says of it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from lk_app import clock, formats
from lk_app.models.values import Kopecks
from lk_app.sandbox_bank.store import Store
from tests.e2e.conftest import StartAlone
from tests.e2e.steps import NAME, PASSWORD, division, let_in
from tests.servers import Portal

GAS = "Природный газ"
GOOD, ASKS, DECLINED = "4111 1111 1111 1111", "5555 5555 5555 5599", "4000 0000 0000 0002"
SILENT, REPEATS, LATE, NEVER_CALLS = (
    "4000 0000 0000 0119",
    "4000 0000 0000 0259",
    "4000 0000 0000 0341",
    "2200 0000 0000 0004",
)
CODE = "123456"
BILLED_WITHIN_MS = 150_000
"""The demo's billing posts within a minute what is paid; a busy machine takes longer."""


@pytest.fixture(scope="module")
def company(alone: StartAlone) -> Iterator[Portal]:
    """A portal of its own, because what is paid here moves balances."""
    with alone("shop") as portal:
        yield portal


@pytest.fixture(scope="module")
def shop(company: Portal) -> str:
    return company.address


@pytest.fixture
def home(page: Page, shop: str) -> Page:
    """«Взаиморасчёты» of the demo's consumer."""
    let_in(page, shop)
    expect(division(page, GAS)).to_be_visible()
    return page


def dialog_of(page: Page, button: str) -> Locator:
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def go_to_bank(page: Page, shop: str, amount: str = "") -> None:
    """Press «Оплатить» for gas, with another amount than the debt if need be."""
    page.goto(f"{shop}/")
    dialog = dialog_of(page, f"Оплатить: {GAS}")
    if amount:
        dialog.get_by_label("Сумма").fill(amount)
    dialog.get_by_role("button", name="Оплатить").click()
    expect(page.get_by_label("Номер карты")).to_be_visible()


def type_card(page: Page, number: str) -> None:
    page.get_by_label("Номер карты").fill(number)
    page.get_by_label("Срок действия").fill("12/39")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name="Оплатить").click()


def verdict(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("heading", level=2)


def line(page: Page, amount: str) -> Locator:
    """The row of the history with this sum."""
    return page.get_by_role("row").filter(has=page.get_by_role("cell", name=re.compile(rf"^{amount}\s₽$")))


def debt(page: Page) -> int:
    """What is owed for gas, in kopecks."""
    text = division(page, GAS).locator(".sum").inner_text()
    return int(re.sub(r"\D", "", text))


def let_the_bank_speak(portal: Portal) -> None:
    """End the minute of silence and the half minute of late money, which have tests of their own."""
    now = clock.now()
    with Store(portal.bank_store).writing() as books:
        for order in books.newest(10):
            silent_until, pays_at = (moment and min(moment, now) for moment in (order.silent_until, order.pays_at))
            books.save(replace(order, silent_until=silent_until, pays_at=pays_at))


def test_each_card_ends_as_it_should_and_billing_moves_the_balance(home: Page, shop: str, company: Portal) -> None:
    owed = debt(home)
    for card, amount, title in (
        (SILENT, "11,00", "Ждём ответа банка"),
        (GOOD, "12,00", "Оплата прошла"),
        (ASKS, "13,00", "Оплата прошла"),
        (DECLINED, "14,00", "Банк отклонил платёж"),
        (REPEATS, "15,00", "Оплата прошла"),
        (NEVER_CALLS, "16,00", "Оплата прошла"),
        (LATE, "17,00", "Платёж не завершён"),
    ):
        go_to_bank(home, shop, amount)
        type_card(home, card)
        if card == ASKS:
            home.get_by_label("Пароль из SMS").fill(CODE)
            home.get_by_role("button", name="Подтвердить").click()
        expect(verdict(home)).to_have_text(title, timeout=20_000)

    let_the_bank_speak(company)
    home.goto(f"{shop}/payments")
    expect(line(home, "16,00")).to_contain_text(re.compile("в обработке|оплачено"))
    for amount in ("11,00", "12,00", "13,00", "15,00", "16,00", "17,00"):
        # Nobody touches the page: it shows by itself what becomes of the payments.
        expect(line(home, amount)).to_contain_text("оплачено", timeout=BILLED_WITHIN_MS)
    expect(line(home, "14,00")).to_contain_text("отклонён")

    home.goto(f"{shop}/")
    # What the tab knew before is shown until the page has loaded.
    expect(division(home, GAS).locator(".sum")).to_have_text(formats.money(Kopecks(owed - 84_00)))


def test_what_is_on_its_way_is_not_asked_for_again(home: Page, shop: str) -> None:
    home.goto(f"{shop}/")
    expect(division(home, GAS)).to_be_visible()
    owed = debt(home)
    go_to_bank(home, shop)
    type_card(home, GOOD)
    expect(verdict(home)).to_have_text("Оплата прошла")

    home.goto(f"{shop}/")
    expect(division(home, GAS)).to_contain_text("В обработке")
    assert debt(home) == owed
    dialog = dialog_of(home, f"Оплатить: {GAS}")
    expect(dialog.get_by_label("Сумма")).to_have_value("")
    expect(dialog).to_contain_text("В обработке уже")


def test_a_wrong_amount_is_named_and_stays_where_it_was_typed(home: Page) -> None:
    dialog = dialog_of(home, f"Оплатить: {GAS}")
    for typed, said in (("сто", "цифрами"), ("0,50", "Не меньше 1,00"), ("100000,01", "Не больше 100")):
        dialog.get_by_label("Сумма").fill(typed)
        dialog.get_by_role("button", name="Оплатить").click()
        expect(dialog).to_contain_text(said)
        expect(dialog.get_by_label("Сумма")).to_have_value(typed)


def test_several_divisions_are_paid_in_one_go(home: Page, shop: str) -> None:
    dialog = dialog_of(home, "Выбрать суммы")
    dialog.get_by_label(GAS).fill("100,50")
    dialog.get_by_label("ВДГО").fill("20")
    expect(dialog.locator("[data-total]")).to_have_text("120,50 ₽")

    dialog.get_by_role("button", name="Оплатить").click()
    expect(home.get_by_text("120,50 ₽").first).to_be_visible()
    type_card(home, GOOD)
    expect(verdict(home)).to_have_text("Оплата прошла")

    home.goto(f"{shop}/payments")
    expect(line(home, "100,50")).to_contain_text(GAS)
    expect(line(home, "20,00")).to_contain_text("ВДГО")


def test_an_unfinished_payment_goes_on_where_it_was_left(home: Page, shop: str) -> None:
    go_to_bank(home, shop, "31,00")
    page_of_bank = home.url
    home.get_by_role("link", name="Вернуться в магазин").click()
    expect(verdict(home)).to_have_text("Платёж ещё не завершён")

    home.goto(f"{shop}/payments")
    expect(line(home, "31,00")).to_contain_text("не завершён")
    line(home, "31,00").get_by_role("button", name="Продолжить").click()
    home.get_by_role("dialog").get_by_role("button", name="Продолжить оплату").click()
    home.wait_for_url(page_of_bank)
    type_card(home, GOOD)
    expect(verdict(home)).to_have_text("Оплата прошла")


def test_a_declined_payment_can_be_repeated(home: Page, shop: str) -> None:
    go_to_bank(home, shop, "32,00")
    type_card(home, DECLINED)
    expect(verdict(home)).to_have_text("Банк отклонил платёж")
    home.get_by_role("button", name="Повторить платёж").click()
    expect(home.get_by_label("Номер карты")).to_be_visible()
    type_card(home, GOOD)
    expect(verdict(home)).to_have_text("Оплата прошла")

    home.goto(f"{shop}/payments")
    expect(line(home, "32,00")).to_have_count(2)


def test_what_is_repeated_is_the_whole_order(home: Page, shop: str) -> None:
    dialog = dialog_of(home, "Выбрать суммы")
    dialog.get_by_label(GAS).fill("41,50")
    dialog.get_by_label("ВДГО").fill("42")
    dialog.get_by_role("button", name="Оплатить").click()
    type_card(home, DECLINED)
    expect(verdict(home)).to_have_text("Банк отклонил платёж")

    home.goto(f"{shop}/payments")
    line(home, "41,50").get_by_role("button", name="Повторить").click()
    expect(home.get_by_role("dialog")).to_contain_text("Несколько разделов")
    expect(home.get_by_role("dialog")).to_contain_text("83,50")


def test_whoever_was_signed_out_at_the_bank_learns_what_became_of_the_money(home: Page, shop: str) -> None:
    go_to_bank(home, shop, "34,00")
    home.context.clear_cookies()
    type_card(home, GOOD)
    expect(home.get_by_text("Войдите, чтобы узнать, что с платежом")).to_be_visible()

    home.get_by_label("Имя пользователя").fill(NAME)
    home.get_by_label("Пароль", exact=True).fill(PASSWORD)
    home.get_by_role("button", name="Войти").click()
    expect(verdict(home)).to_have_text(re.compile("Оплата прошла|Оплачено"))


def test_the_history_is_filtered_and_saved(home: Page, shop: str) -> None:
    home.goto(f"{shop}/payments")
    home.get_by_label("Период").select_option("За всё время")
    expect(home.get_by_role("navigation", name="Страницы истории")).to_contain_text("1–20 из")
    home.get_by_role("button", name="Раньше").click()
    expect(home.get_by_role("navigation", name="Страницы истории")).to_contain_text("21–")
    home.get_by_label("Раздел", exact=True).select_option("ВДГО")
    expect(home.get_by_role("rowgroup").last.get_by_text(GAS)).to_have_count(0)

    for kind in ("Excel", "CSV"):
        with home.expect_download() as download:
            home.get_by_role("link", name=kind).click()
        assert "66010000017" not in download.value.suggested_filename


def test_another_address_of_return_credits_and_shows_nothing(home: Page, shop: str) -> None:
    for order in ("261122-AAAAAAAAAA", "", "../../", "<b>"):
        home.goto(f"{shop}/payments/return?order={order}&orderId=1&status=paid")
        expect(verdict(home)).to_have_text("Такого платежа нет")


def test_one_can_pay_by_keyboard_alone(home: Page, shop: str) -> None:
    home.get_by_role("button", name=f"Оплатить: {GAS}").focus()
    home.keyboard.press("Enter")
    dialog = home.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_be_focused()
    while not dialog.get_by_label("Сумма").evaluate("field => field === document.activeElement"):
        home.keyboard.press("Tab")
    home.keyboard.press("Control+A")
    home.keyboard.type("33,00")
    home.keyboard.press("Enter")

    expect(home.get_by_label("Номер карты")).to_be_focused()
    for typed in (GOOD, "1239", "123"):
        home.keyboard.type(typed)
        home.keyboard.press("Tab")
    expect(home.get_by_role("button", name="Оплатить")).to_be_focused()
    home.keyboard.press("Enter")
    expect(verdict(home)).to_have_text("Оплата прошла")
