"""What open pages have to hear of: written by whoever changes something, read by every process that serves pages."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field

from lk_app.models.values import Instant, Table


class TransactionId(FunctionElement[int]):
    """The number of the transaction that is writing, not of a savepoint in it; NULL on SQLite, which has none."""

    type = BigInteger()
    inherit_cache = True


@compiles(TransactionId, "postgresql")
def _on_postgresql(element: TransactionId, compiler: Any, **options: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(TransactionId, "sqlite")
def _on_sqlite(element: TransactionId, compiler: Any, **options: Any) -> str:
    return "NULL"


class LiveChange(Table, table=True):
    """Something that a page may show has changed; it says where to look, never what."""

    __tablename__ = "live_changes"
    # SQLite would give the numbers of deleted rows again, and whoever has looked past those would miss the new ones.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    topic: str = Field(max_length=60)
    """What changed: «readings 66010000017», «reading queue»."""
    at: datetime = Field(sa_type=Instant, index=True)
    transaction_id: int | None = Field(
        default=None, sa_type=BigInteger, index=True, sa_column_kwargs={"default": TransactionId()}
    )
    """Which transaction wrote it: `services/live.py` says what for."""
