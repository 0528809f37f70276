"""«Подтверждение платежа»: for payments that took money, to whoever has the account, with the words for where it is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, delete

from lk_app.models import Account, AccountLink, Attempt, AttemptState, Channel
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.payments.confirmation import ConfirmationPage, moment, of_document, of_order
from lk_app.settings import settings
from tests import attempts, factories
from tests.attempts import CREDITED
from tests.factories import NOW
from tests.texts import plain

AWAITED = "В обработке: деньги получены, в расчётах их обычно учитывают в течение суток."
UNPAID = [state for state in AttemptState if state not in CREDITED]
BOTH = {"gas": 184_356, "vdgo": 25_000}
TUESDAY = NOW + timedelta(days=2)


@pytest.fixture
def account(session: Session) -> Account:
    factories.division(session, "gas")
    factories.division(
        session,
        "vdgo",
        name="ВДГО",
        position=2,
        payee_name="ООО «Демогаз-Сервис»",
        payee_inn="7400000012",
        payee_kpp="",
    )
    return factories.account(session)


@pytest.fixture
def who(session: Session, account: Account) -> Consumer:
    return factories.consumer(session, account)


def page_of(session: Session, who: Consumer, attempt: Attempt) -> ConfirmationPage:
    return of_order(session, who, attempt.account_number, attempt.order_number)


def facts(page: ConfirmationPage) -> dict[str, str]:
    return {fact.name: plain(fact.text) for fact in page.facts}


def standing(page: ConfirmationPage) -> list[str]:
    return [plain(sentence) for sentence in page.standing]


def states(page: ConfirmationPage) -> list[tuple[str, str]]:
    return [(row.division, row.state) for row in page.parts]


# What it says.


def test_it_says_who_paid_whom_for_what(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH)

    page = page_of(session, who, attempt)

    assert (page.head.title, plain(page.head.subtitle)) == ("Подтверждение платежа", "от 22 ноября 2026 г.")
    assert (page.head.account, page.head.holder) == (account.number, "Иванова Мария Петровна")
    assert plain(page.head.address) == "г. Ясный, ул. Садовая, 5"
    assert plain(page.total) == "2 093,56 ₽"
    assert [(row.division, row.payee.name, row.payee.inn_and_kpp, plain(row.amount)) for row in page.parts] == [
        ("Природный газ", "ООО «Демогаз»", "7400000005 / 740001001", "1 843,56"),
        ("ВДГО", "ООО «Демогаз-Сервис»", "7400000012", "250,00"),
    ]
    assert facts(page) == {
        "Дата и время": "22 ноября 2026 г., 12:30 (МСК+2)",
        "Способ оплаты": "В личном кабинете, картой •• 1111",
        "Номер заказа": attempt.order_number,
        "Номер заказа в банке": attempt.bank_order_id,
    }


def test_the_file_is_named_by_day_and_order_and_not_by_account(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH)

    name = page_of(session, who, attempt).file_name

    assert name == f"Подтверждение платежа 22.11.2026, заказ {attempt.order_number}.pdf"


def test_it_is_not_the_fiscal_receipt(session: Session, who: Consumer, account: Account):
    online = page_of(session, who, attempts.attempt(session, who, account, BOTH))
    elsewhere = document_page(session, who, account, Channel.OFFICE)

    assert plain(online.fiscal) == (
        "Это не кассовый чек. Кассовый чек (54-ФЗ) приходит отдельно, от оператора фискальных данных: "
        "на электронную почту или в SMS."
    )
    assert plain(elsewhere.fiscal) == "Это не кассовый чек. Кассовый чек выдают там, где принимают деньги."


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Moscow", "22 ноября 2026 г., 01:15 (МСК)"),
        ("Europe/Kaliningrad", "22 ноября 2026 г., 00:15 (МСК−1)"),
        ("Asia/Yekaterinburg", "22 ноября 2026 г., 03:15 (МСК+2)"),
        ("Asia/Kamchatka", "22 ноября 2026 г., 10:15 (МСК+9)"),
        ("Asia/Kolkata", "22 ноября 2026 г., 03:45 (МСК+2:30)"),
    ],
)
def test_the_time_is_the_companys_and_says_so(zone: str, said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings(), "time_zone", zone)

    assert plain(moment(datetime(2026, 11, 21, 22, 15, tzinfo=UTC))) == said


# How far it has come.


@pytest.mark.parametrize("state", [AttemptState.PAID, AttemptState.EXPORTED])
def test_until_billing_has_it_it_is_awaited(session: Session, who: Consumer, account: Account, state: AttemptState):
    page = page_of(session, who, attempts.attempt(session, who, account, BOTH, state))

    assert standing(page) == [AWAITED]
    assert states(page) == [("Природный газ", "в обработке"), ("ВДГО", "в обработке")]
    assert [row.document for row in page.parts] == ["", ""]
    assert page.refunded == ""


def test_posted_it_says_since_when_and_by_which_document(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.POSTED)
    gas, vdgo = attempts.post(session, attempt)

    page = page_of(session, who, attempt)

    assert standing(page) == ["Оплачено: платёж принят к учёту 23 ноября 2026 г."]
    assert states(page) == [("Природный газ", "оплачено"), ("ВДГО", "оплачено")]
    assert [row.document for row in page.parts] == [gas.id, vdgo.id]


def test_days_are_the_companys(session: Session, who: Consumer, account: Account):
    late = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.POSTED, posted_at=late)
    attempts.give_back(session, attempt, {"gas": 10_000}, at=late + timedelta(days=1))

    assert standing(page_of(session, who, attempt)) == [
        "Оплачено: платёж принят к учёту 24 ноября 2026 г.",
        "Возвращено 100,00 ₽, 25 ноября 2026 г.",
    ]


def test_posted_in_part_it_is_still_awaited(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.EXPORTED)
    attempts.post(session, attempt, "vdgo")

    page = page_of(session, who, attempt)

    assert standing(page) == [AWAITED]
    assert states(page) == [("Природный газ", "в обработке"), ("ВДГО", "оплачено")]


def test_a_document_of_another_account_is_not_named(session: Session, who: Consumer, account: Account):
    """Staff looks into a payment that billing posted to somebody else; its document is not the payer's to know."""
    attempt = attempts.attempt(session, who, account, {"gas": 184_356}, AttemptState.EXPORTED)
    (payment,) = attempts.post(session, attempt)
    payment.account_number = factories.account(session).number
    factories.store(session, payment)

    (row,) = page_of(session, who, attempt).parts

    assert (row.document, row.state) == ("", "в обработке")


