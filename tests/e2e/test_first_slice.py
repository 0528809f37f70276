"""From the sign-in page to the figures of billing and out again, as a consumer does it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lk_app.state.visits import KEPT_S
from tests.e2e.steps import account_choice, division

FIRST_ACCOUNT = "66010000017"
SECOND_ACCOUNT = "66010000025"
PHONE = {"width": 390, "height": 844}


def test_a_consumer_sees_what_is_owed_switches_accounts_and_signs_out(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in()

    expect(page).to_have_title(re.compile("^Взаиморасчёты"))
    expect(page.get_by_role("heading", name="Взаиморасчёты", level=1)).to_be_visible()
    expect(division(page, "Природный газ")).to_contain_text(re.compile(r"Задолженность\s*\d[\d\s]*,\d\d\s₽"))
    expect(division(page, "ВДГО")).to_contain_text(re.compile(r"Аванс\s*\d[\d\s]*,\d\d\s₽"))

    division(page, "Природный газ").locator("summary").first.click()
    expect(division(page, "Природный газ").get_by_role("table")).to_be_visible()

    account_choice(page).select_option(SECOND_ACCOUNT)
    expect(division(page, "Природный газ")).to_contain_text("Задолженности нет")
    expect(division(page, "ВДГО")).to_contain_text("Задолженности нет")

    page.get_by_role("link", name="Подробнее").click()
    expect(page).to_have_url(re.compile("/account/?$"))
    expect(page.get_by_role("main")).to_contain_text(SECOND_ACCOUNT)

    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(re.compile("/login/?$"))


def test_the_chosen_account_survives_a_reload(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in()
    account_choice(page).select_option(SECOND_ACCOUNT)
    expect(division(page, "ВДГО")).to_contain_text("Задолженности нет")

    page.reload()

    expect(account_choice(page)).to_have_value(SECOND_ACCOUNT)
    expect(division(page, "ВДГО")).to_contain_text("Задолженности нет")
    account_choice(page).select_option(FIRST_ACCOUNT)
    expect(division(page, "ВДГО")).to_contain_text("Аванс")


def test_the_whole_way_by_keyboard_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/login")
    press_until_focused(page, "Имя пользователя")
    page.keyboard.type("мария иванова")
    page.keyboard.press("Tab")
    page.keyboard.type("gaz2026demo")
    page.keyboard.press("Enter")

    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    expect(division(page, "Природный газ").get_by_role("table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def press_until_focused(page: Page, label: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.get_by_label(label).evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"«{label}» cannot be reached by Tab")


def test_wrong_credentials_lose_nothing_that_was_typed(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in(name="Мария Иванова", password="не тот")

    expect(page.get_by_role("alert")).to_contain_text("Имя или пароль не подходят")
    expect(page.get_by_label("Имя пользователя")).to_have_value("Мария Иванова")
    expect(page).to_have_url(re.compile("/login/?$"))


def test_empty_fields_are_caught_before_anything_is_sent(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/" in request.url else None)
    page.goto("/login")

    page.get_by_role("button", name="Войти").click()

    expect(page.get_by_text("Введите имя пользователя")).to_be_visible()
    assert sent == []


def test_the_password_can_be_shown(page: Page) -> None:
    page.goto("/login")
    password = page.get_by_label("Пароль", exact=True)
    password.fill("gaz2026demo")

    page.get_by_role("button", name="Показать пароль").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Скрыть пароль").click()
    expect(password).to_have_attribute("type", "password")


def test_earlier_periods_open_on_demand(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in()
    gas = division(page, "Природный газ")
    gas.locator("summary").first.click()
    periods = gas.get_by_role("combobox")
    latest, earlier = periods.locator("option").all_inner_texts()[:2]
    expect(gas.get_by_role("table")).to_contain_text(latest)

    periods.select_option(label=earlier)

    expect(gas.get_by_role("table")).to_contain_text(earlier)


def test_without_scripts_every_page_says_so(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    for path in ("/login", "/", "/contacts", "/register", "/recover"):
        page.goto(path)
        expect(page.locator("noscript p")).to_contain_text("JavaScript")
        expect(page.locator("noscript a[href='/help/browser']")).to_be_visible()
    for path in ("/help/browser", "/legal/terms", "/legal/privacy", "/legal/consent"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.close()


@pytest.mark.parametrize("path", ["/", "/account"])
def test_a_stranger_is_led_to_sign_in_and_then_where_they_wanted(page: Page, path: str) -> None:
    page.goto(path)
    expect(page).to_have_url(re.compile("/login"))

    page.get_by_label("Имя пользователя").fill("Мария Иванова")
    page.get_by_label("Пароль", exact=True).fill("gaz2026demo")
    page.get_by_role("button", name="Войти").click()
    page.wait_for_url(re.compile(f"{path}/?$"))


def test_signing_out_in_one_tab_ends_the_other(
    page: Page, context: BrowserContext, sign_in: Callable[..., None]
) -> None:
    sign_in()
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    other = context.new_page()
    # A tab that is told of it loads again by itself, half a second after the portal has noticed: this one is deaf.
    other.add_init_script("addEventListener('storage', event => event.stopImmediatePropagation())")
    other.goto("/")
    expect(division(other, "Природный газ")).to_contain_text("Задолженность")

    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(re.compile("/login"))
    # For so long another process believes that a session lives.
    other.wait_for_timeout(1_000 * KEPT_S)
    account_choice(other).select_option(SECOND_ACCOUNT)

    expect(other).to_have_url(re.compile("/login"))


def test_a_tab_that_nobody_touches_shows_nothing_more_when_another_signs_out(
    page: Page, context: BrowserContext, sign_in: Callable[..., None]
) -> None:
    sign_in()
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    other = context.new_page()
    other.goto("/")
    expect(division(other, "Природный газ")).to_contain_text("Задолженность")

    page.get_by_role("button", name="Выйти").click()

    expect(other).to_have_url(re.compile("/login"))


def test_contacts_are_open_to_everybody(page: Page) -> None:
    page.goto("/contacts")

    expect(page.get_by_role("heading", name="Контактная информация", level=1)).to_be_visible()
    phone = page.get_by_role("main").locator("a[href^='tel:']").first
    expect(phone).to_be_visible()
    assert re.fullmatch(r"tel:\+?\d+", phone.get_attribute("href") or "")


def test_an_unknown_address_says_so(page: Page) -> None:
    page.goto("/no-such-page")

    expect(page.get_by_role("heading", level=1)).to_have_text("Такой страницы нет")
