"""Meters and the history of their readings."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from lk_app.models.values import Table, Volume, one_of


class MeterState(StrEnum):
    WORKING = "working"
    FAULTY = "faulty"
    REMOVED = "removed"


class Meter(Table, table=True):
    """A gas meter («прибор учёта»), as sent in `meters.csv`."""

    __tablename__ = "meters"
    __table_args__ = (
        CheckConstraint("digits BETWEEN 1 AND 9", name="digits_are_counted"),
        CheckConstraint("decimals BETWEEN 0 AND 3", name="decimals_are_counted"),
    )

    id: str = Field(primary_key=True, max_length=40)
    """The number of the meter's card in billing."""
    account_number: str = Field(foreign_key="accounts.number", max_length=11, index=True)
    serial: str = Field(max_length=40)
    model: str = Field(max_length=100)
    place: str = Field(default="", max_length=100)
    digits: int
    """Digits of the dial before the decimal point: after 10**digits m³ it starts again from zero."""
    decimals: int
    state: MeterState = Field(sa_type=one_of(MeterState, "state"))
    remote: bool
    """Whether the meter reports by itself, so that nobody is asked for its readings."""
    installed_on: date
    verification_due_on: date | None = None
    """The day by which the meter must be verified («поверка»)."""


class ReadingSource(StrEnum):
    """Who told the value."""

    PORTAL = "portal"
    PHONE = "phone"
    OFFICE = "office"
    INSPECTOR = "inspector"
    REMOTE = "remote"


class ReadingState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Reading(Table, table=True):
    """The value of a meter on a day; history comes from `readings.csv`."""

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value_is_not_negative"),
        CheckConstraint("consumption IS NULL OR consumption >= 0", name="consumption_is_not_negative"),
        CheckConstraint("(state = 'refused') = (reason <> '')", name="refusal_has_a_reason"),
    )

    id: str = Field(primary_key=True, max_length=40)
    meter_id: str = Field(foreign_key="meters.id", max_length=40, index=True)
    taken_on: date
    value: Volume = Field(sa_type=BigInteger)
    consumption: Volume | None = Field(default=None, sa_type=BigInteger)
    """Since the reading accepted before; unknown for the first one."""
    source: ReadingSource = Field(sa_type=one_of(ReadingSource, "source"))
    state: ReadingState = Field(sa_type=one_of(ReadingState, "state"))
    reason: str = Field(default="", max_length=300)
