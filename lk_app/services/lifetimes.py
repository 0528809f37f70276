"""How long sessions live, of consumers and of staff."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from lk_app.settings import settings

SEEN_EVERY = timedelta(minutes=1)
"""How exactly a session remembers its last event: one write a minute at most."""


@dataclass(frozen=True)
class Lifetime:
    """When a session began and was last used: it ends some time after either."""

    created_at: datetime
    seen_at: datetime

    def left(self, now: datetime) -> timedelta:
        """Return how long the session still lives if nobody uses it; nothing or less when it is out of time."""
        return min(self.seen_at + timedelta(minutes=settings().session_idle_minutes), self._last_moment) - now

    def is_last(self) -> bool:
        """Say whether using the session does not make it live longer any more."""
        return self.seen_at + timedelta(minutes=settings().session_idle_minutes) >= self._last_moment

    @property
    def _last_moment(self) -> datetime:
        return self.created_at + timedelta(hours=settings().session_hours)


@dataclass(frozen=True, kw_only=True)
class LivingVisit:
    """A session that is alive, and whether its last event should be noted (`stale`)."""

    lifetime: Lifetime
    stale: bool

    def seconds_left(self, now: datetime) -> int:
        """Return for how many seconds more the session lives if nobody uses it; what is alive has one at least."""
        return max(1, self.lifetime.left(now) // timedelta(seconds=1))

    def used(self, at: datetime) -> Self:
        """Return the same after its use was noted."""
        return replace(self, stale=False, lifetime=replace(self.lifetime, seen_at=at))
