"""What the portal asks of a bank that takes cards, and the answers it tells apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Protocol

from lk_app.models.values import Kopecks

Evidence = dict[str, Any]
"""What is kept of an answer: fields of the bank's that name no person."""


@dataclass(frozen=True)
class OrderItem:
    """A line of the fiscal receipt: what is paid for."""

    code: str
    name: str
    amount: Kopecks


@dataclass(frozen=True)
class NewOrder:
    """What the bank needs to know to take money for us."""

    number: str
    """Ours, unique for ever: the bank refuses a second order of the same number."""
    description: str
    return_url: str
    lives: timedelta
    """How long the bank's page takes cards."""
    items: Sequence[OrderItem]
    phone: str = field(default="", repr=False)
    """Ten digits; the fiscal receipt goes here or to the address."""
    email: str = field(default="", repr=False)

    @property
    def amount(self) -> Kopecks:
        return Kopecks(sum(item.amount for item in self.items))


@dataclass(frozen=True)
class Registered:
    """The bank has an order, which is paid at its page."""

    order_id: str
    form_url: str = field(repr=False)
    evidence: Evidence = field(repr=False)


class OrderStatus(IntEnum):
    """Where an order stands, by the bank's own numbers."""

    REGISTERED = 0
    HELD = 1
    """The money is set aside and has not been taken."""
    PAID = 2
    CANCELLED = 3
    REFUNDED = 4
    """Something of it was given back, not necessarily all."""
    CONFIRMING = 5
    """The card's bank is asking its owner: neither paid nor declined."""
    DECLINED = 6


@dataclass(frozen=True)
class BankOrder:
    """What the bank says of an order. Nothing of it has been compared with ours yet."""

    order_id: str
    order_number: str
    status: OrderStatus
    amount: Kopecks
    currency: str
    """ISO 4217 number."""
    deposited: Kopecks | None
    """What was taken, less what was given back; missing where the bank does not say."""
    refunded: Kopecks
    paid_at: datetime | None
    card: str
    """The last four digits."""
    action_code: str
    evidence: Evidence = field(repr=False)


class BankFault(Exception):
    """The bank did not do what it was asked; `reason` is its code or the kind of failure, never what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(BankFault):
    """The bank read the request and did nothing."""


class NumberTaken(Refused):
    """There is an order of this number already."""


class UnknownOrder(Refused):
    """The bank has no such order."""


class NoAnswer(BankFault):
    """No answer, or one nobody can read: the bank may or may not have done it."""


class LeadsElsewhere(NoAnswer):
    """The bank's page is at a host that nobody has named: the answer may not be the bank's."""


class NeverConnected(NoAnswer):
    """The bank surely never saw the request."""


class Bank(Protocol):
    """A bank. No call is made twice unless the first surely came to nothing, or changes nothing."""

    def register(self, order: NewOrder) -> Registered:
        """Open an order; raises `BankFault`."""
        ...

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        """Say where an order stands, by the bank's name for it or by ours; raises `BankFault`."""
        ...

    def refund(self, order_id: str, amount: Kopecks) -> Evidence:
        """Give back money that was taken, in kopecks; raises `BankFault`."""
        ...
