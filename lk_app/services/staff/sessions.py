"""Signing staff in and out, and who is behind a session.

An attempt is counted before the password is checked, and concluded by the same statements whatever was wrong with it:
neither the answer nor its time tells whether the login, the password or the code was.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlmodel import Session, col

from lk_app.models import Action, Role, Staff, StaffSession
from lk_app.services import identity, live, rates
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import ServiceError
from lk_app.services.identity import Candidate, token_hash
from lk_app.services.lifetimes import SEEN_EVERY, Lifetime, LivingVisit
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Pace
from lk_app.services.staff import audit, totp
from lk_app.services.staff.first_passwords import good_until
from lk_app.settings import Environment, settings

BY_LOGIN_AND_ADDRESS = Pace(burst=5, interval=timedelta(minutes=5))
BY_LOGIN = Pace(burst=20, interval=timedelta(minutes=2))
BY_ADDRESS = Pace(burst=20, interval=timedelta(seconds=15))
OVERALL = Pace(burst=300, interval=timedelta(milliseconds=200))
"""Failed sign-ins permitted at once and then one per interval, stricter than consumers' for a login: whoever has its
password must not find the code by trying. One address leaves some of a login's for its owner elsewhere."""


class WrongCredentials(ServiceError):
    """The login, the password or the code is wrong; which of them is not said."""

    def __init__(self) -> None:
        super().__init__(
            "Логин, пароль или код не подходят. Проверьте язык клавиатуры и Caps Lock и попробуйте ещё раз."
        )


class FirstPasswordOver(ServiceError):
    """All was right, but the password is one that an administrator gave, and was not changed in time."""

    def __init__(self) -> None:
        super().__init__(
            "Пароль, который вам дал администратор, больше не действует: его не сменили вовремя. "
            "Попросите администратора портала задать новый."
        )


@dataclass(frozen=True)
class SignIn:
    """An attempt that was admitted: the login as typed, where from, and whose password it has to be."""

    login: str
    place: Place
    candidate: Candidate


@dataclass(frozen=True, kw_only=True)
class StaffVisit(LivingVisit):
    """A living session of a member, and who it is."""

    caller: StaffCaller
    name: str

    @property
    def role(self) -> Role:
        return self.caller.role


def login_key(text: str) -> str:
    """Return a login as it is kept, however it was typed."""
    return text.strip().lower().replace("\0", "")


def admit(session: Session, login: str, place: Place, now: datetime) -> SignIn:
    """Count an attempt to sign in and return whose password to check; raises TooManyAttempts."""
    rates.take(session, _limits(login, place), now)
    member = session.scalars(select(Staff).where(col(Staff.login) == login_key(login))).one_or_none()
    candidate = Candidate(member.id, member.password_hash) if member else Candidate(None, identity.NO_USER_HASH)
    return SignIn(login, place, candidate)


def conclude(
    session: Session, attempt: SignIn, password_fits: bool, code: str, now: datetime
) -> str | FirstPasswordOver | None:
    """Start a session if everything is right, and return its token, which only the cookie will hold.

    It returns nothing instead of raising when something is wrong: the log of it must be committed. That a first
    password is over is returned, too, and only to whoever has given it with the right code.
    """
    # A password may be changed, and a member disabled, while it is being checked; those wait for this lock.
    known = select(Staff).where(col(Staff.id) == (attempt.candidate.user_id or 0)).with_for_update(key_share=True)
    member = session.scalars(known).one_or_none()
    step = totp.step_of(member.totp_secret if member else "", code, now)
    if member is None or not (password_fits and _may_enter(session, member, attempt.candidate, step)):
        staff_id, address = attempt.candidate.user_id, attempt.place.masked_address
        audit.add(session, staff_id, Action.SIGN_IN_REFUSED, now, address=address)
        return None
    over = good_until(member.password_given_at)
    if over is not None and now >= over:
        address = attempt.place.masked_address
        audit.add(session, member.id, Action.SIGN_IN_REFUSED, now, detail="first password", address=address)
        return FirstPasswordOver()
    rates.give_back(session, _limits(attempt.login, attempt.place), now)
    rates.forget_past(session, now)
    return _open(session, member, attempt.place, now)


def _may_enter(session: Session, member: Staff, candidate: Candidate, step: int | None) -> bool:
    if member.disabled_at is not None or member.password_hash != candidate.password_hash:
        return False
    if not member.totp_secret:
        return settings().env is not Environment.PRODUCTION
    return step is not None and totp.take(session, member.id or 0, step)


