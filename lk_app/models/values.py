"""Value types every table is made of: one type each for money, volume, tariff, month and instant."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NewType

from sqlalchemy import DateTime, Dialect, Enum, MetaData
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

Kopecks = NewType("Kopecks", int)
"""Money, whole kopecks. What a consumer owes is positive, an advance is negative."""

NO_MONEY = Kopecks(0)

Volume = NewType("Volume", int)
"""Gas, or the value on a meter's dial, in thousandths of a m³."""

Tariff = NewType("Tariff", int)
"""Price of gas in kopecks per 1,000 m³: exact for prices of up to five decimals of a rouble per m³."""

Month = NewType("Month", int)
"""A calendar month as the number YYYYMM; months compare and sort as numbers do."""

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for constraints, so that a migration can drop on PostgreSQL what it made on SQLite."""


class Table(SQLModel):
    """The base of every table: one metadata whose constraints all have names."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; refuses a naive datetime and always returns an aware one, on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(words: type[StrEnum], name: str) -> Enum:
    """Return a text column type that holds the words of an enum, guarded by a CHECK constraint called `name`."""

    def values(enum: Any) -> list[str]:
        return [word.value for word in enum]

    return Enum(words, name=name, native_enum=False, create_constraint=True, values_callable=values, length=20)


def month_of(year: int, month: int) -> Month:
    """Return the month as its number."""
    return Month(year * 100 + month)


def first_day(month: Month) -> date:
    """Return the day a month begins."""
    return date(month // 100, month % 100, 1)


def next_month(month: Month, step: int = 1) -> Month:
    """Return the month `step` months later (earlier when negative)."""
    years, index = divmod(month // 100 * 12 + month % 100 - 1 + step, 12)
    return month_of(years, index + 1)
