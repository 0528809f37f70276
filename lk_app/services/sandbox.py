"""What the sandbox took in place of a provider or a mail server."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from lk_app.gateways.mail.interface import Attachment
from lk_app.models import SandboxLetter, SandboxMessage
from lk_app.services.errors import NotFound

SHOWN = 100


@dataclass(frozen=True)
class TakenSms:
    """A message as a phone would have shown it; the phone in ten digits."""

    phone: str
    text: str
    sent_at: datetime


@dataclass(frozen=True)
class TakenLetter:
    """A letter as a mailbox would have shown it."""

    id: int
    address: str
    subject: str
    text: str
    sent_at: datetime
    attachment_name: str
    """Empty when nothing is attached."""
    attachment_size: int
    """In bytes."""


def list_messages(session: Session, phone: str = "") -> list[TakenSms]:
    """Return the last messages, to one phone if it is given, the newest first."""
    messages = select(SandboxMessage).order_by(col(SandboxMessage.sent_at).desc(), col(SandboxMessage.id).desc())
    if phone:
        messages = messages.where(SandboxMessage.phone == phone)
    rows = session.exec(messages.limit(SHOWN)).all()
    return [TakenSms(row.phone, row.text, row.sent_at) for row in rows]


def list_letters(session: Session, address: str = "") -> list[TakenLetter]:
    """Return the last letters, to one address if it is given, the newest first."""
    letters = columns(
        col(SandboxLetter.id),
        col(SandboxLetter.address),
        col(SandboxLetter.subject),
        col(SandboxLetter.text),
        col(SandboxLetter.sent_at),
        col(SandboxLetter.attachment_name),
        func.coalesce(func.length(col(SandboxLetter.attachment)), 0),
    ).order_by(col(SandboxLetter.sent_at).desc(), col(SandboxLetter.id).desc())
    if address:
        letters = letters.where(col(SandboxLetter.address) == address)
    return [TakenLetter(*row) for row in session.connection().execute(letters.limit(SHOWN))]


def attachment(session: Session, letter_id: int) -> Attachment:
    """Return what is attached to a letter; raises NotFound."""
    letter = session.get(SandboxLetter, letter_id)
    if letter is None or not letter.attachment_name:
        raise NotFound
    return Attachment(letter.attachment_name, letter.attachment or b"", letter.attachment_type)
