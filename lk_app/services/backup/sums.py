"""What a database holds, in figures: how many rows each table has, and the sum of all its money, volumes and prices."""

from sqlalchemy import BigInteger, Connection, func, inspect, select

from lk_app.models import Table

Sums = dict[str, dict[str, int]]
"""By table: `rows`, and by the name of each column of whole numbers its sum."""


def sums_of(connection: Connection) -> Sums:
    """Return the figures of every table as the connection sees it.

    A copy may be of an older release: what its schema does not have yet is left out.
    """
    found = inspect(connection).get_multi_columns()
    columns = {name: {column["name"] for column in listed} for (_, name), listed in found.items()}
    tables = [table.name for table in Table.metadata.sorted_tables if table.name in columns]
    return {name: _of_table(connection, name, columns[name]) for name in tables}


def _of_table(connection: Connection, name: str, present: set[str]) -> dict[str, int]:
    table = Table.metadata.tables[name]
    numbers = [column for column in table.columns if isinstance(column.type, BigInteger) and not column.primary_key]
    figures = [column for column in numbers if column.name in present]
    summed = [func.coalesce(func.sum(column), 0).label(column.name) for column in figures]
    row = connection.execute(select(func.count().label("rows"), *summed).select_from(table)).one()
    return {name: int(value) for name, value in row._mapping.items()}
