"""Accounts, the premises they serve, and who may see them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import JSON, Column, Field

from lk_app.models.values import Instant, Table, one_of


class Account(Table, table=True):
    """The contract of one household («лицевой счёт»), as billing sends it in `accounts.csv`."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("length(number) = 11", name="number_has_11_digits"),
        CheckConstraint("phone IS NULL OR length(phone) = 10", name="phone_has_10_digits"),
        Index("ix_accounts_last_name_number", "last_name", "number"),
        Index("ix_accounts_last_name_first_name_number", "last_name", "first_name", "number"),
    )

    number: str = Field(primary_key=True, max_length=11)
    last_name: str = Field(max_length=100)
    first_name: str = Field(max_length=100)
    middle_name: str = Field(default="", max_length=100)
    phone: str | None = Field(default=None, max_length=10, index=True)
    """The last ten digits of the holder's mobile phone; several accounts may share it."""
    office_code: str = Field(foreign_key="offices.code", max_length=20, index=True)
    opened_on: date


class PremisesKind(StrEnum):
    HOUSE = "house"
    FLAT = "flat"


class Premises(Table, table=True):
    """The house or flat an account serves («объект газификации»)."""

    __tablename__ = "premises"
    __table_args__ = (
        CheckConstraint("area IS NULL OR area > 0", name="area_is_positive"),
        CheckConstraint("residents >= 0", name="residents_are_counted"),
    )

    account_number: str = Field(primary_key=True, foreign_key="accounts.number", max_length=11)
    kind: PremisesKind = Field(sa_type=one_of(PremisesKind, "kind"))
    address: str = Field(max_length=300)
    area: int | None = None
    """Hundredths of a m²."""
    residents: int
    heating: bool
    """Whether the premises are heated by gas."""
    equipment: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class AccountLink(Table, table=True):
    """A user may see and act for an account."""

    __tablename__ = "account_links"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    account_number: str = Field(primary_key=True, foreign_key="accounts.number", max_length=11, index=True)
    attached_at: datetime = Field(sa_type=Instant)
    title: str = Field(default="", max_length=45)
    """What the user calls the account («Дача»)."""
