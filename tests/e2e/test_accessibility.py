"""Axe finds nothing on any screen, light and dark, on a phone and on a desk."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.steps import let_in, picture, press

WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")
LOOKS = ((390, "dark"), (1440, "light"))
"""What is looked through together: each width and each theme, but not each with each, which took twice as long."""
PUBLIC = (
    "/login",
    "/login?done=registered",
    "/register",
    "/register/confirm",
    "/recover",
    "/recover/confirm",
    "/legal/terms",
    "/legal/privacy",
    "/legal/consent",
    "/legal/terms/2026-11-23",
    "/contacts",
    "/help",
    "/help/accessibility",
    "/help/browser",
    "/help/faq",
    "/help/payment",
    "/api/help/faq",
    "/sandbox/bank/",
    "/no-such-page",
)
PRIVATE = (
    *("/", "/account", "/payments", "/payments/return", "/readings", "/feedback", "/settings", "/contacts"),
    "/help/faq",
)


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_public_screens(page: Page, path: str, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    page.goto(path)

    examine(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_form_with_errors(page: Page, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    page.goto("/register")
    expect(picture(page)).to_be_visible()
    press(page, "Отправить запрос на регистрацию")
    expect(page.get_by_role("alert").filter(has_text="Проверьте")).to_be_visible()

    examine(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_screens_of_the_cabinet(page: Page, base_url: str, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    let_in(page, base_url)
    expect(page.get_by_role("main").get_by_role("region", name="Природный газ")).to_be_visible()
    for path in PRIVATE:
        page.goto(path)
        for summary in page.get_by_role("main").locator("summary").all():
            summary.click()
        examine(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_dialogs_of_the_first_screen(page: Page, base_url: str, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    let_in(page, base_url)
    for button in (
        "Квитанция: Природный газ",
        "QR-код для оплаты: Природный газ",
        "Оплатить: Природный газ",
        "Выбрать суммы",
        "Выбрать месяцы",
    ):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        examine(page)
        page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_tab_without_a_document(page: Page, base_url: str, scheme: str) -> None:
    dress(page, scheme, 390)
    let_in(page, base_url)
    page.goto("/api/receipts/nobodys/gas?period=202610")

    examine(page)


def dress(page: Page, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    if page.url != "about:blank":
        # An open page changes its colours when its script has noticed.
        expect(page.locator("html")).to_have_class(re.compile(rf"\b{scheme}\b"))


def examine(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
