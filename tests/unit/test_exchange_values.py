"""What a cell of a package may hold, and what becomes of it."""

import csv
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Enum, String

from lk_app.models import MeterState
from lk_app.services.demo.company import DIVISIONS
from lk_app.services.exchange import values
from lk_app.services.exchange.checks import requisites
from lk_app.services.exchange.files import FILES
from lk_app.services.exchange.hours import hours
from lk_app.services.exchange.issues import BadRow, BadValue
from lk_app.services.exchange.requisites import (
    account_fits_bank,
    correspondent_account_fits_bank,
    inn_is_valid,
    kpp_is_valid,
)
from lk_app.settings import ROOT

GOOD = [
    (values.money, "0.00", 0),
    (values.money, "-0.05", -5),
    (values.money, "1234.56", 123456),
    (values.amount, "0.01", 1),
    (values.volume, "12.500", 12500),
    (values.tariff, "8", 800_000),
    (values.tariff, "8.14", 814_000),
    (values.tariff, "7.13418", 713_418),
    (values.price, "0.00001", 1),
    (values.area, "54.30", 5430),
    (values.month, "2026-10", 202610),
    (values.day, "2024-02-29", "2024-02-29"),
    (values.yes_or_no, "yes", True),
    (values.yes_or_no, "no", False),
    (values.number(1, 9), "9", 9),
    (values.digits(10), "9123456789", "9123456789"),
    (values.code(20), "П-1/2:а.b_", "П-1/2:а.b_"),
    (values.text(10), " два слова ", "два слова"),
    (values.text(10), "№\u00a05", "№\u00a05"),
    (values.text(10, least=0), "", ""),
    (values.optional(values.day), "", None),
    (values.one_of(MeterState), "faulty", "faulty"),
    (values.one_of([MeterState.FAULTY]), "faulty", "faulty"),
    (values.several(values.text(10), 3), "", "[]"),
    (values.several(values.text(10), 3), "плита|котёл", '["плита", "котёл"]'),
    (values.phone, "+7 (343) 222-33-44", "+7 (343) 222-33-44"),
    (values.phone, "104-00", "104-00"),
    (hours, "1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00", "1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00"),
    (hours, "1-7 00:00-24:00", "1-7 00:00-24:00"),
]

BAD = [
    *((values.money, cell) for cell in ("", "1", "1.5", "1.234", "1,50", "+1.00", "--1.00", " 1.00", "1e3", "NaN")),
    *((values.money, cell) for cell in ("٣.00", "01.00", "10000000000000.00", "1.00\n", "1_0.00")),
    *((values.amount, cell) for cell in ("0.00", "-1.00")),
    *((values.volume, cell) for cell in ("-1.000", "1.00", "1", "1000000000.000")),
    *((values.tariff, cell) for cell in ("", "-8.14", "8.141234", "8.", ".5")),
    *((values.price, cell) for cell in ("", "0", "0.00000", "-8.14")),
    *((values.area, cell) for cell in ("0.00", "54.3", "-54.30")),
    *((values.month, cell) for cell in ("2026-13", "2026-00", "202610", "2026-1", "1026-01")),
    *((values.day, cell) for cell in ("2026-02-30", "31.10.2026", "20261031", "2026-W01-1", "2026-10-31T00:00")),
    *((values.yes_or_no, cell) for cell in ("да", "1", "", "Yes")),
    *((values.number(1, 9), cell) for cell in ("0", "10", "-1", "1.0", "٣", "", "01", "9" * 30)),
    *((values.digits(10), cell) for cell in ("", "912345678", "91234567890", "912345678x", "٩123456789")),
    *((values.code(5), cell) for cell in ("", "abcdef", "a b", "a,b", "a\n", "a\x00")),
    *((values.text(5), cell) for cell in ("", "   ", "слишком", "a\x00b", "a\tb", "a\nb", "\udcff", "a\u2028b")),
    *((values.one_of(MeterState), cell) for cell in ("", "Faulty", "broken")),
    (values.one_of([MeterState.FAULTY]), "working"),
    *((values.several(values.text(5), 2), cell) for cell in ("a||b", "a|b|c", "слишком")),
    *((values.phone, cell) for cell in ("", "звоните", "12", "+7 (343) 222-33-44-55-66-77")),
    *((hours, cell) for cell in ("", "1-5", "5-1 08:00-12:00", "1 08:00-12:00; 1 13:00-14:00", "0 08:00-12:00")),
    *((hours, cell) for cell in ("1 12:00-08:00", "1 8:00-12:00", "1 08:00-12:00,11:00-13:00", "пн 08:00-12:00")),
    *((hours, cell) for cell in ("1 08:00-24:30", "1 08:00-12:00;2 08:00-12:00")),
]


