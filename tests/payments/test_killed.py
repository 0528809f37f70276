"""Processes that are really killed (SIGKILL) between «Оплатить» and «оплачено»; another goes on where they stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from lk_app.models import ConcernReason
from lk_app.sandbox_bank.cards import CARDS
from lk_app.services.acquiring import asking, opening, refunds
from lk_app.services.acquiring.refunds import RefundOrder
from lk_app.services.callers import Consumer
from lk_app.services.payments import paying
from tests.outbox import Time
from tests.payments.faults import PARTS, Journey, MortalBank, Process, Wire, ground
from tests.payments.world import bank_at
from tests.servers import ROOT

CARD = CARDS[0].pan
LIVES_AT_MOST_S = 60

STORED, OPENED_THERE, PAGE_STORED = 2, 4, 6
"""Steps of `paying.pay`: the attempt is committed, the bank has answered, the page is committed."""
ANSWERED, ABOUT_TO_CREDIT, CREDITED = 4, 5, 6
"""Steps of the poller."""
REFUND_STORED, REFUNDED_THERE = 6, 8
"""Steps of a refund, which asks first."""


class Doomed(Process):
    """One that nothing can stop from dying: no `finally`, no rollback of ours."""

    def step(self, what: str) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def live(step: str, address: str, instant: str, work: str, user_id: str, session_id: str, given: str) -> None:
    """Do one piece of work in a process of its own, and be killed at a step of it."""
    process, now = Doomed(dies_at=int(step)), Time(datetime.fromisoformat(instant))
    for module in (asking, opening, refunds, paying):
        module.writing = process.writing  # type: ignore[attr-defined]  # imported there
    client = bank_at(address)
    bank = MortalBank(client, client, process, Wire())
    if work == "press":
        paying.pay(Consumer(int(user_id), int(session_id)), given, PARTS, "", bank, now)  # type: ignore[arg-type]  # kopecks
    elif work == "poll":
        asking.ask_next(bank, now)
    else:
        refunds.refund(RefundOrder(given, "оператор", "ошибка", "gas", 1_000), bank, now)  # type: ignore[arg-type]  # kopecks


def killed(one: Journey, step: int, work: str, given: str) -> None:
    """Let a process do a piece of work and be killed at a step of it."""
    who, there, now = one.world.who, one.world.there, one.world.now()
    code = "import sys; from tests.payments.test_killed import live; live(*sys.argv[1:])"
    said = [str(step), there.address, now.isoformat(), work, str(who.user_id), str(who.session_id), given]
    ended = subprocess.run(
        [sys.executable, "-c", code, *said], cwd=ROOT, timeout=LIVES_AT_MOST_S, check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2_000:]


@pytest.fixture
def one(portal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journey]:
    with ground(tmp_path, monkeypatch) as made:
        yield made.journey()


@pytest.mark.parametrize("step", [STORED, OPENED_THERE, PAGE_STORED])
def test_killed_while_opening_the_payment(one: Journey, step: int) -> None:
    killed(one, step, "press", one.world.number)

    [left] = one.attempts()
    assert len(one.orders()) == (step != STORED)
    one.world.now.passes(seconds=50)
    one.press()
    one.pay(CARD)
    one.settle()
    one.check()
    assert sum(order.deposited for order in one.there.orders()) == left.amount


@pytest.mark.parametrize("step", [ANSWERED, ABOUT_TO_CREDIT, CREDITED])
def test_killed_while_learning_of_the_money(one: Journey, step: int) -> None:
    one.press()
    one.pay(CARD)
    one.world.now.passes(minutes=1)
    killed(one, step, "poll", "")

    assert bool(one.attempts()[0].paid_at) == (step == CREDITED)
    one.settle()
    one.check()
    assert len(one.told) == len(PARTS)


@pytest.mark.parametrize("step", [REFUND_STORED, REFUNDED_THERE])
def test_killed_while_giving_money_back(one: Journey, step: int) -> None:
    one.press()
    one.pay(CARD)
    one.world.now.passes(minutes=1)
    one.poll()
    [attempt] = one.attempts()
    killed(one, step, "refund", attempt.order_number)

    one.expected = {ConcernReason.REFUND_UNCLEAR} if step == REFUND_STORED else set()
    one.settle()
    one.check()
    assert [order.refunded for order in one.there.orders()] == [1_000 if step == REFUNDED_THERE else 0]
