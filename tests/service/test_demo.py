"""The invented company: its figures add up, it is always the same, and the people scripts count on live there."""

import csv
import tempfile
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from lk_app.cli import main
from lk_app.models import (
    Account,
    AccountLink,
    Appeal,
    Direction,
    ExchangeRun,
    Meter,
    Outcome,
    Period,
    Reading,
    Staff,
    User,
)
from lk_app.models.values import Month, first_day, next_month
from lk_app.services import settlements
from lk_app.services.callers import Consumer
from lk_app.services.demo.calendar import last_closed_month
from lk_app.services.demo.generate import generate
from lk_app.services.demo.load import NoDemoHere, load_demo
from lk_app.services.exchange.files import FILES
from lk_app.services.feedback.queue import is_appeal_id
from lk_app.services.identity import Candidate, password_fits
from tests.conftest import forget_settings
from tests.exchange_fixtures import everything, load
from tests.factories import TODAY

UNTIL = Month(202610)
NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Records = list[dict[str, str]]

pytestmark = pytest.mark.usefixtures("quick_passwords")


def records(folder: Path, name: str) -> Records:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def months_until(until: int, count: int) -> list[str]:
    numbers = [next_month(Month(until), step) for step in range(1 - count, 1)]
    return [f"{number // 100}-{number % 100:02}" for number in numbers]