@pytest.mark.parametrize(("parse", "cell", "value"), GOOD)
def test_a_good_cell_has_its_value(parse, cell, value):
    assert parse(cell) == value


@pytest.mark.parametrize(("parse", "cell"), BAD)
def test_a_bad_cell_is_refused(parse, cell):
    with pytest.raises(BadValue):
        parse(cell)


@pytest.mark.parametrize(
    "column", [column for file in FILES for column in file.columns], ids=lambda column: column.name
)
def test_a_refusal_does_not_repeat_the_cell(column):
    with pytest.raises(BadValue) as refused:
        column.parse("Тайна\x00")

    assert "Тайна" not in str(refused.value)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_is_exact(roubles: Decimal):
    assert values.money(f"{roubles + 0:.2f}") == int(roubles * 100)


@given(st.decimals(min_value=0, max_value=999_999, places=5))
def test_a_tariff_is_exact(price: Decimal):
    assert values.tariff(f"{price:.5f}") == int(price * 100_000)


def test_no_text_is_longer_than_its_column_holds():
    for file in FILES:
        for target in file.targets:
            for name, source in target.columns.items():
                column_type = target.table.c[name].type
                if isinstance(column_type, String) and not isinstance(column_type, Enum):
                    parse = next(column.parse for column in file.columns if column.name == source)
                    assert longest_accepted(parse) <= (column_type.length or 0), (file.name, source)


def longest_accepted(parse) -> int:
    """The most letters or digits a parser lets through."""

    def accepts(cell: str) -> bool:
        try:
            parse(cell)
        except BadValue:
            return False
        return True

    hour = "1 " + ",".join(f"{hour:02}:00-{hour:02}:30" for hour in range(24))
    week = "; ".join(f"{day}{hour[1:]}" for day in range(1, 8))
    cells = ["1" * length for length in range(1, 1100)] + [week[:length] for length in range(13, 1100)]
    return max((len(cell) for cell in cells if accepts(cell)), default=0)


def test_requisites_of_real_banks_are_valid():
    # Sberbank, Moscow: published on its own site.
    assert inn_is_valid("7707083893")
    assert correspondent_account_fits_bank("30101810400000000225", "044525225")
    assert inn_is_valid("500100732259")
    assert kpp_is_valid("773601001")
    # Accounts of the treasury in branches of the central bank, whose keys are computed with the branch's number.
    assert account_fits_bank("40101810500000010010", "046577001")
    assert account_fits_bank("40101810045250010041", "044525000")


@given(st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_spoils_an_inn(place: int, difference: int):
    inn = "7707083893"
    digit = (int(inn[place]) + difference) % 10
    assert not inn_is_valid(inn[:place] + str(digit) + inn[place + 1 :])


@given(st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_spoils_an_account(place: int, difference: int):
    account = "40702810300000000017"
    assert account_fits_bank(account, "046577904")
    digit = (int(account[place]) + difference) % 10
    assert not account_fits_bank(account[:place] + str(digit) + account[place + 1 :], "046577904")


def test_the_documentation_has_every_file_and_column_in_order():
    text = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
    for file in FILES:
        section = text.partition(f"\n### {file.name} ")[2].partition("\n#")[0]
        first_cells = " ".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
        assert re.findall(r"`(\w+)`", first_cells) == file.header, file.name


def test_a_payee_that_does_not_fit_into_the_payment_code_is_refused_when_it_is_loaded():
    code, name, description, position, _, *rest = next(csv.reader([DIVISIONS[0]]))

    requisites(code, name, description, int(position), "Я" * 90, *rest)
    with pytest.raises(BadRow, match="QR-код"):
        requisites(code, name, description, int(position), "Я" * 110, *rest)
