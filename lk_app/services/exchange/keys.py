"""Keys of programs for `/api/exchange/v1`: made by commands and shown once; only a digest of each is kept.

A key is 256 random bits behind a prefix that may be seen and by which its row is found. It needs no slow hash: nobody
can guess it. Several keys may have one name: that is how a new one takes over from an old one.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from lk_app.models import ApiKey, KeyScope
from lk_app.services import rates
from lk_app.services.errors import ServiceError
from lk_app.services.places import network_of
from lk_app.services.rates import Limit, Pace

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
BAD_NAME = "Имя ключа: до 40 латинских строчных букв, цифр, точек и дефисов, например billing."
FORM = re.compile(r"lk_([A-Za-z0-9]{8})_[A-Za-z0-9_-]{43}")
OVERLAP = timedelta(days=7)
"""How long the keys before it go on when a new one takes over."""
WRONG_BY_ADDRESS = Pace(burst=20, interval=timedelta(seconds=15))
"""How many wrong keys are looked at from one address, at once and then."""
NOBODYS_HASH = hashlib.sha256(b"nobody has this key").hexdigest()


@dataclass(frozen=True)
class Program:
    """Who shows a key that is good now: a program of the company's."""

    key_id: int
    name: str
    scopes: frozenset[KeyScope]
    used_on: date | None


@dataclass(frozen=True)
class KeyLine:
    """A key as the list shows it."""

    name: str
    prefix: str
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime | None
    used_on: date | None
    revoked_at: datetime | None


def create(
    session: Session, name: str, scopes: Collection[KeyScope], by: str, now: datetime, lives: timedelta | None = None
) -> str:
    """Make the first key of a name and return it: it can't be shown again. `by` is the user of the system.

    Raises ServiceError for a name that is not one, or that has a key which is good now.
    """
    if not NAME.fullmatch(name):
        raise ServiceError(BAD_NAME)
    if session.exec(_good(now).where(ApiKey.name == name)).first():
        raise ServiceError(f"Ключ {name} уже есть. Новый взамен: exchange key rotate {name}.")
    return _made(session, name, " ".join(sorted(scopes)), by, now, lives)


def rotate(
    session: Session, name: str, by: str, now: datetime, *, overlap: timedelta = OVERLAP, lives: timedelta | None = None
) -> str:
    """Make a new key of a name, with the same scopes, and return it; those before it end after the overlap.

    Raises ServiceError when the name has no key that is good now.
    """
    old = session.exec(_good(now).where(ApiKey.name == name).with_for_update()).all()
    if not old:
        raise _unknown(name)
    for key in old:
        key.expires_at = min(key.expires_at or now + overlap, now + overlap)
        session.add(key)
    return _made(session, name, old[-1].scopes, by, now, lives)


def revoke(session: Session, name: str, now: datetime) -> int:
    """Let no key of a name be good any more; return how many were. Raises ServiceError when none was."""
    found = session.exec(_good(now).where(ApiKey.name == name).with_for_update()).all()
    if not found:
        raise _unknown(name)
    for key in found:
        key.revoked_at = now
        session.add(key)
    session.flush()
    return len(found)


def list_keys(session: Session) -> list[KeyLine]:
    """Return every key there ever was, by name and then by age."""
    rows = session.exec(select(ApiKey).order_by(col(ApiKey.name), col(ApiKey.id))).all()
    return [
        KeyLine(
            row.name, row.prefix, _scopes(row), row.created_at, row.expires_at, row.used_on, row.revoked_at
        )
        for row in rows
    ]  # fmt: skip


def find(session: Session, shown: str, now: datetime) -> Program | None:
    """Return whose key is shown, if it is good now. Takes as long for a prefix nobody has."""
    form = FORM.fullmatch(shown)
    row = session.exec(_good(now).where(ApiKey.prefix == form[1])).first() if form else None
    is_right = secrets.compare_digest(_digest(shown), row.secret_hash if row else NOBODYS_HASH)
    if row is None or row.id is None or not is_right:
        return None
    return Program(row.id, row.name, frozenset(_scopes(row)), row.used_on)


def is_good(session: Session, program: Program, now: datetime) -> bool:
    """Say whether the key still is, however long ago it was shown."""
    return session.exec(_good(now).where(ApiKey.id == program.key_id)).first() is not None


def note_use(session: Session, program: Program, today: date) -> None:
    """Note the day on which a key was shown."""
    row = session.get_one(ApiKey, program.key_id)
    row.used_on = today
    session.add(row)


def note_wrong(session: Session, address: str, now: datetime) -> None:
    """Count a wrong key against the address it came from; raises TooManyAttempts."""
    rates.take(session, [Limit("api key", network_of(address), WRONG_BY_ADDRESS)], now)


def _good(now: datetime) -> SelectOfScalar[ApiKey]:
    lives = or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > now)
    return select(ApiKey).where(col(ApiKey.revoked_at).is_(None), lives).order_by(col(ApiKey.id))


def _made(session: Session, name: str, scopes: str, by: str, now: datetime, lives: timedelta | None) -> str:
    prefix = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(8))
    key = f"lk_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey(name=name, prefix=prefix, secret_hash=_digest(key), scopes=scopes, created_at=now, created_by=by[:100])
    row.expires_at = now + lives if lives else None
    session.add(row)
    session.flush()
    return key


def _scopes(row: ApiKey) -> tuple[KeyScope, ...]:
    return tuple(KeyScope(word) for word in row.scopes.split())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _unknown(name: str) -> ServiceError:
    return ServiceError(f"Действующего ключа {name} нет. Какие есть: exchange key list.")
