"""Locks on the states of tabs in Redis, which nobody keeps who was called off.

Reflex takes a lock for each event of a tab, so that processes do not write over one another, and calls off the loading
of a page that is left before it is done. Called off just as Redis gave it the lock, Reflex 0.10 knows nothing of it:
the next page waited until the lock ran out, for ten seconds.
"""

import asyncio

import reflex as rx
from reflex.istate.manager.redis import StateManagerRedis

_returning: set[asyncio.Task[None]] = set()
"""Locks that are being given back; the event loop itself does not keep its tasks."""


class Locks(StateManagerRedis):
    """Gives back what it was given too late."""

    async def _try_get_lock(self, lock_key: bytes, lock_id: bytes) -> bool | None:
        taking = asyncio.ensure_future(super()._try_get_lock(lock_key, lock_id))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            returning = asyncio.create_task(self._give_back(taking, lock_key))
            _returning.add(returning)
            returning.add_done_callback(_returning.discard)
            raise

    async def _give_back(self, taking: asyncio.Future[bool | None], lock_key: bytes) -> None:
        if await taking:
            await self.redis.delete(lock_key)
            self._notify_next_waiter(lock_key)


def give_back_locks(app: rx.App) -> None:
    """Let an app give locks back, where it keeps states in Redis: it makes what keeps them by itself."""
    if isinstance(app.state_manager, StateManagerRedis):
        app.state_manager.__class__ = Locks
