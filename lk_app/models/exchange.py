"""Packages received from billing."""

from datetime import datetime

from sqlmodel import JSON, Column, Field

from lk_app.models.values import Instant, Table


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
