"""Messages to phones: the outbox, and what the sandbox received."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class SmsState(StrEnum):
    """What became of a message. Only a queued one may be handed to a provider, and only once."""

    QUEUED = "queued"
    SENDING = "sending"
    """Handed over, or about to be: after a crash nobody knows, so it is never handed over again."""
    SENT = "sent"
    """Accepted by a provider."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Refused by every provider, or out of time."""
    UNCLEAR = "unclear"
    """No answer came; the provider may have it."""
    WITHHELD = "withheld"
    """Never to be sent: the phone is not the one on record. Keeps strangers from telling the difference."""
    CANCELLED = "cancelled"
    """Not sent because a newer code made it useless."""


class SmsMessage(Table, table=True):
    """A message of the outbox."""

    __tablename__ = "sms_messages"
    __table_args__ = (
        CheckConstraint("length(phone) = 10", name="phone_has_10_digits"),
        Index("ix_sms_messages_state_next_try_at", "state", "next_try_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    phone: str = Field(max_length=10)
    text: str = Field(max_length=500)
    """With `{code}` where a code belongs."""
    code: str | None = Field(default=None, max_length=6)
    """Forgotten as soon as the message is no longer queued."""
    verification_id: int | None = Field(default=None, foreign_key="verifications.id", ondelete="SET NULL", index=True)
    state: SmsState = Field(sa_type=one_of(SmsState, "state"))
    created_at: datetime = Field(sa_type=Instant, index=True)
    expires_at: datetime = Field(sa_type=Instant)
    """When it is of no use any more."""
    by_day: bool = False
    """Whether nobody waits for it: then it goes after those that somebody waits for, and never at night."""
    next_try_at: datetime = Field(sa_type=Instant)
    tries: int = 0
    """How often it was offered to the providers; more than once only if all of them had surely not taken it."""
    handed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was last claimed for sending."""
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    provider: str = Field(default="", max_length=20)
    provider_id: str = Field(default="", max_length=64)
    """The provider's own name for it, to ask for its status."""
    error: str = Field(default="", max_length=100)
    """The last refusal, as a code without personal data."""


class SandboxMessage(Table, table=True):
    """A message the sandbox took instead of a provider; never in production."""

    __tablename__ = "sandbox_messages"

    id: int | None = Field(default=None, primary_key=True)
    phone: str = Field(max_length=10, index=True)
    text: str = Field(max_length=500)
    sent_at: datetime = Field(sa_type=Instant)
