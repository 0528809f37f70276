"""A consumer's journey while processes die, the wire breaks and the bank errs; and, after it, the two ledgers.

Every run is made of a seed: whoever runs it again sees the same.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from sqlmodel import Session, col, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lk_app.gateways.bank.checksum import checksum
from lk_app.gateways.bank.interface import Bank, BankFault, BankOrder, Evidence, NewOrder, Registered
from lk_app.gateways.bank.sberbank import Sberbank
from lk_app.models import (
    Account,
    Attempt,
    AttemptPart,
    AttemptState,
    BankMessage,
    Concern,
    ConcernReason,
    MessageKind,
    Posting,
    Refund,
    RefundState,
    User,
)
from lk_app.models.values import Kopecks
from lk_app.sandbox_bank import Bank as SandboxBank
from lk_app.sandbox_bank import BankOrder as TheirOrder
from lk_app.sandbox_bank import Faults, Merchant, create_app
from lk_app.sandbox_bank import State as TheirState
from lk_app.sandbox_bank.cards import CARDS, PASSWORD, Behaviour
from lk_app.services.acquiring import asking, billing, callbacks, opening, refunds
from lk_app.services.acquiring.billing import PaidPart
from lk_app.services.acquiring.refunds import RefundOrder
from lk_app.services.callers import Consumer
from lk_app.services.errors import ServiceError
from lk_app.services.payments import paying
from lk_app.services.session import reading, writing
from tests import factories
from tests.bank.running import CALLBACK_KEY, LOGIN, RunningBank, pay, serving
from tests.bank.running import PASSWORD as MERCHANT_PASSWORD
from tests.outbox import Death, Time
from tests.payments.world import World, bank_at, household
from tests.servers import free_port

HASTY_S, PATIENT_S = 0.1, 5.0
"""How long we wait for a bank that will not answer, and for one that will: a slow machine is no silent bank."""
LETS_GO_WITHIN_S = 10
NOWHERE = "http://127.0.0.1:9/payment/rest"
"""Where nobody listens: a call surely never arrives."""

LONG_ENOUGH = timedelta(minutes=3)
"""Left of a session: its page is given again."""

[SILENT] = [card.pan for card in CARDS if card.behaviour is Behaviour.FALLS_SILENT]

CREDITED = (AttemptState.PAID, AttemptState.EXPORTED, AttemptState.POSTED, AttemptState.REFUNDED)
OPEN = (AttemptState.CREATED, AttemptState.REGISTERED)
PARTS = {"gas": 184_356, "vdgo": 31_007}

R = TypeVar("R")


class Trouble(StrEnum):
    """What befalls a call on its way to the bank, there, and on its way back."""

    LOST = "lost on its way"
    BREAKS = "HTTP 500, nothing done"
    COMES_LATE = "hangs, done after we have gone"
    ANSWER_LOST = "done, connection dropped"
    BREAKS_AFTER = "done, HTTP 500"
    ANSWERS_LATE = "done, hangs"
    GARBLED = "done, no JSON"


Answer = dict[str, Any]
Lie = Callable[[Answer], Answer]


def amounts(answer: Answer, **told: int) -> Answer:
    return answer | {"paymentAmountInfo": answer["paymentAmountInfo"] | told}


LIES: dict[str, Lie] = {
    "amount": lambda answer: answer | {"amount": answer["amount"] + 1},
    "amount a hundredth": lambda answer: answer | {"amount": answer["amount"] // 100},
    "number": lambda answer: answer | {"orderNumber": "261122-ANOTHERONE"},
    "currency": lambda answer: answer | {"currency": "840"},
    "order": lambda answer: answer | {"attributes": [{"name": "mdOrder", "value": "another order"}]},
}
"""Answers that are not about the order we asked of: never to be believed, always listed."""

PAID_LIES: dict[str, Lie] = {
    "paid, another amount": lambda answer: LIES["amount"](answer) | {"orderStatus": 2},
    "paid, another number": lambda answer: LIES["number"](answer) | {"orderStatus": 2},
    "paid, in dollars": lambda answer: LIES["currency"](answer) | {"orderStatus": 2},
    "paid, taken less": lambda answer: amounts(answer, depositedAmount=answer["amount"] - 1) | {"orderStatus": 2},
}

UNREADY: dict[str, Lie] = {
    "held": lambda answer: answer | {"orderStatus": 1},
    "confirming": lambda answer: answer | {"orderStatus": 5},
}
"""True for a while: the money is on its way."""


class Broken(Exception):
    """The bank's server fails."""


