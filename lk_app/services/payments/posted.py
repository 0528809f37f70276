"""Payments that billing has posted, however they were made."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from lk_app.models import Channel, Payment
from lk_app.models.values import Kopecks, Month
from lk_app.services.callers import Consumer, account_numbers


class PostedPayment(NamedTuple):
    """A payment as billing has posted it."""

    month: Month
    """The period that counts it; the day may be in another."""
    paid_on: date
    amount: Kopecks
    channel: Channel


CHANNELS = {
    Channel.ONLINE: "в личном кабинете",
    Channel.BANK: "в банке",
    Channel.POST: "на почте",
    Channel.OFFICE: "в абонентской службе",
}
"""How a payment was made, as a person reads it."""


def total_of(payments: Iterable[PostedPayment]) -> Kopecks:
    return Kopecks(sum(payment.amount for payment in payments))


def posted_payments(
    session: Session, who: Consumer, account_number: str, division_code: str
) -> tuple[PostedPayment, ...]:
    """Return all payments of an account for one division, earliest first."""
    rows = session.exec(
        select(Payment)
        .where(
            Payment.account_number == account_number,
            col(Payment.account_number).in_(account_numbers(who)),
            Payment.division_code == division_code,
        )
        .order_by(col(Payment.paid_on), col(Payment.id))
    )
    return tuple(_posted(row) for row in rows)


def last_payments(session: Session, who: Consumer, account_number: str) -> dict[str, PostedPayment]:
    """Return the last payment of an account for each division that has one, by the division's code."""
    latest_first = func.row_number().over(
        partition_by=col(Payment.division_code), order_by=(col(Payment.paid_on).desc(), col(Payment.id).desc())
    )
    ranked = (
        select(Payment.id, latest_first.label("place"))
        .where(Payment.account_number == account_number, col(Payment.account_number).in_(account_numbers(who)))
        .subquery()
    )
    rows = session.exec(select(Payment).join(ranked, col(Payment.id) == ranked.c.id).where(ranked.c.place == 1))
    return {row.division_code: _posted(row) for row in rows}


def _posted(row: Payment) -> PostedPayment:
    return PostedPayment(row.month, row.paid_on, row.amount, row.channel)
