"""Russian formats: exact to the kopeck, with spaces that do not break lines."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lk_app import formats
from lk_app.models.values import Kopecks, Month, Tariff, Volume

whole_numbers = st.integers(-(10**15), 10**15)


def plain(text: str) -> str:
    """The text as people read it: spaces are spaces."""
    return text.replace(formats.NBSP, " ")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, "0,00 ₽"),
        (5, "0,05 ₽"),
        (123_456, "1 234,56 ₽"),
        (-20_000, "−200,00 ₽"),
        (-1, "−0,01 ₽"),
        (100_000_000_000, "1 000 000 000,00 ₽"),
    ],
)
def test_money_has_two_decimals_and_a_true_minus(amount: int, expected: str):
    assert plain(formats.money(Kopecks(amount))) == expected


@given(whole_numbers)
def test_money_can_be_read_back(amount: int):
    text = formats.money(Kopecks(amount))

    figures = text.removesuffix(f"{formats.NBSP}₽").replace(formats.NBSP, "").replace(formats.MINUS, "-")
    roubles, kopecks = figures.split(",")
    assert int(roubles + kopecks) == amount
    assert len(kopecks) == 2
    assert " " not in text, "a line must not break within a sum"


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (5_214_000, 0, "5 214 м³"),
        (5_214_500, 0, "5 214,5 м³"),
        (5_214_000, 3, "5 214,000 м³"),
        (7, 0, "0,007 м³"),
        (-1_500, 0, "−1,5 м³"),
    ],
)
def test_a_volume_has_the_decimals_it_needs(value: int, decimals: int, expected: str):
    assert plain(formats.volume(Volume(value), decimals)) == expected


@given(whole_numbers, st.integers(0, 3))
def test_a_volume_can_be_read_back(value: int, decimals: int):
    figures = formats.volume(Volume(value), decimals).removesuffix(f"{formats.NBSP}м³")

    whole, _, rest = figures.replace(formats.NBSP, "").replace(formats.MINUS, "-").partition(",")
    assert int(whole + rest.ljust(3, "0")) == value
    assert decimals <= len(rest) <= 3


@pytest.mark.parametrize(
    ("price", "expected"), [(814_000, "8,14 ₽"), (800_000, "8,00 ₽"), (790_125, "7,90125 ₽"), (1, "0,00001 ₽")]
)
def test_a_tariff_is_exact(price: int, expected: str):
    assert plain(formats.tariff(Tariff(price))) == expected


def test_an_area_has_no_needless_decimals():
    assert [plain(formats.area(value)) for value in (5_430, 5_400, 5_435)] == ["54,3 м²", "54 м²", "54,35 м²"]


def test_dates_and_times():
    day = date(2026, 11, 2)
    assert plain(formats.long_date(day)) == "2 ноября 2026 г."
    assert [formats.clock_time(minutes) for minutes in (544, 1440)] == ["09:04", "24:00"]


def test_periods():
    assert plain(formats.period(Month(202610))) == "октябрь 2026 г."
    assert plain(formats.period_title(Month(202605))) == "Май 2026 г."


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_does_not_break(day: date):
    assert " " not in formats.long_date(day)
    assert str(day.year) in formats.long_date(day)


def test_a_masked_phone_shows_only_its_ends():
    assert plain(formats.masked_phone("9121234589")) == "+7 912 ••• •• 89"


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("8 (35140) 2-04-04", "tel:+73514020404"),
        ("+7 912 000-00-01", "tel:+79120000001"),
        ("9120000001", "tel:+79120000001"),
        ("104", "tel:104"),
        ("2-04-04", "tel:20404"),
    ],
)
def test_a_phone_is_dialled_from_anywhere(phone: str, address: str):
    assert formats.dialled_phone(phone) == address


def test_an_address_keeps_short_words_with_what_they_mean():
    text = formats.address("г. Ясный, ул. Садовая, д. 5, кв. 12")

    assert text == "г.\u00a0Ясный, ул.\u00a0Садовая, д.\u00a05, кв.\u00a012"


@pytest.mark.parametrize(
    ("number", "word"),
    [(0, "полей"), (1, "поле"), (2, "поля"), (5, "полей"), (11, "полей"), (12, "полей"), (21, "поле"), (114, "полей")],
)
def test_a_number_governs_its_word(number: int, word: str):
    assert plain(formats.counted(number, "поле", "поля", "полей")) == f"{number} {word}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("номер в договоре и в квитанции", "номер в_договоре и_в_квитанции"),
        ("К вам", "К_вам"),
        ("на 22 ноября", "на 22 ноября"),
        ("да и", "да и"),
    ],
)
def test_a_word_of_one_letter_stays_with_the_next(text: str, expected: str):
    assert formats.tied(text).replace(formats.NBSP, "_") == expected


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("maria@yandex.ru", "m•••a@yandex.ru"),
        ("mash@почта.рф", "m•••h@почта.рф"),
        ("mas@yandex.ru", "m•••@yandex.ru"),
        ("m@yandex.ru", "m•••@yandex.ru"),
    ],
)
def test_a_masked_address_is_known_to_its_owner_only(address: str, masked: str) -> None:
    assert formats.masked_email(address) == masked
