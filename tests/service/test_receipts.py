"""Receipts: when there is one, what it is about, what it says, and whose it is."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from lk_app.models import Account, Channel, Division, Office, Period, Premises, PremisesKind, ReadingState
from lk_app.models.values import Kopecks, Month, Tariff, Volume, next_month
from lk_app.services import receipts, references
from lk_app.services.accounts import Contract
from lk_app.services.callers import Consumer
from lk_app.services.documents.words import balance_name
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.payment_qr import RequisitesBroken
from lk_app.services.payments import PostedPayment
from lk_app.services.receipts import NotYet, Receipt, is_available, offered_months, receipt_page
from lk_app.services.receipts.words import PAST
from lk_app.services.settlements import Amounts, ChargeLine, DivisionBalance, PeriodCharges, balances, months_up_to
from tests import factories
from tests.factories import NOW, TODAY
from tests.texts import plain

SEPTEMBER, OCTOBER, NOVEMBER = Month(202609), Month(202610), Month(202611)
LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)
UNHURRIED = settings(deadline=None)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


# When there is a receipt. «Эта ссылка появляется при закрытии отчетного периода в штатном режиме или на следующий день
# после присоединения лицевого счета.»


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


# Whose it is.


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


# What it is about.


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


# What it says.


AS_OF = "На 1 октября 2026 г."


@pytest.mark.parametrize(
    ("figures", "paid_after", "said"),
    [
        (
            {"opening": 99_900, "accrued": 123_456, "paid": 99_900},
            0,
            f"{AS_OF} вы были должны 999,00 ₽, за месяц начислено 1 234,56 ₽, вы заплатили 999,00 ₽ — "
            "к оплате 1 234,56 ₽.",
        ),
        (
            {"opening": -50_000, "accrued": 20_000},
            0,
            f"{AS_OF} у вас был аванс 500,00 ₽, за месяц начислено 200,00 ₽ — остался аванс 300,00 ₽, "
            "платить не нужно.",
        ),
        ({}, 0, f"{AS_OF} долга не было, за месяц ничего не начислено — платить не нужно."),
        (
            {"accrued": 10_000, "paid": 10_000},
            0,
            f"{AS_OF} долга не было, за месяц начислено 100,00 ₽, вы заплатили 100,00 ₽ — платить не нужно.",
        ),
        (
            {"opening": 10_000, "accrued": -4_000},
            0,
            f"{AS_OF} вы были должны 100,00 ₽, за месяц начисления уменьшены на 40,00 ₽ — к оплате 60,00 ₽.",
        ),
        (
            {"opening": -10_000, "accrued": 1, "paid": -9_999},
            0,
            f"{AS_OF} у вас был аванс 100,00 ₽, за месяц начислено 0,01 ₽, вам возвращено 99,99 ₽ — платить не нужно.",
        ),
        (
            {"accrued": 10_000, "recalculation": 500, "penalty": 123},
            0,
            f"{AS_OF} долга не было, за месяц начислено 100,00 ₽, перерасчёт добавил 5,00 ₽, начислены пени 1,23 ₽ — "
            "к оплате 106,23 ₽.",
        ),
        (
            {"opening": 10_000, "recalculation": -500, "penalty": -123},
            0,
            f"{AS_OF} вы были должны 100,00 ₽, за месяц ничего не начислено, перерасчёт уменьшил сумму на 5,00 ₽, "
            "пени уменьшены на 1,23 ₽ — к оплате 93,77 ₽.",
        ),
        (
            {"accrued": 10_000},
            4_000,
            f"{AS_OF} долга не было, за месяц начислено 100,00 ₽, позже вы заплатили ещё 40,00 ₽ — к оплате 60,00 ₽.",
        ),
        (
            {"accrued": 10_000, "paid": 1_000},
            14_000,
            f"{AS_OF} долга не было, за месяц начислено 100,00 ₽, вы заплатили 10,00 ₽, "
            "позже вы заплатили ещё 140,00 ₽ — остался аванс 50,00 ₽, платить не нужно.",
        ),
    ],
)
def test_one_sentence_says_how_the_sum_came_about(figures, paid_after, said):
    assert plain(receipt_page(receipt_of(figures, paid_after=paid_after)).explanation) == said


def test_the_rows_of_the_sum_in_their_order():
    figures = {"opening": 99_900, "accrued": 123_456, "recalculation": -1, "penalty": 5, "paid": 30_000}
    payments = [(date(2026, 10, 5), 10_000), (date(2026, 10, 15), 20_000)]

    page = receipt_page(receipt_of(figures, payments=payments, paid_after=1_000))

    assert [(row.name, plain(row.text)) for row in page.balance] == [
        ("Долг на 01.10.2026", "999,00"),
        ("Начислено", "1 234,56"),
        ("Перерасчёт", "−0,01"),
        ("Пени", "0,05"),
        ("Оплачено 05.10.2026", "−100,00"),
        ("Оплачено 15.10.2026", "−200,00"),
        ("Долг на 01.11.2026", "1 933,60"),
        ("Оплачено после этого", "−10,00"),
    ]
    assert plain(page.to_pay) == "1 923,60 ₽"


@pytest.mark.parametrize(
    ("paid", "payments", "rows"),
    [
        (0, [], ["Оплачено: 0,00"]),
        (100, [], ["Оплачено: −1,00"]),
        (100, [100], ["Оплачено 01.10.2026: −1,00"]),
        (100, [50, 30, 20], ["Оплачено 01.10.2026: −0,50", "Оплачено 02.10.2026: −0,30", "Оплачено 03.10.2026: −0,20"]),
        (100, [25, 25, 25, 25], ["Оплачено: −1,00"]),
        (100, [99], ["Оплачено: −1,00"]),
        (-100, [], ["Оплачено: 1,00"]),
        (0, [100], ["Оплачено: 0,00"]),
    ],
)
def test_payments_are_named_when_they_are_few_and_make_up_billings_figure(paid, payments, rows):
    made = [(in_october(day), amount) for day, amount in enumerate(payments, 1)]

    page = receipt_page(receipt_of({"paid": paid}, payments=made))

    assert [plain(f"{row.name}: {row.text}") for row in page.balance if row.name.startswith("Оплачено")] == rows


kopecks = st.integers(-(10**12), 10**12) | st.integers(-200, 200)


@UNHURRIED
@given(
    st.lists(
        st.fixed_dictionaries({name: kopecks for name in ("opening", "accrued", "recalculation", "penalty", "paid")})
    ),
    st.lists(st.integers(1, 10**9), max_size=5),
    st.booleans(),
    kopecks,
)
def test_the_rows_add_up_to_what_is_to_be_paid(lines, payments, paid_is_their_sum, paid_after):
    if lines and paid_is_their_sum:
        lines = [line | {"paid": sum(payments) if line is lines[0] else 0} for line in lines]
    made = [(in_october(1), amount) for amount in payments]
    receipt = receipt_of(*lines, payments=made, paid_after=paid_after)
    page = receipt_page(receipt)

    names = [row.name for row in page.balance]
    figures = [read_roubles(row.text) for row in page.balance]
    end = next(place for place, name in enumerate(names) if name.endswith(" на 01.11.2026"))
    assert [names[place].split()[0] for place in (0, end)] == [balance_name(figures[place]) for place in (0, end)]
    assert sum(figures[:end]) == figures[end]
    left = figures[end] + sum(figures[end + 1 :])
    assert left == receipt.balance
    assert read_roubles(page.to_pay) == max(0, left) == receipt.to_pay
    assert page.owed is (left > 0)
    charged = [
        sum(read_roubles(text) for text in (row.accrued, row.recalculation, row.penalty))
        for row in [*page.charges, page.total]
    ]
    assert charged == [read_roubles(row.total) for row in [*page.charges, page.total]]
    assert sum(charged[:-1]) == charged[-1]
    assert value_in(page.payment, "Sum") == (str(left) if left > 0 else None)


def test_a_charge_with_a_volume_shows_it_and_its_tariff(session: Session):
    account = measured_account(session, volume=43_500, tariff=790_125, penalty=7)
    factories.charge(session, account, OCTOBER, kind="ТО", closing=500)

    page = receipt_page(opened(session, account))

    assert page.measured
    assert [(row.kind, row.volume, row.tariff) for row in page.charges] == [
        ("Газ по счётчику", "43,5", "7,90125"),
        ("ТО", "—", "—"),
    ]
    assert [(row.penalty, row.total) for row in page.charges] == [("0,07", "100,00"), ("0,00", "5,00")]
    assert plain(page.total.kind) == "Всего за октябрь 2026 г."


def test_a_row_of_a_meter_shows_as_many_decimals_as_the_meter(session: Session):
    account = measured_account(session)
    factories.reading(session, factories.meter(session, account, decimals=2), 1_234_500, in_october(24), consumption=70)
    factories.reading(session, factories.meter(session, account, place=""), 9_000, in_october(25))

    rows = [(plain(row.before), plain(row.after), row.consumption, row.taken_on) for row in pages_of(session, account)]

    assert rows == [("1 234,43", "1 234,50", "0,07", "24.10.2026"), ("—", "9", "—", "25.10.2026")]


def test_bars_are_named_after_months_and_the_same_month_of_last_year_stands_out():
    volumes = [(next_month(OCTOBER, -back), None if back == 3 else Volume(back * 1_000 + 499)) for back in range(13)]
    receipt = receipt_of({}, consumption=tuple(reversed(volumes)))

    bars = receipt_page(receipt).bars

    assert [bar.label for bar in bars] == [
        *("окт 25", "ноя", "дек", "янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт 26"),
    ]
    assert [bar.words for bar in bars] == ["12", "11", "10", "9", "8", "7", "6", "5", "4", "—", "2", "1", "0"]
    assert [bar.marked for bar in bars] == [True, *[False] * 11, True]
    assert bars[9].value == 0
    assert bars[0].value == 12_499


@pytest.mark.parametrize(("volume", "words"), [(499, "0"), (500, "1"), (1_499, "1"), (1_500, "2"), (999_500, "1 000")])
def test_the_figures_of_the_chart_are_whole_cubic_metres(volume: int, words: str):
    page = receipt_page(receipt_of({}, consumption=((OCTOBER, Volume(volume)),)))

    assert plain(page.bars[0].words) == words


def test_nobody_pays_by_the_receipt_of_an_earlier_period():
    page = receipt_page(receipt_of({"accrued": 123_456}, is_last=False))

    assert (page.past, page.payment_hint, page.owed) == (PAST, PAST, False)
    assert "прошлый период" in PAST
    assert (page.due, page.advice) == ("Было к оплате до 25.11.2026", "Платите по последней квитанции")
    assert (page.to_pay_words, plain(page.to_pay)) == ("Было к оплате", "1 234,56 ₽")
    assert plain(page.explanation).endswith("— на 1 ноября 2026 г. было к оплате 1 234,56 ₽.")
    assert "Sum=" not in page.payment


def test_the_receipt_of_the_last_period_is_to_be_paid_by():
    page = receipt_page(receipt_of({"accrued": 123_456}))

    assert (page.past, page.owed, page.to_pay_words) == ("", True, "К оплате")
    assert (page.due, page.advice) == ("К оплате до 25.11.2026", "По QR-коду внизу страницы или в личном кабинете")
    assert "|Sum=123456|" in page.payment


@pytest.mark.parametrize(
    ("figures", "said"),
    [({"accrued": -5}, "оставался аванс 0,05 ₽"), ({}, "долга не было"), ({"opening": -5}, "оставался аванс 0,05 ₽")],
)
def test_an_earlier_period_says_how_it_ended(figures: dict[str, int], said: str):
    page = receipt_page(receipt_of(figures, is_last=False))

    assert plain(page.explanation).endswith(f"— на 1 ноября 2026 г. {said}.")


@pytest.mark.parametrize(("opening", "said"), [(-5, True), (5, False), (0, False)])
def test_an_advance_is_explained(opening: int, said: bool):
    assert bool(receipt_page(receipt_of({"opening": opening})).minus) is said


def test_the_head_names_company_account_and_payee(session: Session):
    account = factories.account(session, "66010000017", address="г. Ясный, ул. Садовая, д. 5")
    factories.charge(session, account, OCTOBER, closing=154_320)

    page = receipt_page(opened(session, account))
    head = page.head

    assert (head.company, plain(head.title), plain(head.subtitle)) == (
        "Демогаз",
        "Квитанция: Природный газ",
        "за октябрь 2026 г.",
    )
    assert (head.account, head.holder, plain(head.address)) == (
        "66010000017",
        "Иванова Мария Петровна",
        "г. Ясный, ул. Садовая, д. 5",
    )
    assert plain(head.premises) == "Дом, 86,4 м², 3 человека, газовая плита, котёл"
    assert (head.office, plain(head.phones)) == ("Абонентский участок № 7", "8 (35140) 2-04-04")
    assert head.payee is not None
    assert (head.payee.name, head.payee.inn_and_kpp) == ("ООО «Демогаз»", "7400000005 / 740001001")
    assert (page.due, plain(page.to_pay), page.owed) == ("К оплате до 25.11.2026", "1 543,20 ₽", True)
    assert page.file_name == "Квитанция 66010000017 Природный газ октябрь 2026.pdf"


def test_the_code_is_about_this_receipt(session: Session):
    account = factories.account(session, "66010000017", address="г. Ясный, ул. Садовая, д. 5")
    factories.charge(session, account, OCTOBER, closing=154_320)

    page = receipt_page(opened(session, account))

    assert page.purpose == "Оплата: Природный газ, л/с 66010000017, октябрь 2026"
    assert {key: value_in(page.payment, key) for key in ("Sum", "Purpose", "PersAcc", "PaymPeriod", "Name")} == {
        "Sum": "154320",
        "Purpose": page.purpose,
        "PersAcc": "66010000017",
        "PaymPeriod": "102026",
        "Name": "ООО «Демогаз»",
    }
    assert value_in(page.payment, "LastName") == "Иванова"
    assert value_in(page.payment, "PayerAddress") == "г. Ясный, ул. Садовая, д. 5"
    assert "получатель и сумма" in page.payment_hint


def test_where_nothing_is_owed_the_code_is_for_an_advance():
    page = receipt_page(receipt_of({"opening": -100}))

    assert (page.owed, plain(page.to_pay), value_in(page.payment, "Sum")) == (False, "0,00 ₽", None)
    assert "аванс" in page.payment_hint


def test_premises_that_have_not_come_yet_are_left_out(session: Session):
    account = factories.account(session)
    session.delete(session.get_one(Premises, account.number))
    factories.charge(session, account, OCTOBER, closing=1)

    page = receipt_page(opened(session, account))

    assert (page.head.address, page.head.premises, value_in(page.payment, "PayerAddress")) == ("", "", None)


@pytest.mark.parametrize("name", ['Газ / "ВДГО"', "Газ: ТО?", "Газ\\ВДГО", "<Газ>|*", "../../Газ", "Газ\u00a0и\tТО\n"])
def test_a_file_name_is_one_that_every_disk_takes(name: str):
    file_name = receipt_page(receipt_of({}, division=division_of(name=name))).file_name

    assert re.fullmatch(r'Квитанция 66010000017 [^<>:"/\\|?*\x00-\x1f\u00a0]+ октябрь 2026\.pdf', file_name)


@pytest.mark.parametrize(
    ("requisites", "key"),
    [
        ({"payee_account": "4070281000000000000x"}, "PersonalAcc"),
        ({"bank_bic": "04750160A"}, "BIC"),
        ({"bank_account": "x0101810700000000602"}, "CorrespAcc"),
        ({"payee_inn": "740000000x"}, "PayeeINN"),
        ({"payee_kpp": "74000100?"}, "KPP"),
        ({"payee_name": "Я" * 160}, "shorten Name or BankName"),
        ({"bank_name": " "}, "BankName"),
    ],
)
def test_broken_requisites_name_the_division_to_be_mended(session: Session, requisites: dict[str, str], key: str):
    account = factories.account(session)
    factories.division(session, "gas-2", **requisites)
    factories.charge(session, account, OCTOBER, division_code="gas-2", closing=1)
    who = consumer(session, account)

    with pytest.raises(RequisitesBroken, match=rf"^requisites of division gas-2: .*{key}") as broken:
        receipt_page(opened(session, account, division="gas-2", who=who))
    assert not isinstance(broken.value, ServiceError), "it is staff who must know, not the consumer"
    with pytest.raises(RequisitesBroken, match=rf"division gas-2: .*{key}"):
        receipts.debt_payment(session, who, account.number, "gas-2", TODAY)


# The payment of what is owed now.


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


# The names of accounts in addresses.


def test_an_account_has_one_name_and_is_found_by_it(session: Session):
    house, flat = factories.account(session), factories.account(session)
    who, neighbour = consumer(session, house, flat), consumer(session, flat)
    name = references.reference_of(flat.number)

    assert name == references.reference_of(flat.number) != references.reference_of(house.number)
    assert references.account_of(session, who, name) == references.account_of(session, neighbour, name) == flat.number


def test_a_name_says_nothing_about_the_number():
    names = [references.reference_of(f"6601{number:07}") for number in range(300)]

    assert len(set(names)) == 300
    assert all(re.fullmatch(r"[\w-]{16}", name, re.ASCII) for name in names), "it fits into an address as it is"
    assert not any(f"6601{number:07}"[4:] in name for number, name in enumerate(names))
    # What two accounts' names have in common is chance: neighbours do not begin alike.
    assert len({name[:4] for name in names}) > 290


def test_the_name_depends_on_our_key(monkeypatch: pytest.MonkeyPatch):
    name = references.reference_of("66010000017")
    monkeypatch.setenv("LK_SECRET_KEY", "another key of another portal")
    references.settings.cache_clear()
    try:
        assert references.reference_of("66010000017") != name
    finally:
        monkeypatch.undo()
        references.settings.cache_clear()


def test_anything_but_an_own_accounts_name_is_not_found(session: Session):
    mine, others = factories.account(session), factories.account(session)
    consumer(session, others)
    who = consumer(session, mine)
    name = references.reference_of(mine.number)

    for wrong in (
        references.reference_of(others.number),
        mine.number,
        "",
        name[:-1],
        f"{name}=",
        name.swapcase(),
        "../../etc/passwd",
        "п" * 16,
        "\x00" * 16,
        "x" * 10_000,
    ):
        with pytest.raises(NotFound):
            references.account_of(session, who, wrong)
    assert references.account_of(session, who, name) == mine.number


# Makers.


def consumer(session: Session, *accounts: Account, since: datetime = LONG_AGO) -> Consumer:
    user = factories.user(session)
    for account in accounts:
        factories.link(session, user, account, attached_at=since)
    assert user.id is not None
    return Consumer(user.id, 1)


def opened(
    session: Session,
    account: Account,
    month: Month = OCTOBER,
    *,
    division: str = "gas",
    who: Consumer | None = None,
) -> Receipt:
    return receipts.open_receipt(session, who or consumer(session, account), account.number, division, month, TODAY)


def pages_of(session: Session, account: Account):
    return receipt_page(opened(session, account)).readings


def close(session: Session, month: Month, closed_on: date | None) -> None:
    period = factories.period(session, month)
    period.closed_on = closed_on
    factories.store(session, period)


def measured_account(session: Session, *, volume: int = 43_500, tariff: int = 814_000, **values) -> Account:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, volume=Volume(volume), tariff=Tariff(tariff), closing=10_000, **values)
    return account


def in_october(day: int) -> date:
    return date(2026, 10, day)


def months_after(month: Month) -> list[Month]:
    return [next_month(month, step) for step in range(1, 9)]


def balance(closed_on: dict[Month, date | None]) -> DivisionBalance:
    """How a division stands to an account that was charged in all these months."""
    months = tuple(sorted(closed_on, reverse=True))
    last = max((month for month, day in closed_on.items() if day and day <= TODAY), default=None)
    return DivisionBalance(
        code="gas",
        name="",
        description="",
        balance=Kopecks(0),
        last=None,
        months=months,
        paid_since=Kopecks(0),
        due_on=None,
        closed_months=months_up_to(last, months),
        closed_today=max((month for month, day in closed_on.items() if day == TODAY), default=None),
    )


def division_of(**values) -> Division:
    requisites = {
        "payee_name": "ООО «Демогаз»",
        "payee_inn": "7400000005",
        "payee_kpp": "740001001",
        "payee_account": "40702810000000000001",
        "bank_name": "Банк",
        "bank_bic": "047501602",
        "bank_account": "30101810700000000602",
    }
    return Division(**({"code": "gas", "name": "Природный газ", "position": 1} | requisites | values))


def receipt_of(
    *lines: dict[str, int],
    payments: Sequence[tuple[date, int]] = (),
    paid_after: int = 0,
    is_last: bool = True,
    consumption: tuple[tuple[Month, Volume | None], ...] = (),
    division: Division | None = None,
) -> Receipt:
    """A receipt of October made of figures, without a database; closings follow from the figures."""
    return Receipt(
        division=division or division_of(),
        contract=Contract(
            Account(number="66010000017", last_name="Иванова", first_name="Мария", office_code="07"),
            Premises(account_number="66010000017", kind=PremisesKind.HOUSE, address="ул. Садовая, 5", residents=0),
            Office(code="07", name="Участок", address="ул. Заводская, 3", phones=[]),
            LONG_AGO,
        ),
        period=Period(month=OCTOBER, closed_on=date(2026, 11, 3), due_on=date(2026, 11, 25)),
        charges=PeriodCharges(
            OCTOBER,
            tuple(ChargeLine(f"Вид {number}", None, None, amounts(**line)) for number, line in enumerate(lines)),
        ),
        payments=tuple(PostedPayment(OCTOBER, day, Kopecks(amount), Channel.BANK) for day, amount in payments),
        paid_after=Kopecks(paid_after),
        is_last=is_last,
        readings=(),
        consumption=consumption,
    )


def amounts(**figures: int) -> Amounts:
    known = {name: Kopecks(figures.get(name, 0)) for name in ("opening", "accrued", "recalculation", "penalty", "paid")}
    left = sum(known.values()) - 2 * known["paid"]
    return Amounts(**known, closing=Kopecks(left))


def read_roubles(text: str) -> int:
    """Read a printed sum as a person does, in kopecks."""
    found = re.fullmatch(r"(−?)(\d{1,3}(?: \d{3})*),(\d\d)(?: ₽)?", plain(text))
    assert found, text
    sign, roubles, kopecks = found.groups()
    return (-1 if sign else 1) * (int(roubles.replace(" ", "")) * 100 + int(kopecks))


def value_in(text: str, key: str) -> str | None:
    """The value of a key in the text of a payment code."""
    values = dict(pair.split("=", 1) for pair in text[8:].split(text[7]))
    return values.get(key)