_befalls: ContextVar[dict[str, Any]] = ContextVar("befalls")


class Wire(Faults):
    """The bank's side of the wire: what is armed befalls the next calls; what hangs does so until it is let go."""

    def __init__(self) -> None:
        self.armed: dict[str, list[Trouble | Lie]] = {}
        self.struck = 0
        self.heard: Counter[tuple[str, str]] = Counter()
        """How often the bank got a call about an order, by its name for it or ours."""
        self.told_paid: set[str] = set()
        """Of which orders it has truly said that they are paid."""
        self._hanging = 0
        self._go = threading.Event()

    def arm(self, call: str, *troubles: Trouble | Lie) -> None:
        self.armed.setdefault(call, []).extend(troubles)

    def hangs(self, call: str) -> bool:
        """Say whether the next call will be answered too late."""
        return self.armed.get(call, [])[:1] in ([Trouble.COMES_LATE], [Trouble.ANSWERS_LATE])

    def let_go(self) -> None:
        """Let what hangs be done, and wait until it is."""
        self._go.set()
        for _ in range(LETS_GO_WITHIN_S * 500):
            if not self._hanging:
                break
            threading.Event().wait(0.002)
        assert not self._hanging, "the bank hangs for ever"
        self._go.clear()

    async def before(self, call: str, asked: Mapping[str, str]) -> None:
        trouble = self._next(call)
        if isinstance(trouble, Trouble):
            _befalls.get()["trouble"] = trouble
        elif trouble:
            _befalls.get()["lie"] = trouble
        if trouble in (Trouble.LOST, Trouble.BREAKS):
            raise Broken
        if trouble is Trouble.COMES_LATE:
            await self._hang()
        self.heard[call, asked.get("orderId") or asked.get("orderNumber", "")] += 1

    async def after(self, call: str, asked: Mapping[str, str], answer: Answer) -> Answer:
        trouble, lie = _befalls.get().get("trouble"), _befalls.get().get("lie")
        if trouble is Trouble.BREAKS_AFTER:
            raise Broken
        if trouble is Trouble.ANSWERS_LATE:
            await self._hang()
        is_about_an_order = call == "status" and "orderStatus" in answer
        if is_about_an_order and lie:
            return lie(answer)
        if is_about_an_order and not trouble and answer["orderStatus"] in (2, 4):
            self.told_paid.add(answer["orderNumber"])
        return answer

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the bank with this wire before it."""

        async def wired(scope: Scope, receive: Receive, send: Send) -> None:
            befalls: dict[str, Trouble] = {}
            _befalls.set(befalls)

            async def spoilt(message: Message) -> None:
                trouble = befalls.get("trouble")
                if trouble is Trouble.GARBLED and message["type"] == "http.response.body":
                    message = message | {"body": b"<html>" + message["body"][6:]}
                if trouble not in (Trouble.LOST, Trouble.ANSWER_LOST):
                    await send(message)

            with suppress(Broken):
                await app(scope, receive, spoilt)

        return wired

    def _next(self, call: str) -> Trouble | Lie | None:
        waiting = self.armed.get(call)
        if not waiting:
            return None
        self.struck += 1
        return waiting.pop(0)

    async def _hang(self) -> None:
        self._hanging += 1
        try:
            while not self._go.is_set():  # noqa: ASYNC110 - it is another thread that lets go
                await asyncio.sleep(0.002)
        finally:
            self._hanging -= 1


@dataclass
class Process:
    """Our process: counts the steps around each commit and each call, and dies at one of them."""

    steps: int = 0
    dies_at: int | None = None
    deaths: int = 0
    committed: bool = False
    """Whether the last transaction was."""
    trace: list[str] = field(default_factory=list)

    def step(self, what: str) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            self.deaths += 1
            self.trace.append(f"  † {what}")
            raise Death

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """As the doorway's, but mortal."""
        self.committed = False
        with writing() as session:
            yield session
            self.step("before a commit")
        self.committed = True
        self.step("after a commit")


