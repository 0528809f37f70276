"""A member gives their password again before what can't be undone: whoever sits down at an open desk must not do it.

They may set another one by themselves: then nobody else knows it, not even the administrator who gave them the first.
A first password therefore ends after some days, whether it was used or not.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from lk_app.models import Action, Staff
from lk_app.services import rates
from lk_app.services.callers import StaffCaller
from lk_app.services.identity import Candidate, SignedOut
from lk_app.services.rates import Limit, Pace
from lk_app.services.staff import audit, sessions
from lk_app.services.staff.first_passwords import good_until

AGAIN = Pace(burst=5, interval=timedelta(minutes=1))
"""Wrong passwords permitted to a member who is signed in."""


def admit(session: Session, who: StaffCaller, now: datetime) -> Candidate:
    """Count an attempt to give the password again and return what to check it against; raises TooManyAttempts.

    It counts, committed, before the password is checked: attempts made side by side cannot outrun the limit.
    """
    rates.take(session, _limits(who), now)
    member = session.exec(select(Staff).where(Staff.id == who.staff_id)).one()
    return Candidate(member.id, member.password_hash)


def note_refusal(session: Session, who: StaffCaller, now: datetime) -> None:
    """Keep in the audit log that the password was wrong."""
    audit.record(session, who, Action.SIGN_IN_REFUSED, now, detail="password again")


def confirm(session: Session, who: StaffCaller, candidate: Candidate, now: datetime) -> None:
    """Take note that the password was right; raises SignedOut if the session or the password has ended meanwhile."""
    member = _signed_in(session, who)
    if member.password_hash != candidate.password_hash or member.role is not who.role:
        raise SignedOut
    rates.give_back(session, _limits(who), now)


def change(session: Session, who: StaffCaller, password_hash: str, now: datetime) -> None:
    """Give the caller another password, and end their other sessions; raises SignedOut.

    They have just given the old one: an administrator who ended it meanwhile has ended the session as well.
    """
    member = _signed_in(session, who)
    member.password_hash, member.password_given_at = password_hash, None
    sessions.end_sessions(session, who.staff_id, now, but=who.session_id)
    audit.record(session, who, Action.CHANGED, now, subject=member.login, detail="own password")


def first_password_until(session: Session, who: StaffCaller) -> datetime | None:
    """Return until when the caller's password signs them in; nothing if it is one of their own."""
    return good_until(session.exec(select(Staff.password_given_at).where(Staff.id == who.staff_id)).one())


def login_of(session: Session, who: StaffCaller) -> str:
    """Return the caller's login."""
    return session.exec(select(Staff.login).where(Staff.id == who.staff_id)).one()


def _signed_in(session: Session, who: StaffCaller) -> Staff:
    """Return the caller's own row, locked until the end of the transaction; raises SignedOut."""
    member = session.exec(select(Staff).where(Staff.id == who.staff_id).with_for_update(key_share=True)).one()
    if member.disabled_at is not None or sessions.is_over(session, who):
        raise SignedOut
    return member


def _limits(who: StaffCaller) -> list[Limit]:
    # Of the member and not of the login: a stranger who tries logins must not use it up.
    return [Limit("staff password again", str(who.staff_id), AGAIN)]
