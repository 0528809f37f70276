"""Whether this process can serve: its database answers, the schema is not older than the code, Redis is there."""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum
from functools import cache
from typing import cast

import redis.asyncio
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from redis.exceptions import RedisError
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from lk_app.services import migrations
from lk_app.services.session import in_session
from lk_app.settings import settings

PATIENCE_S = 10.0
"""How long a part may take to answer: whoever asks would otherwise wait for a machine that is gone.

This process's own delays count in it: under load it reads seconds later what has been answered, and that is no outage.
The proxy waits longer than this (deploy/portal.caddy).
"""


class Part(StrEnum):
    """How something stands that the portal needs."""

    OK = "ok"
    BEHIND = "behind"
    """The schema is older than this code: `python -m lk_app db upgrade` is due."""
    UNAVAILABLE = "unavailable"


async def readiness() -> dict[str, Part]:
    """Return how each part stands that this process needs; Redis is one only if it is set up."""
    parts = {"database": _database()}
    if settings().redis_url:
        parts["redis"] = _redis()
    return dict(zip(parts, await asyncio.gather(*parts.values()), strict=True))


async def _database() -> Part:
    try:
        async with asyncio.timeout(PATIENCE_S):
            revision = await in_session(revision_of)
    except (SQLAlchemyError, TimeoutError):
        return Part.UNAVAILABLE
    return Part.OK if revision is not None and is_new_enough(revision) else Part.BEHIND


def revision_of(session: Session) -> str | None:
    """Return the revision of the schema; None where there is no schema yet."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    return session.connection().execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def is_new_enough(revision: str) -> bool:
    """Say whether this code can work on a schema: its own, or a newer one, which migrations keep fit for it."""
    return revision == _scripts().get_current_head() or not _is_known(revision)


def _is_known(revision: str) -> bool:
    try:
        return _scripts().get_revision(revision) is not None
    except CommandError:
        return False


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrations.configuration(settings().database_url))


async def _redis() -> Part:
    client = redis.asyncio.from_url(settings().redis_url)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await cast(Awaitable[bool], client.ping())
    except (RedisError, OSError, TimeoutError):
        return Part.UNAVAILABLE
    finally:
        await client.aclose()
    return Part.OK
