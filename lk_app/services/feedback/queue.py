"""The queue of appeals, for staff: what waits, what was answered, what is over. Each look is kept in the audit log.

A page begins after an appeal, not at a number: what others write meanwhile neither hides a row nor shows one twice.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlmodel import Session, col, select

from lk_app.models import Action, AppealType, Service
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.feedback import finding
from lk_app.services.feedback.finding import Kind, Search, Shape
from lk_app.services.feedback.queued import QueuedAppeal, queued_appeal
from lk_app.services.feedback.types import TypeLine
from lk_app.services.numbers import is_order_number
from lk_app.services.paging import MOST_COUNTED, PAGE, Count, Statement
from lk_app.services.staff import audit
from lk_app.services.staff.duties import APPEALS

ACCOUNT_NUMBER_LENGTH = 11
BETWEEN_DIGITS = re.compile(r"[\s()+\-–—]+")


def is_appeal_id(text: object) -> bool:
    """Say whether something could be the number of an appeal: it may come from anybody."""
    return isinstance(text, str) and text[:1] == "Q" and is_order_number(text[1:])


@dataclass(frozen=True)
class Filter:
    """Which appeals are wanted: of a kind, of a service or a type if one is given, and what was searched for."""

    kind: Kind = Kind.WAITING
    service: Service | None = None
    type_code: str = ""
    search: str = ""
    """An appeal's or an account's number, the user's phone or the holder's surname, each whole."""

    @property
    def terms(self) -> tuple[str, ...]:
        """What to look for: a number without what stands between digits, a surname as typed and as surnames begin."""
        typed = " ".join(self.search.split())
        if self.searched is Search.APPEAL:
            return (typed.upper(),)
        if self.searched is Search.NUMBER:
            return (BETWEEN_DIGITS.sub("", typed),)
        return tuple(dict.fromkeys((typed, typed[:1].upper() + typed[1:], typed.title())))

    @property
    def phones(self) -> tuple[str, ...]:
        """The ten digits of a phone, however it was typed."""
        return (re.sub(r"^[78](?=\d{10}$)", "", self.terms[0]),)

    @property
    def searched(self) -> Search:
        """What was searched for."""
        if not self.search:
            return Search.NOTHING
        if is_appeal_id(self.search.strip().upper()):
            return Search.APPEAL
        return Search.NUMBER if any(character.isdigit() for character in self.search) else Search.SURNAME


class Cursor(NamedTuple):
    """Where an appeal stands in a list: since when it waits or when it changed, and its number."""

    at: datetime
    id: str

    @classmethod
    def of(cls, appeal: QueuedAppeal, kind: Kind) -> Self:
        """Return where an appeal stands in the list of a kind."""
        at = appeal.waiting_since if kind.by_waiting else appeal.changed_at
        assert at is not None
        return cls(at, appeal.id)


@dataclass(frozen=True)
class QueuePage:
    """A page of the queue, and how the queue stands."""

    appeals: tuple[QueuedAppeal, ...]
    start: Cursor | None
    """After which appeal the page begins, to show it again; None for the first one."""
    has_earlier: bool
    has_later: bool
    counts: dict[Kind, Count]
    """Of those who wait and those the caller is at, within the types and the search; others are not counted."""
    waiting: Count
    """In the whole queue."""
    oldest_at: datetime | None
    """Since when the one waits that waits longest."""
    types: tuple[TypeLine, ...]
    """To filter by, those that were put away included."""


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
    """Return the page that begins after an appeal, or ends before one, or the first; the first also for an empty one.

    `shown` are the numbers that the caller sees already: a page with nothing else on it is no new look.
    """
    require_role(who, *APPEALS)
    types = _types(session)
    asked, whole = _asked(wanted, types), _asked(Filter(), types)
    start = _start_of_page_before(session, who, asked, before) if before else after
    found = _appeals(session, who, asked, start)
    if not found and start:
        start, found = None, _appeals(session, who, asked, None)
    counts = {kind: _count(session, who, asked, kind) for kind in (Kind.WAITING, Kind.MINE)}
    page = QueuePage(
        appeals=found[:PAGE],
        start=start,
        has_earlier=start is not None and _is_any_up_to(session, who, asked, start),
        has_later=len(found) > PAGE,
        counts=counts,
        waiting=counts[Kind.WAITING] if wanted == Filter(wanted.kind) else _count(session, who, whole, Kind.WAITING),
        oldest_at=_oldest_at(session, who, whole),
        types=types,
    )
    if not {appeal.id for appeal in page.appeals} <= set(shown):
        _record(session, who, wanted, len(page.appeals), now)
    return page


@dataclass(frozen=True)
class _Asked:
    """What a filter asks of the statements."""

    shape: Shape
    values: dict[str, Any]


def _asked(wanted: Filter, types: tuple[TypeLine, ...]) -> _Asked:
    codes = _codes(wanted, types)
    values = {"terms": wanted.terms, "phones": wanted.phones, "types": codes or ()}
    return _Asked(Shape(wanted.kind, codes, wanted.searched), values)


def _rows(session: Session, asked: _Asked, statement: Statement, **position: Any) -> list[Any]:
    # Not by the session itself, which takes a statement apart each time to look for objects in it.
    return list(session.connection().execute(statement, asked.values | position))


def _appeals(session: Session, who: StaffCaller, asked: _Asked, after: Cursor | None) -> tuple[QueuedAppeal, ...]:
    """Return a page, and one appeal more if there is one."""
    statement = finding.page_after(who, asked.shape, PAGE + 1, after is None)
    position = after._asdict() if after else {}
    return tuple(queued_appeal(row) for row in _rows(session, asked, statement, **position))


def _start_of_page_before(session: Session, who: StaffCaller, asked: _Asked, before: Cursor) -> Cursor | None:
    rows = _rows(session, asked, finding.nth_before(who, asked.shape, PAGE + 1), **before._asdict())
    return Cursor(rows[0].at, rows[0].id) if rows else None


def _is_any_up_to(session: Session, who: StaffCaller, asked: _Asked, cursor: Cursor) -> bool:
    return bool(_rows(session, asked, finding.any_up_to(who, asked.shape), **cursor._asdict()))


def _count(session: Session, who: StaffCaller, asked: _Asked, kind: Kind) -> Count:
    statement = finding.counted(who, replace(asked.shape, kind=kind), MOST_COUNTED + 1)
    [(number,)] = _rows(session, asked, statement)
    return Count(min(number, MOST_COUNTED), and_more=number > MOST_COUNTED)


def _oldest_at(session: Session, who: StaffCaller, asked: _Asked) -> datetime | None:
    rows = _rows(session, asked, finding.first(who, asked.shape))
    return rows[0].at if rows else None


def _codes(wanted: Filter, types: tuple[TypeLine, ...]) -> tuple[str, ...] | None:
    """Return which types a filter asks for; None for all."""
    if wanted.type_code:
        return (wanted.type_code,)
    if wanted.service is None:
        return None
    return tuple(line.code for line in types if line.service is wanted.service)


def _types(session: Session) -> tuple[TypeLine, ...]:
    rows = session.exec(select(AppealType).order_by(col(AppealType.position), col(AppealType.code)))
    lines = [TypeLine(row.code, row.name, row.service) for row in rows]
    return tuple(sorted(lines, key=lambda line: list(Service).index(line.service)))


def _record(session: Session, who: StaffCaller, wanted: Filter, rows: int, now: datetime) -> None:
    """Keep what was looked at: the number that was searched for, but no name and no phone."""
    said = [wanted.kind.value]
    if wanted.service:
        said.append(f"service {wanted.service.value}")
    if wanted.type_code:
        said.append(f"type {wanted.type_code}")
    if wanted.search:
        said.append(f"by {wanted.searched}")
    number = wanted.terms[0]
    is_account = number.isdecimal() and len(number) == ACCOUNT_NUMBER_LENGTH and number[0] not in "78"
    subject = number if wanted.searched is Search.APPEAL or is_account else ""
    audit.record(session, who, Action.APPEALS_SEEN, now, subject=subject, detail=f"{', '.join(said)}: {rows}")