@dataclass
class MortalBank(Bank):
    """The bank as a process sees it that may die at each call, and whose network may be down."""

    hasty: Sberbank
    patient: Sberbank
    process: Process
    wire: Wire
    is_silent: bool = False
    is_reachable: bool = True
    unreached: int = 0

    def register(self, order: NewOrder) -> Registered:
        return self._call("register", lambda bank: bank.register(order))

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        return self._call("status", lambda bank: bank.status(order_number, order_id))

    def refund(self, order_id: str, amount: Kopecks) -> Evidence:
        return self._call("refund", lambda bank: bank.refund(order_id, amount))

    def _call(self, name: str, ask: Callable[[Sberbank], R]) -> R:
        self.process.step(f"before {name}")
        self.unreached += not self.is_reachable
        client = self.hasty if self.is_silent or self.wire.hangs(name) else self.patient
        try:
            answer = ask(client if self.is_reachable else replace(client, url=NOWHERE))
            self.process.trace.append(f"  {name}: {_short(answer)}")
            return answer
        except BankFault as fault:
            self.process.trace.append(f"  {name}: {type(fault).__name__} {fault.reason}")
            raise
        finally:
            self.process.step(f"after {name}")


@dataclass
class Ground:
    """Where journeys take place: one bank and one database, and all that was found in both so far."""

    who: Consumer
    there: RunningBank
    hasty: Sberbank
    patient: Sberbank
    wire: Wire
    now: Time
    runs: int = 0
    faults: int = 0
    theirs: int = 0
    ours: int = 0
    known: set[str] = field(default_factory=set)
    """The orders of the journeys before."""

    def agree(self) -> None:
        """All that the bank has taken is all that we have credited."""
        assert self.theirs == self.ours == sum(order.left for order in self.there.bank.orders())

    def journey(self) -> "Journey":
        """Send the consumer out for another account of theirs, at a new process."""
        with writing() as session:
            account = factories.account(session)
            factories.link(session, session.get_one(User, self.who.user_id), account)
            number = account.number
        process = Process()
        world = World(self.who, number, MortalBank(self.hasty, self.patient, process, self.wire), self.there, self.now)  # type: ignore[arg-type]  # both are banks
        for module in (asking, opening, refunds, paying):
            module.writing = process.writing  # type: ignore[attr-defined]  # imported there
        return Journey(self, world, process, self.wire)


@contextmanager
def ground(folder: Path, patched: pytest.MonkeyPatch) -> Iterator[Ground]:
    """A bank behind a bad wire, in the database of the fixture `portal`."""
    for module in (asking, opening, refunds, paying):
        patched.setattr(module, "writing", writing)
    # Nobody opens the same order next to us: only the dead did.
    patched.setattr(paying, "WAITS_FOR_S", 0.01)
    patched.setattr(paying, "LOOKED_AT_EVERY_S", 0.01)
    with writing() as session:
        who, _ = household(session)
    now, wire, port = Time(), Wire(), free_port()
    address = f"http://127.0.0.1:{port}"
    bank = SandboxBank(
        folder / "bank.db", Merchant(LOGIN, MERCHANT_PASSWORD, "", CALLBACK_KEY), address, clock=now, faults=wire
    )
    with serving(wire.around(create_app(bank)), port):
        yield Ground(who, RunningBank(address, bank), bank_at(address, HASTY_S), bank_at(address, PATIENT_S), wire, now)


