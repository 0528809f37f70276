"""A consumer, a bank over real HTTP and the two ledgers that have to agree."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlmodel import Session, col, select

from lk_app.gateways.bank.basket import FiscalRules
from lk_app.gateways.bank.sberbank import Credentials, Patience, Sberbank
from lk_app.models import Attempt, AttemptState, Concern, User
from lk_app.models.values import Kopecks
from lk_app.sandbox_bank import Faults
from lk_app.services.acquiring import asking
from lk_app.services.callers import Consumer
from lk_app.services.payments import paying
from lk_app.services.session import reading, writing
from tests import factories
from tests.bank.running import LOGIN, PASSWORD, RunningBank, running_bank
from tests.outbox import Time

GOOD_CARD = "4111 1111 1111 1111"
DECLINED_CARD = "4000 0000 0000 0002"
DEBT = Kopecks(184_356)
PATIENCE_S = 10.0
"""How long our client waits for the bank in tests; no longer than in life, and longer than a busy machine takes."""


@dataclass
class World:
    """A consumer with one account, the bank, and a clock that both go by."""

    who: Consumer
    number: str
    bank: Sberbank
    there: RunningBank
    now: Time

    def pay(self, amounts: Mapping[str, int] | None = None, who: Consumer | None = None) -> str:
        """Press «Оплатить»; return where the browser is sent."""
        wanted = {code: Kopecks(amount) for code, amount in (amounts or {"gas": DEBT}).items()}
        return paying.pay(who or self.who, self.number, wanted, "", self.bank, self.now)

    def poll(self) -> int:
        """Do all the poller has to do now; return how many attempts it asked about."""
        asked = 0
        while asking.ask_next(self.bank, self.now):
            asked += 1
        return asked

    def poll_for(self, **span: float) -> None:
        """Let time pass to its end, polling whenever something is due."""
        self.now.passes(**span)
        self.poll()

    def attempts(self) -> list[Attempt]:
        with reading() as session:
            return list(session.exec(select(Attempt).order_by(col(Attempt.id))).all())

    @property
    def attempt(self) -> Attempt:
        """The only attempt there is."""
        [attempt] = self.attempts()
        return attempt

    def concerns(self) -> list[Concern]:
        """What needs a person."""
        with reading() as session:
            return list(session.exec(select(Concern).where(col(Concern.resolved_at).is_(None))).all())

    def credited(self) -> int:
        """The kopecks that our books have, less what was given back."""
        credited = (AttemptState.PAID, AttemptState.EXPORTED, AttemptState.POSTED, AttemptState.REFUNDED)
        return sum(attempt.amount - attempt.refunded for attempt in self.attempts() if attempt.state in credited)

    def taken(self) -> int:
        """The kopecks that the bank's books have, less what was given back."""
        return sum(order.deposited - order.refunded for order in self.there.bank.orders())


@contextmanager
def world(folder: Path, faults: Faults | None = None, **options: Any) -> Iterator[World]:
    """A consumer with a debt, in the database of the fixture `portal`, and a bank of their own."""
    now = Time()
    with writing() as session:
        who, number = household(session)
        session.commit()
    with running_bank(folder, clock=now, faults=faults or Faults(), **options) as there:
        yield World(who, number, bank_at(there.address), there, now)


def household(session: Session) -> tuple[Consumer, str]:
    """A consumer whose account owes for gas and has a second division."""
    account = factories.account(session)
    factories.division(session, "gas", name="Природный газ")
    factories.division(session, "vdgo", name="ВДГО", position=2)
    who = factories.consumer(session, account)
    user = session.get_one(User, who.user_id)
    user.phone = "9120000001"
    session.add(user)
    session.flush()
    return who, account.number


def bank_at(address: str, patience_s: float = PATIENCE_S) -> Sberbank:
    """Our client of a bank that runs on loopback, less patient than in life."""
    client = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
    credentials = Credentials(LOGIN, SecretStr(PASSWORD), SecretStr(""))
    rules = FiscalRules(tax_type=0, measure="шт", payment_method=4, payment_object=4)
    timeout = httpx.Timeout(patience_s)
    return Sberbank(
        f"{address}/payment/rest", credentials, rules, client, ("127.0.0.1",), Patience(timeout, timeout, timeout)
    )
