"""Users, passwords and sessions: who somebody is."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import bcrypt
from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from lk_app.models import AccountLink, SecurityEventKind, User, UserSession
from lk_app.services import live, rates, security
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, ServiceError
from lk_app.services.lifetimes import SEEN_EVERY, Lifetime, LivingVisit
from lk_app.services.places import Place
from lk_app.services.rates import Pace

BCRYPT_ROUNDS = 12
NO_USER_HASH = "$2b$12$9hPHPoFWp8LVQXUYT39qI.MrziQua3mcv06NH.qIQOJCBFSTUyxq6"
"""Of random bytes that nobody kept. Checked when a name is unknown, so that the answer takes as long as for a known
one; written down, because making it would hold up the start of every process."""

BY_NAME_AND_ADDRESS = Pace(burst=5, interval=timedelta(seconds=60))
BY_NAME = Pace(burst=30, interval=timedelta(seconds=30))
BY_ADDRESS = Pace(burst=20, interval=timedelta(seconds=15))
OVERALL = Pace(burst=300, interval=timedelta(milliseconds=200))
"""Failed sign-ins permitted at once and then one per interval: for a name from one address, a name, an address, and
everybody together. A name alone is given more, so that a stranger does not lock its owner out from elsewhere."""

AGAIN = Pace(burst=5, interval=timedelta(seconds=60))
"""Wrong passwords permitted to somebody who is signed in."""


CONFIRMED_FOR = timedelta(minutes=10)
"""How long after the password was given dangerous actions don't ask for it again."""


class NameTaken(FieldErrors):
    """Somebody has this name; said only to people who have proven who they are."""

    def __init__(self) -> None:
        super().__init__({"name": "Это имя уже занято. Придумайте другое"})


class SignedOut(ServiceError):
    """The session has ended meanwhile."""

    def __init__(self) -> None:
        super().__init__("Сеанс закончился. Войдите ещё раз.")


class WrongCredentials(ServiceError):
    """The name or the password is wrong; which of them is not said."""

    def __init__(self) -> None:
        super().__init__("Имя или пароль не подходят. Проверьте язык клавиатуры и Caps Lock и попробуйте ещё раз.")


@dataclass(frozen=True, kw_only=True)
class Visit(LivingVisit):
    """A living session of a consumer, and who it is."""

    consumer: Consumer
    name: str


@dataclass(frozen=True)
class Candidate:
    """Somebody who says they are a user: what to check their password against."""

    user_id: int | None
    password_hash: str


def name_key(name: str) -> str:
    """Return the name without what makes no difference: case, ё or е, repeated or outer spaces."""
    composed = unicodedata.normalize("NFC", name)
    return re.sub(r"[\s\x00-\x1f]+", " ", composed).strip().casefold().replace("ё", "е")


def create_user(session: Session, name: str, password_hash: str, phone: str | None, now: datetime) -> int:
    """Store a user and return its id; raises NameTaken. The caller has checked name and password against the rules."""
    user = User(name=name, name_key=name_key(name), password_hash=password_hash, phone=phone, created_at=now)
    try:
        # Of two people who ask for one name at once the database lets one have it.
        with session.begin_nested():
            session.add(user)
    except IntegrityError as taken:
        raise NameTaken from taken
    assert user.id is not None
    return user.id


def set_name(session: Session, user: User, name: str) -> None:
    """Give a user another name; raises NameTaken."""
    try:
        with session.begin_nested():
            user.name, user.name_key = name, name_key(name)
    except IntegrityError as taken:
        raise NameTaken from taken


def attach(session: Session, user_id: int, account_number: str, now: datetime) -> None:
    """Let a user see and act for an account. The caller has proven that they may."""
    session.add(AccountLink(user_id=user_id, account_number=account_number, attached_at=now))
    session.flush()


def hash_password(password: str) -> str:
    """Return the bcrypt hash; slow on purpose, so never on the event loop."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


def password_fits(password: str, candidate: Candidate) -> bool:
    """Say whether it is the candidate's password, in the same time for known and unknown names."""
    # bcrypt reads 72 bytes; our passwords have at most 64 characters, all Latin: a longer one is wrong anyway.
    fits = bcrypt.checkpw(password.encode()[:72], candidate.password_hash.encode())
    return fits and candidate.user_id is not None and len(password.encode()) <= 72


def admit(session: Session, name: str, place: Place, now: datetime) -> Candidate:
    """Count an attempt to sign in and return whom to check; raises TooManyAttempts.

    It counts before the password is checked, so that attempts made side by side cannot outrun the limit.
    """
    rates.take(session, _limits(name, place), now)
    user = session.scalars(select(User).where(col(User.name_key) == name_key(name))).one_or_none()
    return Candidate(user.id, user.password_hash) if user else Candidate(None, NO_USER_HASH)


def open_session(session: Session, candidate: Candidate, name: str, place: Place, now: datetime) -> str:
    """Start a session after a right password and return its token, which only the cookie will hold.

    Raises WrongCredentials if the password was changed while it was being checked.
    """
    rates.give_back(session, _limits(name, place), now)
    rates.forget_past(session, now)
    user = session.scalars(select(User).where(col(User.id) == candidate.user_id).with_for_update(key_share=True)).one()
    if user.password_hash != candidate.password_hash:
        raise WrongCredentials
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=token_hash(token), user_id=user.id or 0, created_at=now, seen_at=now, confirmed_at=now,
            address=place.masked_address, browser=place.browser,
        )
    )  # fmt: skip
    security.record(session, SecurityEventKind.SIGNED_IN, user.id, now, place=place)
    return token


