"""Users, their sessions and what they agreed to."""

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
    phone: str | None = Field(default=None, max_length=10, index=True)
    """Ten digits, proven by a code: who holds this phone may recover the user."""
    email: str | None = Field(default=None, max_length=254)
    """Where letters go, proven by a code; several users may have the same."""
    created_at: datetime = Field(sa_type=Instant, index=True)
    deletes_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    """When the user will be deleted, as they asked; until then they may change their mind."""
    deleted_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    """Since when nothing personal is left in this row; it stays because the security log refers to it."""


class UserSession(Table, table=True):
    """One signed-in browser. The token itself is only in its cookie."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    """SHA-256 of the cookie's token, in hex."""
    user_id: int = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_type=Instant, index=True)
    seen_at: datetime = Field(sa_type=Instant)
    """The last event, to the minute."""
    confirmed_at: datetime = Field(sa_type=Instant)
    """When the password was last given: dangerous actions ask for it again after a while."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    account_number: str | None = Field(default=None, foreign_key="accounts.number", max_length=11)
    """The account chosen in this session."""
    address: str = Field(default="", max_length=45)
    """Where the browser was when it signed in, masked."""
    browser: str = Field(default="", max_length=80)
    """The browser and the system in words: «Chrome, Windows»."""


class Consent(Table, table=True):
    """A user's consent to process personal data: the evidence that the law asks for (152-ФЗ)."""

    __tablename__ = "consents"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    version: str = Field(max_length=20)
    """The version of the text that was agreed to."""
    given_at: datetime = Field(sa_type=Instant)
    address: str = Field(max_length=45)
    """The IP address it was given from."""
