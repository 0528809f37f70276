"""How soon open pages hear of a change, and what each costs: 1,000 of them beside 10, and beside a bare application."""

import asyncio
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Self

import psutil
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app import clock
from lk_app.models import Account
from lk_app.services import identity, live
from lk_app.services.session import WRITES, make_engine
from lk_app.state.live import LOOKS_EVERY_S
from lk_app.state.readings import ReadingsState
from tests.bench.bare import INCREMENT
from tests.bench.portals import PASSWORD, running_portal
from tests.bench.report import Measure
from tests.bench.sockets import Tab, pace
from tests.factories import session_token
from tests.servers import Portal

FEW, MANY = 10, 1_000
CHANGES = 200
SECONDS_IDLE = 10.0
PATIENCE_S = 30.0
LOAD, REFRESH = (f"{ReadingsState.get_full_name()}.{handler}" for handler in ("load", "refresh"))


@dataclass
class Page:
    """A page that a consumer has left open; it asks for its data again when it is told to, as a browser does."""

    tab: Tab
    account_number: str
    told: asyncio.Event = field(default_factory=asyncio.Event)
    told_at: float = 0.0
    listening: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, address: str, account_number: str, cookie: str) -> Self:
        """Load the screen, and listen from then on."""
        page = cls(await Tab.open(address, "/readings", cookie), account_number)
        await page.tab.event(LOAD)
        page.listening = asyncio.create_task(page.listen())
        return page

    async def listen(self) -> None:
        async for message in self.tab.socket:
            if message == "2":
                await self.tab.socket.send("3")
            elif f'"{REFRESH}"' in str(message):
                self.told_at = time.perf_counter()
                self.told.set()
                await self.tab.send(REFRESH)

    async def close(self) -> None:
        if self.listening:
            self.listening.cancel()
        await self.tab.close()


@dataclass
class Company:
    """A portal with so many pages open."""

    portal: Portal
    engine: Engine
    pages: list[Page]
    session_size: float
    """Bytes that each took."""

    @classmethod
    async def open(cls, portal: Portal, number: int) -> Self:
        engine = make_engine(portal.database_url, pool_size=1)
        consumers = make_consumers(engine, number)
        # The first page of a process takes what all others share.
        pages = [await Page.open(portal.address, *consumers[0])]
        before = memory_of(portal.address)
        pages += [await Page.open(portal.address, *consumer) for consumer in consumers[1:]]
        return cls(portal, engine, pages, (memory_of(portal.address) - before) / (number - 1))

    def cpu(self) -> float:
        """Return the seconds of a core used so far."""
        times = serving(self.portal.address).cpu_times()
        return times.user + times.system

    async def hears(self) -> float:
        """Change the readings of one account at some moment; return the milliseconds until its page is told."""
        page = random.choice(self.pages)
        await asyncio.sleep(LOOKS_EVERY_S * random.random())
        page.told.clear()
        published_at = await asyncio.to_thread(publish, self.engine, page.account_number)
        await asyncio.wait_for(page.told.wait(), PATIENCE_S)
        return 1000 * (page.told_at - published_at)

    async def close(self) -> None:
        for page in self.pages:
            await page.close()
        self.engine.dispose()


def against_few_and_a_bare_application(bare: str) -> Iterator[Measure]:
    let_files_be_open(2 * MANY)
    with running_portal() as small, running_portal(MANY) as large:
        yield from asyncio.run(measured(small, large, bare))


async def measured(small: Portal, large: Portal, bare: str) -> list[Measure]:
    """Measure both portals at once, so that what else the machine does meets both."""
    few, many = await Company.open(small, FEW), await Company.open(large, MANY)
    bare_event, bare_session = await of_bare(bare)
    before = [few.cpu(), many.cpu()]
    await asyncio.sleep(SECONDS_IDLE)
    shares = [100 * (each.cpu() - used) / SECONDS_IDLE for each, used in zip((few, many), before, strict=True)]
    heard = [await asyncio.gather(few.hears(), many.hears()) for _ in range(CHANGES)]
    p99s = [quantiles(times, n=100)[98] for times in zip(*heard, strict=True)]
    await few.close()
    await many.close()
    hears = f"one of {MANY:,} open pages hears of a change, p99"
    return [
        Measure(f"a session, of {MANY:,}", many.session_size / 1024, bare_session / 1024, "KB", "bare application"),
        Measure(f"{MANY:,} open pages while nothing happens", shares[1], shares[0], "% CPU", f"{FEW} open pages"),
        Measure(hears, p99s[1], p99s[0], "ms", f"one of {FEW}", 1.3),
        Measure(hears, p99s[1], bare_event, "ms", "bare counter event, p99"),
    ]


async def of_bare(address: str) -> tuple[float, float]:
    """Return the p99 of an event of a bare application, and the bytes of a session of it."""
    tabs = [await Tab.open(address)]
    event = (await pace(tabs, INCREMENT, SECONDS_IDLE)).p99
    before = memory_of(address)
    tabs += [await Tab.open(address) for _ in range(MANY - 1)]
    session = (memory_of(address) - before) / (MANY - 1)
    for tab in tabs:
        await tab.close()
    return event, session


def let_files_be_open(number: int) -> None:
    """Allow this process, and those it starts, so many sockets at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, number), hard), hard))


def make_consumers(engine: Engine, number: int) -> list[tuple[str, str]]:
    """Sign in somebody for each account; return the numbers of the accounts and the Cookie headers."""
    password_hash = identity.hash_password(PASSWORD)
    consumers = []
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        for index, account_number in enumerate(session.exec(select(Account.number).limit(number)).all()):
            user_id = identity.create_user(session, f"Замер {index}", password_hash, None, clock.now())
            identity.attach(session, user_id, account_number, clock.now())
            consumers.append((account_number, f"lk={session_token(session, user_id, at=clock.now())}"))
        session.commit()
    return consumers


def publish(engine: Engine, account_number: str) -> float:
    """Commit a change as a service would; return the moment before the commit."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        live.publish(session, live.readings_of(account_number), clock.now())
        session.flush()
        published_at = time.perf_counter()
        session.commit()
    return published_at


def serving(address: str) -> psutil.Process:
    """Return the process that serves an address: of those started for it, the one that takes most memory."""
    port = address.rsplit(":", 1)[-1]
    started = psutil.Process().children(recursive=True)
    return max((each for each in started if port in each.cmdline()), key=lambda each: each.memory_info().rss)


def memory_of(address: str) -> int:
    return serving(address).memory_info().rss
