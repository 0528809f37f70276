"""Whoever dies when, and whatever the bank does: its books and ours agree to the kopeck, and every attempt ends.

`PAYMENTS_SEED=17 pytest tests/payments/test_faults.py -k seed` runs one seeded journey again.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from lk_app.models import AttemptState, ConcernReason
from lk_app.sandbox_bank.cards import CARDS
from lk_app.services.acquiring import answers
from tests.bank.running import CALLBACK_KEY
from tests.payments.faults import (
    LIES,
    PAID_LIES,
    UNREADY,
    Ground,
    Journey,
    Lie,
    Trouble,
    amounts,
    credited,
    giving_back,
    ground,
    notice,
    plain,
    wander,
)

CARD = CARDS[0].pan
SEEDS = 200
AT_ONCE = 25
REPLAYED = os.environ.get("PAYMENTS_SEED")
BATCHES = [[int(REPLAYED)]] if REPLAYED else [range(at, at + AT_ONCE) for at in range(0, SEEDS, AT_ONCE)]
FEWEST_STEPS = 18
PAYING_STEPS = 12


@pytest.fixture
def here(
    portal: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> Iterator[Ground]:
    with ground(tmp_path, monkeypatch) as made:
        yield made
        made.faults += made.wire.struck
        found = {"runs": made.runs, "faults": made.faults, "theirs": made.theirs, "ours": made.ours}
        record_property("payments under faults", found | {"database": portal.partition(":")[0].partition("+")[0]})


def run(here: Ground, name: str, go: Callable[[Journey], None], dies_at: int | None = None) -> int:
    """Let a journey happen and end, and return its steps; tell what happened if the ledgers differ after it."""
    journey = here.journey()
    journey.process.dies_at = dies_at
    try:
        go(journey)
        steps = journey.process.steps
        journey.settle()
        journey.check()
    except Exception as error:
        raise AssertionError("\n".join([f"{name}: {error}", *journey.trace])) from error
    return steps


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"seeds {seeds[0]} to {seeds[-1]}")
def test_the_books_agree_after_any_seeded_journey(here: Ground, seeds: range) -> None:
    for seed in seeds:
        run(here, f"seed {seed}", lambda journey, seed=seed: wander(journey, Random(seed)))

    here.agree()


@pytest.mark.parametrize("pan", [*(card.pan for card in CARDS), None])
def test_the_books_agree_whenever_the_process_dies(here: Ground, portal: str, pan: str | None) -> None:
    if portal.startswith("postgresql") and pan not in (CARD, None):
        pytest.skip("what the card does to the order is the bank's, and the same on both databases")
    steps = run(here, "nobody dies", lambda journey: plain(journey, pan))
    for step in range(1, steps + 1):
        run(here, f"death at step {step}", lambda journey: plain(journey, pan), step)

    here.agree()
    assert steps >= FEWEST_STEPS


def test_the_books_agree_whenever_the_process_dies_giving_money_back(here: Ground) -> None:
    steps = run(here, "nobody dies", giving_back)
    # Deaths at paying are those of the test before.
    for step in range(PAYING_STEPS + 1, steps + 1):
        run(here, f"death at step {step}", giving_back, step)

    here.agree()
    assert steps >= FEWEST_STEPS


@pytest.fixture
def paid(here: Ground) -> Journey:
    """A journey whose consumer has paid, of which we do not know yet."""
    journey = here.journey()
    journey.do(journey.press)
    journey.do(journey.pay, CARD)
    journey.world.now.passes(minutes=1)
    return journey


@pytest.mark.parametrize("lie", LIES | PAID_LIES)
def test_an_answer_about_something_else_is_listed_and_the_truth_credited(paid: Journey, lie: str) -> None:
    paid.expected = {ConcernReason.ANSWER_DIFFERS}
    paid.wire.arm("status", (LIES | PAID_LIES)[lie])
    paid.do(paid.poll)
    [attempt] = paid.attempts()

    assert (attempt.state, paid.concerns(attempt)) == (AttemptState.REGISTERED, paid.expected)
    paid.settle()
    paid.check()
    assert len(paid.told) == len(paid.wanted)


@pytest.mark.parametrize(("unready", "listed"), [("held", {ConcernReason.MONEY_HELD}), ("confirming", set())])
def test_money_on_its_way_is_neither_credited_nor_given_up(
    paid: Journey, unready: str, listed: set[ConcernReason]
) -> None:
    paid.wire.arm("status", *[UNREADY[unready]] * 3)
    states = []
    for minutes in (0, 10, 20):
        paid.world.now.passes(minutes=minutes)
        paid.do(paid.poll)
        states += [attempt.state for attempt in paid.attempts()]

    assert states == [AttemptState.REGISTERED] * 3
    assert paid.concerns(paid.attempts()[0]) == listed
    paid.settle()
    paid.check()
    assert len(paid.told) == len(paid.wanted)


def test_a_bank_that_is_silent_for_a_day_is_listed_and_asked_on(paid: Journey) -> None:
    paid.bank.is_reachable = False
    for hours in (1, 22, 2):
        paid.world.now.passes(hours=hours)
        paid.do(paid.poll)

    assert paid.concerns(paid.attempts()[0]) == {ConcernReason.BANK_SILENT}
    paid.settle()
    paid.check()
    assert len(paid.told) == len(paid.wanted)


def test_nobody_is_credited_by_callbacks(here: Ground) -> None:
    journey = here.journey()
    journey.do(journey.press)
    [order] = journey.orders()
    for key in (CALLBACK_KEY, "another key"):
        journey.do(journey.hear, notice(order, "deposited", key=key))
        journey.world.now.passes(seconds=5)

    assert journey.wire.heard["status", order.order_id] == 1, "a forged one makes us ask"
    assert [attempt.state for attempt in journey.attempts()] == [AttemptState.REGISTERED]
    journey.settle()
    journey.check()


def test_money_given_back_past_us_is_learnt_though_the_bank_did_not_answer_at_once(paid: Journey) -> None:
    paid.do(paid.poll)
    paid.world.now.passes(minutes=1)
    [order] = paid.orders()
    paid.cabinet_refunds(order, 1_000)
    paid.wire.arm("status", Trouble.BREAKS)
    paid.do(paid.hear, notice(order, "refunded"))
    paid.settle()

    paid.check()


def test_a_callback_that_comes_late_is_asked_about_once(paid: Journey) -> None:
    paid.do(paid.poll)
    paid.world.now.passes(minutes=1)
    paid.do(paid.hear, notice(paid.orders()[0], "deposited"))
    paid.world.now.passes(minutes=1)
    paid.do(paid.poll)

    assert paid.attempts()[0].next_ask_at is None


UNREADABLE: dict[str, Lie] = {
    "more given back than taken": lambda answer: amounts(answer, refundedAmount=answer["amount"] + 1),
    "nothing of what was given back": lambda answer: answer | {"orderStatus": 4, "paymentAmountInfo": {}},
}


@pytest.mark.parametrize("lie", UNREADABLE)
def test_an_impossible_refund_is_listed(paid: Journey, lie: str) -> None:
    paid.cabinet_refunds(paid.orders()[0], 1_000)
    paid.wire.arm("status", *[UNREADABLE[lie]] * 3)
    paid.do(paid.poll)
    [attempt] = paid.attempts()

    assert paid.concerns(attempt) or credited(attempt) == paid.orders()[0].left


MUDDLED: dict[str, Lie] = {
    "no name": lambda answer: answer | {"attributes": []},
    "another's name": lambda answer: answer | {"attributes": [{"name": "mdOrder", "value": "another order"}]},
    "a long name": lambda answer: answer | {"attributes": [{"name": "mdOrder", "value": "x" * 65}]},
}


@pytest.mark.parametrize("name", MUDDLED)
def test_orders_whose_names_the_bank_muddles_end(here: Ground, name: str) -> None:
    journey = here.journey()
    journey.expected = {ConcernReason.ANSWER_DIFFERS, ConcernReason.UNKNOWN_AT_BANK}
    for amount in (1_000, 2_000):
        journey.wanted = {"gas": amount}
        journey.wire.arm("register", Trouble.ANSWER_LOST)
        journey.do(journey.press)
    journey.world.now.passes(minutes=1)
    journey.wire.arm("status", *[MUDDLED[name]] * 2)
    journey.do(journey.poll)
    journey.settle()

    journey.check()
    assert [attempt.next_ask_at for attempt in journey.attempts()] == [None, None]


def test_the_name_of_an_order_that_was_opened_too_late_is_kept(here: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = here.journey()
    monkeypatch.setattr(answers, "REGISTRATION_TAKES", timedelta(0))
    journey.do(journey.press)

    assert [attempt.bank_order_id for attempt in journey.attempts()] == [order.order_id for order in journey.orders()]
