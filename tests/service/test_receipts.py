"""What a receipt is about, and the payment of what is owed now."""

from datetime import date

import pytest
from sqlmodel import Session

from lk_app.models import Channel, ReadingState
from lk_app.models.values import Kopecks, Month, Tariff, Volume, next_month
from lk_app.services import receipts
from lk_app.services.errors import NotFound
from lk_app.services.payments.posted import PostedPayment
from lk_app.services.receipts import receipt_page
from tests import factories
from tests.factories import TODAY
from tests.receipts import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    close,
    consumer,
    in_october,
    measured_account,
    opened,
    value_in,
)


def test_the_payments_are_those_billing_counts_in_the_month(session: Session):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, opening=3_000, paid=3_000, closing=0)
    factories.payment(session, account, 1_000, OCTOBER, paid_on=date(2026, 10, 20))
    factories.payment(session, account, 2_000, OCTOBER, paid_on=date(2026, 9, 30))
    factories.payment(session, account, 9, SEPTEMBER, paid_on=date(2026, 10, 5))
    factories.payment(session, account, 9, OCTOBER, division_code="vdgo")

    assert opened(session, account).payments == (
        PostedPayment(OCTOBER, date(2026, 9, 30), Kopecks(2_000), Channel.BANK),
        PostedPayment(OCTOBER, date(2026, 10, 20), Kopecks(1_000), Channel.BANK),
    )


def test_what_was_paid_after_the_last_charged_month_leaves_less_to_pay(session: Session):
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=5_000)
    factories.charge(session, account, OCTOBER, opening=5_000, closing=9_000)
    factories.payment(session, account, 2_000, NOVEMBER)
    factories.payment(session, account, 500, NOVEMBER)
    factories.payment(session, account, 9, NOVEMBER, division_code="vdgo")

    last, before = opened(session, account, OCTOBER), opened(session, account, SEPTEMBER)

    assert (last.is_last, last.paid_after, last.balance, last.to_pay) == (True, 2_500, 6_500, 6_500)
    assert (before.is_last, before.paid_after, before.to_pay) == (False, 0, 5_000)


def test_a_charged_month_that_is_still_open_leaves_the_closed_one_the_last(session: Session):
    account = factories.account(session)
    close(session, NOVEMBER, None)
    factories.charge(session, account, OCTOBER, closing=9_000)
    factories.charge(session, account, NOVEMBER, opening=9_000, paid=2_000)
    factories.payment(session, account, 2_000, NOVEMBER)

    october = opened(session, account, OCTOBER)

    assert (october.is_last, october.paid_after, october.to_pay) == (True, 2_000, 7_000)


def test_billings_figure_of_an_open_month_counts_even_without_its_payments(session: Session):
    account = factories.account(session)
    close(session, NOVEMBER, None)
    factories.charge(session, account, OCTOBER, closing=9_000)
    factories.charge(session, account, NOVEMBER, opening=9_000, paid=9_000)
    factories.payment(session, account, 100, Month(202612))

    october = opened(session, account, OCTOBER)

    assert (october.paid_after, october.to_pay) == (9_100, 0)


def test_another_divisions_later_month_changes_nothing(session: Session):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=9_000)
    factories.charge(session, account, NOVEMBER, kind="ТО ВДГО", division_code="vdgo", closing=1)

    assert opened(session, account, OCTOBER).is_last


def test_paying_more_than_is_owed_leaves_nothing_to_pay(session: Session):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=9_000)
    factories.payment(session, account, 10_000, NOVEMBER)

    receipt = opened(session, account)

    assert (receipt.balance, receipt.to_pay) == (-1_000, 0)


def test_only_accepted_readings_of_the_month_count(session: Session):
    account = measured_account(session)
    meter = factories.meter(session, account)
    factories.reading(session, meter, 100_000, date(2026, 9, 30), consumption=1_000)
    factories.reading(session, meter, 110_000, date(2026, 10, 1), consumption=10_000)
    factories.reading(session, meter, 115_000, date(2026, 10, 31), consumption=5_000)
    factories.reading(session, meter, 116_000, date(2026, 11, 1), consumption=1_000)
    factories.reading(session, meter, 113_000, date(2026, 10, 15), state=ReadingState.PENDING, consumption=3_000)
    refused = {"state": ReadingState.REFUSED, "reason": "ошибка", "consumption": 9_000}
    factories.reading(session, meter, 119_000, date(2026, 10, 31), **refused)

    (use,) = opened(session, account).readings

    assert (use.before, use.after, use.consumption) == (100_000, 115_000, 15_000)
    assert use.taken_on == date(2026, 10, 31)
    assert (use.meter, use.place) == ("ВК-G4 №\u00a002514876", "кухня")


def test_a_dial_that_rolled_over_shows_what_it_showed_before(session: Session):
    account = measured_account(session)
    factories.reading(session, factories.meter(session, account, digits=5), 5_250, in_october(24), consumption=15_500)

    (use,) = opened(session, account).readings

    assert (use.before, use.after, use.consumption) == (99_989_750, 5_250, 15_500)


