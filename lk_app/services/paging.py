"""Pages of a list by key: each begins after a row and not at a number, so that the millionth row is as near as the
first, and what others change meanwhile neither hides a row nor shows one twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, literal, literal_column, select, tuple_
from sqlmodel import Session

PAGE = 50
MOST_COUNTED = 1_000
"""How many rows are looked at to count them: whoever has a thousand to do need not know how many more."""

Statement = Select[*tuple[Any, ...]]
Builder = TypeVar("Builder", bound=Callable[..., Statement])
Row = TypeVar("Row")
Other = TypeVar("Other")
Key = tuple[Any, ...]
"""Where a row stands in the order of its list."""


@dataclass(frozen=True)
class Count:
    """How many there are, or at least how many."""

    number: int
    and_more: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and where they stand."""

    rows: tuple[Row, ...]
    start: Key | None = None
    """After which row the page begins, to show it again; None for the first one."""
    first: Key | None = None
    last: Key | None = None
    has_earlier: bool = False
    has_later: bool = False

    def put(self, form: Callable[[Row], Other]) -> "Page[Other]":
        """Return the page with its rows in another form."""
        rows = tuple(form(row) for row in self.rows)
        return Page(rows, self.start, self.first, self.last, self.has_earlier, self.has_later)


@dataclass(frozen=True)
class Order:
    """By which columns a list is ordered; the last of them makes a row unique. An index has to serve it."""

    columns: tuple[Any, ...]
    newest_first: bool = False

    def sorted(self, statement: Statement, *, backwards: bool = False) -> Statement:
        descends = self.newest_first != backwards
        return statement.order_by(*(column.desc() if descends else column.asc() for column in self.columns))

    def after(self, key: Key) -> Any:
        return self._position < self._at(key) if self.newest_first else self._position > self._at(key)

    def before(self, key: Key) -> Any:
        return self._position > self._at(key) if self.newest_first else self._position < self._at(key)

    def up_to(self, key: Key) -> Any:
        return self._position >= self._at(key) if self.newest_first else self._position <= self._at(key)

    @property
    def _position(self) -> Any:
        return self.columns[0] if len(self.columns) == 1 else tuple_(*self.columns)

    def _at(self, key: Key) -> Any:
        values = [literal(value, column.type) for value, column in zip(key, self.columns, strict=True)]
        return values[0] if len(values) == 1 else tuple_(*values)


def page_of(
    session: Session, statement: Statement, order: Order, *, after: Key | None = None, before: Key | None = None
) -> Page[Any]:
    """Return the page that begins after a row, or ends before one, or the first; the first also for an empty one.

    The rows of the result begin with the columns of the order.
    """
    start = _start_of_page_before(session, statement, order, before) if before else after
    found = _rows_after(session, statement, order, start)
    if not found and start:
        start, found = None, _rows_after(session, statement, order, None)
    rows, size = found[:PAGE], len(order.columns)
    return Page(
        rows=tuple(rows),
        start=start,
        first=tuple(rows[0][:size]) if rows else None,
        last=tuple(rows[-1][:size]) if rows else None,
        has_earlier=start is not None and _is_any(session, statement.where(order.up_to(start))),
        has_later=len(found) > PAGE,
    )


def built_once(builder: Builder) -> Builder:
    """Keep what was built for each caller, as long as there is room: building takes longer than running it."""
    return lru_cache(maxsize=200)(builder)  # type: ignore[return-value]  # it is called like the builder


def count_of(session: Session, statement: Statement) -> Count:
    """Count the rows of a statement, as far as that is cheap."""
    some = statement.order_by(None).limit(MOST_COUNTED + 1).subquery()
    found = session.execute(select(func.count()).select_from(some)).scalar_one()
    return Count(min(found, MOST_COUNTED), and_more=found > MOST_COUNTED)


def _rows_after(session: Session, statement: Statement, order: Order, start: Key | None) -> Sequence[Any]:
    rest = statement.where(order.after(start)) if start else statement
    return session.execute(order.sorted(rest).limit(PAGE + 1)).all()


def _start_of_page_before(session: Session, statement: Statement, order: Order, key: Key) -> Key | None:
    backwards = order.sorted(statement.where(order.before(key)), backwards=True)
    row = session.execute(
        backwards.with_only_columns(*order.columns, maintain_column_froms=True).offset(PAGE).limit(1)
    ).one_or_none()
    return tuple(row) if row else None


def _is_any(session: Session, statement: Statement) -> bool:
    one: Statement = statement.with_only_columns(literal_column("1"), maintain_column_froms=True).limit(1)
    return session.execute(one).first() is not None
