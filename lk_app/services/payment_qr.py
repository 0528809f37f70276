"""The text of a payment QR that every bank's app reads: ГОСТ Р 56042-2014."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lk_app.models.values import Kopecks, Month

FORMAT = "ST0001"
UTF_8 = "2"
SEPARATORS = "|~^#@*;!"
"""Tried in this order: one that no value holds parts the values."""

MAX_MANDATORY_BYTES = 300
MAX_PURPOSE = 210
MAX_BYTES = 660
"""More makes a code so fine that a phone does not read it off paper at 42 mm."""

HOUSING_AND_UTILITIES = "02"
DIGITS = re.compile(r"[0-9]+", re.ASCII)
KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", re.ASCII)


class RequisitesBroken(Exception):
    """A payee's requisites break the standard; the message says in English which and how, for staff."""


@dataclass(frozen=True)
class Payee:
    """Who is paid, and where: the mandatory part of the text."""

    name: str
    account: str
    """20 digits."""
    bank_name: str
    bic: str
    bank_account: str
    """The bank's correspondent account; 20 digits."""
    inn: str
    kpp: str
    """Empty when the payee has none."""


@dataclass(frozen=True)
class Payer:
    """Whose bill it is; a bank's app fills its form in with this."""

    last_name: str
    first_name: str
    middle_name: str
    address: str


def payment_text(
    payee: Payee,
    account_number: str,
    purpose: str,
    *,
    amount: Kopecks,
    month: Month | None = None,
    payer: Payer | None = None,
) -> str:
    """Return the text for a payment; raises RequisitesBroken.

    Without an amount above zero the app asks for it. What is known of the payer is left out, the longest first, when
    the code would become too fine to be read.
    """
    needed = checked(payee) | {
        "PayeeINN": payee.inn,
        "KPP": payee.kpp,
        "Sum": str(amount) if amount > 0 else "",
        "Purpose": purpose[:MAX_PURPOSE],
        "PersAcc": account_number,
        "PaymPeriod": f"{month % 100:02}{month // 100}" if month else "",
        "TechCode": HOUSING_AND_UTILITIES,
    }
    names, address = described(payer) if payer else ({}, {})
    for optional in (names | address, names):
        text = joined(needed | optional)
        if text and len(text.encode()) <= MAX_BYTES:
            return text
    text = joined(needed)
    if text is None:
        raise RequisitesBroken("no character is left to part the values with")
    return text


def described(payer: Payer) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is known of the payer: the names, and the address."""
    names = {"LastName": payer.last_name, "FirstName": payer.first_name, "MiddleName": payer.middle_name}
    return names, {"PayerAddress": payer.address}


def check_payee(payee: Payee) -> None:
    """Raise RequisitesBroken unless the payee can be paid by a code."""
    checked(payee)


def checked(payee: Payee) -> dict[str, str]:
    """Return the mandatory part, in the standard's order; raises RequisitesBroken."""
    values = {
        "Name": plain(payee.name),
        "PersonalAcc": payee.account,
        "BankName": plain(payee.bank_name),
        "BIC": payee.bic,
        "CorrespAcc": payee.bank_account,
    }
    for key, digits in {"PersonalAcc": 20, "BIC": 9, "CorrespAcc": 20}.items():
        if len(values[key]) != digits or not DIGITS.fullmatch(values[key]):
            raise RequisitesBroken(f"{key} must have {digits} digits")
    for key, most in {"Name": 160, "BankName": 45}.items():
        if not 0 < len(values[key]) <= most:
            raise RequisitesBroken(f"{key} must have 1 to {most} characters")
    if len(payee.inn) not in (10, 12) or not DIGITS.fullmatch(payee.inn):
        raise RequisitesBroken("PayeeINN must have 10 or 12 digits")
    if payee.kpp and not KPP.fullmatch(payee.kpp):
        raise RequisitesBroken("KPP must have 9 digits, of which the fifth and the sixth may be capital letters")
    size = sum(len(f"{key}={value}".encode()) for key, value in values.items()) + len(values) - 1
    if size > MAX_MANDATORY_BYTES:
        raise RequisitesBroken(
            f"Name to CorrespAcc take {size} bytes, {MAX_MANDATORY_BYTES} are allowed: shorten Name or BankName"
        )
    return values


def joined(values: Mapping[str, str]) -> str | None:
    """Return the text of the values that are not empty; None if each separator stands in one of them."""
    known = {key: value for key, text in values.items() if (value := plain(text))}
    for separator in SEPARATORS:
        if all(separator not in value for value in known.values()):
            return FORMAT + UTF_8 + separator + separator.join(f"{key}={value}" for key, value in known.items())
    return None


def plain(text: str) -> str:
    """Return a value on one line with single spaces; the standard allows no control characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
