"""The history of payments as files: every payment of the filter, as numbers and days, and nothing that comes alive."""

import csv
from datetime import UTC, date, datetime, time
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import Session

from lk_app.models import AttemptState, Channel
from lk_app.models.values import Kopecks
from lk_app.services.payments import files, history
from lk_app.services.payments.history import Filter, PaymentLine, PaymentState
from lk_app.services.payments.words import STATE_WORDS, way_words
from tests import attempts, factories
from tests.factories import NOW, TODAY

NUMBER = "66010000017"
HEADS = ["Дата", "Время", "Раздел", "Сумма, ₽", "Возвращено, ₽", "Способ оплаты", "Состояние", "Номер"]
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x";"y")']


def line(**values: Any) -> PaymentLine:
    """A line of the history: an own payment of today."""
    known: dict[str, Any] = {
        "day": TODAY,
        "at": NOW,
        "division_code": "gas",
        "division": "Природный газ",
        "amount": Kopecks(184_356),
        "channel": Channel.ONLINE,
        "state": PaymentState.POSTED,
        "whole": Kopecks(184_356),
        "refunded": Kopecks(0),
        "order_number": "261122-ABCDEFGHJK",
        "payment_id": "p-1",
        "is_own": True,
        "card": "1111",
        "can_continue": False,
        "can_repeat": False,
    }
    return PaymentLine(**(known | values))


def sheet(*lines: PaymentLine) -> Worksheet:
    return openpyxl.load_workbook(BytesIO(files.as_xlsx(lines, NUMBER, NOW))).active


def rows(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def table(*lines: PaymentLine) -> list[list[str]]:
    text = files.as_csv(lines).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), delimiter=";"))


# What stands in them.


def test_a_workbook_holds_days_times_and_numbers():
    paid = line(amount=Kopecks(123_456_789), refunded=Kopecks(10_050))

    head, first, *_ = rows(sheet(paid))

    assert head == HEADS
    assert first == [
        datetime(2026, 11, 22),
        time(12, 30),
        "Природный газ",
        1_234_567.89,
        100.5,
        "картой •• 1111",
        "оплачено",
        "261122-ABCDEFGHJK",
    ]


def test_a_workbook_shows_them_as_russians_write():
    found = sheet(line(refunded=Kopecks(1)))

    assert [found.cell(2, column).number_format for column in (1, 2, 4, 5)] == [
        "dd.mm.yyyy",
        "hh:mm",
        "#,##0.00",
        "#,##0.00",
    ]
    assert found.freeze_panes == "A2"
    assert found.cell(1, 1).font.bold
    assert found.auto_filter.ref == "A1:H2"
    assert all(
        found.column_dimensions[letter].width >= len(head) for letter, head in zip("ABCDEFGH", HEADS, strict=True)
    )
    assert found.print_title_rows == "$1:$1"


def test_a_workbook_says_what_it_is():
    book = openpyxl.load_workbook(BytesIO(files.as_xlsx([], NUMBER, NOW)))

    assert (book.properties.title, book.properties.subject) == ("История платежей", f"Лицевой счёт {NUMBER}")
    assert book.properties.creator == "Демогаз"
    assert book.properties.created.replace(tzinfo=UTC) == NOW
    assert book.sheetnames == ["Платежи"]


def test_the_total_is_what_was_paid_and_kept():
    found = sheet(
        line(amount=Kopecks(100_010), refunded=Kopecks(10_000)),
        line(amount=Kopecks(50_025), state=PaymentState.PROCESSING),
        line(amount=Kopecks(7_000), state=PaymentState.UNFINISHED),
        line(amount=Kopecks(8_000), state=PaymentState.DECLINED),
        line(amount=Kopecks(9_000), refunded=Kopecks(9_000), state=PaymentState.REFUNDED),
    )

    *_, last, gap, total = rows(found)
    assert last[6] == "возвращён"
    assert gap == [None] * 8
    assert total == ["Оплачено всего, за вычетом возвратов", None, None, 1_400.35, *[None] * 4]
    assert found.cell(found.max_row, 4).number_format == "#,##0.00"
    assert found.auto_filter.ref == "A1:H6", "the total is not sorted among the payments"


