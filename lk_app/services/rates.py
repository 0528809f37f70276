"""How often something may be tried: kept in the database, so that it survives a restart and holds over processes.

The generic cell rate algorithm keeps one instant a key: when everything taken so far would be due at the permitted
pace. Taking is allowed while that instant is less than a burst ahead of now.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, select

from lk_app.models import RateLimit
from lk_app.services.errors import TooManyAttempts
from lk_app.settings import settings


@dataclass(frozen=True)
class Pace:
    """`burst` at once, and then one every `interval`."""

    burst: int
    interval: timedelta


@dataclass(frozen=True)
class Limit:
    """A pace for one value of one kind: a name, an address, or everything (an empty value)."""

    kind: str
    value: str
    pace: Pace

    @property
    def key(self) -> str:
        """The row's key, in which the value cannot be read."""
        secret = settings().secret_key.get_secret_value().encode()
        return f"{self.kind}:{hmac.digest(secret, self.value.encode(), hashlib.sha256).hex()[:32]}"


def take(session: Session, limits: list[Limit], now: datetime) -> None:
    """Take one of each limit; raises TooManyAttempts, and then takes none."""
    rows = [_locked(session, limit, now) for limit in limits]
    for limit, row in zip(limits, rows, strict=True):
        ahead = max(row.due_at, now) + limit.pace.interval - now
        excess = ahead - limit.pace.burst * limit.pace.interval
        if excess > timedelta(0):
            raise too_many(math.ceil(excess.total_seconds()))
    for limit, row in zip(limits, rows, strict=True):
        row.due_at = max(row.due_at, now) + limit.pace.interval
        session.add(row)


def give_back(session: Session, limits: list[Limit], now: datetime) -> None:
    """Undo one `take`: what was tried proved rightful."""
    for limit in limits:
        row = _locked(session, limit, now)
        row.due_at = row.due_at - limit.pace.interval
        session.add(row)


def forget_past(session: Session, now: datetime) -> None:
    """Delete some rows that no longer limit anything, leaving alone those somebody is just using."""
    past = select(RateLimit.key).where(col(RateLimit.due_at) < now).limit(100).with_for_update(skip_locked=True)
    session.exec(delete(RateLimit).where(col(RateLimit.key).in_(past)))


def too_many(seconds: int) -> TooManyAttempts:
    """Return the error that says in words when to come back."""
    wait = f"{seconds} секунд" if seconds < 60 else f"{math.ceil(seconds / 60)} мин"
    return TooManyAttempts(f"Слишком много попыток. Подождите {wait} и попробуйте ещё раз.", seconds)


def _locked(session: Session, limit: Limit, now: datetime) -> RateLimit:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(RateLimit).values(key=limit.key, due_at=now).on_conflict_do_nothing())
    return session.exec(select(RateLimit).where(RateLimit.key == limit.key).with_for_update()).one()
