"""What staff set for the whole company, and what it was before."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import JSON, Column, Field

from lk_app.models.values import Instant, Table, one_of


class ReadingWindow(Table, table=True):
    """The days of a month in which readings count for its receipt: one row, or none while the settings hold."""

    __tablename__ = "reading_windows"
    __table_args__ = (
        CheckConstraint("id = 1", name="there_is_one"),
        CheckConstraint("first_day BETWEEN 1 AND last_day AND last_day <= 28", name="days_are_of_every_month"),
    )

    id: int = Field(default=1, primary_key=True)
    first_day: int
    last_day: int


class RefusalReason(Table, table=True):
    """Why a reading may be refused, as the consumer reads it."""

    __tablename__ = "refusal_reasons"

    code: str = Field(primary_key=True, max_length=20)
    text: str = Field(max_length=300)
    position: int
    published: bool = True


class Content(StrEnum):
    """What staff edit."""

    FAQ = "faq"
    OFFICE = "office"
    APPEAL_TYPE = "appeal type"
    TEMPLATE = "template"
    REASON = "reason"
    WINDOW = "window"


class Revision(Table, table=True):
    """What something was made by an edit: never changed, so that the history is what it was."""

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_content_key_id", "content", "key", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    content: Content = Field(sa_type=one_of(Content, "content"))
    key: str = Field(max_length=40)
    """Which one: its code or id."""
    at: datetime = Field(sa_type=Instant)
    staff_id: int | None = Field(default=None, foreign_key="staff.id")
    """Who of the staff; None for what it was before anybody edited it here."""
    fields: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """All that can be edited, as it was from then on."""
    sent: str | None = Field(default=None, max_length=40, unique=True, index=True)
    """A digest of the form that made something new: sent again, it makes nothing. None for an edit."""
