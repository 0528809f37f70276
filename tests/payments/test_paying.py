"""From «Оплатить» to the bank's word, when all goes well and when the consumer changes their mind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lk_app.models import AttemptState
from tests.bank.running import pay
from tests.payments.world import DEBT, DECLINED_CARD, GOOD_CARD, World, world


@pytest.fixture
def here(portal: str, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_money_that_the_bank_took_is_credited_once(here: World) -> None:
    page = here.pay()
    back = pay(page, GOOD_CARD)
    here.now.passes(minutes=1)
    here.poll()
    here.poll_for(hours=25)

    assert back.next_request is not None
    assert f"order={here.attempt.order_number}" in str(back.next_request.url)
    assert (here.attempt.state, here.attempt.card) == (AttemptState.PAID, "1111")
    assert here.credited() == here.taken() == DEBT
    assert here.concerns() == []


def test_a_declined_card_credits_nothing(here: World) -> None:
    pay(here.pay(), DECLINED_CARD)
    here.poll_for(minutes=1)

    assert here.attempt.state is AttemptState.DECLINED
    assert here.credited() == here.taken() == 0


def test_the_same_payment_opens_the_same_page_while_its_session_lives(here: World) -> None:
    first, again = here.pay(), here.pay()
    here.now.passes(seconds=30)
    other = here.pay({"gas": DEBT + 1})
    here.now.passes(minutes=19)
    later = here.pay()

    assert first == again != other
    assert later != first


def test_what_was_just_paid_is_not_asked_for_again(here: World) -> None:
    pay(here.pay(), GOOD_CARD)
    here.now.passes(seconds=30)

    assert here.pay() == f"/payments/return?order={here.attempt.order_number}"


def test_an_attempt_that_nobody_pays_ends(here: World) -> None:
    here.pay()
    for _ in range(200):
        here.poll_for(minutes=10)

    assert here.attempt.state is AttemptState.EXPIRED
    assert here.attempt.next_ask_at is None
    assert here.concerns() == []
