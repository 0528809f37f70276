"""A page shows nothing any more when its session has ended, even if nobody touches it and nothing reaches it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlmodel import Session, col, select, update

from lk_app import clock
from lk_app.models import Staff, StaffSession, User, UserSession
from lk_app.services import identity
from lk_app.services.staff import sessions
from lk_app.settings import settings
from tests.behind import behind
from tests.e2e.steps import NAME, let_in, let_staff_in
from tests.servers import Portal

WITHIN_MS = 20_000
IDLE = timedelta(minutes=settings().session_idle_minutes)
SIGN_IN = re.compile(r"/login\?next=%2Freadings")
OFFICE_SIGN_IN = re.compile(r"/office/login\?next=%2Foffice%2Fconsumers")
PRIVATE = "Счётчик газа"

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def screen(page: Page, portal: Portal) -> Page:
    """«Показания», with the browser's clock in the test's hands."""
    page.clock.install()
    let_in(page, portal.address, "/readings")
    settled(page, PRIVATE)
    return page


@pytest.fixture
def cut_off(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The same in a browser that may complain of what it can't reach."""
    context = browser.new_context(locale="ru-RU")
    page = context.new_page()
    page.clock.install()
    let_in(page, portal.address, "/readings")
    settled(page, PRIVATE)
    yield page
    context.close()


def settled(page: Page, shown: str) -> None:
    """Wait until the page shows what was asked for and has learned how long it may."""
    expect(page.get_by_role("main")).to_contain_text(shown)
    expect(page.locator("#session:not([data-left='0'][data-staff-left='0'])")).to_be_attached()


def let_pass(page: Page, time: timedelta) -> None:
    """Let the browser's clock go on, and nothing happen meanwhile: its computer was asleep."""
    page.clock.set_system_time(datetime.fromtimestamp(page.evaluate("Date.now() / 1000"), UTC) + time)


def hers(session: Session) -> int:
    return session.exec(select(User.id).where(User.name == NAME)).one() or 0


def unused_for(portal: Portal, unused: timedelta) -> None:
    """Let nobody have used her sessions, nor those of the operator, for so long."""

    def store(session: Session) -> None:
        seen_at = clock.now() - unused
        session.exec(update(UserSession).where(col(UserSession.user_id) == hers(session)).values(seen_at=seen_at))
        session.exec(update(StaffSession).values(seen_at=seen_at))

    behind(portal, store)


def last_used(portal: Portal) -> datetime:
    """When the session she opened last was used."""

    def look(session: Session) -> datetime:
        of_hers = select(UserSession.seen_at).where(UserSession.user_id == hers(session))
        return session.exec(of_hers.order_by(col(UserSession.id).desc()).limit(1)).one()

    return behind(portal, look)


def notice(page: Page) -> Locator:
    return page.get_by_text("Сеанс скоро закончится")


def gone(page: Page, where: re.Pattern[str]) -> None:
    expect(page).to_have_url(where, timeout=WITHIN_MS)
    expect(page.locator("body")).not_to_contain_text(PRIVATE)
    expect(page.get_by_role("button", name="Войти")).to_be_visible()


def test_a_page_clears_itself_when_its_session_is_ended_on_another_device(
    screen: Page, browser: Browser, portal: Portal
) -> None:
    phone = browser.new_context().new_page()
    let_in(phone, portal.address, "/settings")

    ended = phone.request.post(f"{portal.address}/api/profile/sessions/end", headers={"Origin": portal.address})

    assert ended.ok
    gone(screen, SIGN_IN)
    phone.reload()
    expect(phone.get_by_role("heading", name="Настройки")).to_be_visible()
    phone.context.close()


def test_a_page_of_staff_clears_itself_when_a_colleague_ends_its_session(page: Page, portal: Portal) -> None:
    let_staff_in(page, portal.address, "/office/consumers")
    expect(page.get_by_role("heading", name="Потребители")).to_be_visible()

    def end(session: Session) -> None:
        operator = session.exec(select(Staff.id).where(Staff.login == "operator")).one()
        sessions.end_sessions(session, operator or 0, clock.now())

    behind(portal, end)

    gone(page, OFFICE_SIGN_IN)


def test_a_page_clears_itself_at_the_moment_its_session_runs_out(screen: Page, portal: Portal) -> None:
    unused_for(portal, IDLE)

    let_pass(screen, IDLE)

    gone(screen, SIGN_IN)


def test_a_page_of_staff_clears_itself_at_the_moment_its_session_runs_out(page: Page, portal: Portal) -> None:
    page.clock.install()
    let_staff_in(page, portal.address, "/office/consumers")
    settled(page, "Потребители")
    unused_for(portal, IDLE)

    let_pass(page, IDLE)

    gone(page, OFFICE_SIGN_IN)


def test_a_page_that_is_cut_off_clears_itself_by_its_own_clock(cut_off: Page) -> None:
    cut_off.context.set_offline(True)

    let_pass(cut_off, IDLE)

    expect(cut_off.locator("body")).not_to_contain_text(PRIVATE, timeout=WITHIN_MS)


def test_a_page_that_another_tab_has_kept_alive_stays(screen: Page) -> None:
    let_pass(screen, IDLE + timedelta(seconds=5))
    screen.wait_for_timeout(2_000)

    expect(screen.get_by_role("main")).to_contain_text(PRIVATE)
    assert "over" not in screen.evaluate("({ ...document.documentElement.dataset })")


def test_whoever_is_there_is_warned_and_can_stay(screen: Page, portal: Portal) -> None:
    unused_for(portal, IDLE - timedelta(seconds=40))
    expect(notice(screen)).to_be_hidden()

    let_pass(screen, IDLE - timedelta(seconds=30))
    expect(notice(screen)).to_be_visible()
    screen.get_by_role("button", name="Остаться").click()

    expect(notice(screen)).to_be_hidden()
    assert clock.now() - last_used(portal) < timedelta(minutes=1)


def test_whoever_types_and_asks_for_nothing_keeps_the_session_alive(screen: Page, portal: Portal) -> None:
    unused_for(portal, timedelta(minutes=20))
    screen.keyboard.press("Shift")

    with screen.expect_response("**/api/session/left"):
        let_pass(screen, timedelta(minutes=6))

    assert timedelta(minutes=5) < clock.now() - last_used(portal) < timedelta(minutes=8)


def test_to_be_asked_keeps_no_session_alive(screen: Page, portal: Portal) -> None:
    unused_for(portal, timedelta(minutes=20))

    with screen.expect_response("**/api/session/left"):
        let_pass(screen, IDLE - timedelta(seconds=20))

    assert clock.now() - last_used(portal) > timedelta(minutes=20)


@pytest.mark.parametrize("how", ["signed out in another tab", "ended elsewhere"])
def test_what_a_stranger_types_stays(how: str, page: Page, context: BrowserContext, portal: Portal) -> None:
    form = context.new_page()
    form.goto("/recover")
    form.get_by_label("Мобильный телефон").fill("9123456789")
    let_in(page, portal.address, "/readings")
    page.evaluate("localStorage.setItem('signed-in', '')")
    expect(page.get_by_role("main")).to_contain_text(PRIVATE)

    if how == "ended elsewhere":
        behind(portal, lambda session: identity.end_sessions(session, hers(session), clock.now()))
    else:
        page.get_by_role("button", name="Выйти").click()

    expect(page).to_have_url(re.compile("/login"))
    form.wait_for_timeout(3_000)
    expect(form.get_by_label("Мобильный телефон")).to_have_value("9123456789")
