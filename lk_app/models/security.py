"""The security log: who did what to whose access, when and from where. Rows are added, and go after three years."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class SecurityEventKind(StrEnum):
    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    REGISTERED = "registered"
    RECOVERED = "recovered"
    NAME_CHANGED = "name changed"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 - a word for what happened
    PHONE_CHANGED = "phone changed"
    ATTACHED = "attached"
    DETACHED = "detached"
    REMOVED = "removed"
    SESSION_ENDED = "session ended"
    DATA_DOWNLOADED = "data downloaded"
    DELETION_ASKED = "deletion asked"
    DELETION_CANCELLED = "deletion cancelled"
    DELETED = "deleted"
    EMAIL_CHANGED = "email changed"
    EMAIL_REMOVED = "email removed"
    UNLOCKED = "unlocked"
    """Staff let somebody try again who had tried too often."""


class SecurityEvent(Table, table=True):
    """One thing that happened to somebody's access; it can't be changed, nor deleted for three years."""

    __tablename__ = "security_events"
    __table_args__ = (
        Index("ix_security_events_user_id_id", "user_id", "id"),
        Index("ix_security_events_kind_at", "kind", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int | None = Field(default=None, foreign_key="users.id")
    """Whose access; nobody's when a stranger tried an unknown name."""
    kind: SecurityEventKind = Field(sa_type=one_of(SecurityEventKind, "kind"))
    at: datetime = Field(sa_type=Instant, index=True)
    address: str = Field(default="", max_length=45)
    """The IP address it came from, masked; empty when the portal itself did it."""
    browser: str = Field(default="", max_length=80)
    subject: str = Field(default="", max_length=40)
    """What it was about, masked: the end of an account number or of a phone."""