def _open(session: Session, member: Staff, place: Place, now: datetime) -> str:
    token, address = secrets.token_urlsafe(32), place.masked_address
    session.add(
        StaffSession(
            token_hash=token_hash(token), staff_id=member.id or 0, created_at=now, seen_at=now,
            address=address, browser=place.browser,
        )
    )  # fmt: skip
    audit.add(session, member.id, Action.SIGNED_IN, now, address=address)
    return token


def resume(session: Session, token: str, now: datetime) -> StaffVisit | None:
    """Return the visit a cookie's token stands for, or None when the session is unknown, ended or out of time."""
    row = session.connection().execute(_living_session(), {"token_hash": token_hash(token)}).one_or_none()
    if row is None:
        return None
    lifetime = Lifetime(row.created_at, row.seen_at)
    if lifetime.left(now) <= timedelta():
        return None
    who, stale = StaffCaller(row.staff_id, row.id, row.role), now - row.seen_at >= SEEN_EVERY
    return StaffVisit(caller=who, name=row.name, lifetime=lifetime, stale=stale)


@cache
def _living_session() -> Select[*tuple[Any, ...]]:
    """Build the query of every event once: building it anew would take longer than running it."""
    return (
        select(
            col(StaffSession.id),
            col(StaffSession.staff_id),
            col(StaffSession.created_at),
            col(StaffSession.seen_at),
            col(Staff.name),
            col(Staff.role),
        )
        .join(Staff, col(Staff.id) == col(StaffSession.staff_id))
        .where(
            col(StaffSession.token_hash) == bindparam("token_hash"),
            col(StaffSession.ended_at).is_(None),
            col(Staff.disabled_at).is_(None),
        )
    )


def touch(session: Session, who: StaffCaller, now: datetime) -> None:
    """Note that the session was used, unless it was used after that."""
    used_before = (col(StaffSession.id) == who.session_id, col(StaffSession.seen_at) < now)
    session.execute(update(StaffSession).where(*used_before).values(seen_at=now))


def end_session(session: Session, token: str, now: datetime) -> None:
    """End the session of a cookie's token, in every tab that uses it; an unknown one is none of our business."""
    living = select(StaffSession).where(
        col(StaffSession.token_hash) == token_hash(token), col(StaffSession.ended_at).is_(None)
    )
    row = session.scalars(living).one_or_none()
    if row is None:
        return
    row.ended_at = now
    live.publish(session, live.staff_session_of(row.id or 0), now)
    audit.add(session, row.staff_id, Action.SIGNED_OUT, now, address=row.address)


def end_sessions(session: Session, staff_id: int, now: datetime, *, but: int | None = None) -> None:
    """End every session of a member, or every one `but` that which asks for it, and let their pages know."""
    living = (col(StaffSession.staff_id) == staff_id, col(StaffSession.ended_at).is_(None), col(StaffSession.id) != but)
    ending = update(StaffSession).where(*living).values(ended_at=now).returning(col(StaffSession.id))
    for session_id in session.scalars(ending).all():
        live.publish(session, live.staff_session_of(session_id or 0), now)


def count_living(session: Session, now: datetime) -> dict[int, int]:
    """Return in how many browsers each member is signed in, by id; nobody with none."""
    living = (
        col(StaffSession.ended_at).is_(None),
        col(StaffSession.seen_at) > now - timedelta(minutes=settings().session_idle_minutes),
        col(StaffSession.created_at) > now - timedelta(hours=settings().session_hours),
    )
    member = col(StaffSession.staff_id)
    rows = session.execute(select(member, func.count()).where(*living).group_by(member))
    return {staff_id: number for staff_id, number in rows}


def is_over(session: Session, who: StaffCaller) -> bool:
    """Say whether the caller's session has ended meanwhile."""
    ended_at = select(col(StaffSession.ended_at)).where(col(StaffSession.id) == who.session_id)
    return session.scalars(ended_at).one() is not None


def _limits(login: str, place: Place) -> list[Limit]:
    key = login_key(login)
    return [
        Limit("staff login and address", f"{key}\0{place.network}", BY_LOGIN_AND_ADDRESS),
        Limit("staff login", key, BY_LOGIN),
        Limit("staff address", place.network, BY_ADDRESS),
        Limit("staff", "", OVERALL),
    ]
