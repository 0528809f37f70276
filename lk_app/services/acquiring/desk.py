"""Where a process talks to its bank: threads of their own, so that a bank that hangs holds up nothing else."""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
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
OF_ONE_USER = 3


class BankBusy(ServiceError):
    """More people want the bank than it answers."""

    def __init__(self) -> None:
        super().__init__("Банк сейчас отвечает медленно. Деньги не списаны. Попробуйте ещё раз через несколько минут.")


class Places:
    """Who is at the desk: so many in all, and so many of one user."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[Hashable] = Counter()

    def take(self, user_id: Hashable) -> None:
        """Take a place; raises BankBusy."""
        with self._lock:
            of_one = user_id is not None and self._taken[user_id] >= OF_ONE_USER
            if of_one or self._taken.total() >= WAITING_AT_MOST:
                raise BankBusy
            self._taken[user_id] += 1

    def leave(self, user_id: Hashable) -> None:
        with self._lock:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]


places = Places()


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


def at_the_desk(user_id: Hashable, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
    """Begin work that asks the bank for a user, or for nobody, in one of the desk's threads; raises BankBusy.

    Who stops waiting for it does not end it: the place is free when the bank has answered.
    """
    places.take(user_id)
    begun = threads().submit(work, *args, **kwargs)
    begun.add_done_callback(lambda _: places.leave(user_id))
    return asyncio.wrap_future(begun)
