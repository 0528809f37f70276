"""What billing is told by HTTP: everything until it says that it has it, and the same as packages hold."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from lk_app.models import Attempt, AttemptState, Concern, ConcernReason, Direction, ExchangeRun, Reading, ReadingState
from lk_app.services.acquiring import billing, returned
from lk_app.services.exchange import telling
from lk_app.services.session import reading, writing
from tests import attempts, factories
from tests.api.exchange import new_key, program
from tests.exchange_fixtures import everything, read_package, sent
from tests.factories import NOW, TODAY
from tests.service.test_export import export_to

PENDING, ACCEPTED, REFUSED, WITHDRAWN = ReadingState
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ORDER = "261122-7K3M9QX2TD"


@pytest.fixture
def key(portal: str) -> str:
    """A key of a portal with three readings and two paid orders."""
    with writing() as session:
        account = factories.account(session, "66010000017")
        who = factories.consumer(session, account)
        meter = factories.meter(session, account, id="M1", serial="0251")
        for day in range(3):
            values = {"id": f"R{day}", "sent_at": NOW + timedelta(days=day), "consumption": 88_500}
            sent(session, meter, 5_214_000 + day, TODAY + timedelta(days=day), **values)
        attempts.attempt(session, who, account, {"gas": 65_273, "vdgo": 5_000}, order_number=ORDER)
        attempts.attempt(session, who, account, {"gas": 100}, order_number="261122-SECOND")
        attempts.attempt(session, who, account, {"gas": 100}, state=AttemptState.DECLINED)
    return new_key()


async def told(key: str, what: str, limit: int = 2) -> list[dict[str, Any]]:
    """Everything of one kind, page by page."""
    items, path = [], f"/{what}?limit={limit}"
    async with program(key) as client:
        while path:
            response = await client.get(path.removeprefix("/api/exchange/v1"))
            assert response.status_code == 200
            page = response.json()
            assert len(page["items"]) <= limit
            items += page["items"]
            path = page["next"]
    return items


async def acknowledge(key: str, what: str, items: list[dict[str, str]]) -> dict[str, Any]:
    async with program(key) as client:
        response = await client.post(f"/{what}/acknowledgement", json=items)
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def heard(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What billing says of what it was told."""
    names = ("id", "state") if "state" in items[0] else ("order_number", "amount")
    return [{name: item[name] for name in names} for item in items]


def decide(name: str, state: ReadingState) -> None:
    with writing() as session:
        row = session.get_one(Reading, name)
        row.state, row.reason = state, "Не та цифра" if state is REFUSED else ""


def marks() -> dict[str, ReadingState | None]:
    with reading() as session:
        return dict(session.exec(select(Reading.id, Reading.exported)).all())


async def test_readings_come_as_a_package_has_them(key: str, engine: Engine, tmp_path: Path) -> None:
    items = await told(key, "readings")

    assert items[0] == {
        "id": "R0", "account_number": "66010000017", "meter_id": "M1", "serial": "0251", "taken_on": "2026-11-22",
        "value": "5214.000", "consumption": "88.500", "rolled_over": False, "sent_at": "2026-11-22T12:30:00+05:00",
        "state": "pending", "reason": "",
    }  # fmt: skip
    export_to(engine, tmp_path / "package")
    head, *rows = read_package(tmp_path / "package")["readings.csv"]
    assert [[item[name] for name in head if name != "rolled_over"] for item in items] == [
        [cell for name, cell in zip(head, row, strict=True) if name != "rolled_over"] for row in rows
    ]
    assert await told(key, "readings") == [], "what a package has told is not told again"


