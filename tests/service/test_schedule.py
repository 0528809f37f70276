"""When the bank is asked, how often, and by whom."""

from datetime import timedelta

import pytest

from lk_app.models import AttemptState
from lk_app.services.acquiring import asking
from lk_app.services.acquiring.schedule import next_ask
from tests.factories import NOW
from tests.service.test_attempts import MADE, Case, case

__all__ = ["case"]

CREATED, REGISTERED, PAID, DECLINED, EXPIRED, EXPORTED, POSTED, REFUNDED = AttemptState


def test_the_asking_grows_rarer_and_ends_with_a_question_after_a_day(case: Case) -> None:
    attempt, now, asked = case.attempt(EXPIRED), MADE, []
    while due := next_ask(attempt, now):
        asked.append(due - now)
        now = due

    assert now == MADE + timedelta(hours=24)
    assert asked[:-1] == sorted(asked[:-1])
    assert (asked[0], max(asked)) == (timedelta(seconds=5), timedelta(minutes=30))
    assert len(asked) < 80


@pytest.mark.parametrize("state", [CREATED, REGISTERED])
def test_the_end_of_an_open_attempt_is_asked_for_until_it_is_known(case: Case, state: AttemptState) -> None:
    attempt = case.attempt(state)

    assert next_ask(attempt, MADE + timedelta(days=40)) == MADE + timedelta(days=40, hours=1)


@pytest.mark.parametrize("state", [PAID, EXPORTED, POSTED, REFUNDED])
def test_nobody_asks_about_what_is_known(case: Case, state: AttemptState) -> None:
    assert next_ask(case.attempt(state), MADE + timedelta(minutes=5)) is None


def test_whoever_takes_what_is_due_is_waited_for_a_minute(case: Case) -> None:
    attempt = case.attempt(REGISTERED, next_ask_at=NOW)
    later = case.attempt(REGISTERED, next_ask_at=NOW + timedelta(seconds=30))

    asked = asking.claim_due(case.session, NOW)

    assert asked == (attempt.id, attempt.order_number, attempt.bank_order_id)
    assert asking.claim_due(case.session, NOW) is None
    assert asking.claim_due(case.session, NOW + timedelta(seconds=59)) == (
        later.id, later.order_number, later.bank_order_id
    )  # fmt: skip
    assert asking.claim_due(case.session, NOW + timedelta(seconds=60)) == asked


def test_however_many_pages_wait_the_bank_is_asked_every_two_seconds(case: Case) -> None:
    attempt_id = case.attempt(REGISTERED).id or 0

    asked = [
        second
        for second in (0, 0, 1, 2, 3, 4)
        if asking.claim(case.session, attempt_id, NOW + timedelta(seconds=second))
    ]
    assert asked == [0, 2, 4]
