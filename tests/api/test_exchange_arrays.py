"""Decisions and postings as arrays: loaded as a package of one file."""

from typing import Any

import pytest

from lk_app.models import Reading, ReadingState
from lk_app.services.session import reading
from tests.api.exchange import outcomes, send, send_rows
from tests.exchange_fixtures import SENT, sample

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


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