def test_what_was_given_back_in_part_is_said_with_its_day(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.POSTED)
    attempts.post(session, attempt)
    attempts.give_back(session, attempt, {"gas": 10_000}, at=TUESDAY)

    page = page_of(session, who, attempt)

    assert standing(page) == [
        "Оплачено: платёж принят к учёту 23 ноября 2026 г.",
        "Возвращено 100,00 ₽, 24 ноября 2026 г.",
    ]
    assert [(row.refunded, row.state) for row in page.parts] == [("100,00", "оплачено"), ("0,00", "оплачено")]
    assert (page.refunded, facts(page)["За вычетом возврата"]) == ("100,00", "1 993,56 ₽")


def test_a_division_given_back_whole_is_said_to_be(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH)
    attempts.give_back(session, attempt, {"vdgo": 25_000}, at=TUESDAY)

    page = page_of(session, who, attempt)

    assert states(page) == [("Природный газ", "в обработке"), ("ВДГО", "возвращён")]
    assert standing(page) == [AWAITED, "Возвращено 250,00 ₽, 24 ноября 2026 г."]


def test_all_given_back_it_is_nothing_but_returned(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH)
    attempts.give_back(session, attempt, {"vdgo": 25_000}, at=NOW)
    attempts.give_back(session, attempt, {"gas": 184_356}, at=TUESDAY)

    page = page_of(session, who, attempt)

    assert attempt.state is AttemptState.REFUNDED
    assert standing(page) == ["Возвращено всё: 2 093,56 ₽, 24 ноября 2026 г."]
    assert states(page) == [("Природный газ", "возвращён"), ("ВДГО", "возвращён")]
    assert "За вычетом возврата" not in facts(page)


def test_no_day_is_named_for_what_came_back_past_us(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH)
    attempts.give_back(session, attempt, {"gas": 10_000}, at=TUESDAY)
    attempts.give_back(session, attempt, {"gas": 5_000})

    assert standing(page_of(session, who, attempt)) == [AWAITED, "Возвращено 150,00 ₽."]


# Payments made elsewhere.