async def test_payments_come_as_a_package_has_them(key: str, engine: Engine, tmp_path: Path) -> None:
    items = await told(key, "payments", 1)

    assert [item["order_number"] for item in items] == [ORDER, "261122-SECOND"]
    assert (items[0]["amount"], items[0]["paid_on"]) == ("702.73", "2026-11-22")
    assert items[0]["parts"] == [
        {"division_code": "gas", "amount": "652.73"},
        {"division_code": "vdgo", "amount": "50.00"},
    ]
    export_to(engine, tmp_path / "package")
    rows = read_package(tmp_path / "package")["payments.csv"][1:]
    parts = [(item["order_number"], part) for item in items for part in item["parts"]]
    assert [(order, part["division_code"], part["amount"]) for order, part in parts] == [
        (order, division, amount) for order, _, division, amount, _ in rows
    ]
    assert await told(key, "payments") == []


async def test_asking_marks_nothing(key: str, engine: Engine) -> None:
    await told(key, "runs")
    before = everything(engine)

    first, again = await told(key, "readings"), await told(key, "readings")
    await told(key, "payments")

    assert first == again
    assert everything(engine) == before


async def test_what_was_acknowledged_no_package_holds_any_more(key: str, engine: Engine, tmp_path: Path) -> None:
    readings, payments = await told(key, "readings"), await told(key, "payments")

    assert await acknowledge(key, "readings", heard(readings[:2])) == {"told": 2, "changed": [], "unknown": []}
    assert await acknowledge(key, "payments", heard(payments[:1])) == {"told": 1, "changed": [], "unknown": []}

    assert [item["id"] for item in await told(key, "readings")] == ["R2"]
    export_to(engine, tmp_path / "package")
    package = read_package(tmp_path / "package")
    assert [row[0] for row in package["readings.csv"][1:]] == ["R2"]
    assert [row[0] for row in package["payments.csv"][1:]] == ["261122-SECOND"]
    with reading() as session:
        states = dict(session.exec(select(Attempt.order_number, Attempt.state)).all())
    assert states[ORDER] is AttemptState.EXPORTED


async def test_acknowledged_twice_nothing_changes(key: str, engine: Engine) -> None:
    readings, payments = heard(await told(key, "readings")), heard(await told(key, "payments"))
    first = await acknowledge(key, "readings", readings), await acknowledge(key, "payments", payments)
    before = everything(engine)

    again = await acknowledge(key, "readings", readings), await acknowledge(key, "payments", payments)

    assert first == again
    assert everything(engine) == before


@SQLITE
async def test_an_acknowledgement_that_tells_something_new_is_a_run(key: str) -> None:
    readings = heard(await told(key, "readings"))
    for _ in range(2):
        await acknowledge(key, "readings", readings)

    with reading() as session:
        [run] = session.exec(select(ExchangeRun)).all()
    assert (run.direction, run.started_by, run.rows) == (Direction.OUT, "API: billing", {"readings.csv": 3})


async def test_what_was_decided_since_is_told_again(key: str) -> None:
    readings = heard(await told(key, "readings"))
    decide("R0", ACCEPTED)
    decide("R1", WITHDRAWN)

    assert await acknowledge(key, "readings", readings) == {"told": 1, "changed": ["R0", "R1"], "unknown": []}

    again = await told(key, "readings")
    assert [(item["id"], item["state"]) for item in again] == [("R0", "accepted"), ("R1", "withdrawn")]
    await acknowledge(key, "readings", heard(again))
    assert await told(key, "readings") == []
    # A message that comes late takes nothing back.
    await acknowledge(key, "readings", readings)
    assert marks() == {"R0": ACCEPTED, "R1": WITHDRAWN, "R2": PENDING}


async def test_what_was_withdrawn_before_it_was_acknowledged_is_told(key: str) -> None:
    await told(key, "readings")
    decide("R0", WITHDRAWN)

    assert (await told(key, "readings"))[0]["state"] == "withdrawn"


@SQLITE
async def test_nobody_is_told_by_an_acknowledgement_that_is_not_true(key: str) -> None:
    await acknowledge(key, "readings", [{"id": "R0", "state": "accepted"}])
    decide("R0", ACCEPTED)

    first, *_ = await told(key, "readings")
    assert (first["id"], first["state"]) == ("R0", "accepted")


