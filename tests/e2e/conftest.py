"""A browser and a portal for it: one started here, or the one named by --base-url."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from sqlmodel import Session, col, delete, select

from lk_app import clock
from lk_app.models import RateLimit, RateWindow, Verification
from lk_app.services import identity
from lk_app.services.session import WRITES, make_engine
from tests.e2e.steps import sign_in_at
from tests.servers import Portal, running

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

T = TypeVar("T")

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal started for this run; tests that reach behind its pages ask for it."""
    if request.config.getoption("base_url"):
        pytest.skip("reaches into the database of a portal started here")
    folder = tmp_path_factory.mktemp("portal")
    with running(Portal(f"sqlite:///{folder / 'lk.db'}"), folder / "log") as portal:
        yield portal


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """The address under test."""
    return request.config.getoption("base_url") or request.getfixturevalue("portal").address


def behind(portal: Portal, change: Callable[[Session], T]) -> T:
    """Change the database behind the portal's back."""
    engine = make_engine(portal.database_url, pool_size=1)
    try:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            result = change(session)
            session.commit()
            return result
    finally:
        engine.dispose()


def make_other_user(portal: Portal) -> tuple[str, str]:
    name, password = "Пётр Семёнов", "gaz2026demo"

    def store(session: Session) -> None:
        user_id = identity.create_user(session, name, identity.hash_password(password), None, clock.now())
        identity.attach(session, user_id, "66010000033", clock.now())

    behind(portal, store)
    return name, password


@pytest.fixture(scope="session")
def other_user(portal: Portal) -> tuple[str, str]:
    """Name and password of a second consumer, with one of the demo's accounts that nobody has."""
    return make_other_user(portal)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium where there is one; root can't use its sandbox."""
    found = next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
    arguments = QUIET + (["--no-sandbox"] if os.geteuid() == 0 else [])
    return browser_type_launch_args | {"executable_path": found, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "ru-RU", "timezone_id": "Asia/Yekaterinburg"}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page whose console must stay clean."""
    said: list[str] = []
    page.on("console", lambda message: said.append(complaint(message)))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert [text for text in said if text] == []


REFUSED = re.compile(r"status of 4\d\d|net::ERR_FAILED")


def complaint(message: ConsoleMessage) -> str:
    """Return what a console message complains of, or nothing.

    Refusals, and an unknown page, are written to the console by Chromium itself.
    """
    address = urlsplit(message.location.get("url", "")).path
    expected = address.startswith(("/api/", "/no-such-page")) and REFUSED.search(message.text)
    return message.text if message.type in ("error", "warning") and not expected else ""


SignIn = Callable[..., None]


@pytest.fixture
def sign_in(page: Page) -> SignIn:
    """Sign in as the demo consumer, or as somebody else."""

    return partial(sign_in_at, page, "")


@pytest.fixture
def unhurried(portal: Portal) -> None:
    """Forget how often anything was tried: all tests come from one address."""
    behind(portal, forget_rates)


def forget_rates(session: Session) -> None:
    session.exec(delete(RateLimit))
    session.exec(delete(RateWindow))


def let_minutes_pass(session: Session, phone: str, minutes: int) -> None:
    """Let a code be as old as if it had been sent before."""
    newest = select(Verification).where(Verification.phone == phone).order_by(col(Verification.id).desc()).limit(1)
    request = session.exec(newest).one()
    request.code_sent_at -= timedelta(minutes=minutes)