def check_charges(charges: Records, months: list[str]) -> None:
    closings: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    by_kind: dict[tuple[str, str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    for row in charges:
        by_kind[row["account_number"], row["division_code"], row["kind"]][row["month"]] = row
    for key, rows in by_kind.items():
        assert rows.keys() <= set(months)
        for number, month in enumerate(months):
            row = rows.get(month)
            if row is None:
                assert closings[key] == 0
                continue
            figures = {name: Decimal(row[name]) for name in ("opening", "accrued", "recalculation", "penalty", "paid")}
            if number:
                assert figures["opening"] == closings[key]
            closings[key] = sum(figures.values()) - 2 * figures["paid"]
            assert Decimal(row["closing"]) == closings[key]
            if row["volume"]:
                cost = Decimal(row["volume"]) * Decimal(row["tariff"])
                assert figures["accrued"] == cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


def check_payments(charges: Records, payments: Records, open_month: str) -> None:
    paid: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in charges:
        paid[row["account_number"], row["division_code"], row["month"]] += Decimal(row["paid"])
    for row in payments:
        assert row["paid_on"].startswith(row["month"])
        if row["month"] != open_month:
            paid[row["account_number"], row["division_code"], row["month"]] -= Decimal(row["amount"])
    assert not any(paid.values())


def check_readings(charges: Records, meters: Records, readings: Records, first_month: str) -> None:
    consumed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    homes = {meter["id"]: meter for meter in meters}
    last: dict[str, Decimal] = {}
    for row in readings:
        if row["state"] != "accepted":
            continue
        meter, value = homes[row["meter_id"]], Decimal(row["value"])
        if row["consumption"]:
            dial = 10 ** int(meter["digits"])
            assert Decimal(row["consumption"]) == (dial + value - last[meter["id"]]) % dial
            consumed[meter["account_number"], row["taken_on"][:7]] += Decimal(row["consumption"])
        else:
            assert meter["id"] not in last
        last[meter["id"]] = value
    charged = {
        (row["account_number"], row["month"]): Decimal(row["volume"])
        for row in charges
        if row["kind"] == "Газ по счётчику" and row["volume"]
    }
    assert charged == {key: volume for key, volume in consumed.items() if key[1] >= first_month}


def check_tariffs(charges: Records, accounts: Records, tariffs: Records) -> None:
    """Each charge has the price of its month, and nobody burns so much in a year that the next step holds."""
    heating = {account["number"]: account["heating"] for account in accounts}
    steps: dict[str, dict[str, list[tuple[Decimal, Decimal]]]] = defaultdict(lambda: defaultdict(list))
    for row in tariffs:
        steps[row["heating"]][row["starts_on"]].append((Decimal(row["above"]), Decimal(row["price"])))
    burned: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in charges:
        if row["volume"]:
            known = steps[heating[row["account_number"]]]
            in_force = sorted(known[max(day for day in known if day <= f"{row['month']}-01")])
            (zero, price), (above, dearer) = in_force
            assert (zero, Decimal(row["tariff"])) == (0, price)
            burned[row["account_number"], row["month"][:4]] += Decimal(row["volume"])
            assert burned[row["account_number"], row["month"][:4]] <= above
            assert dearer > price


@FEW
@given(
    accounts=st.integers(1, 40),
    seed=st.integers(0, 10**6),
    months=st.integers(1, 26),
    until=st.sampled_from([202401, 202512, 202606, 202607, 202610]),
)
def test_the_figures_add_up(accounts, seed, months, until):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder, accounts, seed, Month(until), months)
        charges, payments = records(folder, "charges"), records(folder, "payments")
        meters, readings = records(folder, "meters"), records(folder, "readings")
        contracts, tariffs = records(folder, "accounts"), records(folder, "tariffs")

    assert len(contracts) == accounts
    charged = months_until(until, months)
    after = next_month(Month(until))
    check_charges(charges, charged)
    check_payments(charges, payments, f"{after // 100}-{after % 100:02}")
    check_readings(charges, meters, readings, charged[0])
    check_tariffs(charges, contracts, tariffs)


@FEW
@given(place=st.integers(0, 10**6), name=st.sampled_from(["opening", "accrued", "paid", "closing"]))
def test_one_kopeck_is_noticed(place, name):
    """The checks above can fail."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), 5, 1, UNTIL, 4)
        charges = records(Path(folder), "charges")
    row = charges[place % len(charges)]
    row[name] = str(Decimal(row[name]) + Decimal("0.01"))

    with pytest.raises(AssertionError):
        check_charges(charges, months_until(UNTIL, 4))


def test_the_same_choice_gives_the_same_bytes(tmp_path):
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        generate(tmp_path / name, 20, seed, UNTIL, 6)
    one, two, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two", "other")
    )
    assert one == two
    assert one["charges.csv"] != other["charges.csv"]


def test_a_company_has_something_of_everything(tmp_path):
    generate(tmp_path, 300, 1, UNTIL, 12)

    charges, meters = records(tmp_path, "charges"), records(tmp_path, "meters")
    assert {row["state"] for row in meters} == {"working", "faulty", "removed"}
    assert {row["remote"] for row in meters} == {"yes", "no"}
    assert {row["channel"] for row in records(tmp_path, "payments")} == {"online", "bank", "post", "office"}
    assert {row["state"] for row in records(tmp_path, "readings")} == {"accepted", "refused"}
    assert len({row["account_number"] for row in meters}) < 300
    assert any(Decimal(row["penalty"]) > 0 for row in charges)
    assert any(Decimal(row["recalculation"]) < 0 for row in charges)
    assert any(Decimal(row["closing"]) < 0 for row in charges)
    assert len({row["kind"] for row in charges}) == 4
    assert [row["closed_on"] for row in records(tmp_path, "periods")].count("") == 1
    assert {row["above"] for row in records(tmp_path, "tariffs")} == {"0.000", "3000.000", "12000.000"}
    assert any(row["month"] == "2026-11" for row in records(tmp_path, "payments"))


def test_generated_packages_load(engine, tmp_path):
    generate(tmp_path / "package", 200, 3, UNTIL, 3)

    assert len(load(engine, tmp_path / "package").files) == len(FILES)


@pytest.fixture
def demo(portal, engine):
    load_company()
    return engine


def load_company(until=UNTIL):
    return load_demo(until, "оператор", lambda: NOW)


def test_the_demo_company_is_the_one_the_readme_promises(demo):
    with Session(demo) as session:
        user = session.exec(select(User)).one()
        links = session.exec(select(AccountLink)).all()
        assert user.name == "Мария Иванова"
        assert {link.account_number for link in links} == {"66010000017", "66010000025"}
        assert all(link.attached_at < datetime(2024, 12, 1, tzinfo=UTC) for link in links)
        phones = dict(session.exec(select(Account.number, Account.phone)).all())
        assert len(phones) == 40
        assert (phones["66010000033"], phones["66010000041"]) == ("9120000003", "9120000004")
        meters = session.exec(select(Meter).where(Meter.account_number == "66010000017")).all()
        assert sorted(meter.state for meter in meters) == ["faulty", "working"]
        [working] = (meter.id for meter in meters if meter.state == "working")
        latest = select(Reading).where(Reading.meter_id == working).order_by(col(Reading.taken_on).desc())
        last = session.exec(latest.limit(1)).one()
        assert (last.state, last.taken_on.replace(day=1)) == ("accepted", first_day(UNTIL)), "one can be sent today"
        assert len(session.exec(select(Period).where(col(Period.closed_on).is_not(None))).all()) == 24


@pytest.mark.parametrize("until", [Month(year * 100 + month) for year in (2026, 2027) for month in range(1, 13)])
def test_the_owner_owes_for_gas_and_is_ahead_for_maintenance(tmp_path, until):
    generate(tmp_path, 40, 2026, until, 24)

    balances: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    last = f"{until // 100}-{until % 100:02}"
    for row in records(tmp_path, "charges"):
        balances[row["account_number"], row["division_code"]] += Decimal(row["closing"]) * (row["month"] == last)
    for row in records(tmp_path, "payments"):
        balances[row["account_number"], row["division_code"]] -= Decimal(row["amount"]) * (row["month"] > last)
    assert 1_000 <= balances["66010000017", "gas"] <= 3_000
    assert -300 <= balances["66010000017", "vdgo"] <= -50
    assert balances["66010000025", "gas"] == balances["66010000025", "vdgo"] == 0


def test_the_first_screen_shows_the_same_balances(demo):
    with Session(demo) as session:
        user = session.exec(select(User)).one()
        assert user.id is not None
        who = Consumer(user.id, session_id=0)
        gas, maintenance = settlements.balances(session, who, "66010000017", TODAY)
        nothing = settlements.balances(session, who, "66010000025", TODAY)
    assert (gas.name, maintenance.name) == ("Природный газ", "ВДГО")
    assert 100_000 <= gas.balance <= 300_000
    assert -30_000 <= maintenance.balance <= -5_000
    assert [division.balance for division in nothing] == [0, 0]
    assert gas.last is not None
    assert len(gas.last.lines) == 2


def test_the_demo_company_came_by_a_run_of_the_exchange(demo):
    with Session(demo) as session:
        run = session.exec(select(ExchangeRun)).one()
    assert (run.direction, run.outcome, run.started_by) == (Direction.IN, Outcome.DONE, "оператор")
    assert run.rows["accounts.csv"] == 40


def test_loading_the_demo_again_changes_nothing(demo):
    before = everything(demo)

    again = load_company(next_month(UNTIL))

    assert (again.report, again.user_created, again.staff_created) == (None, False, False)
    assert everything(demo) == before


def test_the_demos_user_has_asked_and_one_question_waits(demo):
    with Session(demo) as session:
        asked = session.exec(select(Appeal).order_by(col(Appeal.created_at))).all()
        assert [(one.type_code, one.state) for one in asked] == [
            ("cabinet", "closed"),
            ("charges", "answered"),
            ("meter", "new"),
        ]
        assert {one.account_number for one in asked} == {"66010000017", "66010000025"}
        assert all(one.created_at <= one.changed_at < NOW for one in asked)
        assert [one.id for one in asked if not is_appeal_id(one.id)] == []


def test_the_demo_has_two_members_of_staff_whom_no_code_is_asked(demo):
    with Session(demo) as session:
        members = session.exec(select(Staff).order_by(Staff.login)).all()
    assert [(member.login, member.role) for member in members] == [("admin", "administrator"), ("operator", "operator")]
    assert {member.totp_secret for member in members} == {""}
    assert password_fits("office2026demo", Candidate(1, members[0].password_hash))


def test_production_has_no_demo(portal, engine, monkeypatch):
    monkeypatch.setenv("LK_ENV", "production")
    forget_settings()
    try:
        with pytest.raises(NoDemoHere):
            load_company()
    finally:
        monkeypatch.undo()
        forget_settings()
    assert not everything(engine)["accounts"]


def test_the_month_before_is_the_last_closed_one():
    assert last_closed_month(date(2026, 11, 22)) == 202610
    assert last_closed_month(date(2027, 1, 1)) == 202612


def test_the_commands_load_the_demo_and_write_a_zip(portal, tmp_path):
    package = tmp_path / "package.zip"
    options = ["--accounts", "3", "--months", "2", "--until", "2026-10", "--out", str(package)]

    assert CliRunner().invoke(main, ["demo", "generate", *options]).exit_code == 0
    assert CliRunner().invoke(main, ["demo", "generate", *options]).exit_code == 1
    assert CliRunner().invoke(main, ["exchange", "import", str(package)]).exit_code == 0
    loaded = CliRunner().invoke(main, ["demo", "load"])
    assert loaded.exit_code == 0
    assert "Мария Иванова" in loaded.stdout
    assert "operator, admin" in loaded.stdout
