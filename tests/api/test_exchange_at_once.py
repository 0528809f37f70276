"""What takes long to load, what comes twice at once, and what is killed in the middle."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlmodel import Session, select

from lk_app import clock
from lk_app.api.exchange import desk, loading
from lk_app.models import ExchangeBatch, Outcome, Reading, ReadingState
from lk_app.services.exchange import apart, import_package, keys, once, runs
from lk_app.services.exchange.keys import Program
from lk_app.services.session import reading, writing
from lk_app.settings import ROOT as REPOSITORY
from tests.api.conftest import Watch
from tests.api.exchange import outcomes, program, send
from tests.exchange_fixtures import SENT

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LIVES_AT_MOST_S = 60


async def loading_slowly(monkeypatch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """Let loads wait: one event says that a load has begun, the other lets it go on."""
    begun, may_go_on = Event(), Event()
    load = apart.import_package

    def slowly(*arguments: Any) -> Any:
        begun.set()
        assert may_go_on.wait(30)
        return load(*arguments)

    monkeypatch.setattr(apart, "import_package", slowly)
    return begun, may_go_on


@SQLITE
async def test_who_does_not_want_to_wait_is_told_where_to_look(
    key: str, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = await loading_slowly(monkeypatch)

    response = await send(key, package, Prefer="respond-async")

    assert (response.status_code, response.json()["outcome"]) == (202, "running")
    place = response.headers["location"].removeprefix("/api/exchange/v1")
    async with program(key) as client:
        assert (await client.get(place)).json()["outcome"] == "running"
        same = await send(key, package)
        other = await send(key, package, "2")
        assert (same.status_code, same.json()["run"]) == (409, response.headers["location"])
        assert (other.status_code, other.headers["retry-after"]) == (503, "30")
        may_go_on.set()
        await asyncio.to_thread(desk.loader().submit(lambda: None).result)
        assert (await client.get(place)).json()["outcome"] == "done"
    assert begun.is_set()
    assert (await send(key, package)).status_code == 200


@SQLITE
async def test_who_waits_too_long_is_told_where_to_look(
    key: str, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, may_go_on = await loading_slowly(monkeypatch)
    monkeypatch.setattr(loading, "WAITED_S", 0.01)

    assert (await send(key, package)).status_code == 202

    may_go_on.set()
    await asyncio.to_thread(desk.loader().submit(lambda: None).result)
    assert outcomes() == [Outcome.DONE]


async def test_of_the_same_package_twice_at_once_one_is_loaded(key: str, package: bytes) -> None:
    responses = await asyncio.gather(*(send(key, package) for _ in range(4)))

    codes = sorted(response.status_code for response in responses)
    assert codes.count(201) == 1
    assert set(codes) <= {200, 201, 409, 503}
    assert (await send(key, package)).status_code == 200
    assert outcomes() == [Outcome.DONE]


def test_of_two_processes_that_claim_a_name_one_gets_it(key: str) -> None:
    with reading() as session:
        who = keys.find(session, key, clock.now())
    assert who is not None

    def claim(number: int) -> bool:
        try:
            with writing() as session:
                return once.claim(session, once.Sent(who, "1", "0" * 64, "test"), clock.now()).is_new
        except once.UnderWay:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(claim, range(4))) == [False, False, False, True]
    assert outcomes() == [Outcome.RUNNING]


async def test_a_key_that_is_revoked_while_it_sends_loads_nothing(key: str, package: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield package[:100]
        with writing() as session:
            keys.revoke(session, "billing", clock.now())
        yield package[100:]

    response = await send(key, pieces())

    assert response.status_code == 401
    assert outcomes() == []
    assert not desk.is_loading()


def doomed(folder: str, name: str) -> None:
    """Load as a process that serves does, and be killed when all is written and nothing committed."""
    package = Path(folder).read_bytes()
    digest = loading.hashlib.sha256(b"/api/exchange/v1/packages\n" + package).hexdigest()
    with writing() as session:
        claim = once.claim(
            session, once.Sent(Program(1, "billing", frozenset(), None), name, digest, "test"), clock.now()
        )

    def work(session: Session) -> Any:
        import_package(session, Path(folder), clock.now())
        os.kill(os.getpid(), signal.SIGKILL)

    runs.carry_out(claim.run_id, work, clock.now)


async def test_killed_in_the_middle_it_has_loaded_nothing_and_can_be_sent_again(
    key: str, package: bytes, tmp_path: Path, watch: Watch
) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(package)
    code = "import sys; from tests.api.test_exchange_at_once import doomed; doomed(*sys.argv[1:])"
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(path), "1"], cwd=REPOSITORY, timeout=LIVES_AT_MOST_S,
        capture_output=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2_000:]

    assert outcomes() == [Outcome.RUNNING], "the run stays to be seen"
    assert (await send(key, package)).status_code == 409, "it might be alive"
    with reading() as session:
        assert session.exec(select(ExchangeBatch)).first() is None
    watch.move(timedelta(minutes=2))
    again = await send(key, package)
    assert again.status_code == 201
    assert outcomes() == [Outcome.FAILED, Outcome.DONE]
    async with program(key) as client:
        assert (await client.get("/runs/1")).json()["interrupted"]


# What is large is loaded by a process apart.


@SQLITE
async def test_a_process_apart_loads_it(key: str, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LARGE", 0)
    # It takes a while to start.
    monkeypatch.setattr(loading, "WAITED_S", LIVES_AT_MOST_S)

    loaded, refused, again = await send(key, package), await send(key, b"no zip", "2"), await send(key, package)

    assert [response.status_code for response in (loaded, refused, again)] == [201, 422, 200]
    with reading() as session:
        assert session.get_one(Reading, SENT).state is ReadingState.ACCEPTED
    assert outcomes() == [Outcome.DONE, Outcome.REFUSED]


@SQLITE
async def test_a_process_apart_that_dies_has_loaded_nothing(
    key: str, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as deadly:
        deadly.setattr(apart, "LARGE", 0)
        deadly.setattr(apart, "COMMAND", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
        died = await send(key, package)

    assert (died.status_code, died.json()["run"]) == (500, "/api/exchange/v1/runs/1")
    assert (await send(key, package)).status_code == 201
    assert outcomes() == [Outcome.FAILED, Outcome.DONE]


@SQLITE
async def test_what_the_portal_fails_at_may_be_tried_again(
    key: str, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("secret")

    with monkeypatch.context() as broken:
        broken.setattr(apart, "import_package", fail)
        failed = await send(key, package)

    assert (failed.status_code, failed.json()["run"]) == (500, "/api/exchange/v1/runs/1")
    assert (await send(key, package)).status_code == 201
    assert outcomes() == [Outcome.FAILED, Outcome.DONE]
