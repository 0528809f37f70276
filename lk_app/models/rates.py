"""The pace at which something may be tried, and how often within a time."""

from datetime import datetime

from sqlmodel import JSON, Column, Field

from lk_app.models.values import Instant, Table


class RateLimit(Table, table=True):
    """How far ahead of its permitted pace something has gone (GCRA: one instant a key)."""

    __tablename__ = "rate_limits"

    key: str = Field(primary_key=True, max_length=80)
    """What is limited; personal values in it are hashed."""
    due_at: datetime = Field(sa_type=Instant, index=True)
    """When everything taken so far would be due at the permitted pace; a row in the past has no effect."""


class RateWindow(Table, table=True):
    """When something was done lately, where a rule counts exactly: «10 per phone per hour»."""

    __tablename__ = "rate_windows"

    key: str = Field(primary_key=True, max_length=80)
    """What is limited; personal values in it are hashed."""
    taken_at: list[float] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Instants within the window, oldest first, as seconds since 1970."""
    ends_at: datetime = Field(sa_type=Instant, index=True)
    """When the last of them leaves the window; a row in the past has no effect."""
