"""Who may use the exchange by HTTP: a key that is good and allows it; and what becomes of all others."""

import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlmodel import select

from lk_app import clock
from lk_app.api.exchange import operations
from lk_app.api.exchange.operation import Operation
from lk_app.cli import main
from lk_app.models import ApiKey, KeyScope
from lk_app.services.exchange import keys
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import Watch
from tests.api.exchange import HERE, named, new_key, program

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def command(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["exchange", "key", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def made(*arguments: str) -> str:
    """The key that a command has shown."""
    return next(line for line in command(*arguments).splitlines() if line.startswith("lk_"))


async def status_of(key: str | None, path: str = "/readings", **headers: Any) -> int:
    async with program(key, **headers) as client:
        return (await client.get(path)).status_code


async def test_with_a_good_key_it_is_answered_and_the_day_is_noted(portal: str) -> None:
    key = new_key()

    assert await status_of(key) == 200

    with reading() as session:
        row = session.exec(select(ApiKey)).one()
    assert row.used_on == clock.today()
    assert key not in str(row.model_dump())


@SQLITE
@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
async def test_without_a_key_nothing_is_done(portal: str, operation: Operation) -> None:
    path = operation.path.replace("{profile}", "sberbank").replace("{id}", "1")
    key = new_key()
    another_end = key[:-4] + ("AAAA" if key[-4:] != "AAAA" else "BBBB")
    for shown in (None, "", "lk_ABCDEFGH_" + "x" * 43, "lk_ABCDEFGH", key[:-1], another_end):
        async with program(shown) as client:
            response = await client.request(operation.method, path)
        assert response.status_code == 401, shown
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["type"] == "urn:lk:exchange:key-unknown"


@SQLITE
@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
async def test_a_key_allows_what_it_is_for(portal: str, operation: Operation) -> None:
    path = operation.path.replace("{profile}", "sberbank").replace("{id}", "1")
    for scope in KeyScope:
        key = new_key(scope, name=scope.value)
        async with program(key) as client:
            response = await client.request(operation.method, path, headers=named("1"))
        assert (response.status_code == 403) == (scope not in operation.scopes)


@SQLITE
async def test_cookies_and_other_schemes_open_nothing(portal: str) -> None:
    with writing() as session:
        factories.consumer(session, token="token of a consumer")
        factories.staff_caller(session, token="token of staff", at=clock.now())
    key = new_key()

    for headers in (
        {"Cookie": "lk-session=token of a consumer; lk-staff=token of staff"},
        {"Cookie": f"Authorization={key}"},
        {"Authorization": f"Basic {key}"},
        {"Authorization": "Bearer"},
        {"X-Api-Key": key},
        {"Authorization": "Bearer ключ".encode()},
    ):
        assert await status_of(None, **headers) == 401
    assert await status_of(None, Authorization=f"bearer {key}") == 200
    assert await status_of(None, f"/readings?key={key}") == 401


async def test_wrong_keys_are_limited_by_address_and_right_ones_are_not(portal: str, watch: Watch) -> None:
    key = new_key()
    wrong = "lk_ABCDEFGH_" + "x" * 43
    for _ in range(keys.WRONG_BY_ADDRESS.burst):
        assert await status_of(wrong) == 401

    async with program(wrong) as client:
        refused = await client.get("/readings")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 15
    assert await status_of(key) == 200
    async with program(wrong, "198.51.100.7") as client:
        assert (await client.get("/readings")).status_code == 401
    watch.move(timedelta(seconds=16))
    assert await status_of(wrong) == 401


async def test_a_new_key_takes_over_from_the_old_one(portal: str, watch: Watch) -> None:
    old = made("create", "billing", "--scope", "export")
    new = made("rotate", "billing", "--overlap", "2")

    assert [await status_of(key) for key in (old, new)] == [200, 200]
    watch.move(timedelta(days=2))
    assert [await status_of(key) for key in (old, new)] == [401, 200]
    with reading() as session:
        assert {row.scopes for row in keys.list_keys(session)} == {(KeyScope.EXPORT,)}


async def test_a_key_ends_when_it_was_said_to_and_when_it_is_revoked(portal: str, watch: Watch) -> None:
    key, lasting = made("create", "billing", "--scope", "export", "--days", "1"), new_key(name="other")

    watch.move(timedelta(days=1))
    assert [await status_of(each) for each in (key, lasting)] == [401, 200]

    command("revoke", "other")
    assert await status_of(lasting) == 401


@SQLITE
def test_commands_say_what_there_is_and_never_a_key_again(portal: str) -> None:
    key = made("create", "billing", "--scope", "import", "--scope", "export")

    listed = command("list")
    assert listed.startswith("billing  lk_")
    assert "export import" in listed
    assert "не использован" in listed
    assert key.split("_", 2)[2] not in listed
    for arguments in (
        ("create", "billing", "--scope", "import"),
        ("create", "Биллинг", "--scope", "import"),
        ("create", "other"),
        ("create", "other", "--scope", "all"),
        ("rotate", "nobody"),
        ("revoke", "nobody"),
    ):
        assert CliRunner().invoke(main, ["exchange", "key", *arguments]).exit_code != 0


@SQLITE
async def test_a_key_reaches_no_log_and_no_address(portal: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = new_key()

    async with program(key) as client:
        page = await client.get("/readings?limit=1")
        await client.post("/packages", content=b"no zip", headers=named("1"))
        await client.get(f"/readings?{key}")
    assert await status_of(key + "x") == 401

    secret = key.split("_", 2)[2]
    assert secret not in page.text
    assert not any(secret in record.getMessage() for record in caplog.records if record.name.startswith("lk_app"))


@SQLITE
@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/packages", 405, "POST"),
        ("POST", "/readings", 405, "GET"),
        ("DELETE", "/runs/1", 405, "GET"),
        ("OPTIONS", "/packages", 405, "POST"),
        ("POST", "/openapi.json", 405, "GET"),
        ("GET", "/", 404, None),
        ("GET", "/runs/one", 404, None),
        ("PUT", "/unknown", 404, None),
    ],
)
async def test_whatever_else_is_asked_for_is_a_problem(
    portal: str, method: str, path: str, status: int, allowed: str | None
) -> None:
    async with program(None, Origin="https://elsewhere.example") as client:
        response = await client.request(method, path)

    assert (response.status_code, response.headers.get("allow")) == (status, allowed)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json().keys() == {"type", "title", "status", "detail"}


@SQLITE
async def test_a_fault_of_ours_is_told_without_what_it_was(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()

    def fail(*arguments: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("lk_app.services.exchange.telling.untold_readings", fail)
    async with program(key) as client:
        response: httpx.Response = await client.get("/readings")

    assert response.status_code == 500
    assert "secret" not in response.text
    assert HERE not in response.text
