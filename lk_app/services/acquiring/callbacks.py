"""What the bank sends unasked. A callback moves nothing: it is kept, and makes us ask."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from lk_app.gateways.bank.checksum import is_genuine
from lk_app.models import Attempt, BankMessage, MessageKind
from lk_app.services.acquiring.asking import hasten
from lk_app.services.acquiring.machine import note
from lk_app.services.numbers import is_order_number

KEPT = ("mdOrder", "orderNumber", "operation", "status", "amount")
KEPT_OF_EACH = 20
"""Genuine ones and forged ones of one attempt: anybody may send a wrong checksum, or a right one again."""


def is_useful(session: Session, fields: Mapping[str, str], key: str) -> bool:
    """Say whether a callback is about an attempt of ours of which not too many were kept; a look before `take`."""
    attempt = _attempt_of(session, fields)
    return attempt is not None and (is_genuine(key, fields) or _kept(session, attempt, genuine=False) < KEPT_OF_EACH)


def take(session: Session, fields: Mapping[str, str], key: str, now: datetime) -> int | None:
    """Keep a callback as evidence; return the attempt to ask about, None when it is forged or about nothing of ours."""
    attempt = _attempt_of(session, fields)
    if attempt is None or attempt.id is None:
        return None
    genuine = is_genuine(key, fields)
    if _kept(session, attempt, genuine=genuine) < KEPT_OF_EACH:
        content = {name: fields[name][:100] for name in KEPT if name in fields}
        note(session, attempt, MessageKind.CALLBACK, content, now, genuine=genuine)
    if not genuine:
        return None
    hasten(session, attempt.id, now)
    return attempt.id


def _attempt_of(session: Session, fields: Mapping[str, str]) -> Attempt | None:
    number = fields.get("orderNumber", "")
    if not is_order_number(number):
        return None
    return session.exec(select(Attempt).where(Attempt.order_number == number)).one_or_none()


def _kept(session: Session, attempt: Attempt, *, genuine: bool) -> int:
    kept = select(func.count()).where(
        BankMessage.attempt_id == attempt.id,
        BankMessage.kind == MessageKind.CALLBACK,
        col(BankMessage.genuine).is_(genuine),
    )
    return session.exec(kept).one()
