"""Online payments: attempts and their parts, what the bank said of them, refunds, and what needs a person."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field

from lk_app.models.values import Instant, Kopecks, Table, one_of


class AttemptState(StrEnum):
    """Where an attempt to pay stands; which state may follow which is in `services.acquiring.machine`."""

    CREATED = "created"
    """Stored here; the bank may or may not have heard of it."""
    REGISTERED = "registered"
    """The bank has an order, which can be paid."""
    PAID = "paid"
    """The bank has taken the money."""
    DECLINED = "declined"
    EXPIRED = "expired"
    """Nobody paid in time; money that arrives later still counts."""
    EXPORTED = "exported"
    """Billing was told."""
    POSTED = "posted"
    """Billing has posted it («оплачено»)."""
    REFUNDED = "refunded"
    """All of it was given back."""


class Attempt(Table, table=True):
    """One try to pay online: one order at the bank, for one account, of one or several divisions."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded_is_within_amount"),
        Index("ix_payment_attempts_account_number_day", "account_number", "day"),
        Index(
            "ix_payment_attempts_paid_at",
            "paid_at",
            sqlite_where=text("paid_at IS NOT NULL"),
            postgresql_where=text("paid_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_attempts_untold",
            "id",
            sqlite_where=text("state = 'paid'"),
            postgresql_where=text("state = 'paid'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    order_number: str = Field(max_length=32, unique=True)
    """Our name for the order: what a bank that answers nothing is asked by, and what people quote on the phone."""
    user_id: int = Field(foreign_key="users.id", index=True)
    account_number: str = Field(foreign_key="accounts.number", max_length=11)
    amount: Kopecks = Field(sa_type=BigInteger)
    """The sum of the parts."""
    state: AttemptState = Field(sa_type=one_of(AttemptState, "state"))
    bank_order_id: str | None = Field(default=None, max_length=64, unique=True)
    form_url: str = Field(default="", max_length=512)
    """The bank's page where the order is paid; empty when we never got it."""
    day: date
    """The company's day when the attempt was made, or when it was paid."""
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    """When the bank stops taking cards for the order."""
    paid_at: datetime | None = Field(default=None, sa_type=Instant)
    exported_at: datetime | None = Field(default=None, sa_type=Instant)
    posted_at: datetime | None = Field(default=None, sa_type=Instant)
    refunded: Kopecks = Field(default=Kopecks(0), sa_type=BigInteger)
    card: str = Field(default="", max_length=4)
    """The last digits of the card."""
    action_code: str = Field(default="", max_length=12)
    """The bank's code of why it did not take the money."""
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    next_ask_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    """When the poller asks the bank; never when all is known."""


class AttemptPart(Table, table=True):
    """How much of an attempt is for which division."""

    __tablename__ = "payment_parts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded_is_within_amount"),
    )

    attempt_id: int = Field(primary_key=True, foreign_key="payment_attempts.id")
    division_code: str = Field(primary_key=True, foreign_key="divisions.code", max_length=20)
    amount: Kopecks = Field(sa_type=BigInteger)
    refunded: Kopecks = Field(default=Kopecks(0), sa_type=BigInteger)
    exported: Kopecks | None = Field(default=None, sa_type=BigInteger)
    """What billing was told was paid; missing until it was told."""

    @property
    def kept(self) -> Kopecks:
        """What was not given back."""
        return Kopecks(self.amount - self.refunded)


class Posting(Table, table=True):
    """Which document of billing is which part of an order; from `postings.csv`."""

    __tablename__ = "postings"

    order_number: str = Field(primary_key=True, foreign_key="payment_attempts.order_number", max_length=32)
    division_code: str = Field(primary_key=True, foreign_key="divisions.code", max_length=20)
    payment_id: str = Field(foreign_key="payments.id", max_length=40, unique=True)


class MessageKind(StrEnum):
    """What a message of the bank was."""

    REGISTRATION = "registration"
    STATUS = "status"
    CALLBACK = "callback"
    REFUND = "refund"


class BankMessage(Table, table=True):
    """What the bank said about an attempt, kept as evidence: fields without personal data only."""

    __tablename__ = "bank_messages"

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: int = Field(foreign_key="payment_attempts.id", index=True)
    at: datetime = Field(sa_type=Instant, index=True)
    kind: MessageKind = Field(sa_type=one_of(MessageKind, "kind"))
    genuine: bool = True
    """False for a callback whose checksum is wrong."""
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class RefundState(StrEnum):
    ASKED = "asked"
    """The bank may or may not have carried it out."""
    DONE = "done"
    REFUSED = "refused"
    """The bank did not give the money back."""


class Refund(Table, table=True):
    """Money that staff gives back; at most one of an attempt is underway, so that a time-out can't double it."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index(
            "uq_refunds_attempt_id_asked",
            "attempt_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_refunds_attempt_id", "attempt_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: int = Field(foreign_key="payment_attempts.id")
    division_code: str | None = Field(default=None, foreign_key="divisions.code", max_length=20)
    """The part it is of; none when all that is left is given back."""
    amount: Kopecks = Field(sa_type=BigInteger)
    refunded_before: Kopecks = Field(sa_type=BigInteger)
    """What the bank had given back of the order before."""
    state: RefundState = Field(sa_type=one_of(RefundState, "state"))
    asked_at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    asked_by: str = Field(max_length=100)
    """Which member of staff."""
    reason: str = Field(max_length=300)
    error: str = Field(default="", max_length=40)
    """Why the bank did not: its code."""


class ConcernReason(StrEnum):
    """Why a person has to look at an attempt."""

    ANSWER_DIFFERS = "answer differs"
    """The bank's order has another number, amount or currency than ours."""
    ANSWER_CONTRADICTS = "contradiction"
    """The bank takes back what it said before."""
    MONEY_HELD = "money held"
    """The bank holds the money and has not taken it."""
    STILL_OPEN = "still open"
    """A day later the bank still calls open an order whose session ended long ago."""
    BANK_SILENT = "bank silent"
    """A day without an answer that would end the attempt."""
    UNKNOWN_AT_BANK = "unknown at bank"
    """The bank does not know an order that it has registered."""
    NOT_POSTED = "not posted"
    """Paid days ago, and billing has not posted it."""
    POSTED_DIFFERENTLY = "posted differently"
    """Billing posted another amount, or to another account or division."""
    REFUNDED_AFTER_EXPORT = "refund after export"
    """Given back after billing was told of the payment: billing has to be told of that too."""
    REFUND_UNCLEAR = "refund unclear"
    """The bank did not say whether it gave money back."""
    REFUNDED_ELSEWHERE = "refunded elsewhere"
    """Given back past us, and it is not known of which division."""


class Concern(Table, table=True):
    """Something about an attempt that only a person can settle."""

    __tablename__ = "payment_concerns"
    __table_args__ = (
        Index(
            "ix_payment_concerns_open",
            "since",
            "attempt_id",
            "reason",
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    attempt_id: int = Field(primary_key=True, foreign_key="payment_attempts.id")
    reason: ConcernReason = Field(primary_key=True, sa_type=one_of(ConcernReason, "reason"))
    since: datetime = Field(sa_type=Instant)
    detail: str = Field(default="", max_length=300)
    """What exactly, without personal data."""
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_by: str = Field(default="", max_length=100)
    resolution: str = Field(default="", max_length=300)
