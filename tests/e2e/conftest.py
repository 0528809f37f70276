"""A browser and a portal for it: one started here, or the one named by --base-url."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import bcrypt
import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from sqlmodel import Session, col, delete, select, update

from lk_app import clock
from lk_app.models import RateLimit, RateWindow, Staff, User, Verification
from lk_app.services import identity
from lk_app.services.demo import company
from tests.behind import behind
from tests.e2e.elsewhere import Elsewhere, begin_anew, believed_key, portal_elsewhere, take_over
from tests.e2e.steps import sign_in_at
from tests.servers import Portal, running

WHOLE_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SYSTEM_BROWSERS = ("chromium-headless-shell", *WHOLE_BROWSERS)
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

T = TypeVar("T")

expect.set_options(timeout=10_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--env-file", help="what the portal at --base-url is told: lets tests reach behind its pages")


def pytest_configure(config: pytest.Config) -> None:
    if found := portal_elsewhere(config):
        take_over(found)


@pytest.fixture(scope="session")
def running_elsewhere(request: pytest.FixtureRequest) -> Elsewhere | None:
    """The portal that runs elsewhere, if that is what is under test."""
    return portal_elsewhere(request.config)


Started = AbstractContextManager[Portal]
StartAlone = Callable[[str], Started]


@pytest.fixture(scope="session")
def alone(running_elsewhere: Elsewhere | None, tmp_path_factory: pytest.TempPathFactory) -> StartAlone:
    """Starts a portal that nobody else uses, or gives the one elsewhere, which each module has for itself."""

    @contextmanager
    def start(name: str) -> Iterator[Portal]:
        if running_elsewhere:
            if not running_elsewhere.database_url:
                pytest.skip("reaches into the database of the portal: --env-file would name it")
            yield running_elsewhere
            return
        folder = tmp_path_factory.mktemp(name)
        with running(Portal(f"sqlite:///{folder / 'lk.db'}"), folder / "log") as portal:
            behind(portal, check_passwords_quickly)
            yield portal

    return start


def check_passwords_quickly(session: Session) -> None:
    """Let the demo's passwords be the same, and take next to nothing to check: hundreds of tests sign in with them.

    A hash says itself what it costs; what a real one costs is for `make bench` to tell.
    """
    for table, password in ((User, company.USER_PASSWORD), (Staff, company.STAFF_PASSWORD)):
        quick = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
        session.exec(update(table).values(password_hash=quick))


@pytest.fixture(scope="session")
def portal(alone: StartAlone) -> Iterator[Portal]:
    """The portal under test; tests that reach behind its pages ask for it."""
    with alone("portal") as portal:
        yield portal


@pytest.fixture(scope="module", autouse=True)
def by_itself(running_elsewhere: Elsewhere | None) -> Iterator[None]:
    """Let one module at a time have the portal elsewhere, and find the demo there as it is when it was just loaded."""
    if not (running_elsewhere and running_elsewhere.database_url):
        yield
        return
    with (Path(tempfile.gettempdir()) / f"lk-{urlsplit(running_elsewhere.address).netloc}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        begin_anew(running_elsewhere)
        yield


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest, running_elsewhere: Elsewhere | None) -> str:
    """The address under test."""
    return running_elsewhere.address if running_elsewhere else request.getfixturevalue("portal").address


def make_other_user(portal: Portal) -> tuple[str, str]:
    """Make a second consumer, with one of the demo's accounts that nobody has, unless there is one already."""
    name, password = "Пётр Семёнов", "gaz2026demo"

    def store(session: Session) -> None:
        if session.exec(select(User.id).where(User.name == name)).first():
            return
        user_id = identity.create_user(session, name, identity.hash_password(password), None, clock.now())
        identity.attach(session, user_id, "66010000033", clock.now())

    behind(portal, store)
    return name, password


@pytest.fixture(scope="module")
def other_user(portal: Portal) -> tuple[str, str]:
    """Name and password of the second consumer."""
    return make_other_user(portal)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], running_elsewhere: Elsewhere | None
) -> dict[str, Any]:
    """Use the system's Chromium where there is one; root can't use its sandbox."""
    arguments = QUIET + (["--no-sandbox"] if os.geteuid() == 0 else [])
    if running_elsewhere and running_elsewhere.address.startswith("https:") and os.environ.get("SSL_CERT_FILE"):
        arguments.append(f"--ignore-certificate-errors-spki-list={believed_key(running_elsewhere.address)}")
    return browser_type_launch_args | {"executable_path": found(SYSTEM_BROWSERS), "args": arguments}


def found(browsers: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, browsers)), None)


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
def unhurried(request: pytest.FixtureRequest, running_elsewhere: Elsewhere | None) -> None:
    """Forget how often anything was tried: all tests come from one address. Without its database it is left alone."""
    if not running_elsewhere or running_elsewhere.database_url:
        behind(request.getfixturevalue("portal"), forget_rates)


def forget_rates(session: Session) -> None:
    session.exec(delete(RateLimit))
    session.exec(delete(RateWindow))


def let_minutes_pass(session: Session, phone: str, minutes: int) -> None:
    """Let a code be as old as if it had been sent before."""
    newest = select(Verification).where(Verification.phone == phone).order_by(col(Verification.id).desc()).limit(1)
    request = session.exec(newest).one()
    request.code_sent_at -= timedelta(minutes=minutes)
