"""The nine files of a package: their columns in order, their keys, where their rows go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from lk_app.models import Channel, MeterState, PremisesKind, ReadingSource, ReadingState, Table
from lk_app.services.exchange import checks
from lk_app.services.exchange.hours import hours
from lk_app.services.exchange.values import (
    Parser,
    Value,
    amount,
    area,
    code,
    day,
    digits,
    money,
    month,
    number,
    one_of,
    optional,
    phone,
    remembering,
    several,
    tariff,
    text,
    volume,
    yes_or_no,
)


@dataclass(frozen=True)
class Column:
    """A column of a file; `refers_to` names the file whose first column, its key, must hold the value.

    Or it is `ORDERS`: then the value must be the number of an order that we made.
    """

    name: str
    parse: Parser
    refers_to: str = ""


ORDERS = "заказы портала"
"""What a column refers to that names an attempt to pay online: our table, which billing does not send."""


@dataclass(frozen=True)
class Target:
    """A table a file's rows go to.

    `columns` maps the table's columns to the file's, `key` is what tells two rows of the table apart,
    `constants` are set when a row is new and left alone afterwards.
    """

    table: sa.Table
    key: tuple[str, ...]
    columns: Mapping[str, str]
    constants: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """One file of a package. `check` looks at a whole parsed row and raises `BadRow`.

    No two rows agree in the columns of `key`, nor in those of `also_unique` if there are any.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    targets: tuple[Target, ...]
    check: Callable[..., None] | None = None
    also_unique: tuple[str, ...] = ()

    @property
    def keys(self) -> list[tuple[str, ...]]:
        return [self.key, *([self.also_unique] if self.also_unique else [])]

    @property
    def header(self) -> list[str]:
        return [column.name for column in self.columns]


def table(name: str) -> sa.Table:
    return Table.metadata.tables[name]


def same_names(target: sa.Table, columns: tuple[Column, ...]) -> dict[str, str]:
    """Return the columns a table and a file have in common, as a `Target` maps them."""
    return {column.name: column.name for column in columns if column.name in target.c}


def plain_file(table_name: str, *columns: Column, check: Callable[..., None] | None = None, **constants: Value) -> File:
    """Return a file whose rows are those of one table, with the first column for its key."""
    key = (columns[0].name,)
    target = Target(table(table_name), key, same_names(table(table_name), columns), constants)
    return File(f"{table_name}.csv", columns, key, (target,), check)


ACCOUNT = Column("account_number", remembering(digits(11)), "accounts.csv")
DIVISION = Column("division_code", remembering(code(20)), "divisions.csv")
MONTH = Column("month", remembering(month), "periods.csv")
MONEY = remembering(money)

OFFICES = plain_file(
    "offices",
    Column("code", code(20)),
    Column("name", text(200)),
    Column("address", text(300)),
    Column("phones", several(phone, most=10)),
    Column("hours", hours),
    Column("directions", text(1000, least=0)),
    published=True,
)

DIVISIONS = plain_file(
    "divisions",
    Column("code", code(20)),
    Column("name", text(100)),
    Column("description", text(200, least=0)),
    Column("position", number(0, 1000)),
    Column("payee_name", text(160)),
    Column("payee_inn", digits(10, 12)),
    Column("payee_kpp", checks.kpp),
    Column("payee_account", digits(20)),
    Column("bank_name", text(45)),
    Column("bank_bic", digits(9)),
    Column("bank_account", digits(20)),
    check=checks.requisites,
)

PERIODS = plain_file(
    "periods",
    Column("month", month),
    Column("closed_on", optional(day)),
    Column("due_on", day),
    check=checks.period,
)

