"""Balances, their charges, and whose they are."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from lk_app.models import Account, AttemptState
from lk_app.models.values import Kopecks, Month, Tariff, Volume
from lk_app.services.errors import NotFound
from lk_app.services.settlements import Amounts, balances, charges_of_period, open_overview
from tests import attempts, factories
from tests.factories import NOW, TODAY

SEPTEMBER, OCTOBER, NOVEMBER = Month(202609), Month(202610), Month(202611)


def test_the_balance_is_what_the_last_period_left(session: Session):
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=99_900)
    factories.charge(session, account, OCTOBER, kind="Газ по счётчику", opening=99_900, paid=99_900, closing=150_000)
    factories.charge(session, account, OCTOBER, kind="Пени", penalty=1_888)

    gas = only_division(session, account)

    assert gas.balance == 151_888
    assert gas.last is not None
    assert gas.last.month == OCTOBER
    assert gas.last.total == amounts(opening=99_900, accrued=150_000, penalty=1_888, paid=99_900, closing=151_888)
    assert gas.months == (OCTOBER, SEPTEMBER)


def test_a_payment_posted_in_the_open_period_counts_at_once(session: Session):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=150_000)
    factories.payment(session, account, 20_000, OCTOBER)
    factories.payment(session, account, 100_000, NOVEMBER)
    factories.payment(session, account, 70_000, NOVEMBER)

    gas = only_division(session, account)

    assert (gas.balance, gas.paid_since) == (-20_000, 170_000)
    assert gas.due_on is None, "an advance has no day to be paid by"


def test_a_debt_has_the_due_day_of_the_last_closed_period(session: Session):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=1)
    factories.period(session, NOVEMBER, closed=False)

    assert only_division(session, account).due_on == date(2026, 11, 25)


def test_divisions_stand_in_their_order_and_keep_their_money_apart(session: Session):
    account = factories.account(session)
    factories.division(session, "vdgo", name="ВДГО", position=2)
    factories.division(session, "gas", position=1)
    factories.charge(session, account, OCTOBER, closing=5_000)
    factories.charge(session, account, SEPTEMBER, kind="ТО ВДГО", division_code="vdgo", closing=3_000)
    factories.payment(session, account, 1_000, OCTOBER, division_code="vdgo")
    factories.payment(session, account, 500, OCTOBER, division_code="gas")

    gas, vdgo = balances(session, factories.consumer(session, account), account.number, TODAY)

    assert (gas.code, gas.balance) == ("gas", 5_000), "the charges of October count its payments already"
    assert (vdgo.code, vdgo.balance, vdgo.paid_since) == ("vdgo", 2_000, 1_000)


def test_a_division_without_charges_owes_nothing_and_keeps_what_was_paid(session: Session):
    account = factories.account(session)
    factories.payment(session, account, 20_000, OCTOBER)

    gas = only_division(session, account)

    assert (gas.balance, gas.last, gas.months, gas.paid_since) == (-20_000, None, (), 20_000)


def test_a_line_has_its_volume_and_tariff(session: Session):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, volume=Volume(43_500), tariff=Tariff(814_000), closing=35_409)

    (line,) = only_division(session, account).last.lines

    assert (line.kind, line.volume, line.tariff) == ("Газ по счётчику", 43_500, 814_000)


def test_an_earlier_period_comes_on_demand(session: Session):
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=99_900)
    factories.charge(session, account, OCTOBER, closing=1)

    charges = charges_of_period(session, factories.consumer(session, account), account.number, "gas", SEPTEMBER)

    assert charges.month == SEPTEMBER
    assert charges.total.closing == 99_900


def test_the_periods_reach_from_the_last_back_to_the_first(session: Session):
    account = factories.account(session)
    factories.charge(session, account, Month(202511), closing=1)
    factories.charge(session, account, Month(202602), closing=1)

    gas = only_division(session, account)

    assert gas.months == (202602, 202601, 202512, 202511)


def test_a_kind_that_is_charged_no_longer_is_not_among_the_last_lines(session: Session):
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, kind="Газ по нормативу", closing=0, accrued=100, paid=100)
    factories.charge(session, account, OCTOBER, kind="Газ по счётчику", closing=1)

    assert [line.kind for line in only_division(session, account).last.lines] == ["Газ по счётчику"]


def test_the_overview_is_of_the_chosen_account(session: Session):
    house, flat = factories.account(session), factories.account(session)
    factories.charge(session, house, closing=100)
    factories.charge(session, flat, closing=200)

    overview = open_overview(session, factories.consumer(session, house, flat), TODAY)

    assert overview.cabinet.chosen.number == house.number
    assert [division.balance for division in overview.divisions] == [100]


def test_without_an_account_there_is_nothing_to_settle(session: Session):
    factories.division(session)

    assert open_overview(session, factories.consumer(session), TODAY).divisions == ()


def test_somebody_elses_charges_look_like_none(session: Session):
    mine, others = factories.account(session), factories.account(session)
    factories.charge(session, others, closing=777)
    factories.payment(session, others, 5, NOVEMBER)
    factories.consumer(session, others)
    who = factories.consumer(session, mine)

    (gas,) = balances(session, who, others.number, TODAY)
    assert (gas.balance, gas.last, gas.paid_since) == (0, None, 0)
    with pytest.raises(NotFound):
        charges_of_period(session, who, others.number, "gas", OCTOBER)


@pytest.mark.parametrize(("code", "month"), [("gas", Month(202401)), ("water", OCTOBER), ("", Month(0))])
def test_a_period_without_charges_is_not_found(session: Session, code: str, month: Month):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=1)

    with pytest.raises(NotFound):
        charges_of_period(session, factories.consumer(session, account), account.number, code, month)


PARTS = {"gas": 60_000, "vdgo": 5_000}


@pytest.fixture
def owing(session: Session) -> Account:
    """An account that owes 1,500 roubles for gas and nothing else."""
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=150_000)
    factories.division(session, "vdgo", position=2)
    return account


@pytest.mark.parametrize(
    ("state", "processing"),
    [
        (AttemptState.PAID, 60_000),
        (AttemptState.EXPORTED, 60_000),
        (AttemptState.POSTED, 0),
        (AttemptState.REFUNDED, 0),
        (AttemptState.CREATED, 0),
        (AttemptState.REGISTERED, 0),
        (AttemptState.DECLINED, 0),
        (AttemptState.EXPIRED, 0),
    ],
)
def test_what_was_paid_online_stands_beside_the_balance_until_it_is_posted(
    session: Session, owing: Account, state: AttemptState, processing: int
):
    payer, spouse = factories.consumer(session, owing), factories.consumer(session, owing)
    attempts.attempt(session, payer, owing, PARTS, state)

    for who in (payer, spouse):
        gas, _ = balances(session, who, owing.number, TODAY)
        assert (gas.balance, gas.processing, gas.to_pay) == (150_000, processing, 150_000 - processing)


def test_parts_on_their_way_are_summed_by_division_less_what_went_back_or_is_posted(session: Session, owing: Account):
    who = factories.consumer(session, owing)
    attempts.attempt(session, who, owing, PARTS)
    refunded = attempts.attempt(session, who, owing, PARTS, AttemptState.EXPORTED)
    attempts.give_back(session, refunded, {"gas": 10_000})
    half_posted = attempts.attempt(session, who, owing, PARTS, AttemptState.EXPORTED)
    attempts.post(session, half_posted, "vdgo")

    gas, vdgo = balances(session, who, owing.number, TODAY)

    assert (gas.processing, vdgo.processing) == (60_000 + 50_000 + 60_000, 5_000 + 5_000)


def test_what_was_posted_to_another_account_is_still_on_its_way(session: Session, owing: Account):
    who = factories.consumer(session, owing)
    [payment] = attempts.post(session, attempts.attempt(session, who, owing, {"gas": 60_000}, AttemptState.EXPORTED))
    payment.account_number = factories.account(session).number
    factories.store(session, payment)

    gas, _ = balances(session, who, owing.number, TODAY)

    assert (gas.balance, gas.processing) == (150_000, 60_000)


def test_more_on_its_way_than_is_owed_leaves_nothing_to_pay(session: Session, owing: Account):
    who = factories.consumer(session, owing)
    for _ in range(3):
        attempts.attempt(session, who, owing, PARTS)

    gas, vdgo = balances(session, who, owing.number, TODAY)

    assert (gas.processing, gas.to_pay) == (180_000, 0)
    assert (vdgo.balance, vdgo.processing, vdgo.to_pay) == (0, 15_000, 0)


def test_an_open_page_of_ones_own_is_known_until_when(session: Session, owing: Account):
    who, spouse = factories.consumer(session, owing), factories.consumer(session, owing)
    for minutes in (-5, 0):
        attempts.attempt(
            session, who, owing, {"gas": 100}, AttemptState.REGISTERED, at=NOW + timedelta(minutes=minutes)
        )
    attempts.attempt(session, who, owing, {"vdgo": 100}, AttemptState.REGISTERED, form_url="")
    attempts.attempt(session, who, owing, {"vdgo": 100}, AttemptState.EXPIRED)

    gas, vdgo = balances(session, who, owing.number, TODAY)

    assert (gas.paying_until, vdgo.paying_until) == (NOW + timedelta(minutes=17), None)
    assert [division.paying_until for division in balances(session, spouse, owing.number, TODAY)] == [None, None]


def test_somebody_elses_payments_look_like_none(session: Session, owing: Account):
    payer = factories.consumer(session, owing)
    attempts.attempt(session, payer, owing, PARTS)
    attempts.attempt(session, payer, owing, PARTS, AttemptState.REGISTERED)
    stranger = factories.consumer(session, factories.account(session))

    for division in balances(session, stranger, owing.number, TODAY):
        assert (division.processing, division.paying_until, division.to_pay) == (0, None, 0)


def only_division(session: Session, account):
    (found,) = balances(session, factories.consumer(session, account), account.number, TODAY)
    return found


def amounts(**figures: int) -> Amounts:
    zeros = dict.fromkeys(("opening", "accrued", "recalculation", "penalty", "paid", "closing"), Kopecks(0))
    return Amounts(**(zeros | figures))
