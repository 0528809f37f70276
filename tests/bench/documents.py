"""Receipts: drawing one against a line, a kept one against a new one, and what others feel while 20 are made."""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from dataclasses import asdict
from datetime import timedelta
from io import BytesIO
from statistics import median, quantiles

import httpx
from sqlmodel import Session, col, select
from xhtml2pdf import pisa

from lk_app import clock
from lk_app.models import Account, Period, User
from lk_app.models.values import Month
from lk_app.pdf import drawing
from lk_app.services import identity, receipts
from lk_app.services.callers import Consumer
from lk_app.services.demo.company import GAS
from lk_app.services.references import reference_of
from lk_app.services.session import WRITES, make_engine
from tests.bench.events import OPEN_SETTLEMENTS
from tests.bench.portals import PASSWORD, cookie_of, running_portal
from tests.bench.report import Measure
from tests.bench.sign_in import timed
from tests.bench.sockets import Tab
from tests.servers import Portal

CONSUMERS = 20
ROUNDS = 5
DRAWN = 15
ONE_LINE = "<html><body><p>One line</p></body></html>"

OTHERS, SECONDS_BETWEEN_EVENTS, SECONDS_IDLE = 10, 0.05, 3.0


def against_a_line_and_each_other() -> Iterator[Measure]:
    with running_portal() as portal:
        consumers = make_consumers(portal)
        months = closed_months(portal)
        yield drawn(portal, consumers, months)
        yield served(portal, consumers, months[:DRAWN])
        yield asyncio.run(felt(portal, consumers, months[DRAWN:]))


def make_consumers(portal: Portal) -> list[tuple[str, str]]:
    """Make a user for each of 20 accounts and return their names with the accounts."""
    password_hash = identity.hash_password(PASSWORD)
    engine = make_engine(portal.database_url, pool_size=1)
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        numbers = session.exec(select(Account.number).order_by(col(Account.number)).limit(CONSUMERS)).all()
        consumers = [(f"Замер {'абвгдежзиклмнопрстуф'[index]}", number) for index, number in enumerate(numbers)]
        for name, number in consumers:
            user_id = identity.create_user(session, name, password_hash, None, clock.now())
            identity.attach(session, user_id, number, clock.now() - timedelta(days=2))
        session.commit()
    engine.dispose()
    return consumers


def closed_months(portal: Portal) -> list[Month]:
    engine = make_engine(portal.database_url, pool_size=1)
    with Session(engine) as session:
        months = session.exec(select(Period.month).where(col(Period.closed_on).is_not(None)))
        closed = sorted(months, reverse=True)
    engine.dispose()
    return closed


def drawn(portal: Portal, consumers: list[tuple[str, str]], months: list[Month]) -> Measure:
    """Measure drawing in this process, without the portal."""
    engine = make_engine(portal.database_url, pool_size=1)
    with Session(engine) as session:
        name, number = consumers[0]
        user = session.exec(select(User).where(User.name == name)).one()
        receipt = receipts.open_receipt(session, Consumer(user.id or 0, 0), number, GAS, months[0], clock.today())
        values = {"page": asdict(receipts.receipt_page(receipt)), "made_on": ""}
    engine.dispose()
    ours, lines = [], []
    for _ in range(DRAWN):
        ours.append(timed(lambda: drawing.draw("documents/receipt.html", values)))
        lines.append(timed(lambda: pisa.CreatePDF(ONE_LINE, dest=BytesIO())))
    return Measure("drawing a receipt", median(ours), median(lines), "ms", "one line by the same library")


def served(portal: Portal, consumers: list[tuple[str, str]], months: list[Month]) -> Measure:
    """Measure the second request for a receipt against the first, once the process that draws is there."""
    name, number = consumers[0]
    new, kept = [], []
    with httpx.Client(base_url=portal.address, headers={"Cookie": cookie_of(portal, name)}) as client:

        def get(month: Month) -> None:
            assert client.get(address(number, month)).headers["content-type"] == "application/pdf"

        get(months[0])
        for month in months[1:]:
            new.append(timed(lambda month=month: get(month)))
            kept.append(timed(lambda month=month: get(month)))
    return Measure("a kept receipt", median(kept), median(new), "ms", "a new one", 0.1)


async def felt(portal: Portal, consumers: list[tuple[str, str]], months: list[Month]) -> Measure:
    """Measure how long others' events take while 20 receipts are made at once, against an idle portal."""
    cookies = [cookie_of(portal, name) for name, _ in consumers]
    tabs = [await Tab.open(portal.address, cookie=cookie_of(portal)) for _ in range(OTHERS)]
    idle, busy = [], []
    async with httpx.AsyncClient(base_url=portal.address, timeout=60) as client:

        async def get(cookie: str, number: str, month: Month) -> None:
            answer = await client.get(address(number, month), headers={"Cookie": cookie})
            assert answer.headers["content-type"] == "application/pdf"

        for month in months[:ROUNDS]:
            idle += await events_until(tabs, asyncio.sleep(SECONDS_IDLE))
            asked = zip(cookies, consumers, strict=True)
            made = [get(cookie, number, month) for cookie, (_, number) in asked]
            busy += await events_until(tabs, asyncio.gather(*made))
    for tab in tabs:
        await tab.close()
    return Measure(
        f"an event while {CONSUMERS} receipts are made, p99",
        quantiles(busy, n=100)[98], quantiles(idle, n=100)[98], "ms", "idle", 3.0,
    )  # fmt: skip


async def events_until(tabs: list[Tab], done: Awaitable[object]) -> list[float]:
    """Let every tab send an event now and then until something is done; return the milliseconds each took."""
    times: list[float] = []
    until = asyncio.ensure_future(done)

    async def keep_sending(tab: Tab, place: int) -> None:
        # Clients don't all begin at the same moment: ten at once would be what the worst hundredth is made of.
        await asyncio.sleep(place * SECONDS_BETWEEN_EVENTS / len(tabs))
        while not until.done():
            sent = time.perf_counter()
            await tab.event(OPEN_SETTLEMENTS)
            times.append(1000 * (time.perf_counter() - sent))
            await asyncio.sleep(SECONDS_BETWEEN_EVENTS)

    await asyncio.gather(until, *(keep_sending(tab, place) for place, tab in enumerate(tabs)))
    return times


def address(number: str, month: Month) -> str:
    return f"/api/receipts/{reference_of(number)}/{GAS}?period={month}"
