"""How appeals of the queue are found: the statements, each built once, because building takes longer than running.

What they find does not depend on how many there are: each goes along an index in the order of the list. Where several
types or states are wanted there is an index for each one's order but none for that of all, so each is read by itself,
as far as a page needs, and the page is what comes first among them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    String,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union,
    union_all,
)
from sqlmodel import col

from lk_app.models import Account, Appeal, AppealState, User
from lk_app.models.values import Instant
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.feedback.queued import queued_appeals
from lk_app.services.paging import Statement, built_once
from lk_app.services.staff.duties import APPEALS

TERMS: BindParameter[str] = bindparam("terms", expanding=True)
PHONES: BindParameter[str] = bindparam("phones", expanding=True)
TYPES: BindParameter[str] = bindparam("types", expanding=True)
GIVEN_POSITION = tuple_(bindparam("at", type_=Instant()), bindparam("id", type_=String()))


class Kind(StrEnum):
    """Which appeals of the queue."""

    WAITING = "waiting"
    """Whose consumers wait for an answer."""
    MINE = "mine"
    """At which the caller is."""
    ANSWERED = "answered"
    CLOSED = "closed"
    ALL = "all"

    @property
    def by_waiting(self) -> bool:
        """Whether who waits longest comes first; otherwise it is what changed last."""
        return self in (Kind.WAITING, Kind.MINE)


STATES = {
    Kind.ANSWERED: (AppealState.ANSWERED,),
    Kind.CLOSED: (AppealState.CLOSED,),
    Kind.ALL: tuple(AppealState),
}


class Search(StrEnum):
    """What was searched for."""

    NOTHING = "nothing"
    APPEAL = "appeal"
    NUMBER = "number"
    """Of an account or of a phone."""
    SURNAME = "surname"


@dataclass(frozen=True)
class Shape:
    """What a statement depends on; the rest it is told as it runs: `terms`, `phones`, `types`, and `at` with `id`."""

    kind: Kind
    types: tuple[str, ...] | None
    """The types that are wanted; None for all of them."""
    search: Search


@built_once
def page_after(who: StaffCaller, shape: Shape, length: int, from_start: bool) -> Statement:
    """Find a page, of the list's beginning or after a position."""
    require_role(who, *APPEALS)
    streams = _streams(who, shape)
    if not from_start:
        streams = [stream.where(_is_after(shape)) for stream in streams]
    page = _merged(shape, streams, length).subquery("page")
    rows = queued_appeals(who).join(page, page.c.id == col(Appeal.id))
    return rows.order_by(*_in_order(shape, page.c.at, page.c.id))


@built_once
def nth_before(who: StaffCaller, shape: Shape, number: int) -> Statement:
    """Find where the appeal stands that is so many before a position."""
    streams = [stream.where(_is_before(shape)) for stream in _streams(who, shape)]
    backwards = _merged(shape, streams, number, backwards=True).subquery("before")
    order = _in_order(shape, backwards.c.at, backwards.c.id, backwards=True)
    return select(backwards.c.id, backwards.c.at).order_by(*order).offset(number - 1).limit(1)


@built_once
def any_up_to(who: StaffCaller, shape: Shape) -> Statement:
    """Find an appeal at a position or before it."""
    streams = [stream.where(~_is_after(shape)) for stream in _streams(who, shape)]
    return _merged(shape, streams, 1, backwards=True)


@built_once
def first(who: StaffCaller, shape: Shape) -> Statement:
    """Find where the first appeal of a list stands."""
    return _merged(shape, _streams(who, shape), 1)


@built_once
def counted(who: StaffCaller, shape: Shape, most: int) -> Statement:
    """Count what is wanted, so many at most."""
    return select(func.count()).select_from(_merged(shape, _streams(who, shape), most).subquery("counted"))


