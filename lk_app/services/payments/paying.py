"""«Оплата онлайн»: from the typed amounts to the address of the bank's page."""

import re
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from lk_app import formats
from lk_app.clock import Clock
from lk_app.gateways.bank.interface import Bank
from lk_app.models import Account, Attempt, Division, User
from lk_app.models.values import Kopecks
from lk_app.services import identity, rates, typed
from lk_app.services.acquiring import opening
from lk_app.services.acquiring.machine import parts_of
from lk_app.services.acquiring.opening import Begun, Contact, Wanted
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.errors import FieldErrors, NotFound, ServiceError
from lk_app.services.numbers import is_order_number
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import reading, writing
from lk_app.settings import settings

LEAST = Kopecks(100)
NOTHING_TYPED = "Введите сумму хотя бы для одного раздела"
AMOUNT = "amount-"
"""What the name of a field begins with in which the amount for a division is typed; its code follows."""
CODE = re.compile(r"[\w.:/-]{1,20}")

BY_USER = Pace(burst=30, interval=timedelta(minutes=2))
"""Orders opened at the bank."""

LOOKED_AT_EVERY_S = 0.3
WAITS_FOR_S = 20
"""For another tab that is opening the same order."""


class OpenedElsewhere(ServiceError):
    def __init__(self) -> None:
        super().__init__("Эта же оплата сейчас открывается в другом окне. Подождите минуту и попробуйте ещё раз.")


def read_amounts(fields: Mapping[str, str]) -> dict[str, Kopecks]:
    """Return the amounts typed for divisions, by their codes; raises FieldErrors.

    With several fields some may be left empty.
    """
    asked = {name: text for name, text in fields.items() if name.startswith(AMOUNT)}
    if any(not CODE.fullmatch(name.removeprefix(AMOUNT)) for name in asked):
        raise NotFound
    filled = {name: text for name, text in asked.items() if text.strip()}
    if asked and not filled:
        raise FieldErrors({next(iter(asked)): "Введите сумму" if len(asked) == 1 else NOTHING_TYPED})
    amounts, errors = {}, {}
    for name, text in filled.items():
        try:
            amounts[name.removeprefix(AMOUNT)] = typed.amount(text, LEAST, limit())
        except typed.Refused as refusal:
            errors[name] = str(refusal)
    if not errors and sum(amounts.values()) > limit():
        errors = dict.fromkeys(filled, f"Вместе не больше {formats.money(limit())} за один платёж")
    if errors:
        raise FieldErrors(errors)
    return amounts


def limit() -> Kopecks:
    """Return the most that one payment may be."""
    return Kopecks(settings().payment_limit * 100)


def pay(who: Consumer, account_number: str, amounts: Mapping[str, Kopecks], email: str, bank: Bank, now: Clock) -> str:
    """Return where the browser goes to pay: the bank's page, or ours when exactly this was paid just now.

    An open attempt at the same is used again; `email` is where the fiscal receipt goes if we know no other place.
    Raises NotFound, FieldErrors, TooManyAttempts, or a ServiceError that says that no money was taken.
    """
    gives_up_at = time.monotonic() + WAITS_FOR_S
    while time.monotonic() < gives_up_at:
        with writing() as session:
            begun = _begin(session, who, account_number, amounts, email, now())
        if begun.order:
            return opening.register(begun.attempt_id, begun.order, bank, now)
        page = opening.page_of(begun.attempt_id, bank, now)
        if page:
            return page
        time.sleep(LOOKED_AT_EVERY_S)
    raise OpenedElsewhere


def resume(who: Consumer, order_number: str, bank: Bank, now: Clock) -> str:
    """Return where an attempt of the caller's goes on («Продолжить»); raises NotFound."""
    with reading() as session:
        attempt_id = own_attempt(session, who, order_number).id
    assert attempt_id is not None
    return opening.page_of(attempt_id, bank, now) or opening.return_address(order_number)


def repeat(who: Consumer, order_number: str, email: str, bank: Bank, now: Clock) -> str:
    """Pay the same as an attempt of the caller's did not («Повторить»); raises as `pay` does.

    The bank is asked about that attempt first: it may have been paid meanwhile.
    """
    with reading() as session:
        attempt = own_attempt(session, who, order_number)
        amounts = {part.division_code: part.amount for part in parts_of(session, attempt)}
        account_number, attempt_id = attempt.account_number, attempt.id
    assert attempt_id is not None
    page = opening.page_of(attempt_id, bank, now)
    return page or pay(who, account_number, amounts, email, bank, now)


def own_attempt(session: Session, who: Consumer, order_number: str) -> Attempt:
    """Return an attempt of the caller's at an account they still have; raises NotFound for any other."""
    if not is_order_number(order_number):
        raise NotFound
    attempt = session.exec(
        select(Attempt).where(
            Attempt.order_number == order_number,
            Attempt.user_id == who.user_id,
            col(Attempt.account_number).in_(account_numbers(who)),
        )
    ).one_or_none()
    if attempt is None:
        raise NotFound
    return attempt


def _begin(
    session: Session, who: Consumer, account_number: str, amounts: Mapping[str, Kopecks], email: str, now: datetime
) -> Begun:
    user = identity.user_of(session, who)
    attached = select(Account.number).where(
        Account.number == account_number, col(Account.number).in_(account_numbers(who))
    )
    known = session.exec(select(Division.code).where(col(Division.code).in_(amounts))).all()
    if session.exec(attached).first() is None or not amounts or len(known) != len(amounts):
        raise NotFound
    begun = opening.begin(session, Wanted(who.user_id, account_number, amounts), _contact(user, email), now)
    if begun.order:
        rates.take(session, [Limit("payment", str(who.user_id), BY_USER)], now)
    return begun


def _contact(user: User, typed_email: str) -> Contact:
    """Return where the fiscal receipt goes: what the user has proven first."""
    if user.email or (user.phone and not typed_email):
        return Contact(email=user.email or "", phone=user.phone or "")
    fields = typed.Reader({"email": typed_email})
    address = fields.read("email", typed.email)
    fields.finish()
    return Contact(email=address)
