"""When there is a receipt, and for whom."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlmodel import Session

from lk_app.models.values import Month, Tariff, Volume
from lk_app.services import receipts
from lk_app.services.errors import NotFound
from lk_app.services.receipts import NotYet, is_available, offered_months
from lk_app.services.settlements import balances
from tests import factories
from tests.factories import NOW, TODAY
from tests.receipts import (
    LONG_AGO,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    TOMORROW,
    UNHURRIED,
    YESTERDAY,
    balance,
    close,
    consumer,
    months_after,
    opened,
)

# The manual of the portal before says: «Эта ссылка появляется при закрытии отчетного периода в штатном режиме или на
# следующий день после присоединения лицевого счета.»


@pytest.mark.parametrize(
    ("closed_on", "attached_on", "available"),
    [
        (None, YESTERDAY, False),
        (None, TODAY, False),
        (TOMORROW, YESTERDAY, False),
        (TOMORROW, TODAY, False),
        (TODAY, YESTERDAY, True),
        (TODAY, TODAY, True),
        (YESTERDAY, TODAY, False),
        (date(2025, 2, 3), TODAY, False),
        (YESTERDAY, YESTERDAY, True),
        (date(2025, 2, 3), YESTERDAY, True),
        (date(2025, 2, 3), date(2020, 1, 1), True),
    ],
)
def test_a_receipt_comes_with_the_closing_or_the_day_after_attaching(closed_on, attached_on, available):
    assert is_available(closed_on, attached_on, TODAY) is available


@pytest.mark.parametrize(
    ("attached_at", "available"),
    [
        (datetime(2026, 11, 21, 18, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 21, 19, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 18, 59, tzinfo=UTC), False),
    ],
)
def test_the_day_of_attaching_is_the_companys(session: Session, attached_at: datetime, available: bool):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=1)
    who = consumer(session, account, since=attached_at)

    if available:
        assert opened(session, account, who=who).charges.month == OCTOBER
    else:
        with pytest.raises(NotYet, match="появятся завтра"):
            opened(session, account, who=who)


@pytest.mark.parametrize(
    ("closed_on", "attached_at", "said"),
    [
        (None, LONG_AGO, "ещё не закрыт"),
        (TOMORROW, LONG_AGO, "ещё не закрыт"),
        (None, NOW, "ещё не закрыт"),
        (YESTERDAY, NOW, "появятся завтра"),
    ],
)
def test_whoever_comes_too_early_is_told_what_to_wait_for(session: Session, closed_on, attached_at, said):
    account = factories.account(session)
    close(session, OCTOBER, closed_on)
    factories.charge(session, account, OCTOBER, closing=1)

    with pytest.raises(NotYet) as refused:
        opened(session, account, who=consumer(session, account, since=attached_at))
    assert said in refused.value.message


def test_a_period_closed_today_has_its_receipt_at_once(session: Session):
    account = factories.account(session)
    close(session, OCTOBER, TODAY)
    factories.charge(session, account, OCTOBER, closing=1)

    assert opened(session, account, who=consumer(session, account, since=NOW)).to_pay == 1


days = st.integers(0, 40).map(lambda back: TOMORROW - timedelta(days=back))


@UNHURRIED
@given(
    st.lists(days, min_size=1, max_size=6, unique=True).map(sorted),
    st.booleans(),
    days.filter(lambda day: day <= TODAY),
)
@example([YESTERDAY, TODAY], False, TODAY)
@example([TODAY, TOMORROW], True, YESTERDAY)
def test_the_months_on_offer_are_those_that_are_available(closings, one_is_open, attached_on):
    """Of periods that billing closes one after another, each on a day of its own."""
    closed_on = dict(zip(months_after(SEPTEMBER), [*closings, *[None] * one_is_open], strict=False))
    division = balance(closed_on)

    offered = offered_months(division, attached_on, TODAY)

    assert offered == tuple(
        month for month in sorted(closed_on, reverse=True) if is_available(closed_on[month], attached_on, TODAY)
    )


def test_nothing_is_on_offer_before_the_first_charges(session: Session):
    account = factories.account(session)
    factories.division(session)
    factories.period(session, OCTOBER)
    who = consumer(session, account)

    (gas,) = balances(session, who, account.number, TODAY)

    assert offered_months(gas, YESTERDAY, TODAY) == ()


def test_what_is_on_offer_can_be_opened(session: Session):
    account = factories.account(session)
    close(session, NOVEMBER, None)
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        factories.charge(session, account, month, closing=1)
    who = consumer(session, account)

    (gas,) = balances(session, who, account.number, TODAY)

    assert offered_months(gas, YESTERDAY, TODAY) == (OCTOBER, SEPTEMBER)
    assert offered_months(gas, TODAY, TODAY) == ()
    for month in offered_months(gas, YESTERDAY, TODAY):
        assert opened(session, account, month, who=who).charges.month == month


def test_somebody_elses_receipt_looks_like_none(session: Session):
    mine, others = factories.account(session), factories.account(session)
    for account in (mine, others):
        factories.charge(session, account, OCTOBER, closing=777)
    consumer(session, others)
    who = consumer(session, mine)

    with pytest.raises(NotFound):
        opened(session, others, who=who)
    with pytest.raises(NotFound):
        receipts.debt_payment(session, who, others.number, "gas", TODAY)
    assert opened(session, mine, who=who).to_pay == 777


def test_somebody_elses_money_and_meters_are_not_in_it(session: Session):
    mine, others = factories.account(session), factories.account(session)
    for account, volume in ((mine, 1_000), (others, 7_000)):
        factories.charge(session, account, OCTOBER, closing=777, volume=Volume(volume), tariff=Tariff(1))
        factories.payment(session, account, volume, OCTOBER)
        factories.payment(session, account, volume, NOVEMBER)
        factories.reading(session, factories.meter(session, account), volume, date(2026, 10, 24))

    receipt = opened(session, mine, who=consumer(session, mine))

    assert [payment.amount for payment in receipt.payments] == [1_000]
    assert receipt.paid_after == 1_000
    assert [use.after for use in receipt.readings] == [1_000]
    assert receipt.consumption[-1] == (OCTOBER, 1_000)


@pytest.mark.parametrize(
    ("division", "month"),
    [
        ("water", OCTOBER),
        ("", OCTOBER),
        ("gas", SEPTEMBER),
        ("gas", Month(202401)),
        ("gas", Month(0)),
        ("vdgo", OCTOBER),
    ],
)
def test_a_receipt_of_nothing_is_not_found(session: Session, division: str, month: Month):
    account = factories.account(session)
    factories.division(session, "vdgo", position=2)
    factories.period(session, SEPTEMBER)
    factories.charge(session, account, OCTOBER, closing=1)

    with pytest.raises(NotFound):
        opened(session, account, month, division=division)