def _streams(who: StaffCaller, shape: Shape) -> list[Statement]:
    """Return statements that find where appeals stand, each along one index."""
    require_role(who, *APPEALS)
    at = _at(shape)
    keys = select(col(Appeal.id), at.label("at"))
    if shape.kind is Kind.WAITING:
        keys = keys.where(at.is_not(None))
    elif shape.kind is Kind.MINE:
        # Written out: a planner does not use a partial index for a condition whose value it is told later.
        taken = col(Appeal.state) == literal_column("'taken'")
        keys = keys.where(taken, at.is_not(None), col(Appeal.taken_by) == who.staff_id)
    states = STATES.get(shape.kind)
    if shape.search is not Search.NOTHING or shape.kind is Kind.MINE:
        return [_narrowed(who, keys, shape, states)]
    of_types = [keys] if shape.types is None else [keys.where(col(Appeal.type_code) == code) for code in shape.types]
    if states is None or (shape.kind is Kind.ALL and shape.types is None):
        return of_types
    return [one.where(col(Appeal.state) == state) for one in of_types for state in states]


def _narrowed(who: StaffCaller, keys: Statement, shape: Shape, states: tuple[AppealState, ...] | None) -> Statement:
    """Ask the rest of each appeal by itself: of few, those that were searched for or that one member is at."""
    require_role(who, *APPEALS)
    if shape.search is not Search.NOTHING:
        keys = keys.where(col(Appeal.id).in_(_found(who, shape.search)))
    if shape.types is not None:
        keys = keys.where(col(Appeal.type_code).in_(TYPES))
    if states is not None and shape.kind is not Kind.ALL:
        keys = keys.where(col(Appeal.state).in_(states))
    return keys


def _found(who: StaffCaller, search: Search) -> Any:
    require_role(who, *APPEALS)
    appeals = select(col(Appeal.id))
    if search is Search.APPEAL:
        return appeals.where(col(Appeal.id).in_(TERMS))
    if search is Search.SURNAME:
        holders = select(col(Account.number)).where(col(Account.last_name).in_(TERMS))
        return appeals.where(col(Appeal.account_number).in_(holders))
    users = select(col(User.id)).where(col(User.phone).in_(PHONES))
    return union(
        appeals.where(col(Appeal.account_number).in_(TERMS)),
        appeals.where(col(Appeal.user_id).in_(users)),
    )


def _merged(shape: Shape, streams: list[Statement], length: int, *, backwards: bool = False) -> Statement:
    """Return what comes first among streams, of each of which no more is read than that."""
    at, appeal_id = _at(shape), col(Appeal.id)
    firsts = [
        stream.order_by(*_in_order(shape, at, appeal_id, backwards=backwards)).limit(length) for stream in streams
    ]
    if len(firsts) == 1:
        return firsts[0]
    if not firsts:
        return select(appeal_id, at.label("at")).where(literal_column("1 = 0"))
    parts = [select(first.subquery()) for first in firsts]
    merged = union_all(*parts).subquery("merged")
    order = _in_order(shape, merged.c.at, merged.c.id, backwards=backwards)
    return select(merged.c.id, merged.c.at).order_by(*order).limit(length)


def _at(shape: Shape) -> Any:
    return col(Appeal.waiting_since) if shape.kind.by_waiting else col(Appeal.changed_at)


def _in_order(shape: Shape, at: Any, appeal_id: Any, *, backwards: bool = False) -> tuple[Any, Any]:
    """Return the order of the list, or its opposite."""
    if shape.kind.by_waiting is not backwards:
        return at, appeal_id
    return at.desc(), appeal_id.desc()


def _is_after(shape: Shape) -> Any:
    position = tuple_(_at(shape), col(Appeal.id))
    return position > GIVEN_POSITION if shape.kind.by_waiting else position < GIVEN_POSITION


def _is_before(shape: Shape) -> Any:
    position = tuple_(_at(shape), col(Appeal.id))
    return position < GIVEN_POSITION if shape.kind.by_waiting else position > GIVEN_POSITION
