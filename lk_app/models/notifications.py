"""Notifications that a user asked for, and which of them were given."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class Topic(StrEnum):
    """What a user may want to be told of."""

    DECISIONS = "decisions"
    """A reading was accepted or refused."""
    WINDOW = "window"
    """The days on which readings count have begun, or are about to end with nothing sent."""
    VERIFICATION = "verification"
    """A meter must be verified soon."""
    ANSWERS = "answers"
    """Staff have answered an appeal."""


class Way(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class NotificationChoice(Table, table=True):
    """A user wants to be told of something, and how; no row, no message."""

    __tablename__ = "notification_choices"

    user_id: int = Field(primary_key=True, foreign_key="users.id", sa_column_kwargs={"autoincrement": False})
    topic: Topic = Field(primary_key=True, sa_type=one_of(Topic, "topic"))
    way: Way = Field(sa_type=one_of(Way, "way"))


class UntoldDecision(Table, table=True):
    """A reading whose sender is to be told what was decided about it, as soon as that may be."""

    __tablename__ = "untold_decisions"

    user_id: int = Field(primary_key=True, foreign_key="users.id", sa_column_kwargs={"autoincrement": False})
    reading_id: str = Field(primary_key=True, foreign_key="readings.id", max_length=40)
    at: datetime = Field(sa_type=Instant)
    """When it was decided."""


class UntoldAnswer(Table, table=True):
    """An appeal whose owner is to be told that it is answered, as soon as that may be."""

    __tablename__ = "untold_answers"

    user_id: int = Field(primary_key=True, foreign_key="users.id", sa_column_kwargs={"autoincrement": False})
    appeal_id: str = Field(primary_key=True, foreign_key="appeals.id", max_length=20)
    at: datetime = Field(sa_type=Instant)
    """When the answer was given, the latest of several."""


class Notification(Table, table=True):
    """A notification that was put into an outbox: the key keeps it from being given twice."""

    __tablename__ = "notifications"

    user_id: int = Field(primary_key=True, foreign_key="users.id", sa_column_kwargs={"autoincrement": False})
    occasion: str = Field(primary_key=True, max_length=80)
    """What it was about: «window opens 66010000017 2026-11-15», «verification 60 4471 2027-01-21»."""
    at: datetime = Field(sa_type=Instant, index=True)