def note_refusal(session: Session, user_id: int | None, place: Place, now: datetime) -> None:
    """Keep that a sign-in was refused; an unknown name costs the same."""
    security.record(session, SecurityEventKind.SIGN_IN_REFUSED, user_id, now, place=place)


def forget_refusals(session: Session, user: User) -> None:
    """Let a user sign in, or give their password again, as if they had never mistyped it, from wherever."""
    of_name = [limit for limit in _limits(user.name, Place("")) if limit.kind.startswith("sign-in name")]
    again = rates.Limit("password again", str(user.id), AGAIN)
    rates.forget(session, [*of_name, again])


def is_confirmed(session: Session, who: Consumer, now: datetime) -> bool:
    """Say whether the password was given lately enough for a dangerous action."""
    confirmed_at = session.scalars(
        select(col(UserSession.confirmed_at)).where(col(UserSession.id) == who.session_id)
    ).one()
    return now - confirmed_at < CONFIRMED_FOR


def admit_again(session: Session, who: Consumer, now: datetime) -> Candidate:
    """Count an attempt to give the password again; raises TooManyAttempts."""
    rates.take(session, _limits_again(who), now)
    password_hash = session.scalars(select(col(User.password_hash)).where(col(User.id) == who.user_id)).one()
    return Candidate(who.user_id, password_hash)


def confirm(session: Session, who: Consumer, now: datetime) -> None:
    """Note that the caller has just given the right password."""
    rates.give_back(session, _limits_again(who), now)
    session.execute(update(UserSession).where(col(UserSession.id) == who.session_id).values(confirmed_at=now))


def user_of(session: Session, who: Consumer) -> User:
    """Return the caller's own row, locked until the end of the transaction.

    Raises SignedOut if their session ended before: recovery and a new password end what was already under way.
    """
    # In a weaker lock's way stands nobody but who wants the same; rows that refer to the user can still be added.
    user = session.scalars(select(User).where(col(User.id) == who.user_id).with_for_update(key_share=True)).one()
    # Asked after the lock was got: before, it could be an answer of the past.
    ended_at = session.scalars(select(col(UserSession.ended_at)).where(col(UserSession.id) == who.session_id)).one()
    if ended_at is not None:
        raise SignedOut
    return user


def end_sessions(session: Session, user_id: int, now: datetime, *, but: int | None = None) -> int:
    """End every session of a user, or every one `but` that which asks for it; return how many."""
    return end(session, now, col(UserSession.user_id) == user_id, col(UserSession.id) != but)


def end(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    """End those of some sessions that have not ended, and let their pages know; return how many."""
    living = update(UserSession).where(*which, col(UserSession.ended_at).is_(None))
    ended = session.scalars(living.values(ended_at=now).returning(col(UserSession.id))).all()
    for session_id in ended:
        live.publish(session, live.session_of(session_id or 0), now)
    return len(ended)


def resume(session: Session, token: str, now: datetime) -> Visit | None:
    """Return the visit a cookie's token stands for, or None when the session is unknown, ended or out of time."""
    row = session.connection().execute(_living_session(), {"token_hash": token_hash(token)}).one_or_none()
    if row is None:
        return None
    lifetime = Lifetime(row.created_at, row.seen_at)
    if lifetime.left(now) <= timedelta():
        return None
    stale = now - row.seen_at >= SEEN_EVERY
    return Visit(consumer=Consumer(row.user_id, row.id), name=row.name, lifetime=lifetime, stale=stale)


@cache
def _living_session() -> Select[*tuple[Any, ...]]:
    """Build the query of every event once: building it anew would take longer than running it."""
    return (
        select(
            col(UserSession.id),
            col(UserSession.user_id),
            col(UserSession.created_at),
            col(UserSession.seen_at),
            col(User.name),
        )
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(col(UserSession.token_hash) == bindparam("token_hash"), col(UserSession.ended_at).is_(None))
    )


def touch(session: Session, who: Consumer, now: datetime) -> None:
    """Note that the session was used, unless it was used after that."""
    used_before = (col(UserSession.id) == who.session_id, col(UserSession.seen_at) < now)
    session.execute(update(UserSession).where(*used_before).values(seen_at=now))


def end_session(session: Session, token: str, now: datetime) -> None:
    """End the session of a cookie's token, in every tab that uses it; an unknown one is none of our business."""
    end(session, now, col(UserSession.token_hash) == token_hash(token))


def token_hash(token: str) -> str:
    """Return what the database keeps of a token: it is random, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _limits(name: str, place: Place) -> list[rates.Limit]:
    key = name_key(name)
    return [
        rates.Limit("sign-in name and address", place.network, BY_NAME_AND_ADDRESS, whose=key),
        rates.Limit("sign-in name", key, BY_NAME),
        rates.Limit("sign-in address", place.network, BY_ADDRESS),
        rates.Limit("sign-in", "", OVERALL),
    ]


def _limits_again(who: Consumer) -> list[rates.Limit]:
    # Of the user and not of the name: a stranger who tries names must not use it up.
    return [rates.Limit("password again", str(who.user_id), AGAIN)]
