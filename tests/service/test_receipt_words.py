"""What a receipt says, and that its figures add up."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from lk_app.models import Premises
from lk_app.models.values import Volume, next_month
from lk_app.services import receipts
from lk_app.services.documents.words import balance_name
from lk_app.services.errors import ServiceError
from lk_app.services.payment_qr import RequisitesBroken
from lk_app.services.receipts import receipt_page
from lk_app.services.receipts.words import PAST
from tests import factories
from tests.factories import TODAY
from tests.receipts import (
    OCTOBER,
    UNHURRIED,
    consumer,
    division_of,
    in_october,
    measured_account,
    opened,
    pages_of,
    read_roubles,
    receipt_of,
    value_in,
)
from tests.texts import plain

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
