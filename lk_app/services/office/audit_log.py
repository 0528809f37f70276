"""The audit log as administrators read it: newest first, a page at a time, however long it has become.

Each combination of filters goes along one index, from the newest row on. What the index orders by stands in the bounds
and in the order of the statement, so that a planner has no other way; what else is asked is hidden from indexes. A
period becomes bounds of ids: rows get theirs in the order of time, but for the seconds a transaction takes.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_
from sqlmodel import Session, col

from lk_app import formats
from lk_app.models import Action, AuditEvent, Staff
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.daytime import midnight_of
from lk_app.services.errors import ServiceError
from lk_app.services.paging import PAGE
from lk_app.services.staff import audit
from lk_app.services.staff.duties import AUDIT

MOST_EXPORTED = 50_000
BATCH = 1_000
NOBODY = 0
"""Stands for what no member did: commands, and attempts to sign in with an unknown login."""
FIRST, LAST = 0, 2**31 - 1
"""Below and above every id."""
LONGEST = timedelta(minutes=10)
"""How long a transaction may take from the moment it names to the row it adds."""


class TooManyRows(ServiceError):
    """More was asked for than a file can hold."""

    def __init__(self) -> None:
        most = formats.decimal(MOST_EXPORTED, 0, 0)
        super().__init__(f"В журнале больше {most} таких записей. Сократите период или уточните отбор.")


@dataclass(frozen=True)
class Filter:
    """Which rows are wanted; what is left out is not asked for."""

    staff_id: int | None = None
    """A member's, or NOBODY."""
    action: Action | None = None
    subject: str = ""
    """Whole."""
    first_day: date | None = None
    last_day: date | None = None
    """Both included, by the company's clock."""

    @property
    def words(self) -> str:
        """What the audit log keeps of it, apart from the subject."""
        days = (self.first_day, self.last_day)
        period = f"days {' to '.join(str(day or 'any') for day in days)}" if any(days) else ""
        member = "" if self.staff_id is None else f"member {self.staff_id}"
        return ", ".join(filter(None, (member, self.action or "", period)))


@dataclass(frozen=True)
class Entry:
    """A row of the log."""

    id: int
    at: datetime
    login: str
    name: str
    """Of the member; both empty when no member did it."""
    action: Action
    subject: str
    detail: str
    address: str


@dataclass(frozen=True)
class AuditPage:
    """A page of the log."""

    entries: tuple[Entry, ...]
    start: int | None
    """After which id the page begins; None for the first one."""
    has_later: bool
    members: tuple[tuple[int, str], ...]
    """Everybody who ever worked here, by login, to filter by."""

    @property
    def has_earlier(self) -> bool:
        return self.start is not None


@dataclass(frozen=True)
class Bounds:
    """Between which ids the wanted rows are, both excluded."""

    first: int = FIRST
    last: int = LAST


def open_log(
    session: Session,
    who: StaffCaller,
    wanted: Filter,
    now: datetime,
    *,
    after: int | None = None,
    before: int | None = None,
    shown: Collection[int] = (),
) -> AuditPage:
    """Return the page after a row, or that which ends before one, or the first.

    `shown` are the ids that the caller sees already: a page that adds nothing but their own looks is no new look.
    """
    require_role(who, *AUDIT)
    bounds = _bounds(session, who, wanted)
    start = _start_of_page_before(session, who, wanted, bounds, before) if before is not None else after
    found = _entries(session, who, wanted, bounds, start, PAGE + 1)
    page = AuditPage(
        entries=tuple(found[:PAGE]),
        start=start,
        has_later=len(found) > PAGE,
        members=_members(session, who),
    )
    if any(entry.id not in shown and entry.action is not Action.AUDIT_SEEN for entry in page.entries):
        detail = ", ".join(filter(None, (wanted.words, f"rows {len(page.entries)}")))
        audit.record(session, who, Action.AUDIT_SEEN, now, subject=wanted.subject, detail=detail)
    return page


def admit_export(session: Session, who: StaffCaller, wanted: Filter, kind: str, now: datetime) -> Bounds:
    """Keep that the caller takes the rows away as a file of a kind; return where they are. Raises TooManyRows."""
    require_role(who, *AUDIT)
    bounds = _bounds(session, who, wanted)
    ids = _ids(session, who, wanted, bounds).limit(MOST_EXPORTED + 1).subquery()
    count, newest = session.execute(select(func.count(), func.max(ids.c.id))).one()
    if count > MOST_EXPORTED:
        raise TooManyRows
    detail = ", ".join(filter(None, (kind, wanted.words, f"rows {count}")))
    audit.record(session, who, Action.AUDIT_EXPORTED, now, subject=wanted.subject, detail=detail)
    # What is added from now on, this very look first of all, is not in the file.
    return Bounds(bounds.first, min(bounds.last, (newest or FIRST) + 1))


