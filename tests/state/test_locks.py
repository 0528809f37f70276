"""A page that is left while it loads does not let the next one wait."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from redis.asyncio import Redis
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from lk_app.state.locks import Locks
from tests.servers import running_redis

TAB = BaseStateToken(ident="tab", cls=State)
AT_ONCE_S = 2
"""A lock that nobody gives back runs out after ten."""


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[tuple[StateManagerRedis, redis.Redis]]:
    """What takes locks, and another client of the same Redis."""
    with running_redis(tmp_path) as url, redis.from_url(url) as beside:
        manager = Locks(redis=Redis.from_url(url))
        # The connection is there from now on.
        async with manager.modify_state(TAB):
            pass
        yield manager, beside
        await manager.close()


async def test_who_is_called_off_just_as_the_lock_comes_does_not_keep_it(
    manager: tuple[StateManagerRedis, redis.Redis],
) -> None:
    taken = await called_off_when_taken(*manager)

    assert taken
    async with asyncio.timeout(AT_ONCE_S), manager[0].modify_state(TAB):
        pass


async def test_who_is_called_off_while_somebody_else_has_the_lock_leaves_it_to_them(
    manager: tuple[StateManagerRedis, redis.Redis],
) -> None:
    states, beside = manager
    async with states.modify_state(TAB):
        # Wherever they are by then: asking for it, or waiting for the answer.
        for steps in range(40):
            event = asyncio.create_task(modify(states))
            for _ in range(steps):
                await asyncio.sleep(0)
            event.cancel()
            await asyncio.sleep(0.01)
            assert beside.exists(lock())
    assert not beside.exists(lock())


async def called_off_when_taken(states: StateManagerRedis, beside: redis.Redis) -> bool:
    """Call an event off when Redis has given it the lock, and it has not read yet that it has."""
    event = asyncio.create_task(modify(states))
    for _ in range(100):
        await asyncio.sleep(0)
        # The loop stands still meanwhile, so the answer to the event stays unread.
        if beside.exists(lock()):
            return event.cancel()
    return False


async def modify(states: StateManagerRedis) -> None:
    async with states.modify_state(TAB):
        await asyncio.sleep(0)


def lock() -> bytes:
    return StateManagerRedis._lock_key(TAB)
