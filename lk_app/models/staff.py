"""Staff of the company: who works in the back office, their sessions, and the audit log of what they did."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class Role(StrEnum):
    """What somebody may do. Roles do not include one another: each handler names those it serves."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Staff(Table, table=True):
    """A member of the staff («сотрудник»)."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("login = lower(login)", name="login_is_lower_case"),)

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=100)
    """As colleagues see it: «Ветрова Ольга»."""
    role: Role = Field(sa_type=one_of(Role, "role"))
    password_hash: str = Field(max_length=60)
    password_given_at: datetime | None = Field(default=None, sa_type=Instant)
    """When somebody else set the password; empty as soon as the member has set one of their own."""
    totp_secret: str = Field(default="", max_length=200)
    """The key of the second factor, encrypted under the portal's secret; empty only where it is switched off."""
    totp_step: int = 0
    """The time step of the last code that was taken: none is taken twice."""
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class StaffSession(Table, table=True):
    """One browser in which somebody of the staff is signed in. The token itself is only in its cookie."""

    __tablename__ = "staff_sessions"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    """SHA-256 of the cookie's token, in hex."""
    staff_id: int = Field(foreign_key="staff.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    """The last event, to the minute."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    address: str = Field(default="", max_length=45)
    """Where the browser was when it signed in, masked."""
    browser: str = Field(default="", max_length=80)


class Action(StrEnum):
    """What staff did, or tried."""

    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    EVENT_REFUSED = "event refused"
    """An event that the role does not allow: no screen sends one."""
    CREATED = "staff created"
    CHANGED = "staff changed"
    DISABLED = "staff disabled"
    LISTED = "staff listed"
    QUEUE_SEEN = "queue seen"
    READING_SEEN = "reading seen"
    PHOTO_SEEN = "photo seen"
    READING_ACCEPTED = "reading accepted"
    READING_REFUSED = "reading refused"
    ENABLED = "staff enabled"
    APPEALS_SEEN = "appeals seen"
    APPEAL_SEEN = "appeal seen"
    ATTACHMENT_SEEN = "attachment seen"
    APPEAL_TAKEN = "appeal taken"
    APPEAL_RELEASED = "appeal released"
    APPEAL_ANSWERED = "appeal answered"
    APPEAL_NOTED = "appeal noted"
    APPEAL_HANDED_OVER = "appeal handed over"
    APPEAL_CLOSED = "appeal closed"
    CONSUMERS_SEARCHED = "consumers searched"
    CONSUMER_SEEN = "consumer seen"
    SESSIONS_ENDED = "sessions ended"
    ACCOUNT_DETACHED = "account detached"
    CONSUMER_UNLOCKED = "consumer unlocked"
    PAYMENTS_SEEN = "payments seen"
    PAYMENT_SEEN = "payment seen"
    BANK_ASKED = "bank asked"
    REFUND_ASKED = "refund asked"
    CONCERN_SETTLED = "concern settled"
    CONTENT_CHANGED = "content changed"
    AUDIT_SEEN = "audit seen"
    AUDIT_EXPORTED = "audit exported"


class AuditEvent(Table, table=True):
    """One thing somebody of the staff did; it can't be changed, nor deleted for three years."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_staff_id_id", "staff_id", "id"),
        Index("ix_audit_events_subject_id", "subject", "id"),
        Index("ix_audit_events_action_id", "action", "id"),
        Index("ix_audit_events_at_id", "at", "id"),
        Index("ix_audit_events_staff_id_action_id", "staff_id", "action", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    staff_id: int | None = Field(default=None, foreign_key="staff.id")
    """Who; nobody for an unknown login, and for what was done by a command."""
    action: Action = Field(sa_type=one_of(Action, "action"))
    at: datetime = Field(sa_type=Instant)
    subject: str = Field(default="", max_length=60)
    """What it was done to: the id of a reading, an account number, a login."""
    detail: str = Field(default="", max_length=300)
    address: str = Field(default="", max_length=45)
    """The IP address it came from, masked; empty for a command."""
