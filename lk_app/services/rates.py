"""How often something may be tried: kept in the database, so that it survives a restart and holds over processes.

A `Pace` is the generic cell rate algorithm, which keeps one instant a key: when everything taken so far would be due
at the permitted pace. Taking is allowed while that instant is less than a burst ahead of now. A `Window` keeps the
instants themselves, for rules that count exactly.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, or_, select

from lk_app import formats
from lk_app.models import RateLimit, RateWindow
from lk_app.services import secret_key
from lk_app.services.errors import TooManyAttempts
from lk_app.services.inserting import insert_into
from lk_app.settings import settings

FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True)
class Pace:
    """`burst` at once, and then one every `interval`."""

    burst: int
    interval: timedelta


@dataclass(frozen=True)
class Window:
    """`most` within any `period`, wherever it begins."""

    most: int
    period: timedelta


@dataclass(frozen=True)
class Limit:
    """A pace for one value of one kind: a name, an address, or everything (an empty value)."""

    kind: str
    value: str
    pace: Pace | Window
    counted: bool = True
    """Whether taking uses it up; otherwise it only has to be free, with the same work in the database."""
    whose: str = ""
    """Whose value it is, where all that somebody has taken may have to be forgotten together."""

    @property
    def keys(self) -> list[str]:
        """The row's key, in which the value cannot be read, and those it may have under earlier secret keys."""
        return [owner + digest[:32] for owner, digest in zip(self.owners, _digests(self.value), strict=True)]

    @property
    def owners(self) -> list[str]:
        """What the keys of one owner begin with, likewise."""
        return [f"{self.kind}:{digest[:16]}:" if self.whose else f"{self.kind}:" for digest in _digests(self.whose)]


