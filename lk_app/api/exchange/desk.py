"""Threads of the exchange's own: what programs ask for, and above all what they load, takes none of the pages'."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import ParamSpec, TypeVar

from lk_app import logs
from lk_app.services.errors import ServiceError
from lk_app.services.session import Service, reading, writing

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 2
_loading = Lock()


@cache
def threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="exchange")


@cache
def loader() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="exchange load")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do something that takes a moment."""
    return await asyncio.get_running_loop().run_in_executor(threads(), lambda: work(*args, **kwargs))


async def in_session(service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service that only reads."""

    def call() -> R:
        with reading() as session:
            return service(session, *args, **kwargs)

    return await in_thread(call)


async def in_transaction(service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service in one transaction that commits if it returns."""

    def call() -> R:
        with writing() as session:
            return service(session, *args, **kwargs)

    return await in_thread(call)


def is_loading() -> bool:
    """Say whether this process loads something just now."""
    return _loading.locked()


def take_turn() -> bool:
    """Take this process's turn to load, or say that it is taken."""
    return _loading.acquire(blocking=False)


def give_turn_back() -> None:
    _loading.release()


def load(work: Callable[[], object]) -> Future[None]:
    """Begin to load, by whoever has the turn, and give that back at the end; what goes wrong stands in the run."""

    def carried_out() -> None:
        try:
            work()
        except ServiceError:
            pass
        except Exception as error:
            logs.failed(error)
        finally:
            give_turn_back()

    return loader().submit(carried_out)
