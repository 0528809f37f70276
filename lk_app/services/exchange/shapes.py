"""What the definition of a file is made of: columns, keys, and the tables its rows go to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from lk_app.models import Table
from lk_app.services.exchange.values import Parser, Value


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
    `constants` are set when a row is new and left alone afterwards. If there is `replaces`, it makes the condition on
    which a new row replaces the one that is there, from the new one and the columns of the table.
    """

    table: sa.Table
    key: tuple[str, ...]
    columns: Mapping[str, str]
    constants: Mapping[str, Value] = field(default_factory=dict)
    replaces: Callable[[Any], sa.ColumnElement[bool]] | None = None


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


def plain_file(
    table_name: str,
    *columns: Column,
    check: Callable[..., None] | None = None,
    replaces: Callable[[Any], sa.ColumnElement[bool]] | None = None,
    **constants: Value,
) -> File:
    """Return a file whose rows are those of one table, with the first column for its key."""
    key = (columns[0].name,)
    target = Target(table(table_name), key, same_names(table(table_name), columns), constants, replaces)
    return File(f"{table_name}.csv", columns, key, (target,), check)
