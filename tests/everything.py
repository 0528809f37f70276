"""One row of every table, made from the models: what is required gets a value, the rest its default."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Enum, Float, Integer, LargeBinary, inspect
from sqlmodel import Session

from lk_app import models
from lk_app.models import AppealState, Outcome, ReadingState, RefundState, Table
from lk_app.models.values import Instant

TABLES: list[type[Table]] = sorted(
    (each for each in vars(models).values() if isinstance(each, type) and issubclass(each, Table) and each != Table),
    key=lambda table: Table.metadata.sorted_tables.index(inspect(table).local_table),
)
"""Every table, after those it refers to."""


def fill(session: Session, at: datetime, number: int = 0) -> dict[type[Table], Table]:
    """Store a row of each table; whatever happened in it happened at `at`. A `number` tells one filling from others."""
    made: dict[type[Table], Table] = {}
    for table in TABLES:
        if table is models.ReadingWindow and session.get(table, 1):
            continue
        made[table] = table(**values(table, made, at, number))
        session.add(made[table])
        session.flush()
    return made


def values(table: type[Table], made: dict[type[Table], Table], at: datetime, number: int) -> dict[str, Any]:
    """Return values for what a row has to have, and for what constraints or the rules of this table ask for."""
    columns = inspect(table).local_table.columns
    required = [name for name, field in table.model_fields.items() if field.is_required()]
    found = {name: value_of(columns[name], made, at, number) for name in (*required, *SENT_WITH.get(table, ()))}
    return found | special(at, number).get(table, {})


SENT_WITH: dict[type[Table], tuple[str, ...]] = {
    models.Attachment: ("message_id",),
    models.ReadingPhoto: ("reading_id",),
}
"""What files belong to once they are sent."""


def value_of(column: Column[Any], made: dict[type[Table], Table], at: datetime, number: int) -> Any:
    for key in column.foreign_keys:
        other = next(table for table in made if inspect(table).local_table is key.column.table)
        return getattr(made[other], key.column.name)
    for kind, value in BY_KIND.items():
        if isinstance(column.type, kind):
            return value
    if isinstance(column.type, Enum):
        return column.type.enum_class(column.type.enums[0])  # type: ignore[misc]
    if isinstance(column.type, Instant):
        return at
    return at.date() if isinstance(column.type, Date) else str(number)


BY_KIND: dict[type[Any], Any] = {Boolean: False, Integer: 1, Float: 1.0, JSON: {}, LargeBinary: b"x"}


def special(at: datetime, number: int) -> dict[type[Table], dict[str, Any]]:
    money = dict.fromkeys(("opening", "accrued", "recalculation", "penalty", "paid", "closing"), 0)
    phone = f"912{number:07d}"
    return {
        models.Account: {"number": f"66{number:09d}"},
        models.Division: {
            "payee_inn": "7400000005",
            "payee_account": "40702810000000000001",
            "bank_bic": "047501602",
            "bank_account": "30101810700000000602",
        },
        models.Period: {"month": (2000 + number // 12) * 100 + number % 12 + 1},
        models.Charge: money,
        models.TariffStep: {"above": number},
        models.ReadingWindow: {"first_day": 15, "last_day": 25},
        models.Reading: {"state": ReadingState.ACCEPTED, "taken_on": date(2026, 11, 22)},
        models.ReadingDecision: {"state": ReadingState.ACCEPTED},
        models.Refund: {"state": RefundState.DONE},
        models.ExchangeRun: {"outcome": Outcome.DONE, "ended_at": at},
        models.Appeal: {"state": AppealState.ANSWERED},
        models.User: {"deleted_at": at},
        models.SmsMessage: {"phone": phone},
        models.Verification: {"phone": phone, "token_hash": str(number)},
    }
