"""Each run of the exchange is kept, whatever becomes of it: done, refused, failed, or killed on the way."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from lk_app.models import Direction, ExchangeBatch, ExchangeRun, LiveChange, Outcome, Role
from lk_app.services import live
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import NotAllowed, NotFound
from lk_app.services.exchange import NotExported, PackageRefused, history, runs, turn
from lk_app.services.exchange.history import list_runs, look
from lk_app.services.exchange.issues import Issue
from lk_app.services.exchange.runs import INTERRUPTED, Ending
from lk_app.services.paging import PAGE
from lk_app.services.session import reading, writing
from tests import attempts, factories, plans
from tests.cleaning import forgotten
from tests.exchange_fixtures import generated, write_package
from tests.factories import NOW
from tests.outbox import Time
from tests.servers import ROOT

LATER = timedelta(minutes=2)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package(tmp_path / "package", generated(2, 1), package="billing-17")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A package with a bad cell."""
    rows = {name: [list(line) for line in lines] for name, lines in generated(2, 1).items()}
    rows["accounts.csv"][2][0] = "a word"
    return write_package(tmp_path / "broken", rows, package="billing-18")


def stored() -> list[ExchangeRun]:
    with reading() as session:
        return list(session.exec(select(ExchangeRun).order_by(col(ExchangeRun.id))))


def test_a_load_is_kept_with_its_rows(portal: str, package: Path) -> None:
    now = Time()

    runs.load(package, "billing", now)

    [run] = stored()
    assert (run.direction, run.package, run.started_by) == (Direction.IN, "billing-17", "billing")
    assert (run.outcome, run.started_at, run.ended_at) == (Outcome.DONE, NOW, NOW)
    assert (run.rows["accounts.csv"], run.faults, run.issues, run.error) == (2, 0, [], "")

    runs.load(package, "billing", now)
    assert [run.outcome for run in stored()] == [Outcome.DONE, Outcome.UNCHANGED]


