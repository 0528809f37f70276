"""Users, their sessions, and the pace at which strangers may try passwords."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from lk_app.models.values import Instant, Table


class User(Table, table=True):
    """A login of a consumer («учётная запись»); may hold several accounts."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=45)
    """As the user typed it."""
    name_key: str = Field(max_length=45, unique=True)
    """The name without what makes no difference: case, ё or е, repeated spaces."""
    password_hash: str = Field(max_length=60)
    created_at: datetime = Field(sa_type=Instant)


class UserSession(Table, table=True):
    """One signed-in browser. The token itself is only in its cookie."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    """SHA-256 of the cookie's token, in hex."""
    user_id: int = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    """The last event, to the minute."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    account_number: str | None = Field(default=None, foreign_key="accounts.number", max_length=11)
    """The account chosen in this session."""


class RateLimit(Table, table=True):
    """How far ahead of its permitted pace something has gone (GCRA: one instant a key)."""

    __tablename__ = "rate_limits"

    key: str = Field(primary_key=True, max_length=80)
    """What is limited; personal values in it are hashed."""
    due_at: datetime = Field(sa_type=Instant, index=True)
    """When everything taken so far would be due at the permitted pace; a row in the past has no effect."""
