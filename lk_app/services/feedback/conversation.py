"""What was written in an appeal, for both sides: whoever asks has made sure that their caller may read it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from lk_app.models import Appeal, AppealMessage, AppealType, Attachment, AttachmentKind, Staff
from lk_app.services.feedback.types import SERVICES


@dataclass(frozen=True)
class AttachmentLine:
    """A file that goes with a message."""

    id: str
    name: str
    kind: AttachmentKind
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Message:
    """A message of an appeal."""

    id: int
    by_staff: bool
    author: str
    """Who of the staff wrote it: by name for colleagues, by service for consumers. Empty for the consumer's own."""
    text: str
    at: datetime
    internal: bool
    attachments: tuple[AttachmentLine, ...]


def messages_of(session: Session, appeal_id: str, *, with_notes: bool) -> tuple[Message, ...]:
    """Return the messages of an appeal in the order they were written.

    `with_notes` is for staff: what they wrote for one another is there then, and who it was.
    """
    rows = session.exec(
        select(AppealMessage, AppealType, col(Staff.name))
        .join(Appeal, col(Appeal.id) == AppealMessage.appeal_id)
        .join(AppealType, col(AppealType.code) == Appeal.type_code)
        .outerjoin(Staff, col(Staff.id) == AppealMessage.staff_id)
        .where(AppealMessage.appeal_id == appeal_id, *([] if with_notes else [col(AppealMessage.internal).is_(False)]))
        .order_by(col(AppealMessage.id))
    ).all()
    attached = _attached_to(session, appeal_id)
    return tuple(
        Message(
            id=message.id or 0,
            by_staff=message.staff_id is not None,
            author=(name if with_notes else SERVICES[about.service]) if message.staff_id is not None else "",
            text=message.text,
            at=message.at,
            internal=message.internal,
            attachments=tuple(attached.get(message.id or 0, ())),
        )
        for message, about, name in rows
    )


def _attached_to(session: Session, appeal_id: str) -> dict[int, list[AttachmentLine]]:
    """Return what goes with each message of an appeal, without the files themselves."""
    of_messages: Any = (
        columns(
            col(AppealMessage.id).label("message_id"), col(Attachment.id), col(Attachment.name), col(Attachment.kind),
            col(Attachment.size),
        )
        .join(AppealMessage, col(AppealMessage.id) == col(Attachment.message_id))
        .where(col(AppealMessage.appeal_id) == appeal_id)
        .order_by(col(Attachment.uploaded_at), col(Attachment.id))
    )  # fmt: skip
    attached: dict[int, list[AttachmentLine]] = defaultdict(list)
    for row in session.connection().execute(of_messages):
        attached[row.message_id].append(AttachmentLine(row.id, row.name, row.kind, row.size))
    return attached
