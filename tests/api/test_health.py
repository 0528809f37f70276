"""The portal says whether it is alive, and whether it can serve."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import redis
from sqlalchemy import create_engine, text
from starlette.applications import Starlette

from lk_app import api
from lk_app.services import migrations, readiness
from lk_app.services.session import writing
from tests.conftest import forget_settings
from tests.servers import running_redis

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def redis_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portal: str) -> Iterator[str]:
    """The address of a Redis that the portal is set up with."""
    with running_redis(tmp_path) as url:
        set_redis(monkeypatch, url)
        yield url


def set_redis(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LK_REDIS_URL", url)
    forget_settings()


async def ask(path: str = "/readyz") -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=api.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        return await client.get(path)


async def test_with_a_database_it_can_serve(portal: str) -> None:
    response = await ask()

    assert (response.status_code, response.json()) == (200, {"database": "ok"})


async def test_each_answer_says_by_which_id_the_log_knows_it(portal: str) -> None:
    ids = {(await ask("/api/captcha/unknown.png")).headers["x-request-id"] for _ in range(2)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/lk.db", "postgresql+psycopg://nobody:secret@127.0.0.1:9/lk?connect_timeout=1"]
)
async def test_without_a_database_it_says_so_and_no_more(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LK_DATABASE_URL", url)
    forget_settings()

    response, alive = await ask(), await ask("/healthz")

    forget_settings()
    assert (response.status_code, response.json()) == (503, {"database": "unavailable"})
    assert "secret" not in response.text
    assert alive.status_code == 200


async def test_on_an_older_schema_it_can_not_serve(portal: str) -> None:
    migrations.downgrade(portal, "-1")

    response = await ask()

    assert (response.status_code, response.json()) == (503, {"database": "behind"})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_schema_that_a_newer_release_has_made_is_served_until_that_release_takes_over(portal: str) -> None:
    with writing() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert (await ask()).status_code == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_with_a_redis_that_answers_it_can_serve(redis_url: str) -> None:
    response = await ask()

    assert (response.status_code, response.json()) == (200, {"database": "ok", "redis": "ok"})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_without_its_redis_it_can_not_serve(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_redis(monkeypatch, NOWHERE)

    response = await ask()

    assert (response.status_code, response.json()) == (503, {"database": "ok", "redis": "unavailable"})


@contextmanager
def held_up(database: str, redis_url: str, seconds: float) -> Iterator[None]:
    """Let neither the database nor Redis answer: the one until the end, the other for as long as is said."""
    with create_engine(database).connect() as holder, redis.from_url(redis_url) as store:
        holder.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
        store.client_pause(round(seconds * 1000))
        yield


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_is_busy_and_answers_late_is_there(portal: str, redis_url: str) -> None:
    with held_up(portal, redis_url, 5):
        asked = asyncio.create_task(ask())
        await asyncio.sleep(5)

    response = await asked
    assert (response.status_code, response.json()) == (200, {"database": "ok", "redis": "ok"})


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_does_not_answer_at_all_is_given_up_at_one_time(
    portal: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 1.0)
    with held_up(portal, redis_url, 3):
        began = time.monotonic()
        response = await ask()
        took = time.monotonic() - began

    assert (response.status_code, response.json()) == (503, {"database": "unavailable", "redis": "unavailable"})
    assert took < 1.9