def test_a_refused_load_leaves_its_row_and_nothing_else(portal: str, broken: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        runs.load(broken, "billing", Time())

    [run] = stored()
    assert (run.package, run.outcome, run.faults) == ("billing-18", Outcome.REFUSED, refused.value.total)
    assert [Issue(**issue) for issue in run.issues] == refused.value.issues
    assert run.issues[0]["file"] == "accounts.csv"
    with reading() as session:
        assert session.exec(select(ExchangeBatch)).all() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_package_that_is_none_leaves_its_row_without_a_name(portal: str, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused):
        runs.load(tmp_path / "nothing", "billing", Time())

    [run] = stored()
    assert (run.package, run.outcome, run.faults) == ("", Outcome.REFUSED, 1)


def test_a_load_that_fails_says_by_what_and_not_what_was_in_it(
    portal: str, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("Иванова")

    monkeypatch.setattr("lk_app.services.exchange.load.note_postings", fail)
    with pytest.raises(RuntimeError):
        runs.load(package, "billing", Time())

    [run] = stored()
    assert (run.outcome, run.error, run.rows) == (Outcome.FAILED, "RuntimeError", {})
    assert "Иванова" not in str(run.model_dump())


def test_who_breaks_a_load_off_is_noted(portal: str, package: Path) -> None:
    def give_up(step: str, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.load(package, "billing", Time(), give_up)

    assert [(run.outcome, run.error) for run in stored()] == [(Outcome.FAILED, "KeyboardInterrupt")]


def test_a_load_is_done_if_and_only_if_its_rows_are_there(
    portal: str, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(runs, "finish", fail)
    with pytest.raises(RuntimeError):
        runs.load(package, "billing", Time())

    with reading() as session:
        assert session.exec(select(ExchangeBatch)).all() == []
    assert [run.outcome for run in stored()] == [Outcome.RUNNING]


def test_what_is_written_for_billing_is_kept_too(portal: str, tmp_path: Path) -> None:
    with writing() as session:
        account = factories.account(session)
        attempts.attempt(session, factories.consumer(session, account), account, {"gas": 100})

    exported = runs.write(tmp_path / "one", "billing", Time())
    with pytest.raises(NotExported):
        runs.write(tmp_path / "one", "billing", Time())
    runs.write(tmp_path / "other", "billing", Time())

    done, refused, unchanged = stored()
    assert (done.direction, done.outcome, done.package) == (Direction.OUT, Outcome.DONE, exported.package)
    assert exported.package.startswith("portal-")
    assert done.rows == {"payments.csv": 1, "readings.csv": 0}
    assert (refused.outcome, refused.faults) == (Outcome.REFUSED, 1)
    assert "уже существует" in refused.issues[0]["reason"]
    assert (unchanged.outcome, unchanged.package) == (Outcome.UNCHANGED, "")


def doomed(path: str) -> None:
    """Load as the command does, and be killed in the middle."""

    def die(step: str, rows: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    runs.load(Path(path), "billing", Time(), die)


def test_a_killed_load_is_told_from_one_that_goes_on(portal: str, package: Path) -> None:
    code = "import sys; from tests.service.test_exchange_runs import doomed; doomed(*sys.argv[1:])"
    ended = subprocess.run([sys.executable, "-c", code, str(package)], cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [(run.outcome, run.package) for run in stored()] == [(Outcome.RUNNING, "billing-17")]

    runs.note_killed(NOW)
    assert [run.outcome for run in stored()] == [Outcome.RUNNING], "it may just have begun"

    runs.note_killed(NOW + LATER)
    [run] = stored()
    assert (run.outcome, run.error, run.ended_at) == (Outcome.FAILED, INTERRUPTED, NOW + LATER)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_has_the_turn_is_alive(portal: str, package: Path) -> None:
    def meanwhile(step: str, rows: int) -> None:
        runs.note_killed(NOW + LATER)
        other = runs.begin(Direction.OUT, "", "another", NOW + LATER)
        assert stored()[0].outcome is Outcome.RUNNING
        assert other

    runs.load(package, "billing", Time(), meanwhile)

    assert stored()[0].outcome is Outcome.DONE


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_begins_finds_who_was_killed(portal: str, package: Path) -> None:
    runs.begin(Direction.IN, "billing-16", "billing", NOW)

    runs.load(package, "billing", Time(NOW + LATER))

    assert [(run.outcome, run.error) for run in stored()] == [(Outcome.FAILED, INTERRUPTED), (Outcome.DONE, "")]


def test_the_turn_is_free_when_nobody_has_it(engine: Engine) -> None:
    with Session(engine) as one:
        assert turn.is_free(one)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_turn_is_not_free_while_somebody_has_it(engine: Engine) -> None:
    with Session(engine) as one, Session(engine) as other:
        turn.wait_for_turn(one)
        assert not turn.is_free(other)
        other.exec(select(ExchangeRun)).all()
        one.rollback()
        assert turn.is_free(other)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_open_pages_hear_of_beginnings_and_ends(portal: str, broken: Path) -> None:
    with pytest.raises(PackageRefused):
        runs.load(broken, "billing", Time())

    with reading() as session:
        assert list(session.exec(select(LiveChange.topic))) == [live.EXCHANGE, live.EXCHANGE]


def test_runs_are_kept_for_a_year(session: Session) -> None:
    for days in (401, 399):
        run_at(session, days=days)

    forgotten(session, ExchangeRun, NOW)

    assert [run.started_at for run in session.exec(select(ExchangeRun))] == [NOW - timedelta(days=399)]


def run_at(session: Session, outcome: Outcome = Outcome.DONE, **ago: Any) -> ExchangeRun:
    at = NOW - timedelta(**ago)
    ended = None if outcome is Outcome.RUNNING else at
    return factories.store(
        session,
        ExchangeRun(direction=Direction.IN, started_at=at, ended_at=ended, started_by="billing", outcome=outcome),
    )


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session, Role.SUPERVISOR)


def test_the_newest_run_comes_first_and_pages_go_by_key(session: Session, who: StaffCaller) -> None:
    ids = [run_at(session).id for _ in range(2 * PAGE + 1)][::-1]

    first = list_runs(session, who)
    assert [line.id for line in first.rows] == ids[:PAGE]
    assert (first.has_earlier, first.has_later) == (False, True)
    middle = list_runs(session, who, after=first.last)
    assert ([line.id for line in middle.rows], middle.has_earlier) == (ids[PAGE : 2 * PAGE], True)
    last = list_runs(session, who, after=middle.last)
    assert ([line.id for line in last.rows], last.has_later) == (ids[2 * PAGE :], False)
    assert list_runs(session, who, before=last.first) == middle
    assert list_runs(session, who, before=middle.first) == first
    assert history.last_run(session, who) == first.rows[0]


def test_runs_of_one_outcome(session: Session, who: StaffCaller) -> None:
    run_at(session)
    refused = run_at(session, Outcome.REFUSED)

    assert [line.id for line in list_runs(session, who, Outcome.REFUSED).rows] == [refused.id]
    assert list_runs(session, who, Outcome.RUNNING).rows == ()


def test_one_run_with_its_faults(session: Session, who: StaffCaller) -> None:
    run = run_at(session)
    issue = Issue("accounts.csv", 3, "number", "нужно 11 цифр")
    runs.finish(session, run.id or 0, Ending(Outcome.REFUSED, "billing-1", faults=2_000, issues=(issue,)), NOW)

    report = look(session, who, run.id or 0)

    assert (report.run.package, report.run.faults, report.issues) == ("billing-1", 2_000, (issue,))
    with pytest.raises(NotFound):
        look(session, who, 0)


def test_how_long_a_killed_run_took_is_not_known(session: Session, who: StaffCaller) -> None:
    run = run_at(session)
    runs.finish(session, run.id or 0, Ending(Outcome.FAILED, error=INTERRUPTED), NOW)

    [line] = list_runs(session, who).rows

    assert (line.was_interrupted, line.ended_at) == (True, None)


def test_operators_see_no_runs(session: Session) -> None:
    who, run = factories.staff_caller(session, Role.OPERATOR), run_at(session)

    for look_at in (lambda: list_runs(session, who), lambda: look(session, who, run.id or 0)):
        with pytest.raises(NotAllowed):
            look_at()


@pytest.mark.parametrize(
    ("outcome", "index"), [(None, "PRIMARY KEY"), (Outcome.REFUSED, "ix_exchange_runs_outcome_id")]
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_page_goes_by_its_index(session: Session, who: StaffCaller, outcome: Outcome | None, index: str) -> None:
    run_at(session)
    with plans.statements_about(session, "exchange_runs") as seen:
        list_runs(session, who, outcome, after=(10,))

    [plan] = plans.steps(session, *seen[0])
    assert plan.startswith("SEARCH")
    assert index in plan
