"""Whether bank details can be right: the check digits of INN, KPP and accounts."""

import re

KPP = re.compile(r"\d{4}[\dA-Z]{2}\d{3}", re.ASCII)
INN_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
ACCOUNT_WEIGHTS = (7, 1, 3) * 7 + (7, 1)


def inn_is_valid(inn: str) -> bool:
    """Whether the check digits of a taxpayer number of 10 or 12 digits are right (приказ ФНС ЕД-7-14/559@)."""
    checked = {10: [9], 12: [10, 11]}.get(len(inn), [])
    return bool(checked) and all(int(inn[place]) == inn_check_digit(inn[:place]) for place in checked)


def inn_check_digit(digits: str) -> int:
    """Return the check digit that follows the first 9, 10 or 11 digits of an INN."""
    weights = INN_WEIGHTS[-len(digits) :]
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 % 10


def kpp_is_valid(kpp: str) -> bool:
    """Whether the text has the form of a KPP."""
    return KPP.fullmatch(kpp) is not None


def account_fits_bank(account: str, bic: str) -> bool:
    """Whether the control key of a 20-digit account is right for its bank (Банк России, 08.09.1997 № 515)."""
    of_central_bank = bic[6:8] == "00"
    return _key_is_valid(("0" + bic[4:6] if of_central_bank else bic[6:9]) + account)


def correspondent_account_fits_bank(account: str, bic: str) -> bool:
    """Whether the control key of a bank's 20-digit correspondent account is right."""
    return _key_is_valid("0" + bic[4:6] + account)


def _key_is_valid(digits: str) -> bool:
    return sum(weight * int(digit) % 10 for weight, digit in zip(ACCOUNT_WEIGHTS, digits, strict=True)) % 10 == 0
