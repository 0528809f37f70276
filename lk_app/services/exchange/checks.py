"""What the cells of one row must satisfy together; each check takes the parsed cells in the order of the file."""

from lk_app.services.exchange import requisites as rules
from lk_app.services.exchange.issues import BadRow, BadValue
from lk_app.services.exchange.sheets import roubles
from lk_app.services.payment_qr import Payee, RequisitesBroken, check_payee


def figures(
    account: str,
    month: int,
    division: str,
    kind: str,
    opening: int,
    volume: int | None,
    tariff: int | None,
    accrued: int,
    recalculation: int,
    penalty: int,
    paid: int,
    closing: int,
) -> None:
    """A charge adds up, in kopecks, and has a volume exactly when it has a tariff."""
    expected = opening + accrued + recalculation + penalty - paid
    if expected != closing:
        raise BadRow("closing", f"сумма не сходится: ожидалось {roubles(expected)}, указано {roubles(closing)}")
    if (volume is None) != (tariff is None):
        raise BadRow("tariff" if tariff is None else "volume", "объём и тариф указываются только вместе")


def refusal(
    identifier: str,
    meter: str,
    taken_on: str,
    value: int,
    consumption: int | None,
    source: str,
    state: str,
    reason: str,
) -> None:
    """A refused reading, and no other, says why."""
    decision(identifier, state, reason)


def decision(reading: str, state: str, reason: str) -> None:
    """A refusal, and nothing else, says why."""
    if (state == "refused") != bool(reason):
        raise BadRow("reason", "причина указывается у отказанного показания (refused) и только у него")


def period(month: int, closed_on: str | None, due_on: str) -> None:
    """A period is closed and paid for after it began."""
    first_day = f"{month // 100}-{month % 100:02}-01"
    for column, day in (("closed_on", closed_on), ("due_on", due_on)):
        if day and day < first_day:
            raise BadRow(column, "дата раньше начала периода")


def kpp(text: str) -> str:
    """Check the form of a KPP, which a person in business does not have."""
    if text and not rules.kpp_is_valid(text):
        raise BadValue("ожидается КПП: 9 знаков")
    return text


def requisites(
    code: str,
    name: str,
    description: str,
    position: int,
    payee_name: str,
    payee_inn: str,
    payee_kpp: str,
    payee_account: str,
    bank_name: str,
    bank_bic: str,
    bank_account: str,
) -> None:
    """The payee's requisites agree with their check digits, so that no receipt sends money astray."""
    if not rules.inn_is_valid(payee_inn):
        raise BadRow("payee_inn", "контрольные цифры ИНН не сходятся")
    if not rules.account_fits_bank(payee_account, bank_bic):
        raise BadRow("payee_account", "контрольный ключ счёта не сходится с БИК")
    if not rules.correspondent_account_fits_bank(bank_account, bank_bic):
        raise BadRow("bank_account", "контрольный ключ корреспондентского счёта не сходится с БИК")
    payee = Payee(payee_name, payee_account, bank_name, bank_bic, bank_account, payee_inn, payee_kpp)
    try:
        check_payee(payee)
    except RequisitesBroken as broken:
        raise BadRow("payee_name", "получатель и банк вместе не помещаются в QR-код: сократите названия") from broken
