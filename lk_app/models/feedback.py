"""Appeals: what consumers ask, what they are answered, and the questions that are answered for everybody."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from lk_app.models.values import Instant, Table, one_of


class Service(StrEnum):
    """Which of the company's two services answers."""

    SUBSCRIBER = "subscriber"
    TECHNICAL = "technical"


class AppealType(Table, table=True):
    """What an appeal may be about («тип обращения»), and who answers it."""

    __tablename__ = "appeal_types"

    code: str = Field(primary_key=True, max_length=20)
    service: Service = Field(sa_type=one_of(Service, "service"))
    name: str = Field(max_length=100)
    position: int
    """Where it stands among the others."""
    published: bool = True
    """Whether consumers can choose it; appeals of one that was put away keep it."""


class FaqEntry(Table, table=True):
    """A question that is often asked, with its answer."""

    __tablename__ = "faq_entries"
    __table_args__ = (Index("ix_faq_entries_type_code_position", "type_code", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    type_code: str = Field(foreign_key="appeal_types.code", max_length=20)
    question: str = Field(max_length=200)
    answer: str = Field(max_length=8_000)
    """In the markup of help texts (`services/markup.py`)."""
    position: int
    published: bool = True
    changed_at: datetime = Field(sa_type=Instant)


class AppealState(StrEnum):
    """How far an appeal has come."""

    NEW = "new"
    TAKEN = "taken"
    """Somebody of the staff is at it."""
    ANSWERED = "answered"
    CLOSED = "closed"


class Appeal(Table, table=True):
    """A question of a consumer with all that was written about it («обращение»)."""

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_moment"),
        CheckConstraint("(state IN ('new', 'taken')) = (waiting_since IS NOT NULL)", name="who_waits_waits_since"),
        CheckConstraint("state <> 'taken' OR taken_by IS NOT NULL", name="taken_by_somebody"),
        Index("ix_appeals_user_id_changed_at", "user_id", "changed_at"),
        Index(
            "ix_appeals_waiting",
            "waiting_since",
            "id",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "ix_appeals_taken",
            "taken_by",
            "waiting_since",
            "id",
            sqlite_where=text("state = 'taken'"),
            postgresql_where=text("state = 'taken'"),
        ),
        Index(
            "ix_appeals_waiting_of_type",
            "type_code",
            "waiting_since",
            "id",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index("ix_appeals_changed_at_id", "changed_at", "id"),
        Index("ix_appeals_state_changed_at_id", "state", "changed_at", "id"),
        Index("ix_appeals_type_code_state_changed_at_id", "type_code", "state", "changed_at", "id"),
        Index("ix_appeals_created_at", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=20)
    """As people quote it: «Q261128-7K3M9QX2TD»."""
    user_id: int = Field(foreign_key="users.id")
    account_number: str | None = Field(default=None, foreign_key="accounts.number", max_length=11, index=True)
    """Which account it is about; None for a user who had none."""
    type_code: str = Field(foreign_key="appeal_types.code", max_length=20)
    subject: str = Field(max_length=200)
    state: AppealState = Field(sa_type=one_of(AppealState, "state"))
    created_at: datetime = Field(sa_type=Instant)
    changed_at: datetime = Field(sa_type=Instant)
    """When somebody last wrote, or the state last changed."""
    waiting_since: datetime | None = Field(default=None, sa_type=Instant)
    """Since when the consumer has waited for an answer; None when they do not."""
    taken_by: int | None = Field(default=None, foreign_key="staff.id")
    """Who of the staff is at it, or was last."""
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    """When its owner last opened it: an answer that is newer is shown as new."""


class AppealMessage(Table, table=True):
    """What a consumer or somebody of the staff wrote in an appeal."""

    __tablename__ = "appeal_messages"
    __table_args__ = (
        CheckConstraint("NOT internal OR staff_id IS NOT NULL", name="notes_are_by_staff"),
        Index("ix_appeal_messages_appeal_id_id", "appeal_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    appeal_id: str = Field(foreign_key="appeals.id", max_length=20)
    staff_id: int | None = Field(default=None, foreign_key="staff.id")
    """Who of the staff wrote it; None for the consumer."""
    internal: bool = False
    """A note among staff, which consumers never see."""
    text: str = Field(max_length=4_000)
    at: datetime = Field(sa_type=Instant)
    key: str = Field(max_length=40, unique=True)
    """Made with the form it was written in: sent twice, it is kept once."""


class AttachmentKind(StrEnum):
    """What an attachment is by its content."""

    JPEG = "jpeg"
    PDF = "pdf"


class Attachment(Table, table=True):
    """A file that goes with a message of a consumer: a picture drawn anew, or a PDF with nothing active in it."""

    __tablename__ = "attachments"

    id: str = Field(primary_key=True, max_length=22)
    """Random: nobody can guess it, and even so it is shown to its owner and to staff only."""
    user_id: int = Field(foreign_key="users.id", index=True)
    message_id: int | None = Field(default=None, foreign_key="appeal_messages.id", index=True)
    """None until the message is sent."""
    name: str = Field(max_length=100)
    """As the file was called, of which only what is harmless is left."""
    kind: AttachmentKind = Field(sa_type=one_of(AttachmentKind, "kind"))
    size: int
    """Bytes of `content`."""
    uploaded_at: datetime = Field(sa_type=Instant, index=True)
    content: bytes


class AnswerTemplate(Table, table=True):
    """An answer staff often give, to begin theirs with."""

    __tablename__ = "answer_templates"

    id: int | None = Field(default=None, primary_key=True)
    type_code: str | None = Field(default=None, foreign_key="appeal_types.code", max_length=20)
    """Which appeals it is for; None for all."""
    title: str = Field(max_length=100)
    text: str = Field(max_length=4_000)
    position: int
    published: bool = True
