"""From the text of a cell to the value a database column takes, or the reason why not.

Every parser takes text and returns what both databases accept: whole numbers for money, volumes and tariffs
(never a float), ISO text for dates, JSON text for lists, None for an empty optional cell. Raises `BadValue`.
Reasons say what is expected and never repeat the cell: it may hold personal data.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum

from lk_app.services.exchange.issues import BadValue

Value = str | int | bool | None
Parser = Callable[[str], Value]

MONEY = re.compile(r"-?(0|[1-9]\d{0,12})\.\d\d", re.ASCII)
VOLUME = re.compile(r"(0|[1-9]\d{0,8})\.\d{3}", re.ASCII)
AREA = re.compile(r"(0|[1-9]\d{0,5})\.\d\d", re.ASCII)
TARIFF = re.compile(r"(0|[1-9]\d{0,5})(?:\.(\d{1,5}))?", re.ASCII)
MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d", re.ASCII)
CODE = re.compile(r"[\w.:/-]+")
PHONE = re.compile(r"\+?[\d][\d ()-]*\d", re.ASCII)
REMEMBERED = 5_000
"""Cells whose values a parser remembers; then it forgets them all and starts again."""


class Remembered(dict[str, Value]):
    """A parser that remembers its answers: most cells of a column were met a moment ago."""

    def __init__(self, parse: Parser) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> Value:
        if len(self) >= REMEMBERED:
            self.clear()
        self[text] = value = self.parse(text)
        return value


def remembering(parse: Parser) -> Parser:
    """Return the same parser, faster where cells repeat."""
    return Remembered(parse).__getitem__


def optional(parse: Parser) -> Parser:
    """Return the parser that also takes an empty cell, as None."""
    return lambda text: parse(text) if text else None


def money(text: str) -> int:
    """Roubles with two decimals to kopecks."""
    if not MONEY.fullmatch(text):
        raise BadValue("ожидается сумма в рублях с двумя знаками после точки, например -1234.56")
    return int(text.replace(".", ""))


def amount(text: str) -> int:
    """Roubles with two decimals, more than nothing, to kopecks."""
    kopecks = money(text)
    if kopecks <= 0:
        raise BadValue("ожидается сумма больше нуля")
    return kopecks


def volume(text: str) -> int:
    """Cubic metres with three decimals to thousandths."""
    if not VOLUME.fullmatch(text):
        raise BadValue("ожидается объём в м³ с тремя знаками после точки, например 12.500")
    return int(text.replace(".", ""))


def tariff(text: str) -> int:
    """Roubles per m³ with up to five decimals to kopecks per 1,000 m³."""
    found = TARIFF.fullmatch(text)
    if not found:
        raise BadValue("ожидается цена в рублях за м³, не больше пяти знаков после точки, например 8.14")
    return int(found[1] + (found[2] or "").ljust(5, "0"))


def price(text: str) -> int:
    """A tariff above zero."""
    kopecks = tariff(text)
    if not kopecks:
        raise BadValue("ожидается цена больше нуля")
    return kopecks


def area(text: str) -> int:
    """Square metres with two decimals, more than nothing, to hundredths."""
    if not AREA.fullmatch(text) or not text.strip("0."):
        raise BadValue("ожидается площадь в м² с двумя знаками после точки, больше нуля, например 54.30")
    return int(text.replace(".", ""))


def month(text: str) -> int:
    """YYYY-MM to the number YYYYMM."""
    if not MONTH.fullmatch(text):
        raise BadValue("ожидается месяц, например 2026-10")
    return int(text.replace("-", ""))


def day(text: str) -> str:
    """A date of the calendar, kept as its ISO text."""
    if DAY.fullmatch(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return text
    raise BadValue("ожидается дата, например 2026-10-31")


def yes_or_no(text: str) -> bool:
    """`yes` or `no`."""
    if text not in ("yes", "no"):
        raise BadValue("ожидается yes или no")
    return text == "yes"


def number(least: int, most: int) -> Parser:
    """Return the parser of a whole number between two bounds, both allowed."""
    pattern = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)

    def parse(text: str) -> int:
        if not pattern.fullmatch(text) or not least <= int(text) <= most:
            raise BadValue(f"ожидается целое число от {least} до {most}")
        return int(text)

    return parse


def digits(*lengths: int) -> Parser:
    """Return the parser of a text of digits with one of the lengths."""
    wanted = " или ".join(map(str, lengths))

    def parse(text: str) -> str:
        if len(text) not in lengths or not (text.isascii() and text.isdigit()):
            raise BadValue(f"ожидается {wanted} цифр")
        return text

    return parse


def code(longest: int) -> Parser:
    """Return the parser of a key made by billing: letters, digits and `_ . : / -`."""

    def parse(text: str) -> str:
        if len(text) > longest or not CODE.fullmatch(text):
            raise BadValue(f"ожидается код до {longest} знаков: буквы, цифры, знаки _ . : / -")
        return text

    return parse


def text(longest: int, least: int = 1) -> Parser:
    """Return the parser of words for people; spaces at both ends are dropped."""

    def parse(cell: str) -> str:
        words = cell.strip()
        if not words.isprintable() and not fit_to_print(words):
            raise BadValue("недопустимые знаки: управляющие или не в кодировке UTF-8")
        if not least <= len(words) <= longest:
            raise BadValue(f"ожидается текст от {least} до {longest} знаков")
        return words

    return parse


def fit_to_print(words: str) -> bool:
    """Whether only spaces that a font knows keep the text from being printable."""
    return all(letter.isprintable() or letter in "\u00a0\u2009\u202f" for letter in words)


def one_of(words: Iterable[StrEnum]) -> Parser:
    """Return the parser of a word of an enum, or of some of its words."""
    known = {word.value: word.value for word in words}

    def parse(text: str) -> str:
        if text not in known:
            raise BadValue(f"ожидается одно из слов: {', '.join(known)}")
        return text

    return parse


def several(parse_one: Parser, most: int) -> Parser:
    """Return the parser of up to `most` values separated by `|`; the value is a JSON text."""

    def parse(cell: str) -> str:
        parts = cell.split("|") if cell else []
        if len(parts) > most:
            raise BadValue(f"ожидается не больше {most} значений через |")
        return json.dumps([parse_one(part) for part in parts], ensure_ascii=False)

    return parse


def phone(text: str) -> str:
    """A telephone number in the form people dial, for example +7 (343) 222-33-44."""
    words = text.strip()
    if not PHONE.fullmatch(words) or not 5 <= sum(letter.isdigit() for letter in words) <= 15:
        raise BadValue("ожидаются телефоны через |, например +7 (343) 222-33-44")
    return words
