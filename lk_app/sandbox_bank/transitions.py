"""What can happen to an order: from one state to the next, and what the merchant is told of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lk_app.sandbox_bank.callbacks import Notice
from lk_app.sandbox_bank.cards import PASSWORD, Behaviour, Card
from lk_app.sandbox_bank.order import Action, BankOrder, State
from lk_app.sandbox_bank.refusal import Refusal

SILENT_FOR = timedelta(seconds=60)
PAYS_LATE_BY = timedelta(seconds=30)
DEPOSIT_NOTICES: dict[Behaviour | None, tuple[str, ...]] = {
    Behaviour.REPEATS_CALLBACKS: ("deposited", "deposited", "approved", "deposited"),
    Behaviour.PAYS_LATE: ("deposited",),
}


@dataclass(frozen=True)
class Change:
    """An order after something happened to it, and the notices of that."""

    order: BankOrder
    notices: tuple[Notice, ...] = ()

    def then(self, transition: "Transition", now: datetime) -> "Change":
        """Return this change and the next as one."""
        following = transition(self.order, now)
        return Change(following.order, self.notices + following.notices)


Transition = Callable[[BankOrder, datetime], Change]


def nothing(order: BankOrder, now: datetime) -> Change:
    return Change(order)


def let_time_pass(order: BankOrder, now: datetime) -> Change:
    """Do what was due before anybody looked: the end of the session, a late deposit."""
    if order.is_open and now >= order.expires_at:
        return _time_is_up(order)
    if order.pays_at and now >= order.pays_at and not order.is_paid:
        return _deposit(order, order.pays_at)
    return Change(order)


def give_card(card: Card, expiry: str, ip: str) -> Transition:
    """Return what a card does to an order that waits for one; a second click does nothing."""

    def given(order: BankOrder, now: datetime) -> Change:
        if order.state is not State.REGISTERED:
            return Change(order)
        order = replace(
            order,
            ip=ip,
            behaviour=card.behaviour,
            masked_pan=card.masked,
            card_expiry=expiry,
            payment_system=card.payment_system,
        )
        match card.behaviour:
            case Behaviour.DECLINES:
                return _decline(order, Action.NOT_ENOUGH_MONEY)
            case Behaviour.ASKS_PASSWORD:
                return Change(replace(order, state=State.ASKS_PASSWORD, action=Action.STARTED))
            case Behaviour.PAYS_LATE:
                return _time_is_up(replace(order, pays_at=now + PAYS_LATE_BY))
            case Behaviour.FALLS_SILENT:
                return _deposit(replace(order, silent_until=now + SILENT_FOR), now)
            case _:
                return _deposit(order, now)

    return given


def give_password(password: str) -> Transition:
    """Return what a password does to an order that asks for one."""

    def given(order: BankOrder, now: datetime) -> Change:
        if order.state is not State.ASKS_PASSWORD:
            return Change(order)
        if secrets.compare_digest(password.encode(), PASSWORD.encode()):
            return _deposit(order, now)
        order = replace(order, tries_left=order.tries_left - 1)
        return Change(order) if order.tries_left else _decline(order, Action.WRONG_PASSWORD)

    return given


def refund(amount: int) -> Transition:
    """Return the refund of an amount, all that is left for 0; refuses what was not taken."""

    def refunded(order: BankOrder, now: datetime) -> Change:
        if not order.is_paid or not order.left:
            raise Refusal(7, "Платёж должен быть в корректном состоянии")
        returned = amount or order.left
        if returned > order.left:
            raise Refusal(7, "Сумма возврата превышает сумму списания")
        order = replace(order, state=State.REFUNDED, refunded=order.refunded + returned)
        return Change(order, _notices(order, ("refunded",), amount=returned))

    return refunded


def _deposit(order: BankOrder, now: datetime) -> Change:
    order = replace(
        order,
        state=State.DEPOSITED,
        action=Action.DONE,
        deposited=order.amount,
        approval_code=_digits(6),
        reference=_digits(12),
        authorized_at=now,
        deposited_at=now,
    )
    return Change(order, _notices(order, DEPOSIT_NOTICES.get(order.behaviour, ("approved", "deposited"))))


def _decline(order: BankOrder, action: Action) -> Change:
    order = replace(order, state=State.DECLINED, action=action)
    return Change(order, _notices(order, ("deposited",), succeeded=False))


def _time_is_up(order: BankOrder) -> Change:
    order = replace(order, state=State.DECLINED, action=Action.TIME_IS_UP)
    return Change(order, _notices(order, ("declinedByTimeout",), succeeded=False))


def _notices(
    order: BankOrder, operations: tuple[str, ...], *, succeeded: bool = True, amount: int = 0
) -> tuple[Notice, ...]:
    if order.behaviour is Behaviour.NEVER_CALLS:
        return ()
    return tuple(
        Notice(order.order_id, order.order_number, operation, succeeded, amount or order.amount)
        for operation in operations
    )


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
