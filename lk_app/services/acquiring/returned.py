"""Money that the bank has given back, brought into our books: by whatever way, the bank's sum is the truth."""

from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Attempt, AttemptPart, AttemptState, ConcernReason, Refund, RefundState
from lk_app.models.values import Kopecks
from lk_app.services import live
from lk_app.services.acquiring.concerns import drop, raise_concern
from lk_app.services.acquiring.machine import move, parts_of

TOLD_TO_BILLING = (AttemptState.EXPORTED, AttemptState.POSTED)


def book(session: Session, attempt: Attempt, refunded: Kopecks, now: datetime) -> None:
    """Bring an attempt that was paid to what the bank says was given back of it in all."""
    new = Kopecks(refunded - attempt.refunded)
    if new <= 0:
        return
    done = _carried_out(session, attempt, refunded, now)
    attempt.refunded = refunded
    _share(session, attempt, new, done, now)
    session.add(attempt)
    if attempt.state in TOLD_TO_BILLING:
        raise_concern(session, attempt, ConcernReason.REFUNDED_AFTER_EXPORT, now, f"refunded {refunded} kopecks in all")
    if attempt.refunded == attempt.amount:
        move(session, attempt, AttemptState.REFUNDED, now)
        drop(session, attempt, ConcernReason.NOT_POSTED, now)
    session.flush()


def underway(session: Session, attempt: Attempt) -> Refund | None:
    """Return the refund that the bank was asked for and has not settled."""
    asked = select(Refund).where(Refund.attempt_id == attempt.id, col(Refund.state) == RefundState.ASKED)
    return session.exec(asked).one_or_none()


def _carried_out(session: Session, attempt: Attempt, refunded: Kopecks, now: datetime) -> Refund | None:
    """Return the refund that was underway, if the bank's sum shows that it is done."""
    refund = underway(session, attempt)
    if refund is None or refunded < refund.refunded_before + refund.amount:
        return None
    refund.state, refund.settled_at, refund.error = RefundState.DONE, now, ""
    session.add(refund)
    live.publish(session, live.PAYMENTS, now)
    drop(session, attempt, ConcernReason.REFUND_UNCLEAR, now)
    return refund


def _share(session: Session, attempt: Attempt, new: Kopecks, done: Refund | None, now: datetime) -> None:
    """Say which parts money was given back of."""
    parts = parts_of(session, attempt)
    if attempt.refunded == attempt.amount:
        for part in parts:
            part.refunded = part.amount
    else:
        own = next((part for part in parts if done and part.division_code == done.division_code), None)
        rest = Kopecks(new - _take([own] if own else [], Kopecks(min(new, done.amount) if done else 0)))
        _take(parts, rest)
        if rest and len(parts) > 1:
            elsewhere = f"{rest} of {attempt.refunded} kopecks in all: of which division?"
            raise_concern(session, attempt, ConcernReason.REFUNDED_ELSEWHERE, now, elsewhere)
    session.add_all(parts)


def _take(parts: list[AttemptPart], amount: Kopecks) -> Kopecks:
    """Take an amount off one part after another; return how much of it they had."""
    left = amount
    for part in parts:
        taken = min(left, part.kept)
        part.refunded = Kopecks(part.refunded + taken)
        left = Kopecks(left - taken)
    return Kopecks(amount - left)
