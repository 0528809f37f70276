"""Leading a consumer to the bank against one bare registration there, and a long history against a short one."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from statistics import median

import httpx
from sqlmodel import Session, col, func, select

from lk_app import clock
from lk_app.models import Account, Channel, Payment, Period
from lk_app.models.values import Kopecks
from lk_app.services.references import reference_of
from lk_app.services.session import WRITES, make_engine
from lk_app.settings import SANDBOX_BANK, SANDBOX_BANK_LOGIN, SANDBOX_BANK_PASSWORD
from lk_app.state.payments import PaymentsState
from tests.bench.events import in_turns
from tests.bench.portals import cookie_of, running_portal
from tests.bench.report import Measure
from tests.bench.sign_in import timed
from tests.servers import Portal

ROUNDS = 25
LONG = 10_000
OPEN_HISTORY = f"{PaymentsState.get_full_name()}.load"


def against_the_bank_and_each_other() -> Iterator[Measure]:
    yield from against_a_bare_registration()
    yield from a_long_history()


def against_a_bare_registration() -> Iterator[Measure]:
    with running_portal() as portal, httpx.Client(base_url=portal.address) as client:
        headers = {"Origin": portal.address, "Cookie": cookie_of(portal)}
        account, amounts = reference_of(number_of(portal)), count(100_00)

        def pay() -> None:
            form = {"account": account, "amount-gas": f"{next(amounts) / 100:.2f}", "email": "bench@example.ru"}
            answer = client.post("/api/payments", data=form, headers=headers).json()
            assert SANDBOX_BANK in answer.get("next", ""), answer

        def register() -> None:
            number = next(amounts)
            form = {
                "userName": SANDBOX_BANK_LOGIN,
                "password": SANDBOX_BANK_PASSWORD.get_secret_value(),
                "orderNumber": f"bare-{number}",
                "amount": str(number),
                "returnUrl": portal.address,
            }
            answer = client.post(f"{SANDBOX_BANK}/payment/rest/register.do", data=form).json()
            assert "formUrl" in answer, answer

        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(timed(pay))
            bare.append(timed(register))
    yield Measure("«Оплатить», up to the bank's page", median(ours), median(bare), "ms", "bare registration", 5.0)


def a_long_history() -> Iterator[Measure]:
    with running_portal() as short, running_portal() as long:
        pay_often(long)
        many, few = asyncio.run(
            in_turns(
                (long.address, OPEN_HISTORY, cookie_of(long)),
                (short.address, OPEN_HISTORY, cookie_of(short)),
                clients=5,
            )
        )
    yield Measure(
        f"a page of {LONG:,} payments",
        median(1000 / round.per_second for round in many),
        median(1000 / round.per_second for round in few),
        "ms", "of a few",
    )  # fmt: skip


def number_of(portal: Portal) -> str:
    """The account of the bench's user."""
    engine = make_engine(portal.database_url, pool_size=1)
    with Session(engine) as session:
        number = session.exec(select(Account.number).order_by(col(Account.number).desc()).limit(1)).one()
    engine.dispose()
    return number


def pay_often(portal: Portal) -> None:
    """Let the account of the bench's user have a long history, all of it in the last month."""
    number, today = number_of(portal), clock.today()
    engine = make_engine(portal.database_url, pool_size=1)
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        month = session.exec(select(func.max(Period.month))).one()
        session.add_all(
            Payment(
                id=f"often-{index}",
                account_number=number,
                division_code="gas",
                month=month,
                paid_on=today - timedelta(days=index % 28),
                amount=Kopecks(100_00),
                channel=Channel.BANK,
            )
            for index in range(LONG)
        )
        session.commit()
    engine.dispose()
