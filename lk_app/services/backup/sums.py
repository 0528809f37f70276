"""What a database holds, in figures: how many rows each table has, and the sum of all its money, volumes and prices."""

from sqlalchemy import BigInteger, Connection, func, select

from lk_app.models import Table

Sums = dict[str, dict[str, int]]
"""By table: `rows`, and by the name of each column of whole numbers its sum."""


def sums_of(connection: Connection) -> Sums:
    """Return the figures of every table as the connection sees it."""
    return {table.name: _of_table(connection, table.name) for table in Table.metadata.sorted_tables}


def _of_table(connection: Connection, name: str) -> dict[str, int]:
    table = Table.metadata.tables[name]
    figures = [column for column in table.columns if isinstance(column.type, BigInteger) and not column.primary_key]
    summed = [func.coalesce(func.sum(column), 0).label(column.name) for column in figures]
    row = connection.execute(select(func.count().label("rows"), *summed).select_from(table)).one()
    return {name: int(value) for name, value in row._mapping.items()}
