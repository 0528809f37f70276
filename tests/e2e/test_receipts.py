"""Receipts and statements from «Взаиморасчёты»: a PDF in a tab of its own, a link beside it, a code to pay by."""

import io
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlmodel import update

from lk_app import clock
from lk_app.models import AccountLink, User
from tests.documents.reading import squeezed, texts
from tests.e2e.conftest import WHOLE_BROWSERS, behind, found
from tests.e2e.steps import NAME, division, let_in, sign_in_at
from tests.servers import Portal

ACCOUNT = "66010000017"
OTHERS = "66010000033"
MAILBOX = "maria@example.ru"
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def browser(launch_browser: Callable[..., Browser]) -> Iterator[Browser]:
    """The whole Chromium: without its windows it saves a PDF instead of showing it in a tab."""
    browser = launch_browser(executable_path=found(WHOLE_BROWSERS), channel="chromium")
    yield browser
    browser.close()


def opened(page: Page, button: str) -> Locator:
    """The dialog that a button opens."""
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def opens_in_a_tab(page: Page, click: Callable[[], None]) -> str:
    """Click what opens a tab, and return its address."""
    with page.context.expect_page() as opening:
        click()
    tab = opening.value
    tab.wait_for_url("**/api/**")
    address = tab.url
    tab.close()
    return address


def saved(page: Page, address: str) -> bytes:
    """The document as this browser gets it."""
    answer = page.request.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.body()


def text_of(pdf: bytes) -> str:
    return squeezed(*texts(pdf))