@SQLITE
async def test_what_was_never_told_is_named(key: str) -> None:
    with writing() as session:
        meter = factories.meter(session, factories.account(session))
        factories.reading(session, meter, 1_000, id="billing's")

    answer = await acknowledge(key, "readings", [{"id": name, "state": "accepted"} for name in ("none", "billing's")])
    assert answer == {"told": 0, "changed": [], "unknown": ["billing's", "none"]}
    assert (await acknowledge(key, "payments", [{"order_number": "none", "amount": "1.00"}]))["unknown"] == ["none"]
    assert marks()["billing's"] is None


async def give_back(amount: int) -> None:
    with writing() as session:
        attempt = session.exec(select(Attempt).where(Attempt.order_number == ORDER)).one()
        returned.book(session, attempt, amount, NOW)


async def test_an_order_of_which_something_was_given_back_since_is_told_anew(key: str) -> None:
    before = heard(await told(key, "payments"))
    await give_back(273)

    assert (await acknowledge(key, "payments", before))["changed"] == [ORDER]

    [again] = await told(key, "payments")
    assert (again["order_number"], again["amount"]) == (ORDER, "700.00")
    await acknowledge(key, "payments", heard([again]))
    assert await told(key, "payments") == []


async def test_an_order_that_was_given_back_whole_since_needs_a_person(key: str) -> None:
    before = heard(await told(key, "payments"))
    await give_back(70_273)

    for _ in range(2):
        assert (await acknowledge(key, "payments", before))["changed"] == [ORDER]

    with reading() as session:
        [concern] = session.exec(select(Concern)).all()
    assert concern.reason is ConcernReason.REFUNDED_AFTER_EXPORT


@SQLITE
@pytest.mark.parametrize(
    ("what", "items"),
    [
        ("readings", []),
        ("readings", [{"id": "R0"}]),
        ("readings", [{"id": "R0", "state": "told"}]),
        ("readings", [{"id": "R0", "state": "pending"}] * 1_001),
        ("payments", [{"order_number": ORDER, "amount": "702,73"}]),
        ("payments", [{"order_number": ORDER, "amount": "0.00"}]),
        ("payments", [{"order_number": ORDER, "amount": 702.73}]),
    ],
)
async def test_one_bad_element_and_none_is_noted(key: str, what: str, items: list[Any]) -> None:
    async with program(key) as client:
        response = await client.post(f"/{what}/acknowledgement", json=items)

    assert response.status_code == 422
    assert set(marks().values()) == {None}


@SQLITE
@pytest.mark.parametrize("what", ["readings", "payments", "runs"])
@pytest.mark.parametrize("cursor", ["x", "W10", "WyJ4Il0", "bnVsbA", "WzFlMzBd", "WzldWzld", "A" * 200])
async def test_a_cursor_of_ones_own_making_is_refused(key: str, what: str, cursor: str) -> None:
    async with program(key) as client:
        assert (await client.get(f"/{what}?cursor={cursor}")).status_code == 400


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_load_that_holds_a_reading_keeps_nobody_waiting_for_long(
    key: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PATIENCE", "SET LOCAL lock_timeout = '10ms'")
    with engine.begin() as load:
        load.execute(text("SELECT 1 FROM readings WHERE id = 'R0' FOR UPDATE"))
        async with program(key) as client:
            response = await client.post("/readings/acknowledgement", json=[{"id": "R0", "state": "pending"}])
            assert (response.status_code, response.headers["retry-after"]) == (503, "30")
            assert (await client.get("/readings")).status_code == 200

    assert (await acknowledge(key, "readings", [{"id": "R0", "state": "pending"}]))["told"] == 1


def test_payments_to_tell_are_found_by_an_index_of_just_those(engine: Engine) -> None:
    with engine.connect() as connection:
        query = billing.untold(0, 100).compile(connection, compile_kwargs={"literal_binds": True})
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = "\n".join(map(str, connection.exec_driver_sql(f"{explain} {query}")))

    assert "ix_payment_attempts_untold" in plan
