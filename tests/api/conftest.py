"""Browsers without pages: clients of the routes that keep cookies and name their origin."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app.api import recovery, registration
from lk_app.models.values import Month, next_month
from lk_app.services import captcha, identity
from lk_app.services.session import writing
from lk_app.settings import settings
from tests import factories
from tests.api.exchange import new_key, zipped
from tests.exchange_fixtures import sample, store_ours

ORIGIN = "http://localhost:3000"
CAPTCHA_ANSWER = "42"

BrowserAt = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def browser_at(portal: str) -> AsyncIterator[BrowserAt]:
    """Open a browser at an address of the network; it names its origin, as browsers do with every POST."""
    async with AsyncExitStack() as stack:

        def open_at(address: str = "203.0.113.7") -> httpx.AsyncClient:
            transport = httpx.ASGITransport(Starlette(routes=api.routes), client=(address, 5000))
            client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN})
            stack.push_async_callback(client.aclose)
            return client

        yield open_at


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap password hashes, and no waiting for the common time of answers."""
    monkeypatch.setattr(identity, "BCRYPT_ROUNDS", 4)
    monkeypatch.setattr(identity, "NO_USER_HASH", identity.hash_password("nobody has this password"))
    monkeypatch.setattr(factories, "PASSWORD_HASH", identity.hash_password(factories.PASSWORD))
    monkeypatch.setattr(registration, "ANSWERED_AFTER_S", 0.0)
    monkeypatch.setattr(recovery, "ANSWERED_AFTER_S", 0.0)


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch, portal: str) -> Callable[[], dict[str, str]]:
    """The fields of a new captcha with a right answer."""
    monkeypatch.setenv("LK_CAPTCHA_ANSWER", CAPTCHA_ANSWER)
    settings.cache_clear()

    def solve() -> dict[str, str]:
        with writing() as session:
            captcha_id = captcha.issue(session, "", clock.now())
        return {"captcha_id": captcha_id, "captcha": CAPTCHA_ANSWER}

    return solve


@dataclass
class Watch:
    """The time of the portal, which only moves when it is told to."""

    now: datetime

    def move(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(clock.now())
    monkeypatch.setattr(clock, "now", lambda: watch.now)
    return watch


@pytest.fixture
def month() -> Month:
    """The month before the last one: its period is closed."""
    today = clock.today()
    return next_month(Month(today.year * 100 + today.month), -2)


@pytest.fixture
def key(portal: str, engine: Engine) -> str:
    """The key of a program, of a portal that knows what the sample of a package refers to."""
    store_ours(engine)
    return new_key()


@pytest.fixture
def package(tmp_path: Path) -> bytes:
    """The sample of a package, as programs send it."""
    return zipped(tmp_path / "package", sample())
