"""Paid attempts on their way to billing, and billing's postings on their way back."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, exists, select

from lk_app.models import Attempt, AttemptPart, AttemptState, ConcernReason, Payment, Posting
from lk_app.models.values import Kopecks
from lk_app.services.acquiring.concerns import drop, raise_concern
from lk_app.services.acquiring.machine import locked, move, parts_of

POSTED_WITHIN = timedelta(days=3)
"""Billing promises a day; weekends are between."""

AWAITED = (AttemptState.PAID, AttemptState.EXPORTED)
TOLD = (AttemptState.EXPORTED, AttemptState.POSTED, AttemptState.REFUNDED)


class PaidPart(NamedTuple):
    """What billing is told: this much was paid for a division of an account."""

    order_number: str
    account_number: str
    division_code: str
    amount: Kopecks
    paid_on: date


def export(session: Session, paid_until: datetime, now: datetime, most: int = 1_000) -> list[PaidPart]:
    """Tell billing of attempts that were paid: each once, as EXPORTED; to be committed when billing surely has them."""
    paid = (
        select(Attempt.id)
        .where(Attempt.state == AttemptState.PAID, col(Attempt.paid_at) <= paid_until)
        .order_by(col(Attempt.id))
        .limit(most)
    )
    exported: list[PaidPart] = []
    for attempt_id in session.exec(paid).all():
        assert attempt_id is not None
        attempt = locked(session, attempt_id)
        if attempt.state is AttemptState.PAID:
            exported += _told(session, attempt, now)
    return exported


class Heard(StrEnum):
    """What it means that billing says it has an order."""

    NOW = "now"
    """It has been told of it by that."""
    BEFORE = "before"
    CHANGED = "changed"
    """Money was given back meanwhile: billing is told anew, or, if all of it was, a person has to see to it."""
    UNKNOWN = "unknown"


def untold(after: int, most: int) -> Select[*tuple[Any, ...]]:
    """Return the query of what billing has not been told was paid: the parts of orders, after an attempt's id."""
    orders = (
        sa.select(col(Attempt.id), col(Attempt.order_number), col(Attempt.account_number), col(Attempt.day))
        .where(col(Attempt.state) == AttemptState.PAID, col(Attempt.id) > after)
        .order_by(col(Attempt.id))
        .limit(most)
        .subquery()
    )
    kept = (col(AttemptPart.amount) - col(AttemptPart.refunded)).label("kept")
    return (
        sa.select(orders, col(AttemptPart.division_code), kept)
        .join(AttemptPart, col(AttemptPart.attempt_id) == orders.c.id)
        .where(kept > 0)
        .order_by(orders.c.id, col(AttemptPart.division_code))
    )


def hear(session: Session, order_number: str, amount: Kopecks, now: datetime) -> Heard:
    """Note that billing has an order of which it was told this much; said twice, it changes nothing."""
    attempt_id = session.exec(select(Attempt.id).where(Attempt.order_number == order_number)).first()
    if attempt_id is None:
        return Heard.UNKNOWN
    attempt = locked(session, attempt_id)
    parts = parts_of(session, attempt)
    if attempt.state is AttemptState.PAID and amount == sum(part.kept for part in parts):
        _told(session, attempt, now)
        return Heard.NOW
    if attempt.state is AttemptState.REFUNDED and all(part.exported is None for part in parts):
        how = f"billing has it, refunded {attempt.refunded} kopecks in all"
        raise_concern(session, attempt, ConcernReason.REFUNDED_AFTER_EXPORT, now, how)
        return Heard.CHANGED
    return Heard.BEFORE if attempt.state in TOLD else Heard.CHANGED


def note_postings(session: Session, now: datetime) -> int:
    """Let attempts become POSTED whose parts billing has posted; return how many. Part of loading a package."""
    posted = select(Posting.payment_id).where(Posting.order_number == Attempt.order_number)
    with_postings = select(Attempt.id).where(col(Attempt.state).in_(AWAITED), exists(posted)).order_by(col(Attempt.id))
    return sum(_post(session, attempt_id, now) for attempt_id in session.exec(with_postings).all() if attempt_id)


def is_posted() -> ColumnElement[bool]:
    """Return the condition that billing has posted a part (`AttemptPart` of `Attempt`) to where it was paid for."""
    posting = (
        select(Posting.payment_id)
        .join(Payment, col(Payment.id) == col(Posting.payment_id))
        .where(
            col(Posting.order_number) == col(Attempt.order_number),
            col(Posting.division_code) == col(AttemptPart.division_code),
            col(Payment.account_number) == col(Attempt.account_number),
            col(Payment.division_code) == col(AttemptPart.division_code),
        )
    )
    return exists(posting)


def note_unposted(session: Session, now: datetime) -> None:
    """List what was paid days ago and is not posted."""
    late = select(Attempt).where(col(Attempt.state).in_(AWAITED), col(Attempt.paid_at) < now - POSTED_WITHIN)
    for attempt in session.exec(late.with_for_update(skip_locked=True)).all():
        assert attempt.paid_at is not None
        # Settled by a person who was told to wait, it is listed again a week later.
        raise_concern(session, attempt, ConcernReason.NOT_POSTED, now, f"week {(now - attempt.paid_at).days // 7 + 1}")


def _told(session: Session, attempt: Attempt, now: datetime) -> list[PaidPart]:
    parts = [part for part in parts_of(session, attempt) if part.kept]
    for part in parts:
        part.exported = part.kept
        session.add(part)
    attempt.exported_at = now
    move(session, attempt, AttemptState.EXPORTED, now)
    return [
        PaidPart(attempt.order_number, attempt.account_number, part.division_code, part.kept, attempt.day)
        for part in parts
    ]


def _post(session: Session, attempt_id: int, now: datetime) -> bool:
    attempt = locked(session, attempt_id)
    if attempt.state not in AWAITED:
        return False
    rows = session.exec(
        select(Posting, Payment)
        .join(Payment, col(Payment.id) == col(Posting.payment_id))
        .where(Posting.order_number == attempt.order_number)
    ).all()
    posted = {posting.division_code: payment for posting, payment in rows}
    parts = {part.division_code: part for part in parts_of(session, attempt)}
    elsewhere = [
        code
        for code, payment in posted.items()
        if code not in parts or (payment.account_number, payment.division_code) != (attempt.account_number, code)
    ]
    if elsewhere:
        _differs(session, attempt, f"to another account or division: {', '.join(elsewhere)}", now)
        return False
    if any(part.division_code not in posted for part in parts.values() if _told_of(part)):
        return False
    wrong = [
        f"{code}: paid {_told_of(parts[code])}, posted {payment.amount} kopecks"
        for code, payment in sorted(posted.items())
        if payment.amount != _told_of(parts[code])
    ]
    if wrong:
        _differs(session, attempt, ", ".join(wrong), now)
    attempt.posted_at = now
    move(session, attempt, AttemptState.POSTED, now)
    drop(session, attempt, ConcernReason.NOT_POSTED, now)
    return True


def _told_of(part: AttemptPart) -> Kopecks:
    return part.kept if part.exported is None else part.exported


def _differs(session: Session, attempt: Attempt, how: str, now: datetime) -> None:
    raise_concern(session, attempt, ConcernReason.POSTED_DIFFERENTLY, now, how)
