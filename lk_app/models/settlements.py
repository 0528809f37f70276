"""What is charged and what was paid: divisions, periods, charges by kind, posted payments."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, UniqueConstraint
from sqlmodel import Field

from lk_app.models.values import Kopecks, Month, Table, Tariff, Volume, one_of


class Division(Table, table=True):
    """A part of the bill with a payee of its own («раздел начислений»), as sent in `divisions.csv`."""

    __tablename__ = "divisions"
    __table_args__ = (
        CheckConstraint("length(payee_inn) IN (10, 12)", name="inn_has_10_or_12_digits"),
        CheckConstraint("length(payee_kpp) IN (0, 9)", name="kpp_has_9_digits"),
        CheckConstraint("length(payee_account) = 20", name="account_has_20_digits"),
        CheckConstraint("length(bank_bic) = 9", name="bic_has_9_digits"),
        CheckConstraint("length(bank_account) = 20", name="bank_account_has_20_digits"),
    )

    code: str = Field(primary_key=True, max_length=20)
    name: str = Field(max_length=100)
    description: str = Field(default="", max_length=200)
    position: int
    """Order on the screen, smallest first."""
    payee_name: str = Field(max_length=160)
    payee_inn: str = Field(max_length=12)
    payee_kpp: str = Field(default="", max_length=9)
    payee_account: str = Field(max_length=20)
    bank_name: str = Field(max_length=45)
    bank_bic: str = Field(max_length=9)
    bank_account: str = Field(max_length=20)
    """The bank's correspondent account."""


class Period(Table, table=True):
    """A calendar month of billing («отчётный период»), open until `closed_on` is set; from `periods.csv`."""

    __tablename__ = "periods"
    __table_args__ = (CheckConstraint("month % 100 BETWEEN 1 AND 12", name="month_is_a_month"),)

    month: Month = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    closed_on: date | None = None
    due_on: date
    """The last day to pay for the period without a penalty."""


class ChargeKind(Table, table=True):
    """A line within a division («вид начисления»): gas by meter, maintenance, and so on."""

    __tablename__ = "charge_kinds"
    __table_args__ = (UniqueConstraint("division_code", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    division_code: str = Field(foreign_key="divisions.code", max_length=20)
    name: str = Field(max_length=100)


class Charge(Table, table=True):
    """One charge kind of one account in one period; from `charges.csv`. All money in kopecks.

    `paid` is what reduced the debt, so a payment is positive and a returned one negative.
    """

    __tablename__ = "charges"
    __table_args__ = (
        CheckConstraint("opening + accrued + recalculation + penalty - paid = closing", name="figures_add_up"),
        CheckConstraint("(volume IS NULL) = (tariff IS NULL)", name="volume_has_a_tariff"),
        CheckConstraint("volume IS NULL OR volume >= 0", name="volume_is_not_negative"),
        {"sqlite_with_rowid": False},
    )

    account_number: str = Field(primary_key=True, foreign_key="accounts.number", max_length=11)
    month: Month = Field(primary_key=True, foreign_key="periods.month", sa_type=Integer)
    kind_id: int = Field(primary_key=True, foreign_key="charge_kinds.id")
    opening: Kopecks = Field(sa_type=BigInteger)
    volume: Volume | None = Field(default=None, sa_type=BigInteger)
    tariff: Tariff | None = Field(default=None, sa_type=BigInteger)
    accrued: Kopecks = Field(sa_type=BigInteger)
    recalculation: Kopecks = Field(sa_type=BigInteger)
    penalty: Kopecks = Field(sa_type=BigInteger)
    paid: Kopecks = Field(sa_type=BigInteger)
    closing: Kopecks = Field(sa_type=BigInteger)


class Channel(StrEnum):
    """How a payment was made."""

    ONLINE = "online"
    BANK = "bank"
    POST = "post"
    OFFICE = "office"


class Payment(Table, table=True):
    """A payment that billing has posted; from `payments.csv`."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index("ix_payments_account_number_month", "account_number", "month"),
    )

    id: str = Field(primary_key=True, max_length=40)
    """The number of the document in billing."""
    account_number: str = Field(foreign_key="accounts.number", max_length=11)
    division_code: str = Field(foreign_key="divisions.code", max_length=20)
    month: Month = Field(foreign_key="periods.month", sa_type=Integer)
    """The period in which billing counts the payment."""
    paid_on: date
    amount: Kopecks = Field(sa_type=BigInteger)
    channel: Channel = Field(sa_type=one_of(Channel, "channel"))