def per_day() -> Pace:
    """Return the pace at which no day sees more messages than the company pays for: a tenth at once, then evenly."""
    most = settings().sms_per_day
    return Pace(burst=max(1, most // 10), interval=timedelta(days=1) / max(1, most - most // 10))


def take(session: Session, limits: list[Limit], now: datetime) -> None:
    """Take one of each limit; raises TooManyAttempts, and then takes none."""
    taken = [_locked(session, limit, now) for limit in limits]
    wait = max((row.wait(now) for row in taken), default=timedelta(0))
    if wait > timedelta(0):
        raise too_many(math.ceil(wait.total_seconds()))
    for limit, row in zip(limits, taken, strict=True):
        if limit.counted:
            row.take(now)


def give_back(session: Session, limits: list[Limit], now: datetime) -> None:
    """Undo one `take`: what was tried proved rightful."""
    for limit in limits:
        _locked(session, limit, now).give_back()


def forget(session: Session, limits: list[Limit]) -> None:
    """Let nothing count that was taken of these limits; of one that is somebody's, whatever the value was."""
    for limit in limits:
        table = RateLimit if isinstance(limit.pace, Pace) else RateWindow
        key = col(table.key)
        those = or_(*map(key.startswith, limit.owners)) if limit.whose else key.in_(limit.keys)
        session.exec(delete(table).where(those))


def forget_past(session: Session, now: datetime) -> int:
    """Delete some rows that no longer limit anything, but those somebody is just using; return how many."""
    forgotten = 0
    for table, past in ((RateLimit, col(RateLimit.due_at) < now), (RateWindow, col(RateWindow.ends_at) < now)):
        keys = select(table.key).where(past).limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
        forgotten += session.exec(delete(table).where(col(table.key).in_(keys))).rowcount
    return forgotten


def too_many(seconds: int) -> TooManyAttempts:
    """Return the error that says in words when to come back."""
    return TooManyAttempts(f"Слишком много попыток. Подождите {duration(seconds)} и попробуйте ещё раз.", seconds)


def duration(seconds: int) -> str:
    """Return how long to wait, rounded up to what people count in: «34 секунды», «12 минут», «5 часов»."""
    if seconds < 60:
        return formats.counted(seconds, "секунду", "секунды", "секунд")
    if seconds <= 90 * 60:
        return formats.counted(math.ceil(seconds / 60), "минуту", "минуты", "минут")
    return formats.counted(math.ceil(seconds / 3600), "час", "часа", "часов")


def _digests(value: str) -> list[str]:
    return [digest.hex() for digest in secret_key.digests(value)]


@dataclass(frozen=True)
class _Paced:
    """A row that is limited by a pace."""

    row: RateLimit
    pace: Pace

    def wait(self, now: datetime) -> timedelta:
        ahead = max(self.row.due_at, now) + self.pace.interval - now
        return ahead - self.pace.burst * self.pace.interval

    def take(self, now: datetime) -> None:
        self.row.due_at = max(self.row.due_at, now) + self.pace.interval

    def give_back(self) -> None:
        self.row.due_at = self.row.due_at - self.pace.interval

    def take_over(self, due_at: datetime, now: datetime) -> None:
        self.row.due_at = max(self.row.due_at, now) + max(due_at - now, timedelta(0))


@dataclass(frozen=True)
class _Windowed:
    """A row that is limited by a window."""

    row: RateWindow
    window: Window

    def wait(self, now: datetime) -> timedelta:
        lately = self._lately(now)
        if len(lately) < self.window.most:
            return timedelta(0)
        return datetime.fromtimestamp(lately[-self.window.most], UTC) + self.window.period - now

    def take(self, now: datetime) -> None:
        self.row.taken_at = [*self._lately(now), now.timestamp()]
        self.row.ends_at = now + self.window.period

    def give_back(self) -> None:
        self.row.taken_at = self.row.taken_at[:-1]

    def take_over(self, taken_at: list[float], now: datetime) -> None:
        self.row.taken_at = sorted([*self.row.taken_at, *taken_at])
        self.row.ends_at = now + self.window.period

    def _lately(self, now: datetime) -> list[float]:
        return [instant for instant in self.row.taken_at if instant > (now - self.window.period).timestamp()]


def _locked(session: Session, limit: Limit, now: datetime) -> _Paced | _Windowed:
    """Return the row of a limit, with what was taken while another secret key was the present one."""
    key, *earlier = limit.keys
    # In one order whichever key is the present one: processes that are told of another key one by one must not wait
    # for each other.
    before = [_taken_away(session, limit, one) for one in sorted(earlier) if one < key]
    row = _row(session, limit, key, now)
    after = [_taken_away(session, limit, one) for one in sorted(earlier) if one > key]
    for taken in (*before, *after):
        if taken is not None:
            row.take_over(taken, now)
    return row


def _row(session: Session, limit: Limit, key: str, now: datetime) -> _Paced | _Windowed:
    if isinstance(limit.pace, Pace):
        _found_or_made(session, insert_into(session, RateLimit).values(key=key, due_at=now))
        paced = select(RateLimit).where(RateLimit.key == key).with_for_update()
        return _Paced(session.exec(paced).one(), limit.pace)
    row = insert_into(session, RateWindow).values(key=key, taken_at=[], ends_at=now)
    _found_or_made(session, row)
    windowed = select(RateWindow).where(RateWindow.key == key).with_for_update()
    return _Windowed(session.exec(windowed).one(), limit.pace)


def _taken_away(session: Session, limit: Limit, key: str) -> Any:
    """Delete a row under an earlier secret key, and return what was taken there; nothing if there is none."""
    table, taken = (RateLimit, RateLimit.due_at) if isinstance(limit.pace, Pace) else (RateWindow, RateWindow.taken_at)
    return session.execute(delete(table).where(col(table.key) == key).returning(col(taken))).scalar_one_or_none()


def _found_or_made(session: Session, insert: Any) -> None:
    # Not «do nothing»: a change that changes nothing locks the row, so that nobody forgets it before it is read.
    session.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"key": insert.excluded.key}))
