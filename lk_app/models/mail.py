"""Letters: the outbox, and what the sandbox received."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class LetterState(StrEnum):
    """What became of a letter. Only a queued one, or one whose sender is given up for dead, is taken to be sent."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """A mail server took it."""
    FAILED = "failed"
    """Refused for good, or out of time."""
    CANCELLED = "cancelled"
    """Not to be sent any more: its address was given up, or a newer code made it useless."""


class Written(Table):
    """What every letter consists of."""

    address: str = Field(max_length=254, index=True)
    subject: str = Field(max_length=200)
    text: str
    attachment_name: str = Field(default="", max_length=200)
    """As the reader sees it; empty when nothing is attached."""
    attachment_type: str = Field(default="", max_length=100)
    attachment: bytes | None = None


class Letter(Written, table=True):
    """A letter of the outbox. When it has ended, nothing is left of what was written in it."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_state_next_try_at", "state", "next_try_at"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    """Whose letter it is: others may have the same address."""
    message_id: str = Field(max_length=300)
    """Its name in the world, the same with every try: a mailbox that gets it twice can tell."""
    state: LetterState = Field(sa_type=one_of(LetterState, "state"))
    created_at: datetime = Field(sa_type=Instant, index=True)
    expires_at: datetime = Field(sa_type=Instant)
    """When it is of no use any more."""
    by_day: bool = False
    """Whether nobody waits for it: then it goes after those that somebody waits for, and never at night."""
    next_try_at: datetime = Field(sa_type=Instant)
    """While it is being sent: when its sender is given up for dead."""
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    error: str = Field(default="", max_length=40)
    """Why it was not taken: a code without personal data."""


class SandboxLetter(Written, table=True):
    """A letter the sandbox took instead of a mail server; never in production."""

    __tablename__ = "sandbox_letters"

    id: int | None = Field(default=None, primary_key=True)
    sent_at: datetime = Field(sa_type=Instant)