def test_a_receipt_opens_in_a_tab_of_its_own(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    dialog = opened(page, "Квитанция: Природный газ")
    expect(dialog.get_by_role("heading", name="Формирование квитанции")).to_be_visible()
    expect(dialog).to_contain_text("Природный газ")
    periods = dialog.get_by_label("Период").locator("option")
    assert periods.count() >= 24
    chosen = periods.first.inner_text()

    address = opens_in_a_tab(page, dialog.get_by_role("button", name="Сформировать").click)

    assert ACCOUNT not in address
    text = text_of(saved(page, address))
    assert ACCOUNT in text
    assert squeezed(chosen.lower()) in text.lower()
    expect(dialog).to_be_visible()


def test_the_link_in_the_dialog_leads_to_what_is_chosen(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    dialog = opened(page, "Квитанция: ВДГО")
    link = dialog.get_by_role("link", name="Открыть квитанцию по ссылке")
    choice = dialog.get_by_label("Период")
    months = choice.locator("option").evaluate_all("options => options.map(option => option.value)")
    expect(link).to_have_attribute("href", re.compile(rf"period={months[0]}$"))

    choice.select_option(months[3])

    expect(link).to_have_attribute("href", re.compile(rf"period={months[3]}$"))
    by_link = opens_in_a_tab(page, link.click)
    assert by_link == opens_in_a_tab(page, dialog.get_by_role("button", name="Сформировать").click)
    assert saved(page, by_link).startswith(b"%PDF")


def test_the_whole_way_by_keyboard(page: Page, base_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    let_in(page, base_url)
    page.get_by_role("button", name="Квитанция: Природный газ").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Формирование квитанции")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(dialog.get_by_label("Период")).to_be_focused()
    page.keyboard.press("ArrowDown")
    while not dialog.get_by_role("button", name="Сформировать").evaluate("button => button.matches(':focus')"):
        page.keyboard.press("Tab")

    address = opens_in_a_tab(page, lambda: page.keyboard.press("Enter"))

    second = dialog.get_by_label("Период").locator("option").nth(1).get_attribute("value")
    assert address.endswith(f"period={second}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Квитанция: Природный газ")).to_be_focused()


def test_the_code_on_the_screen_is_the_one_of_the_debt(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    owed = division(page, "Природный газ").get_by_text("₽").first.inner_text()
    dialog = opened(page, "QR-код для оплаты: Природный газ")
    code = dialog.get_by_role("img", name="QR-код для оплаты в приложении банка")
    expect(code).to_have_js_property("complete", True)
    expect(dialog).to_contain_text(owed)

    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))

    kopecks = re.sub(r"\D", "", owed)
    assert f"|Sum={kopecks}|" in read.bytes.decode()
    with page.expect_download() as saving:
        dialog.get_by_role("link", name="сохраните картинку").click()
    assert saving.value.suggested_filename == "QR-код, Природный газ.png"
    expect(dialog).to_contain_text("лицевой счёт и сумма заполнятся сами")


def test_the_code_of_an_advance_promises_no_sum(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    dialog = opened(page, "QR-код для оплаты: ВДГО")

    expect(dialog).to_contain_text("сумму спросит приложение банка")
    expect(dialog).to_contain_text("и лицевой счёт заполнятся сами")


def test_the_chosen_receipt_comes_by_mail(page: Page, portal: Portal, base_url: str) -> None:
    behind(portal, lambda session: session.exec(update(User).where(User.name == NAME).values(email=MAILBOX)))
    let_in(page, base_url)
    dialog = opened(page, "Квитанция: ВДГО")
    choice = dialog.get_by_label("Период")
    choice.select_option(index=2)
    period = squeezed(choice.locator("option").nth(2).inner_text().lower())

    dialog.get_by_role("button", name="Отправить на почту").click()

    expect(page.get_by_text("Квитанция отправлена на m•••a@example.ru.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Квитанция: ВДГО")).to_be_focused()
    (attached,) = letter_to(page, MAILBOX)["attachments"]
    assert period.removesuffix("г.") in squeezed(attached["name"])
    assert period in text_of(page.request.get(attached["url"]).body())


def letter_to(page: Page, address: str) -> dict[str, Any]:
    """The newest letter, once it has come."""
    for _ in range(100):
        letters = page.request.get(f"/sandbox/mail.json?address={address}").json()
        if letters:
            return letters[0]
        time.sleep(0.1)
    raise AssertionError("no letter came")


def test_statements_open_in_tabs_too(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    balance = opens_in_a_tab(page, page.get_by_role("link", name="Открыть справку").click)
    assert squeezed("Справка о состоянии расчётов") in text_of(saved(page, balance))

    dialog = opened(page, "Выбрать месяцы")
    dialog.get_by_label("Раздел начислений").select_option("vdgo")
    act = opens_in_a_tab(page, dialog.get_by_role("button", name="Сформировать").click)

    text = text_of(saved(page, act))
    assert squeezed("Акт сверки") in text
    assert "ВДГО" in text


def test_a_range_that_ends_before_it_begins_is_refused_where_it_is_chosen(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    dialog = opened(page, "Выбрать месяцы")
    last = dialog.get_by_label("По месяц")
    dialog.get_by_label("С месяца").select_option(index=0)
    last.select_option(index=5)

    dialog.get_by_role("button", name="Сформировать").click()

    expect(last).to_be_focused()
    assert "раньше первого" in last.evaluate("select => select.validationMessage")
    assert len(page.context.pages) == 1
    last.select_option(index=0)
    assert opens_in_a_tab(page, dialog.get_by_role("button", name="Сформировать").click)


def test_a_range_nobody_can_choose_is_told_in_the_tab(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    balance = page.get_by_role("link", name="Открыть справку").get_attribute("href") or ""

    page.goto(f"{balance.removesuffix('balance')}reconciliation?division=gas&first=202610&last=202601")

    expect(page.get_by_role("heading", level=1)).to_have_text("Проверьте, что вы выбрали")
    page.get_by_role("link", name="Вернуться к взаиморасчётам").click()
    expect(page.get_by_role("heading", name="Взаиморасчёты", level=1)).to_be_visible()


def test_an_account_attached_today_gets_its_receipts_tomorrow(
    page: Page, portal: Portal, other_user: tuple[str, str]
) -> None:
    sign_in_at(page, name=other_user[0], password=other_user[1])
    gas = division(page, "Природный газ")
    expect(gas).to_contain_text("Квитанции появятся завтра")
    expect(gas.get_by_role("button", name="Квитанция")).to_have_count(0)

    yesterday = update(AccountLink).where(AccountLink.account_number == OTHERS).values(attached_at=clock.now() - A_DAY)
    behind(portal, lambda session: session.exec(yesterday))
    page.reload()
    expect(gas.get_by_role("button", name="Квитанция: Природный газ")).to_be_visible()


def test_a_strangers_browser_gets_nothing_by_the_same_address(
    page: Page, base_url: str, new_context: Callable[..., BrowserContext], other_user: tuple[str, str]
) -> None:
    let_in(page, base_url)
    dialog = opened(page, "Квитанция: Природный газ")
    address = opens_in_a_tab(page, dialog.get_by_role("button", name="Сформировать").click)

    stranger = new_context().new_page()
    stranger.goto(address)
    expect(stranger.get_by_role("alert").first).to_contain_text("Войдите и откройте документ ещё раз")
    sign_in_at(stranger, name=other_user[0], password=other_user[1])
    expect(stranger.get_by_role("heading", name="Взаиморасчёты", level=1)).to_be_visible()
    answer = stranger.goto(address)

    assert answer is not None
    assert answer.status == 404
    assert ACCOUNT not in stranger.content()
