"""What about an attempt only a person can settle."""

from datetime import datetime

from sqlmodel import Session, col, select

from lk_app import logs
from lk_app.models import Attempt, Concern, ConcernReason
from lk_app.services import live

LONGEST = 300


def raise_concern(session: Session, attempt: Attempt, reason: ConcernReason, now: datetime, detail: str = "") -> None:
    """List an attempt as needing attention; what is known of one that is listed already is brought up to date."""
    assert attempt.id is not None
    detail = detail[:LONGEST]
    concern = session.get(Concern, (attempt.id, reason)) or Concern(attempt_id=attempt.id, reason=reason, since=now)
    is_listed = concern.resolved_at is None and concern in session
    seen_by_a_person = bool(concern.resolved_by) and concern.detail == detail
    if seen_by_a_person:
        return
    if not is_listed:
        logs.attention(attempt.order_number, reason)
        concern.since = now
        live.publish(session, live.PAYMENTS, now)
    concern.detail = detail
    concern.resolved_at, concern.resolved_by, concern.resolution = None, "", ""
    session.add(concern)
    session.flush()


def drop(session: Session, attempt: Attempt, reason: ConcernReason, now: datetime) -> None:
    """Take off the list what has settled itself."""
    known = session.get(Concern, (attempt.id, reason))
    if known and known.resolved_at is None:
        resolve(session, known, "", "", now)


def resolve(session: Session, concern: Concern, by: str, note: str, now: datetime) -> None:
    """Note that a person has settled it."""
    concern.resolved_at, concern.resolved_by, concern.resolution = now, by[:100], note[:LONGEST]
    session.add(concern)
    live.publish(session, live.PAYMENTS, now)
    session.flush()


def open_concerns(session: Session, attempt_id: int) -> list[Concern]:
    """Return what is still to be settled of an attempt."""
    return list(
        session.exec(
            select(Concern)
            .where(Concern.attempt_id == attempt_id, col(Concern.resolved_at).is_(None))
            .order_by(col(Concern.since), col(Concern.reason))
        )
    )
