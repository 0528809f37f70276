"""Acts of reconciliation, whose sums anybody can check."""

from datetime import date

import pytest
from sqlmodel import Session

from lk_app.models import Account, Channel
from lk_app.models.values import Month, next_month
from lk_app.services.errors import FieldErrors, NotFound
from lk_app.services.statements import (
    ReconciliationPage,
    reconciliation_page,
)
from tests import factories
from tests.factories import TODAY
from tests.texts import plain

JULY, AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (Month(month) for month in range(202607, 202612))


def test_an_act_shows_charges_and_payments_with_the_balance_after_each(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, opening=1_000, accrued=20_000, paid=1_000)
    factories.charge(
        session, account, OCTOBER, opening=20_000, accrued=30_000, recalculation=-500, penalty=7, paid=20_000
    )
    factories.payment(session, account, 1_000, SEPTEMBER, paid_on=date(2026, 9, 10), channel=Channel.POST)
    factories.payment(session, account, 15_000, OCTOBER, paid_on=date(2026, 10, 1), channel=Channel.ONLINE)
    factories.payment(session, account, 5_000, OCTOBER, paid_on=date(2026, 10, 20), channel=Channel.OFFICE)

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert lines(act) == [
        ("Сентябрь 2026 г.", "Начислено за месяц", "200,00", "0,00", "0,00", "", "210,00"),
        ("10.09.2026", "Оплата на почте", "", "", "", "10,00", "200,00"),
        ("Октябрь 2026 г.", "Начислено за месяц", "300,00", "−5,00", "0,07", "", "495,07"),
        ("01.10.2026", "Оплата в личном кабинете", "", "", "", "150,00", "345,07"),
        ("20.10.2026", "Оплата в абонентской службе", "", "", "", "50,00", "295,07"),
    ]
    assert (act.opened_on, act.opening) == ("01.09.2026", "10,00")
    assert (act.closed_on, act.closing) == ("01.11.2026", "295,07")
    assert plain(act.conclusion) == "На 1 ноября 2026 г. задолженность составляет 295,07 ₽."
    turnover = act.turnover
    assert (turnover.accrued, turnover.recalculation, turnover.penalty) == ("500,00", "−5,00", "0,07")
    assert (turnover.charged, turnover.paid, turnover.shift) == ("495,07", "210,00", "")
    assert act.afterwards == ""


def test_an_act_says_whom_it_is_between_and_when_it_was_made(session: Session) -> None:
    account = factories.account(session, "66020000098")
    factories.charge(session, account, SEPTEMBER, closing=1)
    factories.charge(session, account, OCTOBER, opening=1)

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert plain(act.preamble) == (
        "Акт составлен 22 ноября 2026 г. Организация: ООО «Демогаз», ИНН / КПП 7400000005 / 740001001. "
        "Потребитель: Иванова Мария Петровна, лицевой счёт 66020000098."
    )
    assert (act.head.title, plain(act.head.subtitle)) == (
        "Акт сверки: Природный газ",
        "сентябрь 2026 г. – октябрь 2026 г.",
    )
    assert act.file_name == "Акт сверки 66020000098 Природный газ сентябрь 2026 – октябрь 2026.pdf"


@pytest.mark.parametrize(
    ("closing", "said"), [(-20_000, "аванс составляет 200,00 ₽"), (0, "задолженности нет")], ids=["advance", "nothing"]
)
def test_an_act_ends_in_plain_words(session: Session, closing: int, said: str) -> None:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=closing)

    assert plain(act_of(session, account, OCTOBER, OCTOBER).conclusion) == f"На 1 ноября 2026 г. {said}."


def test_all_kinds_of_a_division_make_one_line_a_month(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, opening=100, accrued=200)
    factories.charge(session, account, OCTOBER, kind="Газ по нормативу", opening=30, accrued=4)
    factories.charge(session, account, OCTOBER, kind="ТО", division_code="vdgo", closing=77_777)
    factories.payment(session, account, 55_555, OCTOBER, division_code="vdgo")

    act = act_of(session, account, OCTOBER, OCTOBER)

    assert lines(act) == [("Октябрь 2026 г.", "Начислено за месяц", "2,04", "0,00", "0,00", "", "3,34")]
    assert (act.opening, act.closing) == ("1,30", "3,34")


