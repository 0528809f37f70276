"""What programs send: loaded once, whole or not at all, whoever sends it twice and whoever dies."""

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

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app import clock
from lk_app.api.exchange import desk, loading
from lk_app.models import ExchangeBatch, ExchangeRun, IdempotencyKey, KeyScope, Outcome, Reading, ReadingState
from lk_app.services.exchange import apart, import_package, keys, once, runs
from lk_app.services.exchange.keys import Program
from lk_app.services.session import reading, writing
from lk_app.settings import ROOT as REPOSITORY
from tests import factories
from tests.api.conftest import Watch
from tests.api.exchange import named, new_key, program, zip_of, zipped
from tests.conftest import forget_settings
from tests.exchange_fixtures import SENT, everything, sample, store_ours

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LIVES_AT_MOST_S = 60


@pytest.fixture
def key(portal: str, engine: Engine) -> str:
    """A key of a portal that knows what the sample refers to."""
    store_ours(engine)
    return new_key()


@pytest.fixture
def package(tmp_path: Path) -> bytes:
    return zipped(tmp_path / "package", sample())


async def send(key: str, content: Any, name: str = "1", path: str = "/packages", **headers: str) -> httpx.Response:
    async with program(key) as client:
        return await client.post(path, content=content, headers=named(name, **headers))


async def send_rows(key: str, path: str, rows: Any, name: str = "1") -> httpx.Response:
    async with program(key) as client:
        return await client.post(path, json=rows, headers={"Idempotency-Key": name})


def outcomes() -> list[Outcome]:
    with reading() as session:
        return list(session.exec(select(ExchangeRun.outcome).order_by(ExchangeRun.id)).all())


async def test_a_package_is_loaded_and_its_run_says_by_whom(key: str, package: bytes) -> None:
    response = await send(key, package)

    assert response.status_code == 201
    report = response.json()
    assert (report["outcome"], report["started_by"], report["package"]) == ("done", "API: billing", "test")
    assert report["rows"]["charges.csv"] == len(sample()["charges.csv"]) - 1
    async with program(key) as client:
        assert (await client.get(response.headers["location"].removeprefix("/api/exchange/v1"))).json() == report
        listed = (await client.get("/runs")).json()
    assert [run["id"] for run in listed["items"]] == [report["id"]]
    with reading() as session:
        assert session.get_one(Reading, SENT).state is ReadingState.ACCEPTED


async def test_the_same_again_is_answered_the_same_and_does_nothing(key: str, package: bytes, engine: Engine) -> None:
    first = await send(key, package)
    before = everything(engine)

    again = await send(key, package)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert everything(engine) == before


async def test_the_same_package_under_another_name_changes_nothing(key: str, package: bytes) -> None:
    await send(key, package)

    again = await send(key, package, "2")

    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")


async def test_a_name_is_for_one_thing(key: str, package: bytes, tmp_path: Path) -> None:
    await send(key, package)

    other = await send(key, zipped(tmp_path / "other", sample(), package="other"))
    elsewhere = await send_rows(key, "/decisions", [{"reading_id": SENT, "state": "accepted"}])

    for response in (other, elsewhere):
        assert response.status_code == 409
        assert response.json()["type"] == "urn:lk:exchange:idempotency-key-reused"
    assert outcomes() == [Outcome.DONE]
    another_programs = new_key(KeyScope.IMPORT, name="agent")
    assert (await send(another_programs, package)).status_code == 200


async def test_what_is_wrong_is_told_with_its_place_and_again_the_same(
    key: str, tmp_path: Path, engine: Engine
) -> None:
    rows = sample()
    rows["charges.csv"][3][-1] = "0.01"
    rows["payments.csv"][2][5] = "много"
    package = zipped(tmp_path / "broken", rows)

    first, again = await send(key, package), await send(key, package)

    assert first.status_code == 422
    problem = first.json()
    assert problem["total"] == 2
    assert [(issue["file"], issue["line"], issue["column"]) for issue in problem["issues"]] == [
        ("charges.csv", 4, "closing"),
        ("payments.csv", 3, "amount"),
    ]
    assert again.json() == problem
    assert outcomes() == [Outcome.REFUSED]
    with Session(engine) as session:
        assert session.exec(select(ExchangeBatch)).first() is None


