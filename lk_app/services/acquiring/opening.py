"""Opening an order at the bank: stored here first, then registered there, and only then given to a browser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from lk_app import logs
from lk_app.clock import Clock
from lk_app.gateways.bank.interface import Bank, BankFault, LeadsElsewhere, NewOrder, NumberTaken, OrderItem, Refused
from lk_app.models import Attempt, AttemptPart, AttemptState, Division
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import answers, asking
from lk_app.services.acquiring.schedule import REGISTRATION_TAKES, SESSION, UNPAID
from lk_app.services.errors import ServiceError
from lk_app.services.numbers import new_number
from lk_app.services.session import reading, writing
from lk_app.settings import settings

LEFT_AT_LEAST = timedelta(minutes=3)
"""Of its session, for an open order to be used again: enough to type a card in."""


@dataclass(frozen=True)
class Wanted:
    """What a consumer wants to pay: how much for which division of which account."""

    user_id: int
    account_number: str
    parts: Mapping[str, Kopecks]

    @property
    def amount(self) -> Kopecks:
        return Kopecks(sum(self.parts.values()))


@dataclass(frozen=True)
class Contact:
    """Where the fiscal receipt goes: an address, or a phone of ten digits."""

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True)
class Begun:
    """An attempt to go on with: a new one with what the bank is to be told of it, or one that is open already."""

    attempt_id: int
    order: NewOrder | None


class BankDoesNotAnswer(ServiceError):
    """The order was not opened, or nobody knows its page: it can't be paid."""

    def __init__(self) -> None:
        super().__init__("Банк не отвечает. Деньги не списаны. Попробуйте ещё раз через несколько минут.")


class BankRefuses(ServiceError):
    """The bank does not open our orders: staff must look at the settings."""

    def __init__(self) -> None:
        super().__init__(
            "Банк не открыл оплату. Деньги не списаны. Мы уже знаем об этом. "
            "Пока можно заплатить по QR-коду или в абонентской службе."
        )


def return_address(order_number: str) -> str:
    """Return the page of ours that says what came of an attempt."""
    return f"/payments/return?{urlencode({'order': order_number})}"


def begin(session: Session, wanted: Wanted, contact: Contact, now: datetime) -> Begun:
    """Store a new attempt, or find the user's open one at exactly this.

    The transaction must hold the user's row: of two tabs one opens the order, and the other finds it.
    """
    found = _open_attempt(session, wanted, now)
    if found:
        assert found.id is not None
        return Begun(found.id, None)
    attempt = _new_attempt(session, wanted, now)
    assert attempt.id is not None
    return Begun(attempt.id, _order_of(session, attempt, wanted, contact))


def register(attempt_id: int, order: NewOrder, bank: Bank, now: Clock) -> str:
    """Open a stored attempt's order at the bank and return its page; raises BankDoesNotAnswer or BankRefuses."""
    try:
        answer = bank.register(order)
    except BankFault as fault:
        # The order may have come to be. Nobody knows its page, and the poller follows it all the same.
        with writing() as session:
            answers.not_registered(session, attempt_id, fault.reason, now())
        if isinstance(fault, Refused) and not isinstance(fault, NumberTaken):
            logs.stopped("online payment", fault)
            raise BankRefuses from None
        if isinstance(fault, LeadsElsewhere):
            logs.stopped("online payment", fault)
        raise BankDoesNotAnswer from None
    with writing() as session:
        in_time = answers.registered(session, attempt_id, answer, now())
    if not in_time:
        raise BankDoesNotAnswer
    return answer.form_url


def page_of(attempt_id: int, bank: Bank, now: Clock) -> str | None:
    """Return where an open attempt goes on, as the bank has it now: its page there, or ours when it was paid.

    None when it has no page: it is just being opened, or has ended.
    """
    asking.ask_now(attempt_id, bank, now)
    with reading() as session:
        attempt = session.get_one(Attempt, attempt_id)
        if attempt.state is AttemptState.REGISTERED and now() < attempt.expires_at:
            return attempt.form_url or None
        return None if attempt.state in UNPAID else return_address(attempt.order_number)


def _new_attempt(session: Session, wanted: Wanted, now: datetime) -> Attempt:
    """Store an attempt that the bank has not heard of."""
    attempt = Attempt(
        order_number=new_number(now),
        user_id=wanted.user_id,
        account_number=wanted.account_number,
        amount=wanted.amount,
        state=AttemptState.CREATED,
        day=now.astimezone(settings().zone).date(),
        created_at=now,
        expires_at=now + SESSION,
        next_ask_at=now + REGISTRATION_TAKES,
    )
    session.add(attempt)
    session.flush()
    assert attempt.id is not None
    session.add_all(
        AttemptPart(attempt_id=attempt.id, division_code=code, amount=amount) for code, amount in wanted.parts.items()
    )
    session.flush()
    return attempt


def _open_attempt(session: Session, wanted: Wanted, now: datetime) -> Attempt | None:
    """Return the user's last attempt at paying exactly this that can still be used."""
    attempts = session.exec(
        select(Attempt)
        .where(
            Attempt.user_id == wanted.user_id,
            Attempt.account_number == wanted.account_number,
            Attempt.amount == wanted.amount,
            col(Attempt.state).in_([AttemptState.CREATED, AttemptState.REGISTERED]),
            col(Attempt.expires_at) > now + LEFT_AT_LEAST,
        )
        .order_by(col(Attempt.id).desc())
    )
    same = (attempt for attempt in attempts if _parts(session, attempt) == dict(wanted.parts))
    return next((attempt for attempt in same if _is_usable(attempt, now)), None)


def _order_of(session: Session, attempt: Attempt, wanted: Wanted, contact: Contact) -> NewOrder:
    """Return what the bank is told of an attempt; a cashier would write the account number too."""
    divisions = session.exec(
        select(Division.code, Division.name)
        .where(col(Division.code).in_(wanted.parts))
        .order_by(col(Division.position))
    )
    return NewOrder(
        number=attempt.order_number,
        description=f"Лицевой счёт {attempt.account_number}",
        return_url=settings().origin + return_address(attempt.order_number),
        lives=SESSION,
        items=tuple(OrderItem(code, name, wanted.parts[code]) for code, name in divisions),
        phone=contact.phone,
        email=contact.email,
    )


def _parts(session: Session, attempt: Attempt) -> dict[str, Kopecks]:
    rows = session.exec(
        select(AttemptPart.division_code, AttemptPart.amount).where(AttemptPart.attempt_id == attempt.id)
    )
    return {code: Kopecks(amount) for code, amount in rows}


def _is_usable(attempt: Attempt, now: datetime) -> bool:
    """Say whether an attempt has its page, or whoever is fetching that may still be alive."""
    if attempt.state is AttemptState.REGISTERED:
        return bool(attempt.form_url)
    return now < attempt.created_at + REGISTRATION_TAKES
