"""Money that the bank has given back, brought into our books: by whatever way, the bank's sum is the truth."""

from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Attempt, AttemptPart, AttemptState, ConcernReason, Refund, RefundState
from lk_app.models.values import Kopecks
from lk_app.services.acquiring.concerns import drop, raise_concern
from lk_app.services.acquiring.machine import move, parts_of

TOLD_TO_BILLING = (AttemptState.EXPORTED, AttemptState.POSTED)


def book(session: Session, attempt: Attempt, refunded: Kopecks, now: datetime) -> None:
    """Bring an attempt that was paid to what the bank says was given back of it in all."""
    new = refunded - attempt.refunded
    if new <= 0:
        return
    refund = underway(session, attempt)
    division = None
    if refund and refunded >= refund.refunded_before + refund.amount:
        refund.state, refund.settled_at, refund.error = RefundState.DONE, now, ""
        session.add(refund)
        drop(session, attempt, ConcernReason.REFUND_UNCLEAR, now)
        division = refund.division_code
    attempt.refunded = refunded
    _share(session, attempt, Kopecks(new), division, now)
    session.add(attempt)
    if attempt.state in TOLD_TO_BILLING:
        raise_concern(session, attempt, ConcernReason.REFUNDED_AFTER_EXPORT, now, f"refunded {refunded} kopecks in all")
    if attempt.refunded == attempt.amount:
        move(session, attempt, AttemptState.REFUNDED, now)
    session.flush()


def underway(session: Session, attempt: Attempt) -> Refund | None:
    """Return the refund that the bank was asked for and has not settled."""
    asked = select(Refund).where(Refund.attempt_id == attempt.id, col(Refund.state) == RefundState.ASKED)
    return session.exec(asked).one_or_none()


def _share(session: Session, attempt: Attempt, new: Kopecks, division: str | None, now: datetime) -> None:
    """Say which parts money was given back of."""
    parts = parts_of(session, attempt)
    own = next((part for part in parts if part.division_code == division), None)
    if attempt.refunded == attempt.amount:
        for part in parts:
            part.refunded = part.amount
    elif own and own.kept >= new:
        own.refunded = Kopecks(own.refunded + new)
    else:
        _take_in_turn(parts, new)
        if len(parts) > 1:
            raise_concern(session, attempt, ConcernReason.REFUNDED_ELSEWHERE, now, f"{new} kopecks, of which division?")
    session.add_all(parts)


def _take_in_turn(parts: list[AttemptPart], new: Kopecks) -> None:
    left = new
    for part in parts:
        taken = min(left, part.kept)
        part.refunded = Kopecks(part.refunded + taken)
        left = Kopecks(left - taken)
