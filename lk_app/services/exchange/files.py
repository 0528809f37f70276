"""The files of a package: their columns in order, their keys, where their rows go."""

import sqlalchemy as sa

from lk_app.models import Channel, MeterState, PremisesKind, ReadingSource, ReadingState
from lk_app.services.exchange import checks, sent_readings
from lk_app.services.exchange.hours import hours
from lk_app.services.exchange.shapes import ORDERS, Column, File, Target, plain_file, same_names, table
from lk_app.services.exchange.values import (
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
    price,
    remembering,
    several,
    tariff,
    text,
    volume,
    yes_or_no,
)

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
    # What staff have edited, or made here, stays as they made it.
    replaces=lambda new: ~table("offices").c.edited,
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

TARIFFS_COLUMNS = (
    Column("heating", yes_or_no),
    Column("starts_on", day),
    Column("above", volume),
    Column("price", price),
)
TARIFFS = File(
    "tariffs.csv",
    TARIFFS_COLUMNS,
    ("heating", "starts_on", "above"),
    (Target(table("tariffs"), ("heating", "starts_on", "above"), same_names(table("tariffs"), TARIFFS_COLUMNS)),),
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

DECIDED = (ReadingState.ACCEPTED, ReadingState.REFUSED)
REASON = Column("reason", remembering(text(300, least=0)))

READINGS_COLUMNS = (
    Column("id", code(40)),
    Column("meter_id", remembering(code(40)), "meters.csv"),
    Column("taken_on", remembering(day)),
    Column("value", volume),
    Column("consumption", remembering(optional(volume))),
    Column("source", remembering(one_of(ReadingSource))),
    Column("state", remembering(one_of((ReadingState.PENDING, *DECIDED)))),
    REASON,
)
READINGS = File(
    "readings.csv",
    READINGS_COLUMNS,
    ("id",),
    (
        Target(
            table("readings"),
            ("id",),
            same_names(table("readings"), READINGS_COLUMNS),
            replaces=sent_readings.is_replaced,
        ),
    ),
    checks.refusal,
)

DECISIONS_COLUMNS = (
    Column("reading_id", code(40), "readings.csv"),
    Column("state", remembering(one_of(DECIDED))),
    REASON,
)
DECISIONS = File(
    "decisions.csv",
    DECISIONS_COLUMNS,
    ("reading_id",),
    (Target(table("reading_decisions"), ("reading_id",), same_names(table("reading_decisions"), DECISIONS_COLUMNS)),),
    checks.decision,
)

FILES = (
    *(OFFICES, DIVISIONS, TARIFFS, ACCOUNTS, PERIODS, CHARGES),
    *(PAYMENTS, POSTINGS, METERS, READINGS, DECISIONS),
)
"""In the order of loading: what is referred to comes first."""

BY_NAME = {file.name: file for file in FILES}


def home_of(column: Column) -> sa.Column[str]:
    """Return the column of the database that must hold what a referring column says."""
    if column.refers_to == ORDERS:
        orders: sa.Column[str] = table("payment_attempts").c.order_number
        return orders
    home = BY_NAME[column.refers_to].targets[0]
    return home.table.c[home.key[0]]
