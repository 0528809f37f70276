"""Passwords hashed and checked in threads of their own: each takes a core for a fifth of a second."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from lk_app.services import identity
from lk_app.services.identity import Candidate

BCRYPT_THREADS = 2
"""Passwords handled at once: the pages need the rest of the machine."""


@cache
def bcrypt_threads() -> ThreadPoolExecutor:
    """Return the threads, apart from those that serve pages."""
    return ThreadPoolExecutor(BCRYPT_THREADS, thread_name_prefix="bcrypt")


async def hashed(password: str) -> str:
    """Return the hash to store."""
    return await asyncio.get_running_loop().run_in_executor(bcrypt_threads(), identity.hash_password, password)


async def fits(password: str, candidate: Candidate) -> bool:
    """Say whether it is the candidate's password."""
    return await asyncio.get_running_loop().run_in_executor(
        bcrypt_threads(), identity.password_fits, password, candidate
    )
