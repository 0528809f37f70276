"""What people type is brought to one form, or refused with a reason."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lk_app import formats
from lk_app.addresses import on_the_wire
from lk_app.models.values import Kopecks
from lk_app.services import typed
from lk_app.services.errors import FieldErrors
from lk_app.services.typed import Reader, Refused
from lk_app.state import paying


@pytest.mark.parametrize("text", ["Мария Иванова", "Ёж", "Я", "Ivan Petrov", "а" * 45, "Анна Maria"])
def test_names_that_are_allowed(text: str) -> None:
    assert typed.user_name(text) == text


def test_a_name_is_stored_with_single_spaces_and_composed_letters() -> None:
    assert typed.user_name("  Андрей   Толстой ") == "Андрей Толстой"
    assert typed.user_name(unicodedata.normalize("NFD", "Андрей Ёлкин")) == "Андрей Ёлкин"


@pytest.mark.parametrize(
    "text", ["", "   ", "Иван2", "Иван-Пётр", "<b>Иван</b>", "Иван\0", "а" * 46, "Іван", "名前", "_"]
)
def test_names_that_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        typed.user_name(text)


@pytest.mark.parametrize("text", ["gaz2026", "a" * 63 + "1", "Zq8vLm2x"])
def test_passwords_that_are_allowed(text: str) -> None:
    assert typed.new_password(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Обязательное"),
        ("gaz202", "Не меньше 7"),
        ("Zq8v" * 17, "Не больше 64"),
        ("пароль2026", "латинские"),
        ("gaz 2026", "латинские"),
        ("gaz2026!", "латинские"),
        ("1234567", "известен"),
        ("PASSWORD1", "известен"),
    ],
)
def test_passwords_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        typed.new_password(text)


def test_a_password_is_not_the_users_name() -> None:
    with pytest.raises(Refused, match="именем"):
        typed.new_password("ivanpetrov", "Ivan Petrov")


def test_ten_thousand_passwords_are_known_as_common() -> None:
    assert len(typed.common_passwords()) == 10_000


@pytest.mark.parametrize(
    "text",
    [
        "9123456789",
        "+79123456789",
        "89123456789",
        "79123456789",
        "+7 (912) 345-67-89",
        "8 912 345 67 89",
        "912.345.67–89",
    ],
)
def test_a_phone_is_its_last_ten_digits_however_it_is_pasted(text: str) -> None:
    assert typed.phone(text) == "9123456789"


@pytest.mark.parametrize(
    "text", ["", "912345678", "91234567890", "+19123456789", "телефон", "9" * 500, "3433456789", "９123456789"]
)
def test_what_is_no_mobile_phone_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        typed.phone(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("maria@example.ru", "maria@example.ru"),
        ("  Maria.I+gas@Example.RU\n", "Maria.I+gas@example.ru"),
        ("m@e.ru", "m@e.ru"),
        ("o'neil_7-%@mail.example-1.museum", "o'neil_7-%@mail.example-1.museum"),
        ("maria@Почта.РФ", "maria@почта.рф"),
        ("maria@xn--80a1acny.xn--p1ai", "maria@почта.рф"),
        ("maria@XN--80A1acny.рф", "maria@почта.рф"),
        ("maria@ёлка.xn--p1ai", "maria@ёлка.рф"),
        (f"{'m' * 64}@example.ru", f"{'m' * 64}@example.ru"),
    ],
)
def test_addresses_for_letters_that_are_allowed(text: str, address: str) -> None:
    assert typed.email(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Обязательное"),
        ("   ", "Обязательное"),
        ("maria.example.ru", "знак @"),
        ("maria@", "знак @"),
        ("@example.ru", "знак @"),
        ("maria@example.ru, masha@example.ru", "знак @"),
        ("maria ivanova@example.ru", "До знака @"),
        ("мария@example.ru", "До знака @"),
        (".maria@example.ru", "До знака @"),
        ("maria..i@example.ru", "До знака @"),
        ("maria\r\nBcc: x@example.ru", "До знака @"),
        ("<maria@example.ru>", "До знака @"),
        (f"{'m' * 65}@example.ru", "До знака @"),
        ("maria@localhost", "после знака @"),
        ("maria@example.r", "после знака @"),
        ("maria@example..ru", "после знака @"),
        ("maria@example.ru.", "после знака @"),
        ("maria@-example.ru", "после знака @"),
        ("maria@exa mple.ru", "после знака @"),
        ("maria@exa_mple.ru", "после знака @"),
        ("maria@[127.0.0.1]", "после знака @"),
        ("maria@127.0.0.1", "после знака @"),
        (f"maria@{'e' * 64}.ru", "после знака @"),
        # No letters at all, or others than those that make it.
        ("maria@xn--0.ru", "после знака @"),
        ("maria@xn--a.ru", "после знака @"),
        ("maria@xn--example-.ru", "после знака @"),
        ("maria@xn--r6juj5k.ru", "после знака @"),
        ("maria@xn--nk6c.ru", "после знака @"),
        # What the standard of 2003 takes for other letters, and so for somebody else's domain.
        ("maria@straße.de", "после знака @"),
        ("maria@βόλος.com", "после знака @"),
        ("maria@ｅxample.ru", "после знака @"),
        ("maria@example。ru", "после знака @"),
        ("maria@по\u200dчта.рф", "после знака @"),
        ("maria@по\u00adчта.рф", "после знака @"),
        (f"maria@{'почта.' * 40}рф", "после знака @"),
        ("m" * 300, "Не больше 254 знаков, а здесь 300"),
    ],
)
def test_addresses_for_letters_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        typed.email(text)


PUNYCODE = st.text("xn-0123456789abz", max_size=20)


@given(
    st.text(max_size=40)
    | st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20))
    | st.builds("m@{}.ru".format, st.text(max_size=20))
    | st.builds("m@xn--{}.ru".format, PUNYCODE)
)
def test_an_address_that_is_read_can_be_read_again_and_travels_as_plain_letters(text: str) -> None:
    try:
        address = typed.email(text)
    except Refused:
        return
    assert typed.email(address) == address
    assert on_the_wire(address).isascii()
    assert not set(on_the_wire(address)) & set(' \r\n<>,;:"')


@given(st.text(max_size=40))
def test_no_text_gets_through_as_a_phone_an_account_or_a_code_unless_it_is_one(text: str) -> None:
    for rule, length in ((typed.phone, 10), (typed.account_number, 11), (typed.code, 6)):
        try:
            read = rule(text)
        except Refused:
            continue
        assert len(read) == length
        assert set(read) <= set("0123456789")


@pytest.mark.parametrize("text", ["66010000033", "ЛС 66010000033", "№ 6601 0000 033", " 66010000033 "])
def test_an_account_number_may_be_copied_with_what_stands_before_it(text: str) -> None:
    assert typed.account_number(text) == "66010000033"


def test_a_code_may_be_typed_with_spaces_and_hyphens() -> None:
    assert typed.code(" 123-456 ") == "123456"
    with pytest.raises(Refused, match="6 цифр"):
        typed.code("12345")


LEAST, MOST = Kopecks(100), Kopecks(10_000_000)


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("1843,56", 184_356),
        ("1843.56", 184_356),
        ("1843,5", 184_350),
        ("1843,", 184_300),
        ("1843", 184_300),
        ("0001", 100),
        ("1", 100),
        ("1,00", 100),
        ("100000", 10_000_000),
        (" 1 843,56 ", 184_356),
        ("1\u00a0843,56\u202f₽", 184_356),
        ("1843,56₽", 184_356),
        ("₽ 1843", 184_300),
        ("1843,56 р.", 184_356),
        ("1843,56 РУБ.", 184_356),
        ("1843 руб", 184_300),
        ("1843 руб. ", 184_300),
        ("1843,56 р.\n", 184_356),
        ("１８４３，５６", 184_356),
    ],
)
def test_an_amount_is_read_however_it_is_typed(text: str, kopecks: int) -> None:
    assert typed.amount(text, LEAST, MOST) == kopecks


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Введите сумму$"),
        (" \u00a0", "Введите сумму$"),
        ("₽", "Введите сумму$"),
        ("сто", "цифрами"),
        ("1e3", "цифрами"),
        ("-5", "цифрами"),
        ("−5", "цифрами"),
        ("+5", "цифрами"),
        ("1843,567", "цифрами"),
        ("1,843.56", "цифрами"),
        ("1843,5,6", "цифрами"),
        (",56", "цифрами"),
        ("٣", "цифрами"),
        ("½", "цифрами"),
        ("1843 руб 56 коп", "цифрами"),
        ("100 ₽ 50", "цифрами"),
        ("NaN", "цифрами"),
        ("1\0", "цифрами"),
        ("9" * 5_000, "цифрами"),
        ("0", "Не меньше 1,00"),
        ("0,99", "Не меньше 1,00"),
        ("100000,01", "Не больше 100\u00a0000,00"),
        ("9" * 12, "Не больше"),
    ],
)
def test_an_amount_that_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        typed.amount(text, LEAST, MOST)


@given(st.text(max_size=40) | st.text("0123456789.,-+ ₽руб", max_size=20))
def test_no_text_gets_through_as_an_amount_beyond_its_bounds(text: str) -> None:
    try:
        read = typed.amount(text, LEAST, MOST)
    except Refused:
        return
    assert LEAST <= read <= MOST


@given(st.integers(LEAST, MOST))
def test_an_amount_that_is_shown_can_be_typed_again(kopecks: int) -> None:
    for shown in (formats.money(Kopecks(kopecks)), paying.typed(Kopecks(kopecks))):
        assert typed.amount(shown, LEAST, MOST) == kopecks


def test_a_reader_tells_everything_that_is_wrong_at_once() -> None:
    reader = Reader({"name": "Иван", "password": "gaz2026demo", "confirmation": "gaz2026dem", "phone": "1"})
    name = reader.read("name", typed.user_name)
    reader.read_new_password(name)
    reader.read("phone", typed.phone)
    reader.read("account_number", typed.account_number)

    with pytest.raises(FieldErrors) as refusal:
        reader.finish()

    assert refusal.value.errors == {
        "confirmation": "Пароли не совпадают",
        "phone": "Нужно 10 цифр без 8 и +7, например 9123456789",
        "account_number": "Обязательное поле",
    }