def document_page(session: Session, who: Consumer, account: Account, channel: Channel) -> ConfirmationPage:
    payment = factories.payment(session, account, 65_273, channel=channel, paid_on=date(2026, 10, 2))
    return of_document(session, who, account.number, payment.id)


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (Channel.BANK, "В банке"),
        (Channel.POST, "На почте"),
        (Channel.OFFICE, "В абонентской службе"),
        (Channel.ONLINE, "В личном кабинете"),
    ],
)
def test_a_payment_made_elsewhere(session: Session, who: Consumer, account: Account, channel: Channel, said: str):
    page = document_page(session, who, account, channel)

    assert plain(page.head.subtitle) == "от 2 октября 2026 г."
    assert plain(page.total) == "652,73 ₽"
    assert standing(page) == ["Оплачено: платёж принят к учёту."]
    assert facts(page) == {
        "Дата": "2 октября 2026 г.",
        "Способ оплаты": said,
        "Учтён в расчётах": "за октябрь 2026 г.",
    }
    (row,) = page.parts
    assert (row.division, row.payee.name, row.state) == ("Природный газ", "ООО «Демогаз»", "оплачено")
    assert row.document.startswith("payment ")
    assert page.file_name == f"Подтверждение платежа 02.10.2026, документ {row.document}.pdf"


def test_a_document_of_an_order_leads_to_the_whole_order(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.POSTED)
    gas, vdgo = attempts.post(session, attempt)

    by_order = page_of(session, who, attempt)

    assert of_document(session, who, account.number, gas.id) == by_order
    assert of_document(session, who, account.number, vdgo.id) == by_order


def test_a_document_that_names_an_order_of_another_account_is_shown_alone(
    session: Session, who: Consumer, account: Account
):
    other = factories.account(session)
    theirs = attempts.attempt(
        session, factories.consumer(session, other), other, {"gas": 50_000}, AttemptState.EXPORTED
    )
    (payment,) = attempts.post(session, theirs)
    payment.account_number = account.number
    factories.store(session, payment)

    page = of_document(session, who, account.number, payment.id)

    assert theirs.order_number not in facts(page).values()
    assert facts(page)["Способ оплаты"] == "В личном кабинете"


# For whom there is none.


@pytest.mark.parametrize("state", UNPAID)
def test_there_is_none_of_what_took_no_money(session: Session, who: Consumer, account: Account, state: AttemptState):
    attempt = attempts.attempt(session, who, account, BOTH, state)

    with pytest.raises(NotFound):
        page_of(session, who, attempt)


@pytest.mark.parametrize("state", CREDITED)
def test_there_is_one_of_whatever_took_money(session: Session, who: Consumer, account: Account, state: AttemptState):
    attempt = attempts.attempt(session, who, account, BOTH, state)

    assert plain(page_of(session, who, attempt).total) == "2 093,56 ₽"


def test_a_stranger_gets_none(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.POSTED)
    (payment, _) = attempts.post(session, attempt)
    own = factories.account(session)
    stranger = factories.consumer(session, own)

    for number in (account.number, own.number):
        with pytest.raises(NotFound):
            of_order(session, stranger, number, attempt.order_number)
        with pytest.raises(NotFound):
            of_document(session, stranger, number, payment.id)


def test_the_payer_has_none_after_the_account_was_detached(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH)
    session.exec(delete(AccountLink))

    with pytest.raises(NotFound):
        page_of(session, who, attempt)


def test_an_account_of_ones_own_does_not_open_another_of_ones_own(session: Session, account: Account):
    second = factories.account(session)
    who = factories.consumer(session, account, second)
    attempt = attempts.attempt(session, who, account, BOTH)
    payment = factories.payment(session, account, 1)

    with pytest.raises(NotFound):
        of_order(session, who, second.number, attempt.order_number)
    with pytest.raises(NotFound):
        of_document(session, who, second.number, payment.id)


def test_others_with_the_account_see_it_without_the_card(session: Session, who: Consumer, account: Account):
    attempt = attempts.attempt(session, who, account, BOTH, AttemptState.POSTED)
    (payment, _) = attempts.post(session, attempt)
    other = factories.consumer(session, account)

    for page in (page_of(session, other, attempt), of_document(session, other, account.number, payment.id)):
        assert facts(page)["Способ оплаты"] == "В личном кабинете"
        assert "1111" not in repr(page).replace(account.number, "")
