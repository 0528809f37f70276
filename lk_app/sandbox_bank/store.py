"""The bank's books: a SQLite file of their own, which several processes may keep at once."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lk_app.sandbox_bank.cards import Behaviour
from lk_app.sandbox_bank.order import Action, BankOrder, State

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY,
    order_number TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    fail_url TEXT NOT NULL,
    params TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    action INTEGER NOT NULL,
    deposited INTEGER NOT NULL CHECK (deposited IN (0, amount)),
    refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND deposited),
    ip TEXT NOT NULL,
    behaviour TEXT,
    masked_pan TEXT NOT NULL,
    card_expiry TEXT NOT NULL,
    payment_system TEXT NOT NULL,
    approval_code TEXT NOT NULL,
    reference TEXT NOT NULL,
    tries_left INTEGER NOT NULL,
    authorized_at INTEGER,
    deposited_at INTEGER,
    silent_until INTEGER,
    pays_at INTEGER
)
"""
COLUMNS = [field.name for field in fields(BankOrder)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BUSY_TIMEOUT_S = 10.0


def milliseconds(moment: datetime) -> int:
    """Return a moment as the bank counts time."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


class Books:
    """The orders within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def by_id(self, order_id: str) -> BankOrder | None:
        return self._one("order_id", order_id)

    def by_number(self, order_number: str) -> BankOrder | None:
        return self._one("order_number", order_number)

    def newest(self, count: int) -> list[BankOrder]:
        rows = self._connection.execute("SELECT * FROM orders ORDER BY rowid DESC LIMIT ?", (count,))
        return [_order(row) for row in rows]

    def add(self, order: BankOrder) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        self._connection.execute(f"INSERT INTO orders ({', '.join(COLUMNS)}) VALUES ({marks})", _row(order))  # noqa: S608 - our own names

    def save(self, order: BankOrder) -> None:
        changes = ", ".join(f"{column} = ?" for column in COLUMNS)
        self._connection.execute(f"UPDATE orders SET {changes} WHERE order_id = ?", [*_row(order), order.order_id])  # noqa: S608 - our own names

    def _one(self, column: str, value: str) -> BankOrder | None:
        row = self._connection.execute(f"SELECT * FROM orders WHERE {column} = ?", (value,)).fetchone()  # noqa: S608 - our own names
        return row and _order(row)


class Store:
    """Opens the file for every transaction anew: workers fork, and connections must not cross threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def writing(self) -> Iterator[Books]:
        """One transaction, alone with the file, that commits if its block returns."""
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Books(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Books]:
        with closing(self._open()) as connection:
            yield Books(connection)

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        _prepare(connection)
        return connection


def _prepare(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            # SQLite does not wait when two processes turn a new file to WAL at once.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(SCHEMA)
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def _row(order: BankOrder) -> list[Any]:
    return [_stored(getattr(order, column)) for column in COLUMNS]


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return milliseconds(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _order(row: sqlite3.Row) -> BankOrder:
    values = dict(row)
    for column, value in values.items():
        if value is not None and column.endswith(("_at", "_until")):
            values[column] = EPOCH + timedelta(milliseconds=value)
    values["state"], values["action"] = State(values["state"]), Action(values["action"])
    values["behaviour"] = values["behaviour"] and Behaviour(values["behaviour"])
    values["params"] = json.loads(values["params"])
    return BankOrder(**values)
