"""What people type into forms, brought to one form or refused with a reason under the field."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from lk_app import formats
from lk_app.addresses import MAILBOX, domain_forms
from lk_app.models.values import Kopecks
from lk_app.services.errors import FieldErrors

EMPTY = "Обязательное поле"
NAME_LENGTH = 45
PASSWORD_LENGTHS = range(7, 65)
COMMONEST = 10_000

LETTERS = "A-Za-zА-Яа-яЁё"
NAME = re.compile(rf"[{LETTERS}](?:[{LETTERS} ]*[{LETTERS}])?")
PASSWORD = re.compile(r"[A-Za-z0-9]*")
EMAIL_LENGTH = 254
EMAIL_EXAMPLE = "maria@example.ru"
AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2})?)?")
UNIT = re.compile(r"^₽|(?:₽|р(?:уб)?\.?)$", re.IGNORECASE)
BETWEEN_DIGITS = re.compile(r"[\s()\-–—.\u2010\u2011\u2212]+")


class Refused(ValueError):
    """The text under a field that was typed wrongly."""


def user_name(text: str) -> str:
    """Return a user name with single spaces; refuses what the rules for names don't allow."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise Refused(EMPTY)
    if len(name) > NAME_LENGTH:
        raise Refused(f"Не больше {NAME_LENGTH} знаков, а здесь {len(name)}")
    if not NAME.fullmatch(name):
        raise Refused("Только русские и латинские буквы и пробелы между ними")
    return name


def new_password(text: str, name: str = "") -> str:
    """Return a password that may be set; refuses a short, a common one, and the user's own `name`."""
    if not text:
        raise Refused(EMPTY)
    if not PASSWORD.fullmatch(text):
        raise Refused("Только латинские буквы и цифры, без пробелов")
    if len(text) < PASSWORD_LENGTHS.start:
        raise Refused(f"Не меньше {PASSWORD_LENGTHS.start} знаков, а здесь {len(text)}")
    if len(text) not in PASSWORD_LENGTHS:
        raise Refused(f"Не больше {PASSWORD_LENGTHS.stop - 1} знаков, а здесь {len(text)}")
    if text.lower() == name.replace(" ", "").lower():
        raise Refused("Пароль не должен совпадать с именем")
    if text.lower() in common_passwords():
        raise Refused("Этот пароль слишком известен. Придумайте другой")
    return text


def same_password(text: str, password: str) -> str:
    """Return the repeated password; refuses one that differs."""
    if not text:
        raise Refused(EMPTY)
    if text != password:
        raise Refused("Пароли не совпадают")
    return text


def phone(text: str) -> str:
    """Return the last ten digits of a Russian mobile number, however it was typed or pasted."""
    digits = BETWEEN_DIGITS.sub("", text)
    if not digits:
        raise Refused(EMPTY)
    national = re.sub(r"^(?:\+7|8|7)(?=\d{10}$)", "", digits)
    if not re.fullmatch(r"[0-9]{10}", national):
        raise Refused("Нужно 10 цифр без 8 и +7, например 9123456789")
    if not national.startswith("9"):
        raise Refused("Мобильный номер начинается с цифры 9, например 9123456789")
    return national


def email(text: str) -> str:
    """Return an address for letters, its domain in small letters of its own language: «user@почта.рф»."""
    address = unicodedata.normalize("NFC", text).strip()
    if not address:
        raise Refused(EMPTY)
    if len(address) > EMAIL_LENGTH:
        raise Refused(f"Не больше {EMAIL_LENGTH} знаков, а здесь {len(address)}")
    mailbox, _, domain = address.partition("@")
    if not mailbox or not domain or "@" in domain:
        raise Refused(f"В адресе должен быть один знак @, например {EMAIL_EXAMPLE}")
    if not MAILBOX.fullmatch(mailbox):
        raise Refused("До знака @ могут стоять только латинские буквы, цифры и знаки без пробелов")
    try:
        travels, read = domain_forms(domain)
    except ValueError:
        travels = read = ""
    if not read or len(f"{mailbox}@{travels}") > EMAIL_LENGTH:
        raise Refused(f"Проверьте то, что стоит после знака @. Например, {EMAIL_EXAMPLE}")
    return f"{mailbox}@{read}"


