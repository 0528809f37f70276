"""For staff: the payments that need a person, all that is known of one, and settling what is wrong with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from lk_app.models import Attempt, AttemptState, BankMessage, Concern, ConcernReason, MessageKind, Refund, RefundState
from lk_app.models.values import Kopecks
from lk_app.services.acquiring.concerns import open_concerns, resolve
from lk_app.services.acquiring.machine import locked, parts_of
from lk_app.services.errors import NotFound

LISTED = 1_000


@dataclass(frozen=True)
class ConcernLine:
    """A payment that needs a person, and why."""

    order_number: str
    amount: Kopecks
    state: AttemptState
    reason: ConcernReason
    since: datetime
    detail: str


@dataclass(frozen=True)
class MessageLine:
    """What the bank said, and when."""

    at: datetime
    kind: MessageKind
    genuine: bool
    content: dict[str, Any]


@dataclass(frozen=True)
class RefundLine:
    """Money that was to be given back."""

    id: int
    asked_at: datetime
    amount: Kopecks
    division_code: str | None
    state: RefundState
    asked_by: str
    reason: str
    error: str


@dataclass(frozen=True)
class AttemptReport:
    """All that is known of an attempt, but whose it is."""

    order_number: str
    bank_order_id: str | None
    state: AttemptState
    amount: Kopecks
    refunded: Kopecks
    created_at: datetime
    paid_at: datetime | None
    exported_at: datetime | None
    posted_at: datetime | None
    next_ask_at: datetime | None
    parts: tuple[tuple[str, Kopecks, Kopecks], ...]
    """Code of the division, how much, and how much of that was given back."""
    concerns: tuple[ConcernLine, ...]
    refunds: tuple[RefundLine, ...]
    messages: tuple[MessageLine, ...]


def list_concerns(session: Session) -> list[ConcernLine]:
    """Return what needs a person, the oldest first."""
    rows = session.exec(
        select(Attempt, Concern)
        .join(Concern, col(Concern.attempt_id) == col(Attempt.id))
        .where(col(Concern.resolved_at).is_(None))
        .order_by(col(Concern.since), col(Attempt.id))
        .limit(LISTED)
    )
    return [_concern(attempt, concern) for attempt, concern in rows]


def report(session: Session, order_number: str) -> AttemptReport:
    """Return all that is known of an attempt; raises NotFound."""
    attempt = attempt_of(session, order_number)
    assert attempt.id is not None
    refunds = session.exec(select(Refund).where(Refund.attempt_id == attempt.id).order_by(col(Refund.id)))
    messages = session.exec(
        select(BankMessage).where(BankMessage.attempt_id == attempt.id).order_by(col(BankMessage.id))
    )
    return AttemptReport(
        order_number=attempt.order_number,
        bank_order_id=attempt.bank_order_id,
        state=attempt.state,
        amount=attempt.amount,
        refunded=attempt.refunded,
        created_at=attempt.created_at,
        paid_at=attempt.paid_at,
        exported_at=attempt.exported_at,
        posted_at=attempt.posted_at,
        next_ask_at=attempt.next_ask_at,
        parts=tuple((part.division_code, part.amount, part.refunded) for part in parts_of(session, attempt)),
        concerns=tuple(_concern(attempt, concern) for concern in open_concerns(session, attempt.id)),
        refunds=tuple(
            RefundLine(
                row.id or 0, row.asked_at, row.amount, row.division_code, row.state, row.asked_by, row.reason, row.error
            )
            for row in refunds
        ),
        messages=tuple(MessageLine(row.at, row.kind, row.genuine, row.content) for row in messages),
    )


def settle(session: Session, order_number: str, reason: ConcernReason, by: str, note: str, now: datetime) -> None:
    """Take one concern about a payment off the list, with the name of who looked at it and what they did.

    Raises NotFound, also when it is not on the list.
    """
    attempt = attempt_of(session, order_number)
    assert attempt.id is not None
    locked(session, attempt.id)
    concern = next((each for each in open_concerns(session, attempt.id) if each.reason is reason), None)
    if concern is None:
        raise NotFound("По этой причине платёж внимания не требует.")
    resolve(session, concern, by, note, now)


def attempt_of(session: Session, order_number: str) -> Attempt:
    """Return an attempt by its order number; raises NotFound."""
    attempt = session.exec(select(Attempt).where(Attempt.order_number == order_number)).one_or_none()
    if attempt is None:
        raise NotFound("Заказа с таким номером нет.")
    return attempt


def _concern(attempt: Attempt, concern: Concern) -> ConcernLine:
    return ConcernLine(
        attempt.order_number, attempt.amount, attempt.state, concern.reason, concern.since, concern.detail
    )
