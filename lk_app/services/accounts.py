"""Which accounts a consumer has, which of them is chosen, and everything known about it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from lk_app.models import (
    Account,
    AccountLink,
    Division,
    Meter,
    MeterState,
    Office,
    Premises,
    PremisesKind,
    User,
    UserSession,
)
from lk_app.services.callers import CALLER, Consumer, Reader, account_numbers
from lk_app.services.errors import NotFound

VERIFICATION_NOTICE = timedelta(days=90)
"""How long before its verification is due a meter is marked: an appointment takes weeks."""

PREMISES_KINDS = {PremisesKind.HOUSE: "дом", PremisesKind.FLAT: "квартира"}
"""Kinds of premises within a sentence."""


@dataclass(frozen=True)
class AttachedAccount:
    """An account as the cabinet's menu needs it; the premises may not have come from billing yet."""

    number: str
    title: str
    attached_at: datetime
    office_code: str
    kind: PremisesKind | None
    address: str
    area: int | None
    """Hundredths of a m²."""


@dataclass(frozen=True)
class Cabinet:
    """The accounts of a consumer in the order they were attached, and the chosen one if there is any."""

    accounts: tuple[AttachedAccount, ...]
    chosen: AttachedAccount | None
    email: str | None = None
    """Where the consumer has letters sent; to be shown masked."""
    phone: str | None = None
    """The phone the consumer has proven, ten digits; to be shown masked."""

    @property
    def has_no_contact(self) -> bool:
        """Whether it is unknown where the consumer's fiscal receipts go."""
        return not self.email and not self.phone


def open_cabinet(session: Session, who: Consumer) -> Cabinet:
    """Return the consumer's accounts; chosen is what the session remembers, or the account attached first."""
    asked = {"user_id": who.user_id, "session_id": who.session_id}
    rows = session.connection().execute(_cabinet_statement(), asked).all()
    accounts = tuple(
        AttachedAccount(row.number, row.title, row.attached_at, row.office_code, row.kind, row.address or "", row.area)
        for row in rows
    )
    remembered = rows[0].remembered if rows else None
    chosen = next((account for account in accounts if account.number == remembered), accounts[0] if accounts else None)
    return Cabinet(accounts, chosen, rows[0].email if rows else None, rows[0].phone if rows else None)


@cache
def _cabinet_statement() -> Select[Any]:
    """Build the query of every screen once: building it anew would take longer than running it."""
    remembered = select(UserSession.account_number).where(UserSession.id == CALLER.session_id).scalar_subquery()
    return (
        columns(
            col(Account.number),
            col(AccountLink.title),
            col(AccountLink.attached_at),
            col(Account.office_code),
            col(Premises.kind),
            col(Premises.address),
            col(Premises.area),
            remembered.label("remembered"),
            col(User.email),
            col(User.phone),
        )
        .select_from(AccountLink)
        .join(User, col(User.id) == AccountLink.user_id)
        .join(Account, col(Account.number) == AccountLink.account_number)
        .outerjoin(Premises, col(Premises.account_number) == AccountLink.account_number)
        .where(col(AccountLink.user_id) == CALLER.user_id, col(Account.number).in_(account_numbers(CALLER)))
        .order_by(col(AccountLink.attached_at), col(AccountLink.account_number))
    )


def choose(session: Session, who: Consumer, account_number: str) -> None:
    """Make an attached account the one this session shows; raises NotFound for any other."""
    attached = select(Account.number).where(
        Account.number == account_number, col(Account.number).in_(account_numbers(who))
    )
    if session.exec(attached).first() is None:
        raise NotFound
    session.execute(
        update(UserSession).where(col(UserSession.id) == who.session_id).values(account_number=account_number)
    )


class Verification(StrEnum):
    """How a meter stands with its verification («поверка»)."""

    UNKNOWN = "unknown"
    FINE = "fine"
    SOON = "soon"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class MeterCard:
    """A meter of the account."""

    serial: str
    model: str
    place: str
    state: MeterState
    verification_due_on: date | None
    verification: Verification


@dataclass(frozen=True)
class OfficeLine:
    """The office that serves the account."""

    code: str
    name: str
    address: str
    published: bool


class Contract(NamedTuple):
    """An attached account as the tables have it, for other services; premises may not have come yet."""

    account: Account
    premises: Premises | None
    office: Office
    attached_at: datetime


