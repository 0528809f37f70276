"""Sending a reading against a bare event of the same run."""

import asyncio
from collections.abc import Iterator
from statistics import median

import httpx
from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from lk_app.models import AccountLink, Reading, ReadingState, User
from lk_app.services import identity
from lk_app.services.references import reference_of
from lk_app.services.session import WRITES, make_engine
from tests import factories
from tests.bench.bare import INCREMENT, running_bare_app
from tests.bench.portals import NAME, cookie_of, running_portal
from tests.bench.report import Measure
from tests.bench.sign_in import timed
from tests.bench.sockets import Tab
from tests.waiting import meter_read

ROUNDS = 50
"""Fewer than one user may send in an hour."""


def against_a_bare_event() -> Iterator[Measure]:
    with running_bare_app() as bare, running_portal() as portal, asyncio.Runner() as runner:
        engine = make_engine(portal.database_url, 1)
        account_number, meter_id = make_meter(engine)
        client = httpx.Client(base_url=portal.address, headers={"Origin": portal.address, "Cookie": cookie_of(portal)})
        tab = runner.run(Tab.open(bare))

        def send(value: int) -> None:
            form = {"account": reference_of(account_number), f"value-{meter_id}": str(value)}
            assert "done" in client.post("/api/readings", data=form).json()

        ours, bares = [], []
        for number in range(ROUNDS):
            ours.append(timed(lambda value=5_215 + number: send(value)))
            accept_all(engine, meter_id)
            bares.append(timed(lambda: runner.run(tab.event(INCREMENT))))
        runner.run(tab.close())
        client.close()
        engine.dispose()
    yield Measure("sending a reading", median(ours), median(bares), "ms", "bare counter event")


def make_meter(engine: Engine) -> tuple[str, str]:
    """Give the bench's user an account with one meter; return the number and the meter's id."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        account = factories.account(session)
        user = session.exec(select(User).where(User.name_key == identity.name_key(NAME))).one()
        session.add(AccountLink(user_id=user.id or 0, account_number=account.number, attached_at=factories.NOW))
        meter_id = meter_read(session, account).id
        session.commit()
        return account.number, meter_id


def accept_all(engine: Engine, meter_id: str) -> None:
    """Let what was sent be decided about, so that the next one replaces nothing."""
    waits = (col(Reading.meter_id) == meter_id, col(Reading.state) == ReadingState.PENDING)
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        session.exec(update(Reading).where(*waits).values(state=ReadingState.ACCEPTED))
        session.commit()
