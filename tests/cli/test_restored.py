"""After a copy was restored billing names orders and readings that the portal has lost: a whole round."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from lk_app.cli import main
from lk_app.models import (
    Account,
    Attempt,
    AttemptState,
    Charge,
    Outcome,
    Payment,
    Posting,
    Reading,
    ReadingDecision,
    ReadingState,
    Role,
)
from lk_app.services import backup, migrations, numbers
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.exchange import history, runs
from lk_app.services.exchange.files import CHARGES, DECISIONS, PAYMENTS, POSTINGS, READINGS
from lk_app.services.readings import sending
from lk_app.services.session import reading, writing
from lk_app.state.office.exchange_words import run_of
from tests import attempts, factories
from tests.conftest import forget_settings
from tests.exchange_fixtures import Rows, read_package, write_package
from tests.factories import LAST_CLOSED, NOW

pytestmark = pytest.mark.usefixtures("programs")

DAY = timedelta(days=1)
NUMBER, METER = "66010000017", "M1"
COPIED, LATER, RESTORED = NOW, NOW + DAY, NOW + 2 * DAY
CHARGED = ["2026-10", "gas", "Газ по счётчику", "0.00", "", "", "100.00", "0.00", "0.00", "0.00", "100.00"]


@dataclass(frozen=True)
class World:
    """A consumer who pays and sends readings."""

    who: Consumer
    staff: StaffCaller

    def pays(self, amount: int, at: datetime = LATER) -> str:
        """Pay for gas and return the number of the order."""
        with writing() as session:
            account, number = session.get_one(Account, NUMBER), numbers.new_number(at)
            attempts.attempt(session, self.who, account, {"gas": amount}, at=at, order_number=number)
            return number

    def sends(self, value: str) -> str:
        """Send a reading and return its id."""
        with writing() as session:
            fields = {f"value-{METER}": value}
            [name] = sending.send(session, self.who, NUMBER, fields, LATER)
            return name


@pytest.fixture
def world(portal: str) -> World:
    with writing() as session:
        account = factories.account(session, NUMBER)
        factories.division(session)
        factories.charge_kind(session)
        factories.period(session, LAST_CLOSED)
        factories.meter(session, account, id=METER)
        return World(factories.consumer(session, account), factories.staff_caller(session, Role.SUPERVISOR))


def test_what_was_made_after_the_copy_is_passed_over_and_all_else_is_loaded(
    world: World, portal: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = world.pays(30_000, at=COPIED - DAY)
    backup.back_up(portal, tmp_path / "copy", COPIED)
    order, sent = world.pays(65_273), world.sends("5258")
    runs.write(tmp_path / "told", "tests", lambda: LATER)
    told = read_package(tmp_path / "told")
    assert [line[0] for line in told["payments.csv"][1:]] == [kept, order]
    assert [line[0] for line in told["readings.csv"][1:]] == [sent]

    use(monkeypatch, empty_database)
    assert backup.restore(tmp_path / "copy", empty_database, RESTORED).is_remembered
    loaded = imported(tmp_path / "answer", answer({kept: "300.00", order: "652.73"}, sent))

    assert loaded.exit_code == 0, loaded.output
    assert "postings.csv: пропущено строк 1 о том, что сделано на портале после копии" in loaded.output
    assert "decisions.csv: пропущено строк 1 о том, что сделано на портале после копии" in loaded.output
    with reading() as session:
        assert sorted(session.exec(select(Payment.amount))) == [30_000, 65_273]
        assert session.exec(select(Charge.accrued)).all() == [10_000]
        assert session.exec(select(Posting.order_number)).all() == [kept]
        assert session.exec(select(Attempt.state)).all() == [AttemptState.POSTED]
        assert session.exec(select(ReadingDecision)).all() == []
    [line] = runs_of(world)
    assert (line.outcome, line.passed_over, line.faults) == (Outcome.DONE, 2, 0)
    with reading() as session:
        assert "кроме пропущенных строк: 2" in run_of(history.look(session, world.staff, line.id)).about


def test_what_no_copy_explains_refuses_the_whole_package(
    world: World, portal: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.back_up(portal, tmp_path / "copy", COPIED)
    lost, sent = world.pays(10_000), world.sends("5258")
    use(monkeypatch, empty_database)
    backup.restore(tmp_path / "copy", empty_database, RESTORED)
    never_made = numbers.new_number(RESTORED + DAY)

    refused = imported(tmp_path / "answer", answer({lost: "100.00", never_made: "200.00"}, sent))

    assert refused.exit_code == 1
    assert refused.output.splitlines() == [
        "postings.csv, строка 3, order_number: портал не создавал заказа с таким номером",
        "Пакет не загружен, ошибок: 1.",
    ]
    with reading() as session:
        assert session.exec(select(Payment)).all() == []
    assert [(line.outcome, line.passed_over) for line in runs_of(world)] == [(Outcome.REFUSED, 0)]


def test_a_reading_of_the_portal_comes_back_by_billings_own_row_with_what_was_decided(
    world: World, portal: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.back_up(portal, tmp_path / "copy", COPIED)
    sent = world.sends("5258")
    use(monkeypatch, empty_database)
    backup.restore(tmp_path / "copy", empty_database, RESTORED)
    row = [sent, METER, "2026-11-23", "5258.000", "", "portal", "pending", ""]
    rows = answer({}, sent) | {"readings.csv": [READINGS.header, row]}

    loaded = imported(tmp_path / "answer", rows)

    assert "пропущено" not in loaded.output
    with reading() as session:
        assert session.get_one(Reading, sent).state is ReadingState.ACCEPTED


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_copy_older_than_the_memory_of_copies_says_that_it_is_for_a_person_to_write_down(
    world: World, portal: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.downgrade(portal, "0010")
    backup.back_up(portal, tmp_path / "copy", COPIED)
    use(monkeypatch, empty_database)

    restored = CliRunner().invoke(main, ["restore", str(tmp_path / "copy")])

    assert restored.exit_code == 0, restored.output
    assert "ещё нет таблицы restorations" in restored.output


def answer(orders: dict[str, str], sent: str) -> Rows:
    """What billing sends: charges, the payments of orders with their postings, and the acceptance of a reading."""
    documents = {order: f"P{place}" for place, order in enumerate(orders)}
    return {
        "charges.csv": [CHARGES.header, [NUMBER, *CHARGED]],
        "payments.csv": [
            PAYMENTS.header,
            *(
                [documents[order], NUMBER, "gas", "2026-10", "2026-11-23", amount, "online"]
                for order, amount in orders.items()
            ),
        ],
        "postings.csv": [POSTINGS.header, *([order, "gas", name] for order, name in documents.items())],
        "decisions.csv": [DECISIONS.header, [sent, "accepted", ""]],
    }


def imported(folder: Path, rows: Rows) -> Result:
    return CliRunner().invoke(main, ["exchange", "import", str(write_package(folder, rows))])


def runs_of(world: World) -> list[history.RunLine]:
    with reading() as session:
        return list(history.list_runs(session, world.staff).rows)


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LK_DATABASE_URL", url)
    forget_settings()