ACCOUNTS_COLUMNS = (
    Column("number", digits(11)),
    Column("last_name", remembering(text(100))),
    Column("first_name", remembering(text(100))),
    Column("middle_name", remembering(text(100, least=0))),
    Column("phone", optional(digits(10))),
    Column("office_code", remembering(code(20)), "offices.csv"),
    Column("opened_on", remembering(day)),
    Column("kind", remembering(one_of(PremisesKind))),
    Column("address", text(300)),
    Column("area", remembering(optional(area))),
    Column("residents", remembering(number(0, 100))),
    Column("heating", remembering(yes_or_no)),
    Column("equipment", remembering(several(text(100), most=20))),
)
ACCOUNTS = File(
    "accounts.csv",
    ACCOUNTS_COLUMNS,
    ("number",),
    (
        Target(table("accounts"), ("number",), same_names(table("accounts"), ACCOUNTS_COLUMNS)),
        Target(
            table("premises"),
            ("account_number",),
            {"account_number": "number"} | same_names(table("premises"), ACCOUNTS_COLUMNS),
        ),
    ),
)

CHARGES_COLUMNS = (
    ACCOUNT,
    MONTH,
    DIVISION,
    Column("kind", remembering(text(100))),
    Column("opening", MONEY),
    Column("volume", remembering(optional(volume))),
    Column("tariff", remembering(optional(tariff))),
    Column("accrued", MONEY),
    Column("recalculation", MONEY),
    Column("penalty", MONEY),
    Column("paid", MONEY),
    Column("closing", MONEY),
)
CHARGE_KINDS = Target(
    table("charge_kinds"), ("division_code", "name"), {"division_code": "division_code", "name": "kind"}
)
CHARGES = File(
    "charges.csv",
    CHARGES_COLUMNS,
    ("account_number", "month", "division_code", "kind"),
    (
        CHARGE_KINDS,
        Target(
            table("charges"),
            ("account_number", "month", "kind_id"),
            {"kind_id": "kind_id"} | same_names(table("charges"), CHARGES_COLUMNS),
        ),
    ),
    checks.figures,
)

PAYMENTS = plain_file(
    "payments",
    Column("id", code(40)),
    ACCOUNT,
    DIVISION,
    MONTH,
    Column("paid_on", remembering(day)),
    Column("amount", remembering(amount)),
    Column("channel", remembering(one_of(Channel))),
)

POSTINGS_COLUMNS = (
    Column("order_number", code(32), ORDERS),
    DIVISION,
    Column("payment_id", code(40), "payments.csv"),
)
POSTINGS = File(
    "postings.csv",
    POSTINGS_COLUMNS,
    ("order_number", "division_code"),
    (
        Target(
            table("postings"),
            ("order_number", "division_code"),
            same_names(table("postings"), POSTINGS_COLUMNS),
        ),
    ),
    also_unique=("payment_id",),
)

METERS = plain_file(
    "meters",
    Column("id", code(40)),
    ACCOUNT,
    Column("serial", text(40)),
    Column("model", remembering(text(100))),
    Column("place", remembering(text(100, least=0))),
    Column("digits", remembering(number(1, 9))),
    Column("decimals", remembering(number(0, 3))),
    Column("state", remembering(one_of(MeterState))),
    Column("remote", remembering(yes_or_no)),
    Column("installed_on", remembering(day)),
    Column("verification_due_on", remembering(optional(day))),
)

READINGS = plain_file(
    "readings",
    Column("id", code(40)),
    Column("meter_id", remembering(code(40)), "meters.csv"),
    Column("taken_on", remembering(day)),
    Column("value", volume),
    Column("consumption", remembering(optional(volume))),
    Column("source", remembering(one_of(ReadingSource))),
    Column("state", remembering(one_of(ReadingState))),
    Column("reason", remembering(text(300, least=0))),
    check=checks.refusal,
)

FILES = (OFFICES, DIVISIONS, ACCOUNTS, PERIODS, CHARGES, PAYMENTS, POSTINGS, METERS, READINGS)
"""In the order of loading: what is referred to comes first."""

BY_NAME = {file.name: file for file in FILES}


def home_of(column: Column) -> sa.Column[str]:
    """Return the column of the database that must hold what a referring column says."""
    if column.refers_to == ORDERS:
        orders: sa.Column[str] = table("payment_attempts").c.order_number
        return orders
    home = BY_NAME[column.refers_to].targets[0]
    return home.table.c[home.key[0]]
