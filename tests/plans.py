"""How a database goes about a statement: its plans, and the rows that were read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlmodel import Session


@contextmanager
def statements_about(session: Session, table: str = "") -> Iterator[list[tuple[str, Any]]]:
    """Yield a list into which every query of a table falls, or of any, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: object) -> None:
        if f"FROM {table}" in statement or f"JOIN {table}" in statement:
            seen.append((statement, parameters))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def steps(session: Session, statement: str, parameters: Any) -> list[str]:
    """Return the steps of SQLite's plan for a statement."""
    return [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def rows_read(session: Session, statement: str, parameters: Any, table: str) -> int:
    """Carry out a statement on PostgreSQL and return how many rows of a table it read."""
    explained = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
    return _rows(explained.scalar_one()[0]["Plan"], table)


def _rows(plan: dict[str, Any], table: str) -> int:
    own = plan.get("Relation Name") == table
    passed_over = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    here = (plan["Actual Rows"] + passed_over) * plan["Actual Loops"] if own else 0
    return round(here) + sum(_rows(part, table) for part in plan.get("Plans", []))