@dataclass
class Journey:
    """One consumer, from «Оплатить» to «оплачено»."""

    ground: Ground
    world: World
    process: Process
    wire: Wire
    wanted: dict[str, int] = field(default_factory=lambda: dict(PARTS))
    pages: list[str] = field(default_factory=list)
    told: list[PaidPart] = field(default_factory=list)
    """What billing was told."""
    posted: set[tuple[str, str]] = field(default_factory=set)
    unheard: dict[str, TheirOrder] = field(default_factory=dict)
    """Of which refunds past us the bank has not told us yet; it repeats itself until it is heard."""
    expected: set[ConcernReason] = field(default_factory=set)
    """What a person may have to look at, by what has befallen."""

    @property
    def trace(self) -> list[str]:
        return self.process.trace

    @property
    def bank(self) -> MortalBank:
        return self.world.bank  # type: ignore[return-value]  # `journey` put it there

    def do(self, action: Callable[..., object], *given: Any) -> None:
        """Do something, or die at it; whatever came of it, nothing may be credited that the bank has not said."""
        self.trace.append(f"{self.world.now():%d. %H:%M:%S} {action.__name__} {' '.join(map(_short, given))}")
        try:
            action(*given)
        except Death:
            # What billing was told by a commit, it was told.
            pass
        except ServiceError as error:
            self.trace.append(f"  {type(error).__name__}: {error.message}")
        self.check_credit()

    # What consumers do.

    def press(self) -> None:
        """Press «Оплатить»."""
        before = {attempt.order_number for attempt in self.attempts()}
        try:
            page = self.world.pay(self.wanted)
        finally:
            opened = [attempt for attempt in self.attempts() if attempt.order_number not in before]
            assert len(opened) <= 1, "one press opened two orders"
        if page.startswith("http"):
            self._given(page)

    def pay(self, pan: str, page: str = "", password: str | None = PASSWORD) -> None:
        """Pay at the page that was given last, or an earlier one, if it still takes a card."""
        page = page or (self.pages[-1] if self.pages else "")
        takes_cards = [order.order_id for order in self.orders() if order.state is TheirState.REGISTERED]
        if page.endswith(tuple(takes_cards)):
            pay(page, pan, password)
            self.bank.is_silent |= pan == SILENT

    def come_back(self) -> None:
        """Wait at our page for the outcome."""
        for attempt in self.attempts()[-1:]:
            asking.ask_now(attempt.id or 0, self.bank, self.world.now)

    # What the bank does.

    def hear(self, fields: Mapping[str, str]) -> None:
        """Let a callback arrive."""
        with self.process.writing() as session:
            attempt_id = callbacks.take(session, fields, CALLBACK_KEY, self.world.now())
        if attempt_id:
            self.unheard.pop(fields["mdOrder"], None)
            asking.ask_now(attempt_id, self.bank, self.world.now)

    def cabinet_refunds(self, order: TheirOrder, amount: int) -> None:
        """Give money back past us; of which division nobody says."""
        self.unheard[order.order_id] = self.there.refund(order.order_id, amount)
        self.expected |= {ConcernReason.REFUNDED_ELSEWHERE, ConcernReason.REFUNDED_AFTER_EXPORT}

    # What our workers and staff do.

    def poll(self) -> None:
        self.world.poll()
        refunds.settle_refunds(self.bank, self.world.now)

    def export(self) -> None:
        """Tell billing; it knows when the transaction is committed, even if nobody lives to see it."""
        parts: list[PaidPart] = []
        try:
            with self.process.writing() as session:
                parts = billing.export(session, self.world.now(), self.world.now())
        finally:
            if self.process.committed:
                self.told += parts

    def post(self) -> None:
        """Let billing post what it was told, and let us learn of it."""
        new = [part for part in self.told if (part.order_number, part.division_code) not in self.posted]
        try:
            with self.process.writing() as session:
                for part in new:
                    post_part(session, part)
                billing.note_postings(session, self.world.now())
        finally:
            if self.process.committed:
                self.posted |= {(part.order_number, part.division_code) for part in new}

    def refund(self, order_number: str, division: str | None, amount: int | None) -> None:
        self.expected |= {ConcernReason.REFUND_UNCLEAR, ConcernReason.REFUNDED_AFTER_EXPORT}
        asked = RefundOrder(order_number, "оператор", "ошибка", division, None if amount is None else Kopecks(amount))
        refunds.refund(asked, self.bank, self.world.now)

    # The end.

    def settle(self) -> None:
        """Let all be well for more than a day, at the end of which the bank says once more what was paid."""
        self.process.dies_at, self.bank.is_reachable, self.bank.is_silent = None, True, False
        self.wire.armed.clear()
        self.wire.let_go()
        for hours in (0.5, 12, 12.6):
            self.world.now.passes(hours=hours)
            self.do(self.poll)
        self.do(self.export)
        self.do(self.post)
        for order in self.orders():
            if not order.refunded:
                self.do(self.hear, notice(order, "deposited", succeeded=order.is_paid))
        self.world.now.passes(minutes=2)
        self.do(self.poll)

    # What is true at any time, and at the end.

    def check_credit(self) -> None:
        for attempt in self.attempts():
            told = attempt.order_number in self.wire.told_paid
            assert told or attempt.state not in CREDITED, f"{attempt.order_number} was credited on nobody's word"

    def check(self) -> None:
        """The bank's books and ours agree, and whatever has not ended is listed."""
        theirs, ours = {order.order_number: order for order in self.orders()}, self.attempts()
        assert set(theirs) <= {attempt.order_number for attempt in ours}, "the bank has an order that we have not"
        for attempt in ours:
            order = theirs.get(attempt.order_number)
            self._check_books(attempt, order)
            self._check_billing(attempt)
            self._check_refunds(attempt, order)
            self._check_end(attempt)
        self.ground.runs += 1
        self.ground.faults += self.process.deaths + self.bank.unreached
        self.ground.known |= set(theirs)
        self.ground.theirs += sum(order.deposited - order.refunded for order in theirs.values())
        self.ground.ours += sum(credited(attempt) for attempt in ours)

    def attempts(self) -> list[Attempt]:
        with reading() as session:
            own = select(Attempt).where(Attempt.account_number == self.world.number).order_by(col(Attempt.id))
            return list(session.exec(own).all())

    def orders(self) -> list[TheirOrder]:
        """The bank's orders that were opened in this journey."""
        orders = self.there.orders(newest=30)
        return [order for order in orders if order.order_number not in self.ground.known]

    @property
    def there(self) -> SandboxBank:
        return self.world.there.bank

    def _given(self, page: str) -> None:
        self.trace.append(f"  given {page[-12:]}")
        self.pages.append(page)
        now, ours = self.world.now(), self.attempts()
        assert page in [attempt.form_url for attempt in ours], "a page was given that is not stored"
        usable = [
            attempt.form_url
            for attempt in ours
            if attempt.state is AttemptState.REGISTERED and attempt.form_url and attempt.expires_at > now + LONG_ENOUGH
        ]
        assert len(usable) <= 1, "one payment has two pages"

    def _check_books(self, attempt: Attempt, order: TheirOrder | None) -> None:
        taken = order.deposited - order.refunded if order else 0
        assert credited(attempt) == taken, f"{attempt.order_number}: theirs {taken}, ours {credited(attempt)}"
        assert attempt.refunded == (order.refunded if order else 0)
        assert sum(part.amount for part in self._parts(attempt)) == attempt.amount
        assert sum(part.refunded for part in self._parts(attempt)) == attempt.refunded
        if attempt.state in CREDITED:
            assert self._said_paid(attempt), "no evidence of a payment"

    def _check_billing(self, attempt: Attempt) -> None:
        parts = {part.division_code: part.exported for part in self._parts(attempt) if part.exported is not None}
        told = [(part.division_code, part.amount) for part in self.told if part.order_number == attempt.order_number]
        assert sorted(told) == sorted(parts.items()), "billing was not told of each part once"
        if attempt.state in CREDITED and credited(attempt):
            assert attempt.state is AttemptState.POSTED
        if told and sum(amount for _, amount in told) != credited(attempt):
            assert ConcernReason.REFUNDED_AFTER_EXPORT in self.concerns(attempt), "billing does not know of a refund"

    def _check_refunds(self, attempt: Attempt, order: TheirOrder | None) -> None:
        with reading() as session:
            ours = session.exec(select(Refund).where(Refund.attempt_id == attempt.id)).all()
        assert all(refund.state is not RefundState.ASKED for refund in ours), "a refund has not ended"
        assert sum(refund.amount for refund in ours if refund.state is RefundState.DONE) <= attempt.refunded
        if order:
            assert self.wire.heard["refund", order.order_id] <= len(ours), "one refund was asked for twice"

    def _check_end(self, attempt: Attempt) -> None:
        concerns = self.concerns(attempt)
        assert concerns <= self.expected, f"{attempt.order_number}: {concerns - self.expected} is a false alarm"
        assert attempt.state not in OPEN or concerns, f"{attempt.order_number} has not ended, and nobody is told"
        is_asked_hourly = ConcernReason.UNKNOWN_AT_BANK in concerns
        assert is_asked_hourly or attempt.next_ask_at is None, (
            f"{attempt.order_number}, which is {attempt.state}, is asked about for ever"
        )

    def concerns(self, attempt: Attempt) -> set[ConcernReason]:
        with reading() as session:
            open_ones = select(Concern.reason).where(
                Concern.attempt_id == attempt.id, col(Concern.resolved_at).is_(None)
            )
            return set(session.exec(open_ones).all())

    def _said_paid(self, attempt: Attempt) -> bool:
        with reading() as session:
            said = select(BankMessage.content).where(
                BankMessage.attempt_id == attempt.id, BankMessage.kind == MessageKind.STATUS
            )
            return any(content.get("orderStatus") in (2, 4) for content in session.exec(said).all())

    def _parts(self, attempt: Attempt) -> list[AttemptPart]:
        with reading() as session:
            return list(session.exec(select(AttemptPart).where(AttemptPart.attempt_id == attempt.id)).all())


