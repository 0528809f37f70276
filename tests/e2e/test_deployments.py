"""The same portal on PostgreSQL with Redis and several processes, as a company runs it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from lk_app.api.printing import MOST_OF_ONE
from lk_app.models import Document
from tests.databases import server_database
from tests.e2e.conftest import behind, make_other_user
from tests.e2e.elsewhere import Elsewhere
from tests.e2e.steps import (
    account_choice,
    check_nothing_is_left,
    check_registration_shows_no_secret,
    division,
    sign_in_at,
)
from tests.servers import Portal, running, running_redis

SECOND_ACCOUNT = "66010000025"


@pytest.fixture(scope="module")
def company(
    request: pytest.FixtureRequest, running_elsewhere: Elsewhere | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """Two web processes, PostgreSQL, Redis; or whatever runs elsewhere."""
    if running_elsewhere:
        yield request.getfixturevalue("portal")
        return
    folder = tmp_path_factory.mktemp("company")
    database_url = server_database(request.getfixturevalue("postgresql"), "postgres")
    with (
        running_redis(folder) as redis_url,
        running(Portal(database_url, redis_url, workers=2), folder / "log") as portal,
    ):
        yield portal


def test_a_consumer_finds_the_same_on_postgresql_redis_and_two_processes(page: Page, company: Portal) -> None:
    for _ in range(3):
        sign_in_at(page, company.address)
        expect(division(page, "Природный газ")).to_contain_text("Задолженность")
        account_choice(page).select_option(SECOND_ACCOUNT)
        expect(division(page, "Природный газ")).to_contain_text("Задолженности нет")
        page.get_by_role("link", name="Подробнее").click()
        expect(page.get_by_role("main")).to_contain_text(SECOND_ACCOUNT)
        page.get_by_role("button", name="Выйти").click()
        expect(page).to_have_url(re.compile("/login"))


def test_of_two_processes_one_makes_a_receipt(page: Page, company: Portal) -> None:
    sign_in_at(page, company.address)
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    page.get_by_role("button", name="Квитанция: Природный газ").click()
    link = page.get_by_role("dialog").get_by_role("link", name="Открыть квитанцию по ссылке")
    address = link.evaluate("link => link.href")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies(company.address)}

    # A connection each, so that both processes are asked.
    with ThreadPoolExecutor(MOST_OF_ONE) as browsers:
        answers = list(browsers.map(lambda _: httpx.get(address, cookies=cookies, timeout=30), range(MOST_OF_ONE)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].content.startswith(b"%PDF-")
    assert behind(company, lambda session: len(session.exec(select(Document)).all())) == 1


def test_the_next_person_in_a_tab_gets_nothing_of_the_first_from_redis_either(page: Page, company: Portal) -> None:
    check_nothing_is_left(page, company.address, make_other_user(company))


def test_a_consumer_registers_and_the_log_holds_no_personal_data(company: Portal, page: Page) -> None:
    secrets = check_registration_shows_no_secret(page, company.address, "66010000169", "9120000020")
    page.get_by_role("button", name="Выйти").click()
    sign_in_at(page, company.address)
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")

    log = company.log().replace("Demo user: Мария Иванова, password gaz2026demo\n", "")
    assert "LK: http" in log
    for secret in ("Мария", "Иванова", "66010000017", "gaz2026demo", "Соколова", "66010000169", *secrets):
        assert secret not in log


def test_a_lost_connection_is_told_in_russian(
    browser: Browser, tmp_path: Path, running_elsewhere: Elsewhere | None
) -> None:
    if running_elsewhere:
        pytest.skip("stops a portal of its own")
    # Not the fixture's page: Chromium writes every failed attempt to connect to the console.
    page = browser.new_context(locale="ru-RU").new_page()
    with running(Portal(f"sqlite:///{tmp_path / 'lk.db'}"), tmp_path / "log") as portal:
        sign_in_at(page, portal.address)
        expect(division(page, "Природный газ")).to_contain_text("Задолженность")
        expect(page.get_by_text("Нет связи")).to_have_count(0)

    expect(page.get_by_text("Нет связи")).to_be_visible(timeout=30_000)
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    page.context.close()
