"""What staff see of the runs of the exchange: newest first, and the faults of one. No row names a person's data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, true
from sqlmodel import Session, col

from lk_app.models import Direction, ExchangeRun, Outcome
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import NotFound
from lk_app.services.exchange.issues import Issue
from lk_app.services.exchange.runs import INTERRUPTED
from lk_app.services.paging import Key, Order, Page, Statement, page_of
from lk_app.services.staff.duties import EXCHANGE

NEWEST_FIRST = Order((col(ExchangeRun.id),), newest_first=True)


@dataclass(frozen=True)
class RunLine:
    """One run."""

    id: int
    direction: Direction
    package: str
    """Its own name; empty when even that could not be read."""
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    """None while it runs, and when nobody knows because its process was killed."""
    outcome: Outcome
    was_interrupted: bool
    rows: dict[str, int]
    """Rows of each file."""
    passed_over: int
    """How many of them were about what the portal has lost since the copy it was restored from."""
    faults: int
    """How many were found in all."""
    error: str
    """The kind of a fault of the portal's."""


@dataclass(frozen=True)
class RunReport:
    """A run with the first of its faults."""

    run: RunLine
    issues: tuple[Issue, ...]


def list_runs(
    session: Session,
    who: StaffCaller,
    outcome: Outcome | None = None,
    *,
    after: Key | None = None,
    before: Key | None = None,
) -> Page[RunLine]:
    """Return a page of the runs, of one outcome if it is given."""
    require_role(who, *EXCHANGE)
    runs: Statement = select(*_COLUMNS)
    if outcome:
        runs = runs.where(col(ExchangeRun.outcome) == outcome)
    return page_of(session, runs, NEWEST_FIRST, after=after, before=before).put(_line)


def look(session: Session, who: StaffCaller, run_id: int) -> RunReport:
    """Return a run with its faults; raises NotFound."""
    require_role(who, *EXCHANGE)
    return report_of(session, run_id)


def runs_before(session: Session, run_id: int | None, most: int) -> list[RunLine]:
    """Return runs, newest first, before one if it is given; for programs, whose key says what they may."""
    before = col(ExchangeRun.id) < run_id if run_id is not None else true()
    rows = session.execute(select(*_COLUMNS).where(before).order_by(col(ExchangeRun.id).desc()).limit(most))
    return [_line(row) for row in rows]


def report_of(session: Session, run_id: int) -> RunReport:
    """Return a run with its faults, for programs too; raises NotFound."""
    found = select(*_COLUMNS, col(ExchangeRun.issues)).where(col(ExchangeRun.id) == run_id)
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFound("Такого запуска нет: запуски хранятся чуть больше года.")
    return RunReport(_line(row), tuple(Issue(**issue) for issue in row.issues))


def last_run(session: Session, who: StaffCaller) -> RunLine | None:
    """Return the newest run."""
    require_role(who, *EXCHANGE)
    row = session.execute(select(*_COLUMNS).order_by(col(ExchangeRun.id).desc()).limit(1)).one_or_none()
    return _line(row) if row else None


_COLUMNS: tuple[Any, ...] = (
    col(ExchangeRun.id),
    col(ExchangeRun.direction),
    col(ExchangeRun.package),
    col(ExchangeRun.started_at),
    col(ExchangeRun.started_by),
    col(ExchangeRun.ended_at),
    col(ExchangeRun.outcome),
    col(ExchangeRun.rows),
    col(ExchangeRun.passed_over),
    col(ExchangeRun.faults),
    col(ExchangeRun.error),
)


def _line(row: Any) -> RunLine:
    was_interrupted = row.error == INTERRUPTED
    return RunLine(
        id=row.id,
        direction=row.direction,
        package=row.package,
        started_at=row.started_at,
        started_by=row.started_by,
        ended_at=None if was_interrupted else row.ended_at,
        outcome=row.outcome,
        was_interrupted=was_interrupted,
        rows=row.rows,
        passed_over=row.passed_over,
        faults=row.faults,
        error=row.error,
    )
