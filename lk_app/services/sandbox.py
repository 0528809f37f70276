"""What the sandbox took in place of a provider."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import SandboxMessage

SHOWN = 100


@dataclass(frozen=True)
class TakenSms:
    """A message as a phone would have shown it; the phone in ten digits."""

    phone: str
    text: str
    sent_at: datetime


def list_messages(session: Session, phone: str = "") -> list[TakenSms]:
    """Return the last messages, to one phone if it is given, the newest first."""
    messages = select(SandboxMessage).order_by(col(SandboxMessage.sent_at).desc(), col(SandboxMessage.id).desc())
    if phone:
        messages = messages.where(SandboxMessage.phone == phone)
    rows = session.exec(messages.limit(SHOWN)).all()
    return [TakenSms(row.phone, row.text, row.sent_at) for row in rows]