@SQLITE
async def test_only_the_first_thousand_faults_come(key: str, tmp_path: Path) -> None:
    rows = sample()
    rows["offices.csv"] += [["!"] * 6 for _ in range(400)]

    problem = (await send(key, zipped(tmp_path / "hopeless", rows))).json()

    assert len(problem["issues"]) == 1_000
    assert problem["total"] > 1_000


@SQLITE
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        b"PK\x05\x06" + b"\x00" * 18,
        b"PK\x05\x06" + b"\xff" * 18,
        zip_of([("manifest.json", b"{}")]),
        zip_of([("/", b"")]),
    ],
)
async def test_what_is_no_package_is_refused(key: str, content: bytes) -> None:
    response = await send(key, content)

    assert response.status_code == 422
    assert outcomes() == [Outcome.REFUSED]


@SQLITE
async def test_a_damaged_archive_is_refused_wherever_the_damage_is(key: str, package: bytes) -> None:
    # The first of two is the file's own header, the second the list of files at the end.
    own = package.index(b"payments.csv")
    for number, place in enumerate((own, own + 40, package.rindex(b"payments.csv"), len(package) - 3)):
        damaged = package[:place] + bytes([package[place] ^ 0x55]) + package[place + 1 :]

        response = await send(key, damaged, str(number))

        assert response.status_code == 422, place
        assert "поврежд" in response.text or "не читается" in response.text or "не указан" in response.text
    assert set(outcomes()) == {Outcome.REFUSED}


@SQLITE
async def test_no_more_is_taken_than_is_allowed(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_EXCHANGE_UPLOAD_MB", "1")
    forget_settings()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    said = await send(key, b"x" * 1_000_001)
    unsaid = await send(key, pieces())

    assert (said.status_code, unsaid.status_code) == (413, 413)
    assert outcomes() == []


@SQLITE
async def test_what_stops_coming_is_given_up(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "CHUNK_S", 0.01)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"PK"
        await asyncio.sleep(30)

    assert (await send(key, pieces())).status_code == 408
    assert not desk.is_loading()


@SQLITE
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/zip"}, 400),
        ({"Content-Type": "application/zip", "Idempotency-Key": "два слова".encode()}, 400),
        ({"Content-Type": "application/zip", "Idempotency-Key": "x" * 101}, 400),
        ({"Content-Type": "application/json", "Idempotency-Key": "1"}, 415),
        ({"Idempotency-Key": "1"}, 415),
    ],
)
async def test_what_is_said_of_it_is_checked_first(
    key: str, package: bytes, headers: dict[str, Any], status: int
) -> None:
    async with program(key) as client:
        assert (await client.post("/packages", content=package, headers=headers)).status_code == status
    assert outcomes() == []


# What takes long, and several at once.


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
    code = "import sys; from tests.api.test_exchange_loading import doomed; doomed(*sys.argv[1:])"
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


# Arrays.


async def test_decisions_come_as_an_array_too(key: str) -> None:
    refused = {"reading_id": SENT, "state": "refused", "reason": "Не та цифра"}

    first, again = await send_rows(key, "/decisions", [refused]), await send_rows(key, "/decisions", [refused])

    assert (first.status_code, first.json()["rows"], again.status_code) == (201, {"decisions.csv": 1}, 200)
    with reading() as session:
        found = session.get_one(Reading, SENT)
    assert (found.state, found.reason, found.exported) == (ReadingState.REFUSED, "Не та цифра", ReadingState.REFUSED)


async def test_billing_may_decide_otherwise_under_another_name(key: str) -> None:
    accepted = {"reading_id": SENT, "state": "accepted"}
    await send_rows(key, "/decisions", [accepted], "1")
    await send_rows(key, "/decisions", [accepted | {"state": "refused", "reason": "Ошибка"}], "2")

    assert (await send_rows(key, "/decisions", [accepted], "3")).status_code == 201
    with reading() as session:
        assert session.get_one(Reading, SENT).state is ReadingState.ACCEPTED