def credited(attempt: Attempt) -> int:
    """Return the kopecks that our books have of an attempt."""
    return attempt.amount - attempt.refunded if attempt.state in CREDITED else 0


def notice(order: TheirOrder, operation: str, *, succeeded: bool = True, key: str = CALLBACK_KEY) -> dict[str, str]:
    """Return a callback of the bank's, or of somebody who has another key."""
    fields = {
        "mdOrder": order.order_id,
        "orderNumber": order.order_number,
        "operation": operation,
        "status": str(int(succeeded)),
        "amount": str(order.amount),
    }
    return fields | {"checksum": checksum(key, fields)}


def notices(order: TheirOrder) -> list[dict[str, str]]:
    """Return what the bank has to say of an order, in the order in which it happened."""
    if order.is_paid:
        paid = [notice(order, "approved"), notice(order, "deposited")]
        return [*paid, notice(order, "refunded")] if order.refunded else paid
    return [] if order.is_open else [notice(order, "deposited", succeeded=False)]


def _short(said: object) -> str:
    """Return what of something goes into a trace."""
    if isinstance(said, BankOrder):
        return f"{said.order_number} {said.status.name}, {said.amount} taken {said.deposited} back {said.refunded}"
    if isinstance(said, TheirOrder):
        return said.order_number
    return " ".join(map(str, list(said.values())[1:])) if isinstance(said, dict) else str(said)[-40:]


