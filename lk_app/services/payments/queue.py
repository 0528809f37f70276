"""For staff: payments that need a person, the longest first, and how others are found. Each look is kept.

A payment stands here once for each reason: what one is about is settled apart from the other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal, select
from sqlmodel import Session, col

from lk_app.models import Action, Attempt, AttemptState, Concern, ConcernReason
from lk_app.models.values import Kopecks
from lk_app.services import typed
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.numbers import is_order_number
from lk_app.services.paging import Count, Key, Order, Page, Statement, count_of, page_of
from lk_app.services.staff import audit
from lk_app.services.staff.duties import PAYMENTS

LONGEST_FIRST = Order((col(Concern.since), col(Concern.attempt_id), col(Concern.reason)))
LATEST_FIRST = Order((col(Attempt.day), col(Attempt.id)), newest_first=True)


@dataclass(frozen=True)
class PaymentRow:
    """A payment in the list."""

    order_number: str
    at: datetime
    """Since when it needs a person; or when it was made, where it was searched for."""
    amount: Kopecks
    refunded: Kopecks
    state: AttemptState
    reason: ConcernReason | None
    """Why it is listed; None where it was searched for."""
    needs_attention: bool


@dataclass(frozen=True)
class Standing:
    """How the list stands."""

    waiting: Count
    oldest_at: datetime | None


def open_queue(
    session: Session,
    who: StaffCaller,
    now: datetime,
    *,
    after: Key | None = None,
    before: Key | None = None,
    shown: Collection[str] = (),
) -> Page[PaymentRow]:
    """Return a page of what needs a person.

    `shown` are the order numbers that the caller sees already: a page with nothing else on it is no new look.
    """
    require_role(who, *PAYMENTS)
    rows = _open_concerns(who).join(Attempt, col(Attempt.id) == col(Concern.attempt_id)).add_columns(*_OF_ATTEMPT)
    page = page_of(session, rows, LONGEST_FIRST, after=after, before=before).put(
        lambda row: _row(row, row.since, row.reason, needs_attention=True)
    )
    _record(session, who, page, shown, now, detail="attention")
    return page


def find(
    session: Session,
    who: StaffCaller,
    search: str,
    now: datetime,
    *,
    after: Key | None = None,
    before: Key | None = None,
    shown: Collection[str] = (),
) -> Page[PaymentRow]:
    """Return what an order number, the bank's number of an order, or an account number finds, the latest first."""
    require_role(who, *PAYMENTS)
    found, by, subject = _searched(who, search)
    page = page_of(session, found, LATEST_FIRST, after=after, before=before).put(
        lambda row: _row(row, row.created_at, None, needs_attention=row.needs_attention)
    )
    _record(session, who, page, shown, now, subject=subject, detail=by)
    return page


def standing(session: Session, who: StaffCaller) -> Standing:
    """Return how many wait, and since when the one that waits longest."""
    require_role(who, *PAYMENTS)
    first = session.execute(LONGEST_FIRST.sorted(_open_concerns(who)).limit(1)).one_or_none()
    return Standing(count_of(session, _open_concerns(who)), first.since if first else None)


_OF_ATTEMPT: tuple[Any, ...] = (
    col(Attempt.order_number),
    col(Attempt.created_at),
    col(Attempt.amount),
    col(Attempt.refunded),
    col(Attempt.state),
)


def _open_concerns(who: StaffCaller) -> Statement:
    require_role(who, *PAYMENTS)
    return select(*LONGEST_FIRST.columns).where(col(Concern.resolved_at).is_(None))


def _searched(who: StaffCaller, search: str) -> tuple[Statement, str, str]:
    """Return what a text finds, by what that is, and what of it the audit log may keep."""
    require_role(who, *PAYMENTS)
    concerned = exists(
        select(literal(1)).where(col(Concern.attempt_id) == col(Attempt.id), col(Concern.resolved_at).is_(None))
    )
    found: Statement = select(*LATEST_FIRST.columns, *_OF_ATTEMPT, concerned.label("needs_attention"))
    number = "".join(search.split()).upper()
    if is_order_number(number):
        return found.where(col(Attempt.order_number) == number), "by order", number
    try:
        account = typed.account_number(search)
    except typed.Refused:
        return found.where(col(Attempt.bank_order_id) == search.strip()), "by order of the bank", ""
    return found.where(col(Attempt.account_number) == account), "by account", account


def _record(
    session: Session,
    who: StaffCaller,
    page: Page[PaymentRow],
    shown: Collection[str],
    now: datetime,
    *,
    detail: str,
    subject: str = "",
) -> None:
    if not {row.order_number for row in page.rows} <= set(shown):
        audit.record(session, who, Action.PAYMENTS_SEEN, now, subject=subject, detail=f"{detail}: {len(page.rows)}")


def _row(row: Any, at: datetime, reason: ConcernReason | None, *, needs_attention: bool) -> PaymentRow:
    return PaymentRow(row.order_number, at, row.amount, row.refunded, row.state, reason, needs_attention)