@dataclass(frozen=True)
class AccountDetails:
    """Everything about an account that its consumer may read."""

    number: str
    holder: str
    phone: str | None
    """The last ten digits; to be shown masked."""
    opened_on: date
    attached_at: datetime | None
    """None for staff, who have no account attached."""
    kind: PremisesKind | None
    address: str
    area: int | None
    """Hundredths of a m²."""
    residents: int | None
    heating: bool | None
    equipment: tuple[str, ...]
    office: OfficeLine
    meters: tuple[MeterCard, ...]
    payees: tuple[tuple[str, str], ...]
    """Name and payee of each division."""


@dataclass(frozen=True)
class AccountPage:
    """The page «Подробнее»: the cabinet around it and the chosen account, if there is one."""

    cabinet: Cabinet
    details: AccountDetails | None


def open_page(session: Session, who: Consumer, today: date) -> AccountPage:
    """Return what the page about the chosen account says."""
    cabinet = open_cabinet(session, who)
    return AccountPage(cabinet, describe(session, who, cabinet.chosen.number, today) if cabinet.chosen else None)


def describe(session: Session, who: Reader, account_number: str, today: date) -> AccountDetails:
    """Return everything about an account that the caller may see; raises NotFound for any other."""
    account, premises, office, attached_at = _found(session, who, account_number)
    return AccountDetails(
        number=account.number,
        holder=" ".join(filter(None, (account.last_name, account.first_name, account.middle_name))),
        phone=account.phone,
        opened_on=account.opened_on,
        attached_at=attached_at,
        kind=premises.kind if premises else None,
        address=premises.address if premises else "",
        area=premises.area if premises else None,
        residents=premises.residents if premises else None,
        heating=premises.heating if premises else None,
        equipment=tuple(premises.equipment) if premises else (),
        office=OfficeLine(office.code, office.name, office.address, office.published),
        meters=_meters(session, who, account_number, today),
        payees=_payees(session),
    )


def contract_of(session: Session, who: Consumer, account_number: str) -> Contract:
    """Return an attached account with what belongs to it; raises NotFound for any other."""
    account, premises, office, attached_at = _found(session, who, account_number)
    assert attached_at is not None
    return Contract(account, premises, office, attached_at)


def _found(
    session: Session, who: Reader, account_number: str
) -> tuple[Account, Premises | None, Office, datetime | None]:
    own_link = (col(AccountLink.account_number) == Account.number) & (col(AccountLink.user_id) == who.user_id)
    row = session.exec(
        select(Account, Premises, Office, AccountLink.attached_at)
        .join(Office, col(Office.code) == Account.office_code)
        .outerjoin(AccountLink, own_link)
        .outerjoin(Premises, col(Premises.account_number) == Account.number)
        .where(Account.number == account_number, col(Account.number).in_(account_numbers(who)))
    ).one_or_none()
    if row is None:
        raise NotFound
    account, premises, office, attached_at = row
    return account, premises, office, attached_at


def verification_of(due_on: date | None, today: date) -> Verification:
    """Say how a meter stands with a verification that is due by a day, that day included."""
    if due_on is None:
        return Verification.UNKNOWN
    if due_on < today:
        return Verification.OVERDUE
    return Verification.SOON if due_on - today <= VERIFICATION_NOTICE else Verification.FINE


def _meters(session: Session, who: Reader, account_number: str, today: date) -> tuple[MeterCard, ...]:
    meters = session.exec(
        select(Meter)
        .where(Meter.account_number == account_number, col(Meter.account_number).in_(account_numbers(who)))
        .order_by(col(Meter.installed_on).desc(), col(Meter.id))
    )
    in_use_first = sorted(meters, key=lambda meter: meter.state is MeterState.REMOVED)
    return tuple(
        MeterCard(
            meter.serial,
            meter.model,
            meter.place,
            meter.state,
            meter.verification_due_on,
            # A meter that no longer measures needs no verification.
            Verification.UNKNOWN
            if meter.state is MeterState.REMOVED
            else verification_of(meter.verification_due_on, today),
        )
        for meter in in_use_first
    )


def _payees(session: Session) -> tuple[tuple[str, str], ...]:
    divisions = session.exec(
        select(Division.name, Division.payee_name).order_by(col(Division.position), col(Division.code))
    )
    return tuple((name, payee_name) for name, payee_name in divisions)
