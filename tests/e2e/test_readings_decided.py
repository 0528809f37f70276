"""A reading's whole way, in two browsers: sent, decided, seen without reloading, and told to billing."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lk_app.services.demo import company
from lk_app.services.readings.reasons import FIRST_REASONS
from tests.e2e.conftest import StartAlone
from tests.e2e.steps import sign_in_at
from tests.servers import Portal

REASON = next(iter(FIRST_REASONS.values()))


@pytest.fixture
def company_at_work(alone: StartAlone) -> Iterator[Portal]:
    """A portal of this test alone: it decides about readings of the demo company."""
    with alone("company") as portal:
        yield portal


@pytest.fixture
def home(page: Page, company_at_work: Portal) -> Page:
    """«Показания» of the demo's consumer, open all the time."""
    sign_in_at(page, company_at_work.address)
    page.get_by_role("link", name="Показания").first.click()
    expect(page.get_by_role("heading", name="Показания", level=1)).to_be_visible()
    return page


@pytest.fixture
def desk(browser: Browser, company_at_work: Portal) -> Iterator[Page]:
    """The operator's queue, in another browser."""
    context = browser.new_context(locale="ru-RU", timezone_id="Asia/Yekaterinburg")
    page = context.new_page()
    page.goto(f"{company_at_work.address}/office/login?next=/office/readings")
    page.get_by_label("Логин").fill("operator")
    page.get_by_label("Пароль", exact=True).fill(company.STAFF_PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", name="Очередь показаний")).to_be_visible()
    yield page
    context.close()


def test_what_the_operator_decides_is_seen_at_once_and_told_to_billing(
    home: Page, desk: Page, company_at_work: Portal, tmp_path: Path
) -> None:
    last = last_value(home)
    expect(sending(home).get_by_role("group")).to_have_count(1)
    expect(sending(home)).to_contain_text("неисправен")

    value(home).fill(str(last - 1))
    press_send(home)
    expect(sending(home)).to_contain_text("Меньше предыдущего показания")
    expect(value(home)).to_have_value(str(last - 1))

    value(home).fill(str(last + 9_000))
    press_send(home)
    expect(sending(home).get_by_label("Цифры верны")).to_be_visible()
    sending(home).get_by_label("Цифры верны").check()
    press_send(home)
    expect(home.get_by_role("dialog")).to_have_count(0)

    row = desk.locator("[data-reading]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("обычного")
    row.get_by_role("button", name="Отказать").click()
    desk.get_by_role("dialog").get_by_label(plain(REASON)).check()
    desk.get_by_role("dialog").get_by_role("button", name="Отказать").click()

    expect(home.get_by_role("main")).to_contain_text(plain(REASON))
    expect(home.locator(".badge", has_text="отказано").first).to_be_visible()
    expect(row).to_have_count(0)

    home.get_by_role("button", name="Передать показания").click()
    value(home).fill(str(last + 10))
    press_send(home)
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Принять").click()

    expect(home.locator(".metered").first).to_contain_text(spaced(last + 10))
    expect(home.get_by_role("main").get_by_role("status").filter(has_text="принято")).to_be_visible()
    assert last_value(home) == last + 10

    company_at_work.command("exchange", "export", str(tmp_path / "out"))
    told = {line["state"]: line for line in csv.DictReader((tmp_path / "out/readings.csv").open(encoding="utf-8"))}
    assert told["refused"]["value"] == f"{last + 9_000}.000"
    assert plain(told["refused"]["reason"]) == plain(REASON)
    assert told["accepted"]["value"] == f"{last + 10}.000"


def last_value(page: Page) -> int:
    """What the working meter last showed, opening the dialog on the way if need be."""
    shown = page.locator(".metered .sum").first
    expect(shown).to_be_visible()
    text = re.sub(r"\s|м³", "", shown.inner_text())
    if page.get_by_role("dialog").count() == 0:
        page.get_by_role("button", name="Передать показания").click()
    return int(text)


def sending(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Передать показания")


def value(page: Page) -> Locator:
    return sending(page).get_by_label("Новое показание")


def press_send(page: Page) -> None:
    sending(page).get_by_role("button", name="Передать показания").click()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def spaced(value: int) -> re.Pattern[str]:
    return re.compile(rf"{value // 1000}\s{value % 1000:03d}")
