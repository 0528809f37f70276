"""What people type of their card, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lk_app.sandbox_bank.cards import Card, find_card, passes_luhn

NOT_DIGITS = re.compile(r"[\s-]")
EXPIRY = re.compile(r"(\d{2})\s*/?\s*(\d{2})")
CVC = re.compile(r"[0-9]{3}")


@dataclass(frozen=True)
class CardForm:
    """The typed number and expiry as they stood, and the errors by field; the CVC is forgotten at once."""

    number: str = field(default="", repr=False)
    expiry: str = field(default="", repr=False)
    errors: dict[str, str] = field(default_factory=dict)
    card: Card | None = None
    expires: str = ""
    """YYYYMM, as the bank keeps it."""


def read_card(typed: Mapping[str, str], now: datetime) -> CardForm:
    """Return the card that was typed, or what has to be typed anew."""
    number, expiry = typed.get("pan", "").strip()[:40], typed.get("expiry", "").strip()[:10]
    pan = NOT_DIGITS.sub("", number)
    expires = _month(expiry)
    errors = {
        "pan": _pan_error(pan),
        "expiry": _expiry_error(expiry, expires, now),
        "cvc": "" if CVC.fullmatch(typed.get("cvc", "").strip()) else "Введите три цифры с оборота карты.",
    }
    return CardForm(
        number=number,
        expiry=expiry,
        errors={name: error for name, error in errors.items() if error},
        card=find_card(pan),
        expires=expires,
    )


def _pan_error(pan: str) -> str:
    if not pan:
        return "Введите номер карты."
    if not (pan.isascii() and pan.isdigit() and 13 <= len(pan) <= 19):
        return "В номере карты от 13 до 19 цифр, других знаков в нём нет."
    if not passes_luhn(pan):
        return "В номере карты ошибка. Проверьте цифры."
    # A card of somebody's own must not work here even by mistake.
    return "" if find_card(pan) else "Это не тестовая карта. Возьмите номер из списка на этой странице."


def _expiry_error(expiry: str, expires: str, now: datetime) -> str:
    if not expires:
        return "Введите месяц и год: например, 08/30." if expiry else "Введите срок действия карты."
    return "Срок действия карты истёк." if expires < f"{now:%Y%m}" else ""


def _month(expiry: str) -> str:
    """Return MM/YY as YYYYMM; empty when it is no month."""
    match = EXPIRY.fullmatch(expiry)
    return f"20{match[2]}{match[1]}" if match and expiry.isascii() and "01" <= match[1] <= "12" else ""
