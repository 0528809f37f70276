"""What every document says alike: who it is from, whom it is about, and what it is called."""

import re
from dataclasses import dataclass

from lk_app import formats
from lk_app.models import Division
from lk_app.models.values import Kopecks
from lk_app.services.accounts import PREMISES_KINDS, Contract
from lk_app.settings import settings

FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


@dataclass(frozen=True)
class Field:
    """A name and what stands beside it."""

    name: str
    text: str


@dataclass(frozen=True)
class Counterparty:
    """A payee with the requisites money goes to."""

    name: str
    inn_and_kpp: str
    account: str
    bank: str
    bic: str
    bank_account: str


@dataclass(frozen=True)
class Head:
    """The top of a document."""

    company: str
    portal: str
    """The portal's address without the scheme."""
    title: str
    subtitle: str
    payee: Counterparty | None
    account: str
    holder: str
    address: str
    premises: str
    office: str
    office_address: str
    phones: str


def head_of(contract: Contract, title: str, subtitle: str, payee: Counterparty | None = None) -> Head:
    """Return the top of a document about an account."""
    account, premises, office = contract.account, contract.premises, contract.office
    return Head(
        company=settings().company_name,
        portal=settings().origin.partition("://")[2],
        title=title,
        subtitle=subtitle,
        payee=payee,
        account=account.number,
        holder=" ".join(filter(None, (account.last_name, account.first_name, account.middle_name))),
        address=formats.address(premises.address) if premises else "",
        premises=premises_of(contract),
        office=office.name,
        office_address=formats.address(office.address),
        phones=", ".join(phone.replace(" ", formats.NBSP) for phone in office.phones),
    )


def balance_name(balance: Kopecks) -> str:
    """Return what a balance is: a bare «остаток» would be taken for money one has left."""
    if balance > 0:
        return "Долг"
    return "Аванс" if balance < 0 else "Остаток"


def counterparty(division: Division) -> Counterparty:
    """Return a division's payee as a document shows it."""
    kpp = f" / {division.payee_kpp}" if division.payee_kpp else ""
    return Counterparty(
        name=division.payee_name,
        inn_and_kpp=f"{division.payee_inn}{kpp}",
        account=division.payee_account,
        bank=division.bank_name,
        bic=division.bank_bic,
        bank_account=division.bank_account,
    )


def premises_of(contract: Contract) -> str:
    """Return what a bill depends on: «дом, 86,4 м², 3 человека, плита, котёл»."""
    premises = contract.premises
    if premises is None:
        return ""
    facts = [
        PREMISES_KINDS[premises.kind],
        formats.area(premises.area) if premises.area else "",
        formats.counted(premises.residents, "человек", "человека", "человек") if premises.residents else "",
        *(item.lower() for item in premises.equipment),
    ]
    return formats.capital(", ".join(filter(None, facts)))


def file_name(*parts: str) -> str:
    """Return the name a document is saved under, without what a disk may refuse: «Квитанция 66010000017 ….pdf»."""
    return FORBIDDEN.sub(" ", " ".join(parts)).replace(formats.NBSP, " ").strip() + ".pdf"
