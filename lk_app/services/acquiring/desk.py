"""Where a process talks to its bank: threads of their own, so that a bank that hangs holds up nothing else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from lk_app.gateways.bank import bank_of
from lk_app.gateways.bank.interface import Bank
from lk_app.services.errors import ServiceError
from lk_app.settings import settings

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8
WAITING_AT_MOST = 40
"""People at the desk, served and queueing: with a bank that hangs the last of them waits two minutes."""

places = BoundedSemaphore(WAITING_AT_MOST)


class BankBusy(ServiceError):
    """More people want the bank than it answers."""

    def __init__(self) -> None:
        super().__init__("Банк сейчас отвечает медленно. Деньги не списаны. Попробуйте ещё раз через несколько минут.")


def is_available() -> bool:
    """Say whether consumers can pay online here."""
    return bool(settings().bank_address)


@cache
def bank() -> Bank:
    """Return this process's bank, made at first use like the database's engine."""
    return bank_of(settings())


@cache
def threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="bank")


async def at_the_desk(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run work that asks the bank in one of the desk's threads; raises BankBusy."""
    if not places.acquire(blocking=False):
        raise BankBusy
    try:
        return await asyncio.get_running_loop().run_in_executor(threads(), lambda: work(*args, **kwargs))
    finally:
        places.release()
