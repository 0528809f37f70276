"""Temporary tables between a file and the tables of the portal: filled fast, questioned and merged by SQL.

A staging table holds every row of its file with its line number; cells that were bad are NULL. It exists until
`drop` or the end of the transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lk_app.services.exchange.files import BY_NAME, CHARGE_KINDS, home_of
from lk_app.services.exchange.rows import Block
from lk_app.services.exchange.shapes import Column, File, Target
from lk_app.services.exchange.values import Value

Condition = sa.ColumnElement[bool] | sa.TextClause

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
PAGES = 1_000
"""Pages of a staging table, some 70,000 rows of charges, that PostgreSQL merges at once."""


@dataclass(frozen=True)
class Stage:
    """The staging table of one file."""

    file: File
    table: sa.Table

    @property
    def key(self) -> sa.ColumnElement[Any]:
        """The column that other files refer to."""
        return self.table.c[self.file.columns[0].name]


def create(connection: sa.Connection, file: File) -> Stage:
    """Create the staging table of a file."""
    table = _table(file.name)
    table.create(connection, checkfirst=False)
    return Stage(file, table)


@cache
def _table(file_name: str) -> sa.Table:
    # The same object each time, so that SQLAlchemy remembers the statements about it.
    file = BY_NAME[file_name]
    homes = {source: target.table.c[name] for target in file.targets for name, source in target.columns.items()}
    columns = [sa.Column(column.name, _bare(homes[column.name].type)) for column in file.columns]
    name = f"stage_{file_name.removesuffix('.csv')}"
    return sa.Table(name, sa.MetaData(), sa.Column("line", sa.Integer), *columns, prefixes=["TEMPORARY"])


def _bare(column_type: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    # A staging table has no constraints of its own: the parsers have checked the words of an enum.
    return sa.String() if isinstance(column_type, sa.Enum) else column_type


def drop(connection: sa.Connection, stage: Stage) -> None:
    """Drop the staging table."""
    stage.table.drop(connection, checkfirst=False)


def write(connection: sa.Connection, stage: Stage, block: Block) -> None:
    """Add the rows of a block."""
    lines: Sequence[Value] = range(block.first_line, block.first_line + block.rows)
    rows = zip(lines, *block.columns, strict=True)
    # The drivers' own ways in: SQLAlchemy would look at every row, which takes longer than storing it.
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        cursor.executemany(str(stage.table.insert().compile(connection)), rows)
    else:
        with cursor.copy(f"COPY {stage.table.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    cursor.close()


def index_key(connection: sa.Connection, stage: Stage) -> None:
    """Let rows be found by the key that other files refer to; call when the table is filled."""
    name = stage.table.name
    connection.exec_driver_sql(f"CREATE INDEX ix_{name} ON {name} ({stage.key.name})")
    if connection.dialect.name == "postgresql":
        # Nobody else counts the rows of a temporary table; a sample of 3,000 will do, and 30,000 would take 10 MB more.
        connection.exec_driver_sql("SET LOCAL default_statistics_target = 10")
        connection.exec_driver_sql(f"ANALYZE {name}")


def find_duplicates(connection: sa.Connection, stage: Stage, names: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the line of every row that has what another has in a key's columns, with the line where that stands."""
    table = stage.table
    key = [table.c[name] for name in names]
    whole = sa.and_(*(column.is_not(None) for column in key))
    first_line = sa.func.min(table.c.line).label("first_line")
    met = sa.select(*key, first_line).where(whole).group_by(*key).having(sa.func.count() > 1).subquery()
    same = sa.and_(*(column == met.c[column.name] for column in key))
    query = sa.select(table.c.line, met.c.first_line).join(met, same).where(table.c.line > met.c.first_line)
    yield from _stream(connection, query)


