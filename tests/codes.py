"""Reads codes where only the owner of the phone would: in the newest message of the outbox."""

import re

from sqlmodel import Session, col, select

from lk_app.models import SmsMessage, SmsState


def outbox(session: Session, phone: str) -> list[SmsMessage]:
    """The messages that may reach a phone, newest first."""
    to_phone = select(SmsMessage).where(SmsMessage.phone == phone, SmsMessage.state != SmsState.WITHHELD)
    return list(session.exec(to_phone.order_by(col(SmsMessage.id).desc())).all())


def newest_code(session: Session, phone: str) -> str:
    """The code last sent to a phone."""
    return next(message.code for message in outbox(session, phone) if message.code)


def another(code: str) -> str:
    """Six digits that are not the code."""
    assert re.fullmatch(r"\d{6}", code)
    return f"{(int(code) + 1) % 10**6:06d}"
