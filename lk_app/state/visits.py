"""Who is visiting: the session behind a cookie's token, asked of the database at most once a second.

Opening one page takes four events within a few hundredths of a second, and each asks. A session that ends in this
process is forgotten at once; one that ends in another is noticed here within KEPT_S. Consumers and staff are kept
apart: a token of the ones is nothing among the others.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlmodel import Session

from lk_app import clock
from lk_app.services import identity
from lk_app.services.identity import Visit
from lk_app.services.lifetimes import LivingVisit
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff import sessions
from lk_app.services.staff.sessions import StaffVisit

KEPT_S = 1.0
MOST_KEPT = 10_000


AnyVisit = TypeVar("AnyVisit", bound=LivingVisit)


class Visits(Generic[AnyVisit]):
    """The visits of one kind of people that are believed for the moment."""

    def __init__(
        self,
        resume: Callable[[Session, str, datetime], AnyVisit | None],
        touch: Callable[[Session, AnyVisit, datetime], None],
    ) -> None:
        self._resume = resume
        self._touch = touch
        self._kept: dict[str, tuple[float, AnyVisit]] = {}
        """By token: until when (of the monotonic clock) the visit is believed."""

    async def of(self, token: str) -> AnyVisit | None:
        """Return the visit a token stands for, or None when its session is unknown, ended or out of time."""
        if not token:
            return None
        until, visit = self._kept.get(token, (0.0, None))
        if visit is not None and time.monotonic() < until:
            return visit
        self._kept.pop(token, None)
        now = clock.now()
        visit = await in_session(self._resume, token, now)
        if visit is None:
            return None
        if visit.stale:
            await in_transaction(self._touch, visit, now)
            visit = visit.used(now)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[token] = (time.monotonic() + KEPT_S, visit)
        return visit

    async def used(self, token: str, unused: timedelta | None) -> AnyVisit | None:
        """Return the visit as the database knows it, after noting that one of its pages was used so long ago, if that
        is known. To ask is no use: it keeps no session alive.
        """
        now = clock.now()
        visit = await in_session(self._resume, token, now) if token else None
        if visit is None:
            # The page goes on to the sign-in page, which must not find it signed in still.
            self.forget(token)
        elif unused is not None and (used_at := now - unused) > visit.lifetime.seen_at:
            await in_transaction(self._touch, visit, used_at)
            return visit.used(used_at)
        return visit

    def forget(self, token: str) -> None:
        """Ask the database again at the token's next event."""
        self._kept.pop(token, None)


def _touch_consumer(session: Session, visit: Visit, now: datetime) -> None:
    identity.touch(session, visit.consumer, now)


def _touch_staff(session: Session, visit: StaffVisit, now: datetime) -> None:
    sessions.touch(session, visit.caller, now)


consumers = Visits(identity.resume, _touch_consumer)
staff = Visits(sessions.resume, _touch_staff)