def find_orphans(connection: sa.Connection, stage: Stage, column: Column, parents: Stage | None) -> Iterator[int]:
    """Yield the line of every row whose `column` refers to a row that neither the database nor the package has.

    `parents` is the staged file it refers to, if the package has it. Nothing is yielded when a key in that file
    could not be read: the row referred to may be that one.
    """
    if parents is not None and connection.scalar(sa.select(sa.exists().where(parents.key.is_(None)))):
        return
    for (line,) in _stream(connection, sa.select(stage.table.c.line).where(_is_orphan(stage, column, parents))):
        yield line


def remove_orphans(
    connection: sa.Connection, stage: Stage, column: Column, parents: Stage | None, only: Condition
) -> int:
    """Delete the staged rows that `find_orphans` looks for and that meet a condition; return how many."""
    return _count(connection, stage.table.delete().where(only, _is_orphan(stage, column, parents)))


def _is_orphan(stage: Stage, column: Column, parents: Stage | None) -> sa.ColumnElement[bool]:
    value = stage.table.c[column.name]
    known = [sa.exists().where(home_of(column) == value)]
    if parents is not None:
        known.append(sa.exists().where(parents.key == value))
    return sa.and_(value.is_not(None), *(~condition for condition in known))


def _stream(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    yield from connection.execute(query, execution_options={"yield_per": 1000})


def merge(connection: sa.Connection, stage: Stage, target: Target) -> int:
    """Insert or update the target's rows from the staged ones; return how many rows that changed."""
    return sum(_merge(connection, stage, target, part) for part in _parts(connection, stage, target))


def _parts(connection: sa.Connection, stage: Stage, target: Target) -> Iterator[Condition]:
    """Yield conditions that part the staged rows.

    PostgreSQL checks foreign keys at the end of a statement and until then remembers every row of it. The few kinds of
    charges are taken at once: each statement that meets them uses up numbers of theirs.
    """
    if connection.dialect.name != "postgresql" or target is CHARGE_KINDS:
        # SQLite would read ON CONFLICT as part of a join unless a WHERE stands before it.
        yield sa.true()
        return
    size = sa.select(sa.func.pg_relation_size(stage.table.name), sa.func.current_setting("block_size"))
    in_bytes, page_size = connection.execute(size).one()
    place = f"{stage.table.name}.ctid"
    part = sa.text(f"{place} >= CAST(:first AS tid) AND {place} < CAST(:after AS tid)")
    for page in range(0, in_bytes // int(page_size), PAGES):
        yield part.bindparams(first=f"({page},0)", after=f"({page + PAGES},0)")


def _merge(connection: sa.Connection, stage: Stage, target: Target, part: Condition) -> int:
    insert = INSERT[connection.dialect.name](target.table)
    source = _rows_for(stage, target).where(part)
    statement = insert.from_select([*target.columns, *target.constants], source)
    updated = [name for name in target.columns if name not in target.key]
    if not updated:
        return _count(connection, statement.on_conflict_do_nothing(index_elements=target.key))
    new = {name: insert.excluded[name] for name in updated}
    replaced = sa.or_(*(_comparable(target.table.c[name]).is_distinct_from(_comparable(new[name])) for name in updated))
    if target.replaces:
        replaced = sa.and_(replaced, target.replaces(insert.excluded))
    upsert = statement.on_conflict_do_update(index_elements=target.key, set_=new, where=replaced)
    return _count(connection, upsert)


def _count(connection: sa.Connection, statement: sa.Executable) -> int:
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _rows_for(stage: Stage, target: Target) -> sa.Select[Any]:
    table = stage.table
    constants = [sa.literal(value) for value in target.constants.values()]
    if "kind_id" not in target.columns:
        columns = [table.c[source] for source in target.columns.values()]
        query = sa.select(*columns, *constants)
        return query.distinct() if target is CHARGE_KINDS else query
    kinds = CHARGE_KINDS.table
    columns = [kinds.c.id if source == "kind_id" else table.c[source] for source in target.columns.values()]
    same_kind = sa.and_(kinds.c.division_code == table.c.division_code, kinds.c.name == table.c.kind)
    return sa.select(*columns).join_from(table, kinds, same_kind)


def _comparable(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    # PostgreSQL has no equality for json.
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
