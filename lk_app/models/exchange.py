"""Packages received from billing and written for it, and what became of each."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import JSON, Column, Field

from lk_app.models.values import Instant, Table, one_of


class ExchangeBatch(Table, table=True):
    """A billing package that was loaded whole; a package that failed leaves no row."""

    __tablename__ = "exchange_batches"

    id: int | None = Field(default=None, primary_key=True)
    package: str = Field(max_length=80)
    """The package's own name, from its manifest."""
    digest: str = Field(max_length=64, unique=True)
    """SHA-256 over the manifest, in hex; the manifest holds the digest of every file."""
    made_at: datetime = Field(sa_type=Instant)
    """When billing made the package, by its manifest."""
    loaded_at: datetime = Field(sa_type=Instant)
    rows: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Rows of each file."""


class Direction(StrEnum):
    """Which way a package goes."""

    IN = "in"
    OUT = "out"


class Outcome(StrEnum):
    """What became of a run."""

    RUNNING = "running"
    """Under way; or its process was killed a moment ago."""
    DONE = "done"
    UNCHANGED = "unchanged"
    """The package had been loaded before, or there was nothing to write."""
    REFUSED = "refused"
    """Faults were found in the package; nothing of it was loaded."""
    FAILED = "failed"
    """A fault of the portal or its machine."""


class ExchangeRun(Table, table=True):
    """One time somebody loaded or wrote a package: noted before it begins, and in transactions of its own."""

    __tablename__ = "exchange_runs"
    __table_args__ = (
        CheckConstraint("(outcome = 'running') = (ended_at IS NULL)", name="what_runs_has_not_ended"),
        Index("ix_exchange_runs_outcome_id", "outcome", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    direction: Direction = Field(sa_type=one_of(Direction, "direction"))
    package: str = Field(default="", max_length=80)
    """Its own name; empty when even that could not be read."""
    started_at: datetime = Field(sa_type=Instant)
    started_by: str = Field(max_length=100)
    """The user of the system who ran the command."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: Outcome = Field(sa_type=one_of(Outcome, "outcome"))
    rows: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Rows of each file."""
    faults: int = 0
    """How many faults were found in all."""
    passed_over: int = 0
    """How many rows were about what the portal has lost (`Restoration`), and were left out."""
    issues: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The first of them: `file`, `line`, `column`, `reason`."""
    error: str = Field(default="", max_length=100)
    """The kind of a fault of the portal's, without what was in it; `interrupted` when its process was killed."""


class ApiKey(Table, table=True):
    """What a program shows at `/api/exchange/v1`: several of one name while a new one takes over from the old."""

    __tablename__ = "api_keys"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=40, index=True)
    """Whose key it is, as runs and the log name it: «billing»."""
    prefix: str = Field(max_length=12, unique=True)
    """The part that may be seen, by which the key is found."""
    secret_hash: str = Field(max_length=64)
    """SHA-256 of the whole key, in hex."""
    scopes: str = Field(max_length=60)
    """What it may do: words of `KeyScope`, separated by spaces."""
    created_at: datetime = Field(sa_type=Instant)
    created_by: str = Field(max_length=100)
    """The user of the system who ran the command."""
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    used_on: date | None = None
    """The company's day on which it was last shown."""
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class KeyScope(StrEnum):
    """What a key allows."""

    IMPORT = "import"
    """To send packages, decisions, postings and registries."""
    EXPORT = "export"
    """To be told of readings and payments."""


class IdempotencyKey(Table, table=True):
    """What a program called something it sent, so that sending it again does nothing again."""

    __tablename__ = "idempotency_keys"

    owner: str = Field(primary_key=True, max_length=40)
    """The name of its API key."""
    key: str = Field(primary_key=True, max_length=100)
    digest: str = Field(max_length=64)
    """SHA-256 of where it was sent and of what, in hex."""
    run_id: int = Field(foreign_key="exchange_runs.id", ondelete="CASCADE", index=True)
    """What became of it."""
    created_at: datetime = Field(sa_type=Instant, index=True)
