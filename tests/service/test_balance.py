"""The statement of a balance: how an account stands today, in words."""

from datetime import date

import pytest
from sqlmodel import Session

from lk_app.models import Account, Channel
from lk_app.models.values import Month
from lk_app.services.errors import NotFound
from lk_app.services.statements import (
    BalancePage,
    balance_page,
    reconciliation_page,
)
from tests import factories
from tests.factories import TODAY
from tests.texts import plain

SEPTEMBER, OCTOBER, NOVEMBER = (Month(month) for month in range(202609, 202612))


def test_a_debt_is_said_on_top_with_its_day(session: Session) -> None:
    account = factories.account(session, "66020000099")
    factories.charge(session, account, OCTOBER, opening=65_273, paid=65_273, closing=146_908)

    page = balance_of(session, account)

    assert plain(page.summary) == (
        "По состоянию на 22 ноября 2026 г. по лицевому счёту 66020000099 задолженность составляет 1 469,08 ₽."
    )
    assert words(page.remarks) == ["Последние начисления нужно оплатить до 25 ноября 2026 г."]
    assert standings(page) == ["Задолженность 1 469,08 ₽"]
    assert page.file_name == "Справка о состоянии расчётов 66020000099 22.11.2026.pdf"
    assert plain(page.head.subtitle) == "на 22 ноября 2026 г."


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 11, 25), "Последние начисления нужно оплатить до 25 ноября 2026 г."),
        (date(2026, 11, 26), "Срок оплаты истёк 25 ноября 2026 г."),
    ],
)
def test_the_due_day_itself_is_still_in_time(session: Session, today: date, said: str) -> None:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=1)

    page = balance_page(session, factories.consumer(session, account), account.number, today)

    assert words(page.remarks) == [said]


def test_the_figures_of_a_division_lead_to_its_balance(session: Session) -> None:
    account = factories.account(session)
    figures = {"opening": 10_000, "accrued": 5_000, "recalculation": -300, "penalty": 20, "paid": 4_000}
    factories.charge(session, account, SEPTEMBER, closing=10_000)
    factories.charge(session, account, OCTOBER, **figures)
    factories.payment(session, account, 2_000, NOVEMBER)

    (row,) = balance_of(session, account).standings

    assert plain(row.basis) == "Октябрь 2026 г."
    assert (row.opening, row.charged, row.paid, row.closing) == ("100,00", "47,20", "40,00", "107,20")
    assert (row.paid_after, plain(row.standing)) == ("20,00", "Задолженность 87,20 ₽")


def test_an_advance_is_no_debt(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=0)
    factories.payment(session, account, 20_000, NOVEMBER)

    page = balance_of(session, account)

    assert plain(page.summary).endswith("задолженности нет.")
    assert words(page.remarks) == ["Аванс: «Природный газ» 200,00 ₽."]
    assert standings(page) == ["Аванс 200,00 ₽"]


def test_nothing_owed_is_said_so(session: Session) -> None:
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, accrued=500, paid=500)

    page = balance_of(session, account)

    assert plain(page.summary).endswith("задолженности нет.")
    assert (page.remarks, standings(page)) == ([], ["Задолженности нет"])


def test_an_advance_in_one_division_pays_no_debt_in_another(session: Session) -> None:
    account = factories.account(session)
    factories.division(session, "vdgo", name="ВДГО", position=2)
    factories.division(session, "other", name="Прочее", position=3)
    factories.charge(session, account, OCTOBER, closing=10_000)
    factories.charge(session, account, OCTOBER, kind="ТО", division_code="vdgo", closing=-4_000)
    factories.charge(session, account, OCTOBER, kind="Работы", division_code="other", closing=500)

    page = balance_of(session, account)

    assert plain(page.summary).endswith("задолженность составляет 105,00 ₽.")
    assert words(page.remarks)[1:] == [
        "Аванс: «ВДГО» 40,00 ₽.",
        "Аванс одного раздела не уменьшает задолженность другого.",
    ]
    assert standings(page) == ["Задолженность 100,00 ₽", "Аванс 40,00 ₽", "Задолженность 5,00 ₽"]


def test_an_account_without_charges_owes_nothing(session: Session) -> None:
    account = factories.account(session)
    factories.division(session)

    page = balance_of(session, account)

    (row,), (payee,) = page.standings, page.payees
    assert plain(page.summary).endswith("начислений ещё не было, задолженности нет.")
    assert (row.basis, row.closing, plain(row.standing)) == ("Начислений не было", "—", "Задолженности нет")
    assert payee.last_payment == "Платежей не было"


def test_the_last_payment_of_each_division_is_named(session: Session) -> None:
    account, others = factories.account(session), factories.account(session)
    factories.division(session, "vdgo", name="ВДГО", position=2, payee_name="ООО «Демогаз-Сервис»")
    factories.payment(session, account, 111, OCTOBER, paid_on=date(2026, 10, 2))
    factories.payment(session, account, 65_273, OCTOBER, paid_on=date(2026, 10, 5), channel=Channel.ONLINE, id="b")
    factories.payment(session, account, 222, NOVEMBER, paid_on=date(2026, 10, 5), id="a")
    factories.payment(session, account, 333, SEPTEMBER, paid_on=date(2026, 9, 1), division_code="vdgo", channel="post")
    factories.payment(session, others, 999, NOVEMBER, paid_on=date(2026, 11, 20))

    gas, vdgo = balance_of(session, account).payees

    assert plain(gas.last_payment) == "05.10.2026, 652,73 ₽, в личном кабинете"
    assert plain(vdgo.last_payment) == "01.09.2026, 3,33 ₽, на почте"
    assert (gas.payee.name, vdgo.payee.name) == ("ООО «Демогаз»", "ООО «Демогаз-Сервис»")


def test_the_statement_says_where_one_with_a_stamp_is_made(session: Session) -> None:
    account = factories.account(session)

    page = balance_of(session, account)

    assert plain(page.stamped_by) == (
        "Справку с печатью выдаёт абонентская служба: Абонентский участок № 7, "
        "г. Ясный, ул. Заводская, 3, тел. 8 (35140) 2-04-04."
    )
    assert "без подписи и печати" in plain(page.origin)


@pytest.mark.parametrize("number", ["", "66029999999", "theirs"])
def test_no_statement_is_made_for_somebody_elses_account(session: Session, number: str) -> None:
    theirs = factories.account(session, "66020000001")
    factories.charge(session, theirs, OCTOBER, closing=1)
    factories.consumer(session, theirs)
    who = factories.consumer(session, factories.account(session))
    asked = theirs.number if number == "theirs" else number

    with pytest.raises(NotFound) as of_balance:
        balance_page(session, who, asked, TODAY)
    with pytest.raises(NotFound) as of_act:
        reconciliation_page(session, who, asked, "gas", OCTOBER, OCTOBER, TODAY)
    assert of_balance.value.message == of_act.value.message == NotFound().message


def balance_of(session: Session, account: Account) -> BalancePage:
    return balance_page(session, factories.consumer(session, account), account.number, TODAY)


def standings(page: BalancePage) -> list[str]:
    return words([row.standing for row in page.standings])


def words(texts: list[str]) -> list[str]:
    return [plain(text) for text in texts]
