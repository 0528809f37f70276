"""Deleting one's user: asked for, changed one's mind about for a week, then carried out by the worker."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from lk_app.models import AccountLink, SecurityEventKind, SmsMessage, User, UserSession, Verification
from lk_app.services import alerts, email, identity, security
from lk_app.services.callers import Consumer
from lk_app.services.feedback import forgetting as appeals
from lk_app.services.notifications import answers, choices, decisions, delivery
from lk_app.services.places import Place
from lk_app.services.readings import forgetting as photos

GRACE = timedelta(days=7)
AT_ONCE = 20
"""How many users are deleted in one transaction: much goes with each."""
NOBODY = "—"


def ask(session: Session, who: Consumer, place: Place, now: datetime) -> datetime:
    """Let the caller's user be deleted after the days of grace; return when. Asked again, nothing changes."""
    user = identity.user_of(session, who)
    if user.deletes_at is None:
        user.deletes_at = now + GRACE
        security.record(session, SecurityEventKind.DELETION_ASKED, who.user_id, now, place=place)
        alerts.tell(session, user.phone, alerts.DELETION_ASKED, now)
    return user.deletes_at


def cancel(session: Session, who: Consumer, place: Place, now: datetime) -> None:
    """Keep the caller's user after all."""
    user = identity.user_of(session, who)
    if user.deletes_at is not None:
        user.deletes_at = None
        security.record(session, SecurityEventKind.DELETION_CANCELLED, who.user_id, now, place=place)


def delete_due(session: Session, now: datetime) -> int:
    """Delete some users whose grace is over; return how many, and none when there are no more.

    Their row stays without anything personal in it, because the security log and the consents refer to it.
    """
    due = select(User).where(col(User.deletes_at) <= now, col(User.deleted_at).is_(None)).limit(AT_ONCE)
    users = session.exec(due.with_for_update()).all()
    for user in users:
        _wipe(session, user, now)
    return len(users)


def _wipe(session: Session, user: User, now: datetime) -> None:
    assert user.id is not None
    identity.end_sessions(session, user.id, now)
    session.exec(update(UserSession).where(col(UserSession.user_id) == user.id).values(address="", browser=""))
    session.exec(delete(AccountLink).where(col(AccountLink.user_id) == user.id))
    if user.phone is not None:
        _forget_messages(session, user.phone)
    email.forget(session, user)
    for part in (choices, answers.UNTOLD, decisions.UNTOLD, delivery, photos, appeals):
        part.forget_user(session, user.id)
    asked = (col(Verification.asker_id) == user.id) | (col(Verification.subject_id) == user.id)
    session.exec(delete(Verification).where(asked))
    # No name that can be typed has a digit, so this one is free.
    user.name, user.name_key = NOBODY, f"deleted {user.id}"
    user.password_hash, user.phone = identity.NO_USER_HASH, None
    user.deletes_at, user.deleted_at = None, now
    security.record(session, SecurityEventKind.DELETED, user.id, now)


def _forget_messages(session: Session, phone: str) -> None:
    shared = session.exec(select(User.id).where(User.phone == phone).limit(2)).all()
    if len(shared) == 1:
        session.exec(delete(SmsMessage).where(col(SmsMessage.phone) == phone))
