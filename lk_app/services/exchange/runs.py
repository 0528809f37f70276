"""The runs of the exchange: each is noted before it begins, and what became of it when it has ended.

What a run has done, and that it has done it, is one transaction. That it was refused or failed is noted in another,
when what it did has been rolled back. A process that is killed notes nothing: its run is told from one that goes on by
the turn, which whoever loads or writes a package has or waits for (`turn`): when nobody has it, nobody is at work.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from lk_app import logs
from lk_app.clock import Clock
from lk_app.models import Direction, ExchangeRun, Outcome
from lk_app.services import live
from lk_app.services.exchange import registries, turn
from lk_app.services.exchange.export import Exported, NotExported, export_package
from lk_app.services.exchange.issues import Issue, PackageRefused
from lk_app.services.exchange.load import Progress, Report, import_package
from lk_app.services.exchange.package import package_name
from lk_app.services.exchange.registries import Profile
from lk_app.services.session import reading, writing

INTERRUPTED = "interrupted"
"""What stands in place of a fault's kind when the process was killed."""

BEGINS_WITHIN = timedelta(minutes=1)
"""How long a run may take from being noted to asking for its turn."""


@dataclass(frozen=True)
class Ending:
    """What became of a run."""

    outcome: Outcome
    package: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    passed_over: int = 0
    faults: int = 0
    issues: tuple[Issue, ...] = ()
    error: str = ""


def load(path: Path, by: str, now: Clock, progress: Progress = lambda step, rows: None) -> Report:
    """Load a package as `import_package` does, committed, and keep the run; `by` is the user of the system.

    Raises what that raises.
    """
    run_id = begin(Direction.IN, package_name(path), by, now())
    return carry_out(run_id, lambda session: import_package(session, path, now(), progress), now)


def load_registry(
    path: Path, profile: Profile, by: str, now: Clock, progress: Progress = lambda step, rows: None
) -> Report:
    """Load a registry as `registries.load_registry` does, committed, and keep the run; raises what that raises."""
    run_id = begin(Direction.IN, f"{profile.name} {path.name}"[:80], by, now())
    return carry_out(run_id, lambda session: registries.load_registry(session, path, profile, now(), progress), now)


def carry_out(run_id: int, work: Callable[[Session], Report], now: Clock) -> Report:
    """Load something, committed, as a run that has begun, and note what became of it; raises what the work does."""
    with _ending(run_id, now), writing() as session:
        report = work(session)
        outcome = Outcome.UNCHANGED if report.already_loaded else Outcome.DONE
        rows = {file.name: file.rows for file in report.files}
        passed_over = sum(file.passed_over for file in report.files)
        finish(session, run_id, Ending(outcome, report.package, rows, passed_over), now())
    return report


def write(path: Path, by: str, now: Clock) -> Exported:
    """Write a package as `export_package` does, committed, and keep the run; raises what that raises."""
    run_id = begin(Direction.OUT, "", by, now())
    with _ending(run_id, now), writing() as session:
        exported = export_package(session, path, now)
        ending = (
            Ending(Outcome.UNCHANGED) if exported.is_empty else Ending(Outcome.DONE, exported.package, exported.rows)
        )
        finish(session, run_id, ending, now())
    return exported


def begin(direction: Direction, package: str, by: str, now: datetime) -> int:
    """Note, in a transaction of its own, that a run begins; return its id."""
    with writing() as session:
        return begin_within(session, direction, package, by, now)


def begin_within(session: Session, direction: Direction, package: str, by: str, now: datetime) -> int:
    """Note that a run begins, to be committed before it does; return its id."""
    _note_killed(session, now)
    run = ExchangeRun(
        direction=direction, package=package, started_at=now, started_by=by[:100], outcome=Outcome.RUNNING
    )
    session.add(run)
    live.publish(session, live.EXCHANGE, now)
    session.flush()
    assert run.id is not None
    return run.id


def finish(session: Session, run_id: int, ending: Ending, now: datetime) -> None:
    """Note what became of a run."""
    run = session.get_one(ExchangeRun, run_id)
    run.ended_at, run.outcome, run.error = now, ending.outcome, ending.error[:100]
    run.package = ending.package or run.package
    run.rows, run.passed_over, run.faults = ending.rows, ending.passed_over, ending.faults
    run.issues = [asdict(issue) for issue in ending.issues]
    session.add(run)
    live.publish(session, live.EXCHANGE, now)
    session.flush()


def note_killed(now: datetime) -> None:
    """Note, in a transaction of its own, the runs whose processes were killed; to be called every minute or so."""
    with reading() as session:
        if session.exec(_long_begun(now).limit(1)).first() is None:
            return
    with writing() as session:
        _note_killed(session, now)


def note_died(run_id: int, now: datetime) -> None:
    """Note, in a transaction of its own, that the process of a run has ended, if it has not said what became of it."""
    with writing() as session:
        if session.get_one(ExchangeRun, run_id).outcome is Outcome.RUNNING:
            finish(session, run_id, Ending(Outcome.FAILED, error=INTERRUPTED), now)


@contextmanager
def _ending(run_id: int, now: Clock) -> Iterator[None]:
    """Note that what is done within was refused or failed."""
    try:
        yield
    except PackageRefused as refused:
        _finish_at_last(run_id, Ending(Outcome.REFUSED, faults=refused.total, issues=tuple(refused.issues)), now())
        raise
    except NotExported as refused:
        issue = Issue("", 0, "", refused.message)
        _finish_at_last(run_id, Ending(Outcome.REFUSED, faults=1, issues=(issue,)), now())
        raise
    except BaseException as fault:
        _finish_at_last(run_id, Ending(Outcome.FAILED, error=type(fault).__name__), now())
        raise


def _finish_at_last(run_id: int, ending: Ending, now: datetime) -> None:
    try:
        with writing() as session:
            finish(session, run_id, ending, now)
    except Exception as error:
        # Whoever waits hears of what went wrong first.
        logs.failed(error)


def _note_killed(session: Session, now: datetime) -> None:
    killed = session.exec(_long_begun(now)).all()
    if killed and turn.is_free(session):
        ended = {"outcome": Outcome.FAILED, "ended_at": now, "error": INTERRUPTED}
        session.exec(update(ExchangeRun).where(col(ExchangeRun.id).in_(killed)).values(ended))
        live.publish(session, live.EXCHANGE, now)


def _long_begun(now: datetime) -> SelectOfScalar[int | None]:
    return select(col(ExchangeRun.id)).where(
        ExchangeRun.outcome == Outcome.RUNNING, col(ExchangeRun.started_at) < now - BEGINS_WITHIN
    )
