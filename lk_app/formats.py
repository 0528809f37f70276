"""Russian formats for the screen: money, volumes, dates, phones, counts. Whole numbers in, no floats anywhere."""

import re
from datetime import date

from lk_app.models.values import Kopecks, Month, Tariff, Volume

NBSP = "\u00a0"
WORD_JOINER = "\u2060"
ONE_LETTER = re.compile(r"(?<![\w-])(\w) (?=\S)")
FIGURE = re.compile(r"(?<![\w,.-])(\d+(?:,\d+)?) (?=[^\W\d_]|[₽%])")
SHORT_WORD = re.compile(r"\b(\w{1,4}\.) ")
MINUS = "\u2212"
MASK = "•"
NO_FIGURE = "—"
"""Stands where a table has no figure."""

MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)
MONTHS_OF_DATES = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)


def decimal(value: int, scale: int, least: int) -> str:
    """Return `value` / 10**`scale` with at least `least` decimals and no more than it needs."""
    whole, rest = divmod(abs(value), 10**scale)
    figures = f"{rest:0{scale}d}".rstrip("0").ljust(least, "0") if scale else ""
    sign = MINUS if value < 0 else ""
    return f"{sign}{whole:,}".replace(",", NBSP) + (f",{figures}" if figures else "")


def roubles(amount: Kopecks) -> str:
    """Return an amount for a column whose head names the unit: «1 234,56»."""
    return decimal(amount, 2, 2)


def money(amount: Kopecks) -> str:
    """Return an amount with its unit: «1 234,56 ₽»."""
    return f"{roubles(amount)}{NBSP}₽"


def volume(value: Volume, decimals: int = 0) -> str:
    """Return a volume with as many decimals as the meter shows, or more if the value has them: «5 214 м³»."""
    return f"{decimal(value, 3, decimals)}{NBSP}м³"


def tariff(price: Tariff) -> str:
    """Return the price of a cubic metre, which may have parts of a kopeck: «8,14 ₽», «7,90125 ₽»."""
    return f"{decimal(price, 5, 2)}{NBSP}₽"


def area(value: int) -> str:
    """Return an area given in hundredths of a square metre: «54,3 м²»."""
    return f"{decimal(value, 2, 0)}{NBSP}м²"


def file_size(size: int) -> str:
    """Return the size of a file given in bytes: «340 КБ», «1,2 МБ»."""
    if size < 1024 * 1024:
        return f"{max(1, size // 1024)}{NBSP}КБ"
    return f"{decimal(size * 10 // 1024**2, 1, 0)}{NBSP}МБ"


def long_date(day: date) -> str:
    """Return a date for text: «12 ноября 2026 г.»."""
    return f"{day.day}{NBSP}{MONTHS_OF_DATES[day.month - 1]}{NBSP}{day.year}{NBSP}г."


def short_date(day: date) -> str:
    """Return a date for a table: «12.11.2026»."""
    return f"{day:%d.%m.%Y}"


def clock_time(minutes: int) -> str:
    """Return a time of day given in minutes since midnight, whose end is «24:00»: «09:14»."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def time_range(first: int, last: int) -> str:
    """Return the time between two times of day, which no line breaks: «09:00–18:00»."""
    return f"{clock_time(first)}{WORD_JOINER}–{WORD_JOINER}{clock_time(last)}"


def period(month: Month) -> str:
    """Return a month within a sentence: «октябрь 2026 г.»."""
    return f"{MONTHS[month % 100 - 1]}{NBSP}{month // 100}{NBSP}г."


def period_title(month: Month) -> str:
    """Return a month that begins a line: «Октябрь 2026 г.»."""
    return capital(period(month))


def month_and_year(month: Month) -> str:
    """Return a month for a file name or a payment's purpose: «октябрь 2026»."""
    return f"{MONTHS[month % 100 - 1]} {month // 100}"


def short_month(month: Month) -> str:
    """Return a month of a chart: «окт»."""
    return MONTHS[month % 100 - 1][:3]


def masked_phone(digits: str) -> str:
    """Return a mobile number of ten digits so that only its owner recognises it: «+7 912 ••• •• 89»."""
    return NBSP.join(("+7", digits[:3], MASK * 3, MASK * 2, digits[-2:]))


def masked_email(address: str) -> str:
    """Return an address so that only its owner recognises it: «m•••a@yandex.ru»."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[:1]}{MASK * 3}{mailbox[-1:] if len(mailbox) > 3 else ''}@{domain}"


def dialled_phone(phone: str) -> str:
    """Return the address of a `tel:` link for a number as it is printed; short numbers stay as they are."""
    digits = "".join(character for character in phone if character in "0123456789")
    if len(digits) == 11 and digits[0] in "78":
        return f"tel:+7{digits[1:]}"
    return f"tel:+7{digits}" if len(digits) == 10 else f"tel:{digits}"


def counted(number: int, one: str, few: str, many: str) -> str:
    """Return a number with the form of the word that goes with it: «1 поле», «2 поля», «5 полей»."""
    last, last_two = number % 10, number % 100
    if last == 1 and last_two != 11:
        word = one
    elif last in (2, 3, 4) and last_two not in (12, 13, 14):
        word = few
    else:
        word = many
    return f"{decimal(number, 0, 0)}{NBSP}{word}"


def address(text: str) -> str:
    """Return a postal address in which «д.» stays with its number: «г. Ясный, ул. Садовая, д. 5»."""
    return SHORT_WORD.sub(rf"\1{NBSP}", text)


def capital(text: str) -> str:
    """Return the text with its first letter capital and the rest as it is."""
    return text[:1].upper() + text[1:]


def tied(text: str) -> str:
    """Return the text in which a word of one letter stays with the next: «в договоре»."""
    return ONE_LETTER.sub(rf"\1{NBSP}", text)


def typeset(text: str) -> str:
    """Return the text tied, and with its numbers staying with what they count: «за 20 минут»."""
    return FIGURE.sub(rf"\1{NBSP}", tied(text))