def test_payments_that_dont_make_up_billings_figure_stand_beside_it(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, accrued=10_000, paid=4_000)
    factories.charge(session, account, OCTOBER, opening=6_000, accrued=1, paid=0)
    factories.payment(session, account, 3_000, SEPTEMBER, paid_on=date(2026, 9, 5))
    factories.payment(session, account, 500, SEPTEMBER, paid_on=date(2026, 9, 6), channel=Channel.POST)

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert lines(act)[1:] == [
        ("Сентябрь 2026 г.", "Оплачено по данным расчётов", "", "", "", "40,00", "60,00"),
        ("Октябрь 2026 г.", "Начислено за месяц", "0,01", "0,00", "0,00", "", "60,01"),
    ]
    assert plain(act.rows[1].note) == "Поступившие платежи: 05.09.2026, 30,00 ₽, в банке; 06.09.2026, 5,00 ₽, на почте"
    assert act.turnover.paid == "40,00"


def test_a_returned_payment_is_billings_figure(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, opening=-5_000, paid=-5_000)

    act = act_of(session, account, OCTOBER, OCTOBER)

    assert lines(act)[1:] == [("Октябрь 2026 г.", "Оплачено по данным расчётов", "", "", "", "−50,00", "0,00")]
    assert act.rows[1].note == ""


def test_a_payment_between_charged_months_counts_where_billing_counts_it(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, JULY, closing=10_000)
    factories.payment(session, account, 2_500, AUGUST, paid_on=date(2026, 8, 8))
    factories.payment(session, account, 500, SEPTEMBER, paid_on=date(2026, 9, 9))
    factories.charge(session, account, OCTOBER, opening=7_000, accrued=100)

    whole, from_gap, in_gap = (
        act_of(session, account, first, last) for first, last in ((JULY, OCTOBER), (SEPTEMBER, OCTOBER), (JULY, AUGUST))
    )

    paid_in_august = ("08.08.2026", "Оплата в банке", "", "", "", "25,00", "75,00")
    paid_in_september = ("09.09.2026", "Оплата в банке", "", "", "", "5,00", "70,00")
    charged_in_october = ("Октябрь 2026 г.", "Начислено за месяц", "1,00", "0,00", "0,00", "", "71,00")
    assert lines(whole)[1:] == [paid_in_august, paid_in_september, charged_in_october]
    assert (from_gap.opening, lines(from_gap)) == ("75,00", [paid_in_september, charged_in_october])
    assert (in_gap.closing, lines(in_gap)[1:]) == ("75,00", [paid_in_august])


def test_a_payment_between_charged_months_that_the_next_one_counts_is_listed_there(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, AUGUST, closing=10_000)
    factories.payment(session, account, 2_500, SEPTEMBER, paid_on=date(2026, 9, 9))
    factories.payment(session, account, 100, OCTOBER, paid_on=date(2026, 10, 1))
    factories.charge(session, account, OCTOBER, opening=10_000, paid=2_600)

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert act.opening == "100,00"
    assert [line[0] for line in lines(act)] == ["Октябрь 2026 г.", "09.09.2026", "01.10.2026"]
    assert act.closing == "74,00"


def test_a_balance_that_billing_changed_between_months_is_said(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=10_000)
    factories.charge(session, account, OCTOBER, opening=9_000, accrued=50)

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert lines(act)[1] == ("01.10.2026", "Остаток изменён по данным расчётов", "", "", "", "", "90,00")
    assert plain(act.rows[1].note) == "на −10,00 ₽"
    assert (act.turnover.shift, act.closing) == ("−10,00", "90,50")


def test_an_act_that_begins_between_charged_months_opens_with_what_the_last_one_left(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, AUGUST, closing=10_000)
    factories.charge(session, account, OCTOBER, opening=9_000)

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert (act.opening, act.turnover.shift, act.closing) == ("100,00", "−10,00", "90,00")


def test_payments_before_the_first_charges_are_in_its_opening_balance(session: Session) -> None:
    account = factories.account(session)
    factories.payment(session, account, 2_000, SEPTEMBER)
    factories.charge(session, account, OCTOBER, opening=-2_000, accrued=500)

    act = act_of(session, account, OCTOBER, OCTOBER)

    assert (act.opening, act.closing, act.turnover.paid) == ("−20,00", "−15,00", "0,00")
    assert len(act.rows) == 1


def test_a_payment_before_the_first_charges_that_they_count_is_listed(session: Session) -> None:
    account = factories.account(session)
    factories.payment(session, account, 2_000, SEPTEMBER, paid_on=date(2026, 9, 9))
    factories.charge(session, account, OCTOBER, accrued=500, paid=2_000)

    act = act_of(session, account, OCTOBER, OCTOBER)

    assert lines(act)[1:] == [("09.09.2026", "Оплата в банке", "", "", "", "20,00", "−15,00")]