def post_part(session: Session, part: PaidPart) -> None:
    """Let billing post what it was told."""
    account = session.get_one(Account, part.account_number)
    payment = factories.payment(session, account, part.amount, division_code=part.division_code)
    factories.store(
        session,
        Posting(order_number=part.order_number, division_code=part.division_code, payment_id=payment.id),
    )


def plain(journey: Journey, pan: str | None) -> None:
    """From «Оплатить» to «оплачено»; without a card nobody pays."""
    for _ in range(4):
        if not journey.pages:
            journey.do(journey.press)
            journey.world.now.passes(seconds=20)
    if pan:
        journey.do(journey.pay, pan)
    journey.do(journey.come_back)
    journey.world.now.passes(seconds=65)
    for fields in [fields for order in journey.orders() for fields in notices(order)[-1:]]:
        journey.do(journey.hear, fields)
        journey.world.now.passes(seconds=5)
    for action in (journey.poll, journey.export, journey.post):
        journey.do(action)
        journey.world.now.passes(seconds=5)


def giving_back(journey: Journey) -> None:
    """Pay, and get a part back before billing is told, and a part after."""
    plain_steps = (journey.press, lambda: journey.pay(CARDS[0].pan), journey.come_back)
    for action in plain_steps:
        journey.do(action)
        journey.world.now.passes(seconds=5)
    for amount in (1_000, 700):
        for attempt in journey.attempts():
            journey.do(journey.refund, attempt.order_number, "vdgo", amount)
            journey.world.now.passes(seconds=61)
        journey.do(journey.poll)
        journey.do(journey.export)
        journey.do(journey.post)


