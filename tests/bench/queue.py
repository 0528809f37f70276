"""Opening the queue of readings while very many wait against while a few do: by the service, and by a page's event."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlmodel import Session

from lk_app import clock
from lk_app.services import migrations
from lk_app.services.callers import StaffCaller
from lk_app.services.demo import company
from lk_app.services.readings.queue import Filter, open_queue
from lk_app.services.session import WRITES, make_engine
from lk_app.state.office.readings import QueueState
from tests import factories
from tests.bench.events import in_turns
from tests.bench.imports import databases
from tests.bench.portals import running_portal
from tests.bench.report import Measure
from tests.bench.sign_in import timed
from tests.servers import Portal
from tests.waiting import crowd

MANY, FEW = 100_000, 100
ROUNDS = 60
CLIENTS = 5
TARGET = 1.3
OPEN_QUEUE = f"{QueueState.get_full_name()}.load"


def many_against_few() -> Iterator[Measure]:
    yield from by_the_service()
    yield from by_events()


def by_the_service() -> Iterator[Measure]:
    with TemporaryDirectory(prefix="lk-bench-") as folder, databases(Path(folder)) as urls, ExitStack() as stack:
        for database, url in urls.items():
            large, small = (stack.enter_context(filled(beside(url, many), many)) for many in (MANY, FEW))
            many, few = [], []
            for _ in range(ROUNDS):
                many.append(timed(lambda side=large: opened(*side)))
                few.append(timed(lambda side=small: opened(*side)))
            yield Measure(
                f"opening the queue, {MANY:,} wait, {database}",
                median(many), median(few), "ms", f"{FEW} wait", TARGET,
            )  # fmt: skip


def by_events() -> Iterator[Measure]:
    with running_portal() as large, running_portal() as small:
        for portal, many in ((large, MANY), (small, FEW)):
            fill(make_engine(portal.database_url, 1), many)
        many, few = asyncio.run(
            in_turns(
                (large.address, OPEN_QUEUE, staff_cookie_of(large)),
                (small.address, OPEN_QUEUE, staff_cookie_of(small)),
                CLIENTS,
            )
        )
    yield Measure(
        f"an event that opens the queue, {MANY:,} wait",
        median(1000 / round.per_second for round in many),
        median(1000 / round.per_second for round in few),
        "ms", f"{FEW} wait", TARGET,
    )  # fmt: skip


def beside(url: str, many: int) -> str:
    """Return the address of an empty database beside another one; on a server it is created."""
    name = f"queue-{many}"
    there = make_url(url)
    if there.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(there.database or '').with_name(name)}"
    with make_engine(url, 1).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    return there.set(database=name).render_as_string(hide_password=False)


@contextmanager
def filled(url: str, many: int) -> Iterator[tuple[Engine, StaffCaller]]:
    """Yield a database in which so many readings wait, and who may see them."""
    migrations.upgrade(url)
    engine = make_engine(url, 1)
    yield engine, fill(engine, many)
    engine.dispose()


def fill(engine: Engine, many: int) -> StaffCaller:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        crowd(session, many)
        who = factories.staff_caller(session)
        session.commit()
    return who


def opened(engine: Engine, who: StaffCaller) -> None:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        assert open_queue(session, who, Filter(), clock.now()).readings
        session.commit()


def staff_cookie_of(portal: Portal) -> str:
    """Sign the demo's operator in and return the Cookie header."""
    login, *_ = company.STAFF[0]
    form = {"login": login, "password": company.STAFF_PASSWORD}
    response = httpx.post(f"{portal.address}/api/office/session", data=form, headers={"Origin": portal.address})
    return f"lk-staff={response.cookies['lk-staff']}"