def test_a_payment_after_the_last_charged_month_stands_below(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=10_000)
    factories.charge(session, account, OCTOBER, opening=10_000)
    factories.payment(session, account, 7_000, NOVEMBER, paid_on=date(2026, 11, 12), channel=Channel.ONLINE)
    factories.payment(session, account, 4_000, NOVEMBER, paid_on=date(2026, 11, 13))

    act = act_of(session, account, SEPTEMBER, OCTOBER)

    assert plain(act.afterwards) == (
        "После октября 2026 г. поступило 110,00 ₽ (12.11.2026, 70,00 ₽, в личном кабинете; 13.11.2026, 40,00 ₽, "
        "в банке). В акт это не вошло; с учётом поступившего аванс составляет 10,00 ₽."
    )
    assert act.closing == "100,00"
    assert act_of(session, account, SEPTEMBER, SEPTEMBER).afterwards == ""


def test_an_act_covers_no_more_than_billing_knows(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=1)
    factories.charge(session, account, OCTOBER, opening=1)

    act = act_of(session, account, Month(202001), Month(203012))

    assert (act.opened_on, act.closed_on) == ("01.09.2026", "01.11.2026")
    assert plain(act.head.subtitle) == "сентябрь 2026 г. – октябрь 2026 г."


def test_thirty_six_months_are_enough(session: Session) -> None:
    account = factories.account(session)
    for step in range(37):
        factories.charge(session, account, next_month(OCTOBER, -step))

    assert len(act_of(session, account, Month(202311), OCTOBER).rows) == 36
    assert refusal(session, account, Month(202310), OCTOBER) == {
        "first": "Не больше 36 месяцев, а здесь 37. Выберите более поздний месяц"
    }


@pytest.mark.parametrize(
    ("first", "last", "errors"),
    [
        (OCTOBER, SEPTEMBER, {"last": "Последний месяц раньше первого. Выберите более поздний"}),
        (Month(202604), Month(202606), {"last": "нет начислений. Они есть за период: июль 2026 г. – октябрь 2026 г."}),
        (NOVEMBER, NOVEMBER, {"first": "нет начислений. Они есть за период: июль 2026 г. – октябрь 2026 г."}),
        (AUGUST, SEPTEMBER, {"first": "нет начислений. Они есть за период: июль 2026 г. – октябрь 2026 г."}),
    ],
    ids=["backwards", "before", "after", "between"],
)
def test_months_nobody_can_reconcile_are_refused(
    session: Session, first: Month, last: Month, errors: dict[str, str]
) -> None:
    account = factories.account(session)
    factories.charge(session, account, JULY, closing=1)
    factories.charge(session, account, OCTOBER, opening=1)

    refused = refusal(session, account, first, last)

    assert refused.keys() == errors.keys()
    for field, said in errors.items():
        assert plain(refused[field]).endswith(said)


def test_an_act_covers_closed_months_only(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, SEPTEMBER, closing=1_000)
    factories.charge(session, account, OCTOBER, opening=1_000)
    factories.period(session, NOVEMBER, closed=False)
    factories.charge(session, account, NOVEMBER, opening=1_000, paid=1_000)
    who = factories.consumer(session, account)

    page = reconciliation_page(session, who, account.number, "gas", SEPTEMBER, NOVEMBER, TODAY)

    assert plain(page.head.subtitle) == "сентябрь 2026 г. – октябрь 2026 г."
    assert plain(page.conclusion).startswith("На 1 ноября 2026 г.")
    with pytest.raises(FieldErrors):
        reconciliation_page(session, who, account.number, "gas", NOVEMBER, NOVEMBER, TODAY)


@pytest.mark.parametrize("division_code", ["gas", "water", ""])
def test_without_charges_there_is_nothing_to_reconcile(session: Session, division_code: str) -> None:
    account = factories.account(session)
    factories.payment(session, account, 1, OCTOBER)
    who = factories.consumer(session, account)

    with pytest.raises(NotFound):
        reconciliation_page(session, who, account.number, division_code, OCTOBER, OCTOBER, TODAY)


def act_of(session: Session, account: Account, first: Month, last: Month) -> ReconciliationPage:
    return reconciliation_page(session, factories.consumer(session, account), account.number, "gas", first, last, TODAY)


def refusal(session: Session, account: Account, first: Month, last: Month) -> dict[str, str]:
    with pytest.raises(FieldErrors) as refused:
        act_of(session, account, first, last)
    return refused.value.errors


def lines(act: ReconciliationPage) -> list[tuple[str, ...]]:
    return [
        (plain(row.day), row.text, row.accrued, row.recalculation, row.penalty, row.paid, row.balance)
        for row in act.rows
    ]
