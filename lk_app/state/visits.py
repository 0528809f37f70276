"""Who is visiting: the session behind a cookie's token, asked of the database at most once a second.

Opening one page takes four events within a few hundredths of a second, and each asks. A session that ends in this
process is forgotten at once; one that ends in another is noticed here within KEPT_S.
"""

import time

from lk_app import clock
from lk_app.services import identity
from lk_app.services.identity import Visit
from lk_app.services.session import in_session, in_transaction

KEPT_S = 1.0
MOST_KEPT = 10_000

_kept: dict[str, tuple[float, Visit]] = {}
"""By token: until when (of the monotonic clock) the visit is believed."""


async def visit_of(token: str) -> Visit | None:
    """Return the visit a token stands for, or None when its session is unknown, ended or out of time."""
    if not token:
        return None
    until, visit = _kept.get(token, (0.0, None))
    if visit is not None and time.monotonic() < until:
        return visit
    _kept.pop(token, None)
    now = clock.now()
    visit = await in_session(identity.resume, token, now)
    if visit is None:
        return None
    if visit.stale:
        await in_transaction(identity.touch, visit.consumer, now)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[token] = (time.monotonic() + KEPT_S, visit)
    return visit


def forget(token: str) -> None:
    """Ask the database again at the token's next event."""
    _kept.pop(token, None)