def amount(text: str, least: Kopecks, most: Kopecks) -> Kopecks:
    """Return an amount of money typed in roubles, with a comma or a point and at most two decimals."""
    # Only at an end, and before the spaces: «100 ₽ 50» is not ten thousand roubles.
    typed = "".join(UNIT.sub("", unicodedata.normalize("NFKC", text).strip()).split())
    if not typed:
        raise Refused("Введите сумму")
    found = AMOUNT.fullmatch(typed)
    if not found:
        raise Refused("Введите сумму в рублях цифрами, например 1843,56")
    kopecks = Kopecks(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))
    if kopecks < least:
        raise Refused(f"Не меньше {formats.money(least)}")
    if kopecks > most:
        raise Refused(f"Не больше {formats.money(most)} за один платёж")
    return kopecks


def account_number(text: str) -> str:
    """Return the eleven digits of an account number, which people copy with «ЛС №» before it."""
    digits = BETWEEN_DIGITS.sub("", re.sub(r"^[^0-9]+", "", text))
    if not digits:
        raise Refused(EMPTY)
    if not re.fullmatch(r"[0-9]{11}", digits):
        raise Refused("В номере должно быть 11 цифр")
    return digits


def code(text: str) -> str:
    """Return the six digits of a code from a message."""
    digits = BETWEEN_DIGITS.sub("", text)
    if not digits:
        raise Refused(EMPTY)
    if not re.fullmatch(r"[0-9]{6}", digits):
        raise Refused("В коде 6 цифр")
    return digits


def ticked(text: str) -> str:
    """Return the value of a box that must be ticked."""
    if not text:
        raise Refused("Подтвердите согласие")
    return text


def one_line(text: str, most: int) -> str:
    """Return a short text as one line with single spaces."""
    line = "".join(" " if _is_control(character) else character for character in unicodedata.normalize("NFC", text))
    return _of_length(" ".join(line.split()), most)


def several_lines(text: str, most: int) -> str:
    """Return a text whose lines end as ours do, without what can be neither seen nor kept."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(character for character in lines if character in "\n\t" or not _is_control(character))
    return _of_length(kept.strip(), most)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs")


def _of_length(text: str, most: int) -> str:
    if not text:
        raise Refused(EMPTY)
    if len(text) > most:
        written = formats.decimal(len(text), 0, 0)
        raise Refused(f"Не больше {formats.decimal(most, 0, 0)} знаков, а здесь {written}")
    return text


def given(text: str) -> str:
    """Return a text that only has to be there."""
    if not text:
        raise Refused(EMPTY)
    return text


class Reader:
    """Reads the fields of a form one by one and remembers what is wrong with each."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self.errors: dict[str, str] = {}

    def read(self, field: str, rule: Callable[..., str], *context: Any) -> str:
        """Return the field's value by its rule, or nothing if the rule refuses it."""
        try:
            return rule(self._fields.get(field, ""), *context)
        except Refused as refusal:
            self.errors[field] = str(refusal)
            return ""

    def read_new_password(self, name: str) -> str:
        """Return the password that both of its fields hold."""
        password = self.read("password", new_password, name)
        self.read("confirmation", same_password, self._fields.get("password", ""))
        return password

    def finish(self) -> None:
        """Raise FieldErrors if anything was wrong."""
        if self.errors:
            raise FieldErrors(self.errors)


@cache
def common_passwords() -> frozenset[str]:
    """Return the commonest passwords, in lower case."""
    # Read at first use: the lists beside this one take memory for a moment.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"][:COMMONEST])
