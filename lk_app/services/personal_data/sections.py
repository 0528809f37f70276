"""What the data of a user consists of: tables, for a machine and for a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlmodel import Session

from lk_app import formats
from lk_app.settings import settings


@dataclass(frozen=True)
class Column:
    """A column of a section: its key in JSON, with the unit where there is one, and how a person reads it."""

    key: str
    title: str
    show: Callable[[Any], str] = str


@dataclass(frozen=True)
class Section:
    """A table of the data."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: list[Sequence[Any]]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {column.key: plain(value) for column, value in zip(self.columns, row, strict=True)} for row in self.rows
        ]

    def as_text(self) -> list[list[str]]:
        return [
            ["" if value is None else column.show(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


def rows(session: Session, statement: Any) -> list[Sequence[Any]]:
    """Return what a statement finds."""
    return [tuple(row) for row in session.connection().execute(statement)]


def moment(instant: datetime) -> str:
    """Return an instant as a person reads it, in the company's time zone."""
    local = instant.astimezone(settings().zone)
    return f"{local:%d.%m.%Y}{formats.NBSP}{local:%H:%M}"


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(settings().zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
