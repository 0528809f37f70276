"""Two tabs, two processes; the return page, the callback and the poller at once: whoever is first, it counts once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from lk_app.gateways.bank.interface import Bank, BankOrder, Evidence, NewOrder, Registered
from lk_app.models import AttemptState, RefundState
from lk_app.models.values import Kopecks
from lk_app.sandbox_bank.cards import CARDS
from lk_app.services.acquiring import asking, billing, opening, refunds
from lk_app.services.acquiring.asking import Asked
from lk_app.services.acquiring.refunds import CannotRefund, RefundOrder
from lk_app.services.payments import paying
from lk_app.services.session import writing
from tests.bank.running import pay
from tests.outbox import side_by_side
from tests.payments.faults import Journey, Trouble, ground, notice, post_part

CARD = CARDS[0].pan
SOON_S = 0.2
"""Enough for whoever is not held back to overtake."""
AT_LAST_S = 10


@pytest.fixture
def one(portal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journey]:
    """A consumer who has not begun yet."""
    with ground(tmp_path, monkeypatch) as made:
        monkeypatch.setattr(paying, "WAITS_FOR_S", AT_LAST_S)
        yield made.journey()


@pytest.fixture
def paid(one: Journey) -> Journey:
    """One who has paid, of which we do not know yet."""
    one.press()
    one.pay(CARD)
    one.world.now.passes(minutes=1)
    return one


@dataclass
class Slow(Bank):
    """A bank whose answers to one kind of call stay on their way until they are let go."""

    real: Bank
    slow: str
    answered: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def register(self, order: NewOrder) -> Registered:
        return self._held("register", self.real.register(order))

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        return self._held("status", self.real.status(order_number, order_id))

    def refund(self, order_id: str, amount: Kopecks) -> Evidence:
        return self._held("refund", self.real.refund(order_id, amount))

    def _held(self, call: str, answer: Any) -> Any:
        if call == self.slow:
            self.answered.set()
            assert self.let_go.wait(AT_LAST_S)
        return answer


@pytest.fixture
def aside() -> Iterator[Callable[..., Future[Any]]]:
    """Let something go on beside the test."""
    with ThreadPoolExecutor(4) as threads:
        yield threads.submit


def while_another_writes(first: Callable[[Session], Any], second: Callable[[Session], Any]) -> tuple[Any, Any]:
    """Let one transaction begin and end while another that came before is still open; return what each found."""

    def alone() -> Any:
        with writing() as session:
            return second(session)

    with ThreadPoolExecutor(1) as threads:
        with writing() as session:
            found = first(session)
            later = threads.submit(alone)
            threading.Event().wait(SOON_S)
        return found, later.result(AT_LAST_S)


def test_two_tabs_that_press_at_once_get_one_page(one: Journey) -> None:
    pages: list[str] = []

    side_by_side(lambda: pages.append(one.world.pay(one.wanted)), workers=2)

    assert pages[0] == pages[1] == one.attempts()[0].form_url
    assert len(one.attempts()) == len(one.orders()) == 1


def test_a_tab_waits_for_the_page_that_another_is_fetching(one: Journey, aside: Callable[..., Future[Any]]) -> None:
    slow = Slow(one.bank, "register")
    first = aside(paying.pay, one.world.who, one.world.number, one.wanted, "", slow, one.world.now)
    assert slow.answered.wait(AT_LAST_S)
    second = aside(one.world.pay, one.wanted)
    threading.Event().wait(SOON_S)
    assert not second.done()
    slow.let_go.set()

    assert first.result(AT_LAST_S) == second.result(AT_LAST_S)
    assert len(one.orders()) == 1


def test_who_got_the_page_too_late_gives_it_to_nobody(one: Journey, aside: Callable[..., Future[Any]]) -> None:
    slow = Slow(one.bank, "register")
    first = aside(paying.pay, one.world.who, one.world.number, one.wanted, "", slow, one.world.now)
    assert slow.answered.wait(AT_LAST_S)
    one.world.now.passes(seconds=46)
    page = one.world.pay(one.wanted)
    slow.let_go.set()

    with pytest.raises(opening.BankDoesNotAnswer):
        first.result(AT_LAST_S)
    assert [attempt.form_url for attempt in one.attempts()] == ["", page]


def test_return_page_callback_and_poller_at_once_credit_once(paid: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASKED_AT_MOST_EVERY", timedelta(0))
    attempt_id, [order] = paid.attempts()[0].id or 0, paid.orders()
    met = threading.Barrier(3)

    class Meeting(Slow):
        def _held(self, call: str, answer: Any) -> Any:
            met.wait(AT_LAST_S)
            return answer

    bank = Meeting(paid.bank, "status")
    with ThreadPoolExecutor(3) as threads:
        done = [
            threads.submit(asking.ask_now, attempt_id, bank, paid.world.now),
            threads.submit(asking.ask_next, bank, paid.world.now),
            threads.submit(asking.ask, Asked(attempt_id, order.order_number, order.order_id), bank, paid.world.now),
        ]
        for each in done:
            each.result(AT_LAST_S)
    paid.hear(notice(order, "deposited"))
    paid.settle()

    paid.check()
    assert [part.amount for part in paid.told] == list(paid.wanted.values())


def test_two_pollers_ask_about_each_attempt_once(one: Journey) -> None:
    for amount in range(1_000, 1_006):
        pay(one.world.pay({"gas": amount}), CARD)
    one.world.now.passes(minutes=1)

    side_by_side(one.world.poll, workers=2)
    one.world.poll()

    assert [attempt.state for attempt in one.attempts()] == [AttemptState.PAID] * 6
    assert [one.wire.heard["status", order.order_id] for order in one.orders()] == [1] * 6


def test_an_answer_that_is_overtaken_takes_nothing_back(one: Journey, aside: Callable[..., Future[Any]]) -> None:
    one.press()
    [attempt], slow = one.attempts(), Slow(one.bank, "status")
    assert attempt.id
    early = aside(asking.ask_now, attempt.id, slow, one.world.now)
    assert slow.answered.wait(AT_LAST_S)
    one.pay(CARD)
    one.world.now.passes(seconds=5)
    one.come_back()
    one.world.now.passes(seconds=1)
    slow.let_go.set()
    early.result(AT_LAST_S)

    assert [attempt.state for attempt in one.attempts()] == [AttemptState.PAID]
    assert one.concerns(one.attempts()[0]) == set()


def test_an_answer_from_before_a_refund_takes_nothing_back(paid: Journey, aside: Callable[..., Future[Any]]) -> None:
    paid.poll()
    [attempt], slow = paid.attempts(), Slow(paid.bank, "status")
    assert attempt.id
    early = aside(asking.ask_now, attempt.id, slow, lambda: paid.world.now.instant + timedelta(seconds=3))
    assert slow.answered.wait(AT_LAST_S)
    paid.world.now.passes(seconds=5)
    paid.refund(attempt.order_number, "gas", 1_000)
    slow.let_go.set()
    early.result(AT_LAST_S)

    [attempt] = paid.attempts()
    assert (attempt.refunded, paid.concerns(attempt)) == (1_000, set())


def test_of_two_refunds_at_once_one_is_carried_out(paid: Journey) -> None:
    paid.poll()
    [attempt] = paid.attempts()
    paid.world.now.passes(seconds=5)
    found: list[object] = []

    def give_back() -> None:
        try:
            asked = RefundOrder(attempt.order_number, "оператор", "ошибка")
            found.append(refunds.refund(asked, paid.bank, paid.world.now))
        except CannotRefund as error:
            found.append(type(error))

    side_by_side(give_back, workers=2)

    assert sorted(map(str, found)) == sorted([str(CannotRefund), str(RefundState.DONE)])
    assert paid.wire.heard["refund", attempt.bank_order_id or ""] == 1


def test_while_a_refund_is_underway_there_is_no_other(paid: Journey) -> None:
    paid.poll()
    [attempt] = paid.attempts()
    paid.wire.arm("refund", Trouble.COMES_LATE)
    paid.refund(attempt.order_number, "gas", 1_000)
    with pytest.raises(CannotRefund, match="ещё не завершён"):
        paid.refund(attempt.order_number, "gas", 1_000)
    paid.settle()

    paid.check()
    assert [attempt.refunded for attempt in paid.attempts()] == [1_000]


@pytest.mark.parametrize("trouble", [Trouble.ANSWER_LOST, Trouble.BREAKS_AFTER, Trouble.GARBLED, Trouble.COMES_LATE])
def test_a_refund_whose_answer_was_lost_is_not_repeated(paid: Journey, trouble: Trouble) -> None:
    paid.poll()
    [attempt] = paid.attempts()
    paid.wire.arm("refund", trouble)
    paid.do(paid.refund, attempt.order_number, "gas", 1_000)
    paid.wire.let_go()
    paid.settle()

    paid.check()
    assert paid.wire.heard["refund", attempt.bank_order_id or ""] == 1


def test_of_two_workers_that_export_one_tells_billing(paid: Journey) -> None:
    paid.poll()
    now = paid.world.now()

    first, second = while_another_writes(*[lambda session: billing.export(session, now, now)] * 2)

    assert sorted(part.amount for part in first) == sorted(paid.wanted.values())
    assert second == []


def test_what_is_given_back_during_an_export_is_listed(paid: Journey) -> None:
    paid.poll()
    [attempt], now = paid.attempts(), paid.world.now()
    with ThreadPoolExecutor(1) as threads:
        with writing() as session:
            paid.told += billing.export(session, now, now)
            refund = threads.submit(paid.refund, attempt.order_number, "gas", 1_000)
            threading.Event().wait(SOON_S)
        refund.result(AT_LAST_S)
    paid.settle()

    paid.check()


def test_of_two_loads_of_one_posting_one_counts(paid: Journey) -> None:
    paid.poll()
    paid.export()
    with writing() as session:
        for part in paid.told:
            post_part(session, part)
    now = paid.world.now()

    found = while_another_writes(*[lambda session: billing.note_postings(session, now)] * 2)

    assert found == (1, 0)
    assert [attempt.state for attempt in paid.attempts()] == [AttemptState.POSTED]
