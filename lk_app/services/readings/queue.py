"""The queue: readings that consumers sent and that wait, oldest first. Each look is kept in the audit log.

A page begins after a reading, not at a number: what others decide meanwhile neither hides a row nor shows one twice.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import select
from sqlmodel import Session, col

from lk_app.models import Action, Office
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.daytime import midnight
from lk_app.services.paging import MOST_COUNTED, PAGE, Count, Statement
from lk_app.services.readings import finding
from lk_app.services.readings.finding import Kind, Search, Shape
from lk_app.services.readings.waiting import WaitingReading, waiting_reading
from lk_app.services.staff import audit
from lk_app.services.staff.duties import READINGS

ACCOUNT_NUMBER_LENGTH = 11


@dataclass(frozen=True)
class Filter:
    """Which readings are wanted: of a kind, of an office if it is given, and what was searched for."""

    kind: Kind = Kind.ALL
    office_code: str = ""
    search: str = ""
    """An account number, a meter's serial or the holder's surname, each whole."""

    @property
    def shape(self) -> Shape:
        """What the statements depend on."""
        return Shape(self.kind, bool(self.office_code), self._searched)

    @property
    def values(self) -> dict[str, Any]:
        """What the statements are told."""
        return {"office": self.office_code, "terms": self.terms}

    @property
    def terms(self) -> tuple[str, ...]:
        """What to look for: a number with and without spaces, a surname as typed and as surnames begin."""
        typed = " ".join(self.search.split())
        is_number = self._searched is Search.NUMBER
        others = (typed.replace(" ", ""),) if is_number else (typed[:1].upper() + typed[1:], typed.title())
        return tuple(dict.fromkeys((typed, *others)))

    @property
    def _searched(self) -> Search:
        if not self.search:
            return Search.NOTHING
        return Search.NUMBER if any(character.isdigit() for character in self.search) else Search.SURNAME


class Cursor(NamedTuple):
    """Where a reading stands in the queue."""

    sent_at: datetime
    id: str

    @classmethod
    def of(cls, reading: WaitingReading) -> Self:
        """Return where a reading stands."""
        return cls(reading.sent_at, reading.id)


@dataclass(frozen=True)
class QueuePage:
    """A page of the queue, and how the queue stands."""

    readings: tuple[WaitingReading, ...]
    start: Cursor | None
    """After which reading the page begins, to show it again; None for the first one."""
    has_earlier: bool
    has_later: bool
    counts: dict[Kind, Count]
    """Of each kind, within the office and the search."""
    waiting: Count
    """In the whole queue."""
    oldest_at: datetime | None
    accepted_today: int
    """By staff, since the company's midnight."""
    offices: tuple[tuple[str, str], ...]
    """Codes and names, to filter by."""


def open_queue(
    session: Session,
    who: StaffCaller,
    wanted: Filter,
    now: datetime,
    *,
    after: Cursor | None = None,
    before: Cursor | None = None,
    shown: Collection[str] = (),
) -> QueuePage:
    """Return the page that begins after a reading, or ends before one, or the first; the first also for an empty one.

    `shown` are the ids that the caller sees already: a page with nothing else on it is no new look.
    """
    require_role(who, *READINGS)
    start = _start_of_page_before(session, who, wanted, before) if before else after
    found = _readings(session, who, wanted, start)
    if not found and start:
        start, found = None, _readings(session, who, wanted, None)
    counts = {kind: _count(session, who, replace(wanted, kind=kind)) for kind in Kind}
    page = QueuePage(
        readings=found[:PAGE],
        start=start,
        has_earlier=start is not None and _is_any_up_to(session, who, wanted, start),
        has_later=len(found) > PAGE,
        counts=counts,
        waiting=counts[Kind.ALL] if wanted == Filter(wanted.kind) else _count(session, who, Filter()),
        oldest_at=_oldest_at(session, who),
        accepted_today=_accepted_since(session, who, midnight(now)),
        offices=_offices(session),
    )
    if not {reading.id for reading in page.readings} <= set(shown):
        _record(session, who, wanted, len(page.readings), now)
    return page


def standing(session: Session, who: StaffCaller) -> tuple[Count, datetime | None]:
    """Return how many readings wait, and since when the one that waits longest; shows none of them."""
    require_role(who, *READINGS)
    return _count(session, who, Filter()), _oldest_at(session, who)


def _record(session: Session, who: StaffCaller, wanted: Filter, rows: int, now: datetime) -> None:
    """Keep what was looked at: the account number that was searched for, but no name."""
    said = [wanted.kind.value]
    if wanted.office_code:
        said.append(f"office {wanted.office_code}")
    if wanted.search:
        said.append(f"by {wanted.shape.search}")
    number = wanted.terms[-1]
    subject = number if number.isdecimal() and len(number) == ACCOUNT_NUMBER_LENGTH else ""
    audit.record(session, who, Action.QUEUE_SEEN, now, subject=subject, detail=f"{', '.join(said)}: {rows}")


def _rows(session: Session, statement: Statement, **values: Any) -> list[Any]:
    # Not by the session itself, which takes a statement apart each time to look for objects in it.
    return list(session.connection().execute(statement, values))


def _readings(session: Session, who: StaffCaller, wanted: Filter, after: Cursor | None) -> tuple[WaitingReading, ...]:
    """Return a page, and one reading more if there is one."""
    statement = finding.page_after(who, wanted.shape, PAGE + 1, after is None)
    position = after._asdict() if after else {}
    return tuple(waiting_reading(row) for row in _rows(session, statement, **wanted.values, **position))


def _start_of_page_before(session: Session, who: StaffCaller, wanted: Filter, before: Cursor) -> Cursor | None:
    statement = finding.nth_before(who, wanted.shape, PAGE + 1)
    rows = _rows(session, statement, **wanted.values, **before._asdict())
    return Cursor(rows[0].sent_at, rows[0].id) if rows else None


def _is_any_up_to(session: Session, who: StaffCaller, wanted: Filter, cursor: Cursor) -> bool:
    return bool(_rows(session, finding.any_up_to(who, wanted.shape), **wanted.values, **cursor._asdict()))


def _count(session: Session, who: StaffCaller, wanted: Filter) -> Count:
    """Count what a filter finds, as far as that is cheap: an office or a photo is known to no index."""
    [(looked_at, found)] = _rows(session, finding.counted(who, wanted.shape, MOST_COUNTED + 1), **wanted.values)
    return Count(min(found, MOST_COUNTED), and_more=looked_at > MOST_COUNTED)


def _oldest_at(session: Session, who: StaffCaller) -> datetime | None:
    rows = _rows(session, finding.oldest(who))
    return rows[0].sent_at if rows else None


def _accepted_since(session: Session, who: StaffCaller, since: datetime) -> int:
    [(number,)] = _rows(session, finding.accepted_since(who), since=since)
    return int(number)


def _offices(session: Session) -> tuple[tuple[str, str], ...]:
    rows = session.execute(select(col(Office.code), col(Office.name)).order_by(col(Office.name), col(Office.code)))
    return tuple((code, name) for code, name in rows)