def exported(session: Session, who: StaffCaller, wanted: Filter, bounds: Bounds) -> Iterator[Entry]:
    """Yield the rows that `admit_export` has let the caller have, a batch in memory at a time."""
    require_role(who, *AUDIT)
    start: int | None = None
    while batch := _entries(session, who, wanted, bounds, start, BATCH):
        yield from batch
        start = batch[-1].id


def _entries(
    session: Session, who: StaffCaller, wanted: Filter, bounds: Bounds, start: int | None, length: int
) -> list[Entry]:
    within = bounds if start is None else Bounds(bounds.first, min(bounds.last, start))
    page = _ids(session, who, wanted, within).limit(length).subquery("page")
    rows = session.execute(
        select(
            col(AuditEvent.id),
            col(AuditEvent.at),
            func.coalesce(col(Staff.login), ""),
            func.coalesce(col(Staff.name), ""),
            col(AuditEvent.action),
            col(AuditEvent.subject),
            col(AuditEvent.detail),
            col(AuditEvent.address),
        )
        .join_from(page, AuditEvent, col(AuditEvent.id) == page.c.id)
        .outerjoin(Staff, col(Staff.id) == col(AuditEvent.staff_id))
        .order_by(page.c.id.desc())
    )
    return [Entry(*row) for row in rows]


def _start_of_page_before(
    session: Session, who: StaffCaller, wanted: Filter, bounds: Bounds, before: int
) -> int | None:
    newer = _ids(session, who, wanted, Bounds(max(bounds.first, before), bounds.last), newest_first=False)
    ids = session.scalars(newer.limit(PAGE + 1)).all()
    return ids[PAGE] if len(ids) > PAGE else None


def _ids(
    session: Session, who: StaffCaller, wanted: Filter, bounds: Bounds, *, newest_first: bool = True
) -> Select[int]:
    """Find the ids of wanted rows along one index."""
    require_role(who, *AUDIT)
    along, conditions = _along(wanted)
    key = [*(column for column, _ in along), _id()]
    values = [value for _, value in along]
    of_nobody = wanted.staff_id == NOBODY and not wanted.subject
    if of_nobody or session.get_bind().dialect.name == "sqlite":
        # Nothing is greater or less than nobody. And SQLite finds where a page begins by equal columns only: by rows it
        # would go through all that are newer.
        conditions += [col(AuditEvent.staff_id).is_(None)] if of_nobody else []
        conditions += [_id() > bounds.first, _id() < bounds.last]
        conditions += [column == value for column, value in along if value is not None]
    else:
        conditions += [tuple_(*key) > (*values, bounds.first), tuple_(*key) < (*values, bounds.last)]
    order = [column.desc() if newest_first else column.asc() for column in key]
    return select(_id()).where(*conditions).order_by(*order)


def _along(wanted: Filter) -> tuple[list[tuple[Any, Any]], list[ColumnElement[bool]]]:
    """Return the columns of the index to go along, before the id, with their values; and what else is asked."""
    at = func.coalesce(col(AuditEvent.at), col(AuditEvent.at))
    others = []
    if wanted.first_day:
        others.append(at >= midnight_of(wanted.first_day))
    if wanted.last_day:
        others.append(at < midnight_of(wanted.last_day + timedelta(days=1)))
    if not wanted.subject:
        member = None if wanted.staff_id == NOBODY else wanted.staff_id
        of_member: list[Any] = [(col(AuditEvent.staff_id), member)] if wanted.staff_id is not None else []
        of_action: list[Any] = [(col(AuditEvent.action), wanted.action)] if wanted.action else []
        return of_member + of_action, others
    if wanted.staff_id is not None:
        others.append(func.coalesce(col(AuditEvent.staff_id), NOBODY) == wanted.staff_id)
    if wanted.action:
        others.append(func.coalesce(col(AuditEvent.action), literal_column("''")) == wanted.action)
    return [(col(AuditEvent.subject), wanted.subject)], others


def _bounds(session: Session, who: StaffCaller, wanted: Filter) -> Bounds:
    """Return between which ids the rows of a period are."""
    require_role(who, *AUDIT)
    at, first, last = col(AuditEvent.at), FIRST, LAST
    if wanted.first_day:
        surely_before = at < midnight_of(wanted.first_day) - LONGEST
        first = session.scalar(select(_id()).where(surely_before).order_by(at.desc(), _id().desc()).limit(1)) or FIRST
    if wanted.last_day:
        surely_after = at >= midnight_of(wanted.last_day + timedelta(days=1)) + LONGEST
        last = session.scalar(select(_id()).where(surely_after).order_by(at, _id()).limit(1)) or LAST
    return Bounds(first, last)


def _members(session: Session, who: StaffCaller) -> tuple[tuple[int, str], ...]:
    require_role(who, *AUDIT)
    rows = session.execute(select(col(Staff.id), col(Staff.login), col(Staff.name)).order_by(col(Staff.login)))
    return tuple((staff_id, f"{login}, {name}") for staff_id, login, name in rows)


def _id() -> ColumnElement[int]:
    return col(AuditEvent.id)  # type: ignore[return-value]  # the key of a row that is stored
