"""Proofs by SMS that a phone is in somebody's hands."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class Purpose(StrEnum):
    """What is waiting for the code."""

    REGISTRATION = "registration"
    RECOVERY = "recovery"
    ATTACHING = "attaching"
    REMOVAL = "removal"


class Verification(Table, table=True):
    """A request that goes on when its code is given: everything typed so far, so that a crash loses nothing.

    A request for a phone that does not match looks the same; its code was never sent and nobody knows it.
    """

    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint("length(phone) = 10", name="phone_has_10_digits"),
        CheckConstraint("(token_hash IS NULL) <> (asker_id IS NULL)", name="belongs_to_a_browser_or_a_user"),
    )

    id: int | None = Field(default=None, primary_key=True)
    purpose: Purpose = Field(sa_type=one_of(Purpose, "purpose"))
    token_hash: str | None = Field(default=None, max_length=64, unique=True)
    """SHA-256, in hex, of the token in the cookie of a browser that is not signed in."""
    asker_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    """The signed-in user who asked."""
    phone: str = Field(max_length=10)
    account_number: str | None = Field(default=None, max_length=11)
    """As typed: there may be no such account."""
    subject_id: int | None = Field(default=None, foreign_key="users.id")
    """The user to be removed from the account, or the one to be recovered."""
    name: str = Field(default="", max_length=45)
    """The user name asked for."""
    password_hash: str = Field(default="", max_length=60)
    consent_version: str = Field(default="", max_length=20)
    """The version of the consent that was ticked."""
    address: str = Field(default="", max_length=45)
    """The IP address of the request."""
    created_at: datetime = Field(sa_type=Instant, index=True)
    code_hash: str = Field(max_length=64)
    """Keyed digest of the code, in hex."""
    code_sent_at: datetime = Field(sa_type=Instant)
    wrong_tries: int = 0
    """Wrong codes tried on the present code."""
    proven_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the right code was given."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the request was carried out or given up."""