def test_no_payments_make_a_file_too():
    *_, total = rows(sheet())

    assert total[3] == 0
    assert table() == [HEADS]


def test_a_csv_is_what_russian_excel_opens():
    content = files.as_csv([line(amount=Kopecks(123_456_709), refunded=Kopecks(5)), line(at=None, card="")])

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == [
        ";".join(HEADS),
        "22.11.2026;12:30;Природный газ;1234567,09;0,05;картой •• 1111;оплачено;261122-ABCDEFGHJK",
        "22.11.2026;;Природный газ;1843,56;;в личном кабинете;оплачено;261122-ABCDEFGHJK",
        "",
    ]


def test_what_a_csv_is_parted_by_may_stand_in_it():
    name = 'ВДГО; «дом» "5"'

    assert table(line(division=name))[1][2] == name


@pytest.mark.parametrize("other", [{"order_number": None}, {"order_number": None, "payment_id": None}])
def test_the_number_is_of_the_order_or_else_of_the_document(other: dict[str, None]):
    assert table(line(**other))[1][-1] == (other.get("payment_id", "p-1") or "")


def test_a_time_of_another_day_is_left_out():
    """Billing may have posted a payment under another day than the bank took it."""
    assert table(line(day=date(2026, 11, 23)))[1][:2] == ["23.11.2026", ""]


def test_time_is_the_companys():
    at = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)

    assert table(line(at=at))[1][:2] == ["22.11.2026", "01:15"]


def test_every_state_and_every_way_has_its_word():
    assert set(STATE_WORDS) == set(PaymentState)
    assert {way_words(channel) for channel in Channel} == {
        "в личном кабинете",
        "в банке",
        "на почте",
        "в абонентской службе",
    }
    assert way_words(Channel.BANK, "1111") == "в банке", "only payments made here have a card of ours"


# Nothing comes alive.


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_a_csv_begins_as_a_formula(text: str):
    [_, row] = table(line(division=text, order_number=text))

    assert row[2] == row[7] == f"'{text}"


@pytest.mark.parametrize("text", [*DANGEROUS, "{=1+1}", "http://example.ru", "00017"])
def test_all_text_of_a_workbook_is_text(text: str):
    found = sheet(line(division=text, order_number=text))

    for column in (3, 8):
        cell = found.cell(2, column)
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert cell.value.replace("_x000D_", "\r").replace("_x0009_", "\t") == text
        assert cell.quotePrefix
    assert not any(cell.data_type == "f" for row in found.iter_rows() for cell in row)


# What comes from the tables.


def test_a_file_has_every_payment_and_its_total_is_the_screens(session: Session):
    account = factories.account(session)
    factories.division(session, "vdgo", name="ВДГО", position=2)
    who = factories.consumer(session, account)
    for number in range(history.PAGE * 2 + 1):
        factories.payment(session, account, 1_000 + number, channel=Channel.POST)
    attempts.attempt(session, who, account, {"gas": 50_000, "vdgo": 7_000})
    attempts.attempt(session, who, account, {"gas": 60_000}, AttemptState.DECLINED)
    posted = attempts.attempt(session, who, account, {"gas": 70_000}, AttemptState.POSTED)
    attempts.post(session, posted)
    attempts.give_back(session, posted, {"gas": 100})
    returned = attempts.attempt(session, who, account, {"gas": 80_000})
    attempts.give_back(session, returned, {"gas": 80_000})

    lines = history.whole_history(session, who, account.number, Filter(), NOW)
    page = history.history_of(session, who, account.number, Filter(), 0, NOW)

    found = rows(sheet(*lines))
    assert len(found) == 1 + page.count + 2 == 1 + history.PAGE * 2 + 1 + 5 + 2
    assert found[-1][3] == (page.posted + page.processing) / 100
    assert len(table(*lines)) == 1 + page.count


def test_only_the_payer_sees_the_card(session: Session):
    account = factories.account(session)
    hers, his = factories.consumer(session, account), factories.consumer(session, account)
    attempts.attempt(session, hers, account, {"gas": 50_000})

    ways = [table(*history.whole_history(session, who, account.number, Filter(), NOW))[1][5] for who in (hers, his)]

    assert ways == ["картой •• 1111", "в личном кабинете"]