def test_a_meters_first_reading_has_nothing_before_it(session: Session):
    account = measured_account(session)
    new, newer = (factories.meter(session, account, installed_on=in_october(day)) for day in (1, 2))
    factories.reading(session, new, 5_000, in_october(2))
    factories.reading(session, newer, 7_000, in_october(3))
    factories.reading(session, newer, 9_000, in_october(24), consumption=2_000)

    first, second = opened(session, account).readings

    assert (first.before, first.after, first.consumption) == (None, 5_000, None)
    assert (second.before, second.after, second.consumption) == (None, 9_000, 2_000)


def test_meters_stand_in_the_order_of_their_installation(session: Session):
    account = measured_account(session)
    for serial, year in (("2", 2022), ("1", 2021), ("3", 2023)):
        meter = factories.meter(session, account, serial=serial, installed_on=date(year, 6, 1))
        factories.reading(session, meter, 5_000, in_october(24), consumption=1)

    assert [use.meter[-1] for use in opened(session, account).readings] == ["1", "2", "3"]


def test_the_chart_has_thirteen_months_with_gaps_and_sums_the_kinds(session: Session):
    account = measured_account(session, volume=10_500)
    factories.charge(session, account, OCTOBER, kind="Газ сверх нормы", volume=Volume(500), tariff=Tariff(1), closing=1)
    factories.charge(session, account, Month(202601), volume=Volume(0), tariff=Tariff(1), closing=1)
    factories.charge(session, account, Month(202602), closing=1)
    factories.charge(session, account, Month(202510), volume=Volume(7_000), tariff=Tariff(1), closing=1)
    factories.charge(session, account, Month(202509), volume=Volume(9_999), tariff=Tariff(1), closing=1)
    factories.charge(session, account, NOVEMBER, volume=Volume(9_999), tariff=Tariff(1), closing=1)

    consumption = opened(session, account).consumption

    assert [month for month, _ in consumption] == [next_month(Month(202510), step) for step in range(13)]
    assert {month: volume for month, volume in consumption if volume is not None} == {
        202510: 7_000,
        202601: 0,
        OCTOBER: 11_000,
    }
    assert all(type(volume) is int for _, volume in consumption if volume is not None), "PostgreSQL sums into decimals"


def test_a_division_that_measures_nothing_has_no_meters_and_no_chart(session: Session):
    account = measured_account(session)
    factories.reading(session, factories.meter(session, account), 5_000, in_october(24), consumption=1)
    factories.charge(session, account, OCTOBER, kind="ТО ВДГО", division_code="vdgo", closing=1)

    receipt = opened(session, account, division="vdgo")
    page = receipt_page(receipt)

    assert (receipt.readings, receipt.consumption) == ((), ())
    assert (page.readings, page.no_readings, page.bars, page.measured) == ([], "", [], False)


def test_a_meter_that_never_moved_is_still_one(session: Session):
    account = measured_account(session, volume=0)
    factories.reading(session, factories.meter(session, account), 5_000, in_october(24), consumption=0)

    receipt = opened(session, account)

    assert [use.after for use in receipt.readings] == [5_000]
    assert receipt.consumption[-1] == (OCTOBER, 0)


def test_a_month_without_readings_says_so(session: Session):
    assert receipt_page(opened(session, measured_account(session))).no_readings == (
        "Показаний за этот месяц не поступало."
    )


def test_a_debt_is_what_is_owed_now(session: Session):
    account = factories.account(session, "66010000017")
    factories.charge(session, account, SEPTEMBER, closing=5_000)
    factories.charge(session, account, OCTOBER, opening=5_000, closing=9_000)
    factories.payment(session, account, 2_000, NOVEMBER)

    text = receipts.debt_payment(session, consumer(session, account), account.number, "gas", TODAY)

    assert {key: value_in(text, key) for key in ("Sum", "Purpose", "PaymPeriod", "PersAcc", "LastName")} == {
        "Sum": "7000",
        "Purpose": "Оплата: Природный газ, л/с 66010000017, октябрь 2026",
        "PaymPeriod": "102026",
        "PersAcc": "66010000017",
        "LastName": None,
    }


def test_an_account_never_charged_can_pay_in_advance(session: Session):
    account = factories.account(session, "66010000017")
    factories.division(session)

    text = receipts.debt_payment(session, consumer(session, account), account.number, "gas", TODAY)

    assert value_in(text, "Sum") is value_in(text, "PaymPeriod") is None
    assert value_in(text, "Purpose") == "Оплата: Природный газ, л/с 66010000017"


def test_a_debt_to_an_unknown_division_is_not_found(session: Session):
    account = factories.account(session)
    factories.division(session)

    with pytest.raises(NotFound):
        receipts.debt_payment(session, consumer(session, account), account.number, "water", TODAY)
