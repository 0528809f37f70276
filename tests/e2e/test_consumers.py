"""Staff find a consumer, see what they see, and help them, by keyboard; the audit log shows it."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.steps import sign_in_at
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.e2e.test_office_sign_in import enter
from tests.servers import Portal

NUMBER = "66010000017"

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def consumer(browser: Browser, portal: Portal) -> Page:
    """The browser of the demo's consumer, who is signed in."""
    context: BrowserContext = browser.new_context(base_url=portal.address, locale="ru-RU")
    page = context.new_page()
    sign_in_at(page)
    expect(page.get_by_role("banner")).to_contain_text("Мария Иванова")
    return page


def open_office(page: Page, path: str, login: str = "admin") -> None:
    """Sign a member in and open a page of the office."""
    page.goto("/office/login")
    enter(page, login)
    expect(page).to_have_url(re.compile("/office/?$"))
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def open_search(page: Page, login: str = "admin") -> None:
    """Open «Потребители», and wait until it is there: what is searched for before is not looked for."""
    open_office(page, "/office/consumers", login)
    expect(page.get_by_text("Найдите потребителя")).to_be_visible()


def find(page: Page, typed: str) -> None:
    """Search by keyboard."""
    page.get_by_role("searchbox").focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def opener(page: Page, number: str = NUMBER) -> Locator:
    return page.get_by_role("button", name=f"Открыть: {number}")


def tab_to(page: Page, target: Locator) -> None:
    """Go on by Tab until the focus is there."""
    for _ in range(30):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")


def test_sessions_are_ended_by_keyboard_and_the_consumers_browser_is_out(page: Page, consumer: Page) -> None:
    open_search(page, "operator")
    find(page, "8 (912) 000-00-01")
    expect(opener(page)).to_be_visible()
    tab_to(page, opener(page))
    page.keyboard.press("Enter")

    card = page.get_by_role("main")
    expect(card.get_by_role("heading", name="Иванова Мария")).to_be_focused()
    expect(card.get_by_role("region", name="Взаиморасчёты")).to_contain_text("Задолженность")
    expect(card.get_by_role("region", name="Счётчики и показания")).to_contain_text("принято")
    expect(page.get_by_role("button", name="Отсоединить счёт")).to_have_count(0)

    tab_to(page, page.get_by_role("button", name="Завершить сеансы: Мария Иванова"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Завершить сеансы")
    expect(dialog).to_contain_text("Мария Иванова")
    tab_to(page, dialog.get_by_role("button", name="Завершить сеансы"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("Сеансы завершены: потребителю нужно войти заново.")).to_be_visible()
    expect(card).to_contain_text("Сейчас нигде не вошёл.")
    consumer.goto("/payments")
    expect(consumer).to_have_url(re.compile("/login"))
    sign_in_at(consumer)
    expect(consumer.get_by_role("banner")).to_contain_text("Мария Иванова")
    consumer.goto("/settings")
    expect(consumer.get_by_role("main")).to_contain_text("сотрудник компании")

    tab_to(page, page.get_by_role("button", name="К списку"))
    page.keyboard.press("Enter")
    expect(opener(page)).to_be_focused()


def test_nothing_that_is_searched_for_is_in_an_address(page: Page) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    open_search(page)

    find(page, NUMBER)
    opener(page).click()
    expect(page.get_by_role("region", name="Платежи")).to_be_visible()
    page.goto("/office/audit")
    expect(page.get_by_role("table")).to_be_visible()
    page.get_by_label("О чём").fill(NUMBER)
    page.keyboard.press("Enter")
    expect(page.get_by_role("table")).to_contain_text("Просмотр лицевого счёта")
    with page.expect_download() as downloading, page.context.expect_page():
        page.get_by_role("button", name="Скачать CSV").click()

    assert NUMBER in downloading.value.path().read_text("utf-8-sig")
    assert any("/api/office/audit/export" in address for address in [*addresses, downloading.value.url])
    assert [address for address in [*addresses, downloading.value.url] if NUMBER in address] == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_is_in_anybodys_way(page: Page, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    open_search(page)
    find(page, "9120000001")
    expect(opener(page)).to_be_visible()
    examine(page)
    opener(page).click()
    expect(page.get_by_role("region", name="Взаиморасчёты")).to_be_visible()
    for summary in page.get_by_role("main").locator("summary").all():
        summary.click()
    examine(page)
    page.get_by_role("button", name="Отсоединить счёт: Мария Иванова").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    examine(page)
    page.goto("/office/audit")
    expect(page.get_by_role("table")).to_be_visible()
    examine(page)
