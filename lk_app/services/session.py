"""The doorway to the database: the only place that opens sessions and commits."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from lk_app.settings import settings

P = ParamSpec("P")
R = TypeVar("R")
Service = Callable[Concatenate[Session, P], R]

BUSY_TIMEOUT_MS = 10_000
WRITES = {"lk_writes": True}
"""Execution option of a connection that is going to write."""


def make_engine(url: str, pool_size: int) -> Engine:
    """Return an engine for SQLite or PostgreSQL with the guarantees the services count on.

    Its errors do not quote parameters, which are people's data.
    """
    if not is_sqlite(url):
        return create_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_sqlite_reading_engine(url: str, pool_size: int) -> Engine:
    """Return an engine that can't write and spends nothing on transactions, which took longer than the reads."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", _forbid_writes)
    return engine


@cache
def is_sqlite(url: str) -> bool:
    """Say whether an address is that of an SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver would begin transactions too late and only before writes: we begin them ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _forbid_writes(connection: Any, record: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that starts as a reader can fail half-way when another writer was first; IMMEDIATE waits at the start.
    writes = connection.get_execution_options().get("lk_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@cache
def engine() -> Engine:
    """Return this process's engine, made at first use because web workers fork after import."""
    return make_engine(settings().database_url, settings().database_pool)


@cache
def reading_engine() -> Engine:
    """Return the engine for reads, each statement of which sees what is committed at its start."""
    if is_sqlite(settings().database_url):
        return make_sqlite_reading_engine(settings().database_url, settings().database_pool)
    # Without a transaction around it a read takes one journey to the server instead of three.
    return engine().execution_options(isolation_level="AUTOCOMMIT")


@cache
def threads() -> ThreadPoolExecutor:
    """Return the threads services run in: as many as there are connections, so that none waits for one."""
    return ThreadPoolExecutor(settings().database_pool, thread_name_prefix="service")


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session for services that only read."""
    with Session(reading_engine()) as session:
        yield session


@contextmanager
def snapshot() -> Iterator[Session]:
    """Open a session that only reads, and all statements of which see the data of one moment: for sums of money.

    While billing's package is loaded, statements one by one could see a payment neither before nor after it moved.
    """
    options: dict[str, Any] = {}
    if not is_sqlite(settings().database_url):
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine().connect().execution_options(**options) as connection, Session(connection) as session:
        yield session


@cache
def session_kept_open() -> Session:
    """Return the session of the event loop's thread on SQLite: opening one took longer than most reads."""
    return Session(reading_engine())


@contextmanager
def reading_at_once() -> Iterator[Session]:
    """Lend the session that is kept open, to one service after another; nothing read stays in it."""
    session = session_kept_open()
    try:
        yield session
    except BaseException:
        session.close()
        raise
    session.expunge_all()


@contextmanager
def writing() -> Iterator[Session]:
    """Open a session in one transaction, committed at the end unless something was raised."""
    with engine().connect().execution_options(**WRITES) as connection, Session(connection) as session:
        yield session
        session.commit()


async def in_session(service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service that only reads: in a worker thread, or on SQLite at once.

    SQLite reads in this process and waits for nobody (WAL): 0.2 to 0.5 ms of work, which a thread would double, since
    all threads share one interpreter. What reads for longer than a page's data takes belongs `in_reading_thread`.
    """
    if is_sqlite(settings().database_url):
        with reading_at_once() as session:
            return service(session, *args, **kwargs)
    return await in_reading_thread(service, *args, **kwargs)


async def in_reading_thread(service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service that only reads, and may take long, in a worker thread."""

    def call() -> R:
        with reading() as session:
            return service(session, *args, **kwargs)

    return await _in_thread(call)


async def in_transaction(service: Service[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service in a worker thread, in one transaction that commits if it returns."""

    def call() -> R:
        with writing() as session:
            return service(session, *args, **kwargs)

    return await _in_thread(call)


async def _in_thread(call: Callable[[], R]) -> R:
    # What is logged over there belongs to the request that is handled here.
    return await asyncio.get_running_loop().run_in_executor(threads(), copy_context().run, call)
