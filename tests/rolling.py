"""What code of the release before does not survive of a migration, by what the migration really does.

A migration is carried out, and each operation it asks Alembic for is looked at: what is taken from tables that were
there, what is demanded of rows that old code inserts, and on PostgreSQL what would keep others out of a table. What is
known to do no harm is said in the migration, with the reason: `SURVIVED = {"drops the column offices.fax": "nobody has
read it since 1.2"}`. tests/service/test_rolling.py says which migrations are looked at.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from alembic.migration import MigrationContext
from alembic.operations import Operations, ops
from alembic.operations.base import AbstractOperations
from sqlalchemy import Engine, String, inspect

from lk_app.services.session import WRITES

SPEAKS_FOR_ITSELF = re.compile(
    r"\s*(CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|TRIGGER|VIRTUAL\s+TABLE)|DROP\s+(TRIGGER|FUNCTION)|INSERT\s+INTO"
    r"|ALTER\s+TABLE\s+\w+\s+VALIDATE\s+CONSTRAINT)\b",
    re.IGNORECASE,
)
"""Statements that harm nobody, or whose harm no inspection can tell; any other is to be an operation of Alembic's."""


def unsurvived(engine: Engine, migration: Any) -> list[str]:
    """Carry out a migration's `upgrade`; return what of it old code does not survive and nobody has accounted for."""
    tables = set(inspect(engine).get_table_names())
    with engine.connect().execution_options(**WRITES) as connection, recorded() as operations:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with Operations.context(context), context.begin_transaction(_per_migration=True):
            migration.upgrade()
        connection.commit()
    found = {fault for operation in operations for fault in faults(operation, tables, engine.dialect.name)}
    return sorted(found - getattr(migration, "SURVIVED", {}).keys())


@contextmanager
def recorded() -> Iterator[list[ops.MigrateOperation]]:
    """Remember every operation that is carried out, those within a batch too."""
    operations: list[ops.MigrateOperation] = []
    carried_out = AbstractOperations.invoke

    def invoke(self: AbstractOperations, operation: ops.MigrateOperation) -> Any:
        operations.append(operation)
        return carried_out(self, operation)

    with patch.object(AbstractOperations, "invoke", invoke):
        yield operations


def faults(operation: ops.MigrateOperation, tables: set[str], dialect: str) -> Iterator[str]:
    """Say what is wrong with an operation, if it is about one of the tables that were there before."""
    if isinstance(operation, ops.ExecuteSQLOp):
        if not SPEAKS_FOR_ITSELF.match(str(operation.sqltext)):
            yield f"executes {' '.join(str(operation.sqltext).split())[:80]}"
        return
    table = getattr(operation, "table_name", None) or getattr(operation, "source_table", None)
    if table not in tables:
        return
    yield from LOOKS.get(type(operation), harmless)(operation, table)
    if dialect == "postgresql":
        yield from LOCKS.get(type(operation), harmless)(operation, table)


def harmless(operation: Any, table: str) -> Iterator[str]:
    yield from ()


def taken_away(operation: Any, table: str) -> Iterator[str]:
    column = f".{operation.column_name}" if isinstance(operation, ops.DropColumnOp) else ""
    yield f"drops {'the column' if column else 'the table'} {table}{column}"


def renamed(operation: ops.RenameTableOp, table: str) -> Iterator[str]:
    yield f"renames the table {table}"


def added(operation: ops.AddColumnOp, table: str) -> Iterator[str]:
    column = operation.column
    if not column.nullable and column.server_default is None:
        yield f"demands {table}.{column.name}, which old code does not know"
    if column.unique or column.primary_key:
        yield f"adds a unique column {table}.{column.name}"


def altered(operation: ops.AlterColumnOp, table: str) -> Iterator[str]:
    column = f"{table}.{operation.column_name}"
    if operation.modify_name:
        yield f"renames the column {column}"
    if operation.modify_nullable is False:
        yield f"demands {column}, which old code may leave out"
    if operation.modify_server_default is None:
        yield f"takes the default from {column}"
    if operation.modify_type is not None and not is_wider(operation.existing_type, operation.modify_type):
        yield f"changes the type of {column}"


def is_wider(before: Any, after: Any) -> bool:
    """Say whether a type takes all that the other took, without the table being written anew."""
    both = isinstance(before, String) and isinstance(after, String)
    return both and (after.length is None or (before.length is not None and after.length >= before.length))


def constrained(operation: Any, table: str) -> Iterator[str]:
    name = operation.index_name if isinstance(operation, ops.CreateIndexOp) else operation.constraint_name
    if not isinstance(operation, ops.CreateIndexOp) or operation.unique:
        yield f"adds the constraint {name}, which old code may break"


def let_go(operation: ops.DropConstraintOp, table: str) -> Iterator[str]:
    if operation.constraint_type not in ("check", "foreignkey"):
        yield f"drops the constraint {operation.constraint_name}, which old code may rely on"


def kept_out_by_index(operation: ops.CreateIndexOp, table: str) -> Iterator[str]:
    if not operation.kw.get("postgresql_concurrently"):
        yield f"locks {table} while it makes {operation.index_name}: make it with postgresql_concurrently"


def kept_out_by_constraint(operation: Any, table: str) -> Iterator[str]:
    if not operation.kw.get("postgresql_not_valid"):
        yield f"locks {table} while it checks {operation.constraint_name}: add it with postgresql_not_valid"


Look = Callable[[Any, str], Iterator[str]]
LOOKS: dict[type[Any], Look] = {
    ops.DropTableOp: taken_away,
    ops.DropColumnOp: taken_away,
    ops.RenameTableOp: renamed,
    ops.AddColumnOp: added,
    ops.AlterColumnOp: altered,
    ops.CreateIndexOp: constrained,
    ops.CreateUniqueConstraintOp: constrained,
    ops.CreateCheckConstraintOp: constrained,
    ops.CreateForeignKeyOp: constrained,
    ops.CreatePrimaryKeyOp: constrained,
    ops.DropConstraintOp: let_go,
}
LOCKS: dict[type[Any], Look] = {
    ops.CreateIndexOp: kept_out_by_index,
    ops.CreateCheckConstraintOp: kept_out_by_constraint,
    ops.CreateForeignKeyOp: kept_out_by_constraint,
    ops.CreateUniqueConstraintOp: kept_out_by_constraint,
}