def wander(journey: Journey, chance: Random) -> None:
    """Let a seed decide what people, the bank and the faults do."""
    journey.wanted = chance.choice([PARTS, {"gas": PARTS["gas"]}])
    visit(journey, chance, journey.press)
    for _ in range(chance.randint(4, 9)):
        visit(journey, chance, *_next_step(journey, chance))
        journey.world.now.passes(seconds=chance.choice([0, 3, 3, 20, 20, 50, 300, 1080, 1300, 10_800]))
    while journey.unheard:
        visit(journey, chance, journey.hear, notice(next(iter(journey.unheard.values())), "refunded"))
        journey.world.now.passes(seconds=20)


def visit(journey: Journey, chance: Random, action: Callable[..., object], *given: Any) -> None:
    """Do something while something else goes wrong."""
    if chance.random() < 0.65:
        chance.choice([_death, _death, _trouble, _trouble, _lie, _unready, _no_network])(journey, chance)
    journey.do(action, *given)
    journey.process.dies_at, journey.bank.is_reachable = None, True
    # A refund is never on its way for minutes: the bank would have given up.
    if chance.random() < 0.5 or action == journey.refund:
        journey.wire.let_go()


def _next_step(journey: Journey, chance: Random) -> tuple[Any, ...]:
    orders, attempts = journey.orders(), journey.attempts()
    steps: list[tuple[Any, ...]] = [
        (journey.press,),
        (journey.come_back,),
        (journey.poll,),
        (journey.export,),
        (journey.post,),
    ]
    if journey.pages:
        cards = [card.pan for card in CARDS]
        password = chance.choice([PASSWORD, PASSWORD, "a wrong one", None])
        steps += [(journey.pay, chance.choice([cards[0], *cards]), chance.choice(journey.pages), password)] * 4
    for order in orders:
        heard = chance.sample(notices(order), k=len(notices(order)))
        forged = notice(order, "deposited", key="another key")
        premature = notice(order, "deposited")
        steps += [(journey.hear, fields) for fields in [*heard, forged, premature]]
        if order.left:
            steps.append((journey.cabinet_refunds, order, chance.randint(1, order.left)))
    for attempt in attempts:
        division = chance.choice([None, *journey.wanted])
        amount = chance.choice([None, chance.randint(1, 40_000)])
        steps += [(journey.refund, attempt.order_number, division, amount)]
    return chance.choice(steps)


def _death(journey: Journey, chance: Random) -> None:
    journey.process.dies_at = journey.process.steps + chance.randint(1, 8)


def _trouble(journey: Journey, chance: Random) -> None:
    call, trouble = chance.choice(["register", "status", "status", "refund"]), chance.choice(list(Trouble))
    journey.trace.append(f"  next {call}: {trouble}")
    journey.wire.arm(call, trouble)


def _lie(journey: Journey, chance: Random) -> None:
    name, lie = chance.choice(list((LIES | PAID_LIES).items()))
    if name == "order":
        # Who does not know the right one yet believes it, and asks about another order from then on.
        journey.expected.add(ConcernReason.UNKNOWN_AT_BANK)
    times = chance.randint(1, 3)
    journey.trace.append(f"  next {times} statuses: {name}")
    journey.wire.arm("status", *[lie] * times)
    journey.expected.add(ConcernReason.ANSWER_DIFFERS)


def _unready(journey: Journey, chance: Random) -> None:
    name, unready = chance.choice(list(UNREADY.items()))
    times = chance.randint(1, 4)
    journey.trace.append(f"  next {times} statuses: {name}")
    journey.wire.arm("status", *[unready] * times)
    journey.expected |= {ConcernReason.MONEY_HELD, ConcernReason.ANSWER_CONTRADICTS}


def _no_network(journey: Journey, chance: Random) -> None:
    journey.trace.append("  no network")
    journey.bank.is_reachable = False
