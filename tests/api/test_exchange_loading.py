"""What programs send: loaded once, whole or not at all, whoever sends it twice and whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app import clock
from lk_app.api.exchange import desk, loading
from lk_app.models import ExchangeBatch, IdempotencyKey, KeyScope, Outcome, Reading, ReadingState
from lk_app.services.session import reading, writing
from lk_app.settings import ROOT as REPOSITORY
from tests import factories
from tests.api.exchange import new_key, outcomes, program, send, send_rows, zip_of, zipped
from tests.cleaning import forgotten
from tests.conftest import forget_settings
from tests.exchange_fixtures import SENT, everything, sample

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


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
            forgotten(session, IdempotencyKey, clock.now() + timedelta(days=days, seconds=-60))
            assert len(session.exec(select(IdempotencyKey)).all()) == left
