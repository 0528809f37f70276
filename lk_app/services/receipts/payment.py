"""The payment a division's QR stands for: of a receipt, or of what is owed now."""

from datetime import date

from sqlmodel import Session

from lk_app import formats
from lk_app.models import Division
from lk_app.models.values import Kopecks, Month
from lk_app.services.accounts import contract_of
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.payment_qr import Payee, Payer, RequisitesBroken, payment_text
from lk_app.services.settlements import balances


def debt_payment(session: Session, who: Consumer, account_number: str, division_code: str, today: date) -> str:
    """Return the QR text for what an account owes a division now; raises NotFound or RequisitesBroken.

    What was paid online and is on its way to billing is not asked for again. An account that owes nothing gets one
    without an amount, for an advance.
    """
    account = contract_of(session, who, account_number).account
    division = session.get(Division, division_code)
    owed = next((each for each in balances(session, who, account_number, today) if each.code == division_code), None)
    if division is None or owed is None:
        raise NotFound
    month = owed.last.month if owed.last else None
    purpose = purpose_of(division, account.number, month)
    return payment_of(division, account.number, purpose, owed.to_pay, month=month)


def payment_of(
    division: Division,
    account_number: str,
    purpose: str,
    amount: Kopecks,
    *,
    month: Month | None,
    payer: Payer | None = None,
) -> str:
    """Return the text of a QR; raises RequisitesBroken, which names the division for whoever is to mend it."""
    try:
        return payment_text(payee_of(division), account_number, purpose, amount=amount, month=month, payer=payer)
    except RequisitesBroken as broken:
        raise RequisitesBroken(f"requisites of division {division.code}: {broken}") from broken


def purpose_of(division: Division, account_number: str, month: Month | None) -> str:
    """Return what a payment is for, as the bank passes it on."""
    period = f", {formats.month_and_year(month)}" if month else ""
    return f"Оплата: {division.name}, л/с {account_number}{period}"


def payee_of(division: Division) -> Payee:
    """Return whom a division's payments go to."""
    return Payee(
        name=division.payee_name,
        account=division.payee_account,
        bank_name=division.bank_name,
        bic=division.bank_bic,
        bank_account=division.bank_account,
        inn=division.payee_inn,
        kpp=division.payee_kpp,
    )
