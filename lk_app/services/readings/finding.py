"""How readings of the queue are found: the statements, each built once, because building takes longer than running.

What they find does not depend on how many wait: they go along partial indexes, and from a reading to the next ones.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlmodel import col

from lk_app.models import Account, Meter, Reading, ReadingPhoto
from lk_app.models.values import Instant
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.paging import Statement, built_once
from lk_app.services.readings.waiting import Waiting, waiting_readings
from lk_app.services.staff.duties import READINGS

# Values written out: a planner does not use an index of a few rows for a condition whose value it is told later.
IS_WAITING = (col(Waiting.state) == literal_column("'pending'"), col(Waiting.sent_at).is_not(None))
IS_UNUSUAL = col(Waiting.flags) != literal_column("''")
ACCEPTED_BY_STAFF = (col(Reading.state) == literal_column("'accepted'"), col(Reading.decided_by).is_not(None))

OFFICE = bindparam("office", type_=String())
TERMS: BindParameter[str] = bindparam("terms", expanding=True)
POSITION = tuple_(col(Waiting.sent_at), col(Waiting.id))
GIVEN_POSITION = tuple_(bindparam("sent_at", type_=Instant()), bindparam("id", type_=String()))


class Kind(StrEnum):
    """Which readings of the queue."""

    ALL = "all"
    ATTENTION = "attention"
    """With something unusual about them."""
    PHOTO = "photo"


class Search(StrEnum):
    """What was searched for."""

    NOTHING = "nothing"
    NUMBER = "number"
    SURNAME = "surname"


@dataclass(frozen=True)
class Shape:
    """What a statement depends on; the rest it is told as it runs: `office`, `terms`, and `sent_at` with `id`."""

    kind: Kind
    of_office: bool
    search: Search


@built_once
def page_after(who: StaffCaller, shape: Shape, length: int, from_start: bool) -> Statement:
    """Find a page, of the queue's beginning or after a position."""
    require_role(who, *READINGS)
    keys = _keys(who, shape).limit(length)
    page = (keys if from_start else keys.where(POSITION > GIVEN_POSITION)).subquery("page")
    return waiting_readings(who).join(page, page.c.id == col(Waiting.id)).order_by(page.c.sent_at, page.c.id)


@built_once
def nth_before(who: StaffCaller, shape: Shape, number: int) -> Statement:
    """Find where the reading stands that is so many before a position."""
    backwards = _keys(who, shape).where(POSITION < GIVEN_POSITION).order_by(None)
    return backwards.order_by(col(Waiting.sent_at).desc(), col(Waiting.id).desc()).offset(number - 1).limit(1)


@built_once
def any_up_to(who: StaffCaller, shape: Shape) -> Statement:
    """Find a reading at a position or before it."""
    return _keys(who, shape).where(POSITION <= GIVEN_POSITION).limit(1)


@built_once
def counted(who: StaffCaller, shape: Shape, most: int) -> Statement:
    """Count the first so many candidates, and those of them that are wanted."""
    needed = [col(Waiting.id)] + ([col(Waiting.meter_id)] if shape.of_office else [])
    candidates = _candidates(who, shape).with_only_columns(*needed).limit(most).subquery("candidates")
    fits = case((and_(true(), *_further(who, shape, candidates.c)), 1))
    return select(func.count(), func.count(fits)).select_from(candidates)


@built_once
def oldest(who: StaffCaller) -> Statement:
    """Find where the reading stands that waits longest."""
    return _candidates(who, Shape(Kind.ALL, False, Search.NOTHING)).limit(1)


@built_once
def accepted_since(who: StaffCaller) -> Statement:
    """Count what staff have accepted since a moment, `since`."""
    require_role(who, *READINGS)
    since = bindparam("since", type_=Instant())
    return select(func.count(col(Reading.id))).where(*ACCEPTED_BY_STAFF, col(Reading.decided_at) >= since)


def _keys(who: StaffCaller, shape: Shape) -> Statement:
    """Find where readings stand, oldest first."""
    return _candidates(who, shape).where(*_further(who, shape, Waiting))


def _candidates(who: StaffCaller, shape: Shape) -> Statement:
    """Find them as far as indexes know what is wanted."""
    require_role(who, *READINGS)
    statement = select(col(Waiting.id), col(Waiting.sent_at)).where(*IS_WAITING)
    if shape.kind is Kind.ATTENTION:
        statement = statement.where(IS_UNUSUAL)
    if shape.search is not Search.NOTHING:
        statement = statement.where(col(Waiting.meter_id).in_(_meters(who, shape.search)))
    return statement.order_by(col(Waiting.sent_at), col(Waiting.id))


def _meters(who: StaffCaller, search: Search) -> Statement:
    require_role(who, *READINGS)
    meters = select(col(Meter.id))
    if search is Search.NUMBER:
        return meters.where(or_(col(Meter.account_number).in_(TERMS), col(Meter.serial).in_(TERMS)))
    holders = meters.join(Account, col(Account.number) == col(Meter.account_number))
    return holders.where(col(Account.last_name).in_(TERMS))


def _further(who: StaffCaller, shape: Shape, reading: Any) -> list[ColumnElement[bool]]:
    """Return what else is asked of each reading by itself."""
    require_role(who, *READINGS)
    conditions: list[ColumnElement[bool]] = []
    if shape.kind is Kind.PHOTO:
        conditions.append(select(literal(1)).where(col(ReadingPhoto.reading_id) == reading.id).exists())
    if shape.of_office:
        served = select(literal(1)).join_from(Meter, Account, col(Account.number) == col(Meter.account_number))
        of_office = col(Account.office_code) == OFFICE
        conditions.append(served.where(col(Meter.id) == reading.meter_id, of_office).exists())
    return conditions
