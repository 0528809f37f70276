"""What is known of an attempt when one comes back from the bank."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from lk_app.models import AttemptState
from lk_app.services.errors import NotFound
from lk_app.services.payments.outcome import outcome_of
from tests import attempts, factories
from tests.factories import NOW

CREATED, REGISTERED, PAID, DECLINED, EXPIRED, EXPORTED, POSTED, REFUNDED = AttemptState
ASKED = {"asked_at": NOW, "answered_at": NOW + timedelta(seconds=1)}
SILENT = {"asked_at": NOW, "answered_at": NOW - timedelta(seconds=1)}
NUMBER = "261122-ABCDEFGHJK"


@pytest.mark.parametrize(
    ("state", "values", "minutes", "awaited", "silent", "can_continue", "may_change"),
    [
        (CREATED, {"form_url": ""}, 0, True, True, False, True),
        (REGISTERED, ASKED, 0, True, False, True, True),
        (REGISTERED, SILENT, 0, True, True, False, True),
        (REGISTERED, {}, 0, True, True, False, True),
        (REGISTERED, ASKED | {"form_url": ""}, 0, True, False, False, True),
        (REGISTERED, ASKED, 16, True, False, True, True),
        (REGISTERED, ASKED, 17, True, False, False, True),
        (DECLINED, ASKED, 5, False, False, False, True),
        (EXPIRED, ASKED, 56, False, False, False, True),
        (EXPIRED, ASKED, 57, False, False, False, False),
        (PAID, ASKED, 600, False, False, False, True),
        (EXPORTED, ASKED, 600, False, False, False, True),
        (POSTED, ASKED, 600, False, False, False, False),
    ],
)
def test_what_may_still_come_of_it(
    session: Session, state: AttemptState, values: dict[str, Any], minutes: int, awaited: bool, silent: bool,
    can_continue: bool, may_change: bool,
) -> None:  # fmt: skip
    """The attempt was made three minutes before NOW, and its page is open for twenty."""
    account = factories.account(session)
    who = factories.consumer(session, account)
    attempts.attempt(session, who, account, {"gas": 100}, state, order_number=NUMBER, **values)

    found = outcome_of(session, who, NUMBER, NOW + timedelta(minutes=minutes))

    assert (found.is_awaited, found.is_bank_silent) == (awaited, silent)
    assert (found.can_continue, found.may_change) == (can_continue, may_change)


def test_it_is_for_who_tried_to_pay_alone(session: Session) -> None:
    account = factories.account(session)
    who, spouse = factories.consumer(session, account), factories.consumer(session, account)
    attempts.attempt(session, who, account, {"vdgo": 50_000, "gas": 100_000}, order_number=NUMBER)

    found = outcome_of(session, who, NUMBER, NOW)

    assert (found.amount, [amount for _, amount in found.parts]) == (150_000, [100_000, 50_000])
    assert (found.account_number, found.at, found.card) == (account.number, NOW, "1111")
    for stranger in (spouse, factories.consumer(session, factories.account(session))):
        with pytest.raises(NotFound):
            outcome_of(session, stranger, NUMBER, NOW)