@SQLITE
@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([{"reading_id": SENT, "state": "refused"}], (2, "reason")),
        ([{"reading_id": SENT, "state": "accepted"}, {"reading_id": "R1", "state": "accepted"}], (3, "reading_id")),
        ([{"reading_id": SENT, "state": "accepted"}, {"reading_id": SENT, "state": "accepted"}], (3, "reading_id")),
        ([{"reading_id": SENT, "state": "pending"}], (2, "state")),
        ([{"reading_id": SENT}], (2, "state")),
        ([{"reading_id": 7, "state": "accepted"}], (2, "reading_id")),
        ([{"reading_id": SENT, "state": "accepted", "Иванова": 1}], (2, "")),
        ([], (0, "")),
        ({}, (0, "")),
        ([7], (2, "")),
        ([{"reading_id": SENT, "state": "refused", "reason": "\x00"}], (2, "reason")),
    ],
)
async def test_one_bad_element_and_none_is_loaded(key: str, rows: Any, place: tuple[int, str]) -> None:
    response = await send_rows(key, "/decisions", rows)

    assert response.status_code == 422
    [issue] = response.json()["issues"]
    assert (issue["line"], issue["column"]) == place
    assert "Иванова" not in response.text
    with reading() as session:
        assert session.get_one(Reading, SENT).state is ReadingState.PENDING


@SQLITE
async def test_what_is_no_json_is_told_apart(key: str) -> None:
    for content in (b"", b"[", b"\xff", b'["\\ud800"]'):
        response = await send(key, content, path="/decisions", media_type="application/json")
        assert response.status_code in (400, 422)
    assert outcomes() == []


async def test_postings_come_as_an_array_too(key: str, package: bytes) -> None:
    rows = sample()
    [posting] = rows["postings.csv"][1:]
    await send(key, package)
    body = dict(zip(("order_number", "division_code", "payment_id"), posting, strict=True))

    assert (await send_rows(key, "/postings", [body], "2")).status_code == 201
    unknown = await send_rows(key, "/postings", [body | {"order_number": "261122-NOBODYS"}], "3")
    [issue] = unknown.json()["issues"]
    assert (unknown.status_code, issue["line"], issue["column"]) == (422, 2, "order_number")


# Registries.


@SQLITE
async def test_a_registry_is_sent_as_it_came(key: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(engine) as session:
        factories.division(session)
        factories.period(session, 202611, closed=False)
        session.commit()
    row = "21-11-2026;10-15-33;8047;00123;7001;66029999999;;112026;652,73;646,20;6,53\r\n"
    content = (row + "=1;652,73;;;;\r\n").encode("windows-1251")

    unset = await send(key, content, path="/registries/sberbank", media_type="text/csv")
    monkeypatch.setenv("LK_REGISTRY_PROFILES", str(REPOSITORY / "deploy" / "registries"))
    forget_settings()
    unknown = await send(key, content, path="/registries/nobody", media_type="text/csv")
    first, again = [await send(key, content, path="/registries/sberbank", media_type="text/csv") for _ in range(2)]
    broken = await send(key, row.encode(), "2", path="/registries/sberbank", media_type="text/csv")

    assert (unset.status_code, unknown.status_code) == (404, 404)
    assert (first.status_code, first.json()["rows"], again.status_code) == (201, {"sberbank": 1}, 200)
    assert (broken.status_code, broken.json()["issues"][0]["line"]) == (422, 0)


# Runs, and what is forgotten.


@SQLITE
async def test_runs_are_paged_newest_first(key: str) -> None:
    for name in range(5):
        await send(key, b"no zip", str(name))

    async with program(key) as client:
        pages, path = [], "/runs?limit=2"
        while path:
            page = (await client.get(path.removeprefix("/api/exchange/v1"))).json()
            pages.append([run["id"] for run in page["items"]])
            path = page["next"]
        for wrong in ("/runs?limit=0", "/runs?limit=1_0", "/runs?cursor=x", "/runs?limit=1&limit=2", "/runs?page=1"):
            assert (await client.get(wrong)).status_code == 400
        for nobodys in ("/runs/0", "/runs/99", "/runs/99999999999999999999"):
            assert (await client.get(nobodys)).status_code == 404
    assert pages == [[5, 4], [3, 2], [1]]


@SQLITE
async def test_names_are_forgotten_after_a_month(key: str, package: bytes) -> None:
    await send(key, package)

    for days, left in ((30, 1), (31, 0)):
        with writing() as session:
            once.forget_old(session, clock.now() + timedelta(days=days, seconds=-60))
            assert len(session.exec(select(IdempotencyKey)).all()) == left
