"""What the bank sends unasked. A callback moves nothing: it is kept, and makes us ask."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from lk_app.gateways.bank.checksum import is_genuine
from lk_app.models import Attempt, BankMessage, MessageKind
from lk_app.services.acquiring.asking import hasten
from lk_app.services.acquiring.machine import note

KEPT = ("mdOrder", "orderNumber", "operation", "status", "amount")
FORGED_KEPT = 20
"""Of one attempt: anybody may send callbacks with a wrong checksum."""


def take(session: Session, fields: Mapping[str, str], key: str, now: datetime) -> int | None:
    """Keep a callback as evidence; return the attempt to ask about, None when it is forged or about nothing of ours."""
    attempt = session.exec(select(Attempt).where(Attempt.order_number == fields.get("orderNumber", ""))).one_or_none()
    if attempt is None or attempt.id is None:
        return None
    genuine = is_genuine(key, fields)
    content = {name: fields[name][:100] for name in KEPT if name in fields}
    if not genuine and _forged(session, attempt.id) >= FORGED_KEPT:
        return None
    note(session, attempt, MessageKind.CALLBACK, content, now, genuine=genuine)
    if not genuine:
        return None
    hasten(session, attempt.id, now)
    return attempt.id


def _forged(session: Session, attempt_id: int) -> int:
    forged = select(func.count()).where(BankMessage.attempt_id == attempt_id, col(BankMessage.genuine).is_(False))
    return session.exec(forged).one()
