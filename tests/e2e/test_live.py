"""«Показания» left open hears what billing decides, with one process and with several, and when one of them dies."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, col, select, update

from lk_app import clock
from lk_app.models import ReadingDecision, ReadingState, User, UserSession
from lk_app.services import identity
from lk_app.services.readings import billing
from lk_app.state.visits import KEPT_S
from tests import factories
from tests.databases import copied_postgresql
from tests.e2e.conftest import behind
from tests.e2e.elsewhere import Elsewhere
from tests.e2e.steps import record_frames, sign_in_at
from tests.exchange_fixtures import write_package
from tests.servers import Portal, running, running_redis
from tests.waiting import meter_read, waiting

NAME, ACCOUNT = "Вера Живая", "66029000901"
RECONNECTS_WITHIN_MS = 15_000
DAYS = 8


@pytest.fixture(scope="module", params=["one process", "two processes"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    if request.param == "one process":
        yield request.getfixturevalue("portal")
        return
    if request.getfixturevalue("running_elsewhere"):
        pytest.skip("starts a deployment of its own; the one elsewhere is what «one process» stands for")
    folder = tmp_path_factory.mktemp("live")
    server, template = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_template")
    with (
        copied_postgresql(server, template) as url,
        running_redis(folder) as redis,
        running(Portal(url, redis, workers=2), folder / "log") as portal,
    ):
        yield portal


@pytest.fixture(scope="module")
def sent(company: Portal) -> list[str]:
    """The readings a consumer has sent in the last days, to be decided about one after another."""

    def store(session: Session) -> list[str]:
        account = factories.account(session, ACCOUNT)
        factories.link(session, factories.user(session, NAME), account)
        meter, now = meter_read(session, account), clock.now()
        days = [now.date() - timedelta(days=day) for day in range(DAYS)]
        return [waiting(session, meter, taken_on=day, sent_at=now).id for day in days]

    return behind(company, store)


@pytest.fixture
def screen(page: Page, company: Portal, sent: list[str]) -> Locator:
    """«Показания» of that consumer, open all the time."""
    return opened(page, company)


def opened(page: Page, company: Portal) -> Locator:
    sign_in_at(page, company.address, NAME)
    page.get_by_role("link", name="Показания").first.click()
    screen = page.get_by_role("main")
    expect(screen).to_contain_text("в обработке")
    return screen


def refuse(company: Portal, reading_id: str) -> str:
    """Let billing refuse a reading, as loading its package would; return the reason it gives."""
    reason = f"причина {reading_id}"

    def decide(session: Session) -> None:
        session.add(ReadingDecision(reading_id=reading_id, state=ReadingState.REFUSED, reason=reason))
        session.flush()
        billing.note_decisions(session, clock.now())

    behind(company, decide)
    return reason


def test_what_a_package_of_billing_decides_is_seen_at_once(
    company: Portal, sent: list[str], screen: Locator, tmp_path: Path
) -> None:
    decision = [sent.pop(), "refused", "Снимите показание ещё раз"]
    package = write_package(tmp_path / "in", {"decisions.csv": [["reading_id", "state", "reason"], decision]})

    company.command("exchange", "import", str(package))

    expect(screen).to_contain_text("Снимите показание ещё раз")


def test_a_page_whose_process_dies_sees_what_it_missed_and_goes_on_hearing(
    browser: Browser, company: Portal, sent: list[str], running_elsewhere: Elsewhere | None
) -> None:
    if running_elsewhere:
        pytest.skip("kills processes, which tests/e2e/test_cluster.py does to a cluster of its own")
    # Not the fixture's page: Chromium writes every failed attempt to connect to the console.
    context = browser.new_context(locale="ru-RU")
    screen = opened(context.new_page(), company)

    # Whichever of them the page is at.
    for process in serving(company):
        process.kill()

        expect(screen).to_contain_text(refuse(company, sent.pop()), timeout=RECONNECTS_WITHIN_MS)
        expect(screen).to_contain_text(refuse(company, sent.pop()))
    context.close()


def serving(company: Portal) -> list[psutil.Process]:
    """The processes that serve pages: each is started by one that only keeps their number."""
    living = [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]
    ours = [each for each in living if str(company.port) in each.cmdline()]
    return [each for each in ours if each.parent() in ours]


def test_a_page_whose_session_is_ended_in_another_process_clears_itself(page: Page, company: Portal) -> None:
    opened(page, company)

    def end_sessions(session: Session) -> None:
        hers = session.exec(select(User.id).where(User.name == NAME)).one()
        identity.end_sessions(session, hers or 0, clock.now())

    behind(company, end_sessions)

    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("в обработке")


def test_a_page_whose_session_has_ended_is_led_away_and_told_nothing(
    page: Page, company: Portal, sent: list[str]
) -> None:
    frames = record_frames(page)
    opened(page, company)
    assert any("в обработке" in frame for frame in frames), "the test must see what it looks for"

    def end_sessions(session: Session) -> None:
        hers = select(User.id).where(col(User.name) == NAME)
        session.exec(update(UserSession).where(col(UserSession.user_id).in_(hers)).values(ended_at=clock.now()))

    behind(company, end_sessions)
    # For so long a process believes that a session lives.
    page.wait_for_timeout(1_000 * KEPT_S)
    reason = refuse(company, sent.pop())

    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()
    assert [frame for frame in frames if reason in frame] == []
