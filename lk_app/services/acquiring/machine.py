"""The attempt as a state machine: which state may follow which, and the one function that changes it.

Everything here works within the caller's transaction, on an attempt whose row that transaction holds.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.gateways.bank.interface import Evidence
from lk_app.models import Attempt, AttemptPart, AttemptState, BankMessage, MessageKind
from lk_app.services.acquiring.schedule import next_ask

State = AttemptState

WAYS = {
    State.CREATED: {State.REGISTERED, State.PAID, State.DECLINED, State.EXPIRED},
    State.REGISTERED: {State.PAID, State.DECLINED, State.EXPIRED},
    State.DECLINED: {State.PAID},
    State.EXPIRED: {State.PAID},
    State.PAID: {State.EXPORTED, State.POSTED, State.REFUNDED},
    State.EXPORTED: {State.POSTED, State.REFUNDED},
    State.POSTED: {State.REFUNDED},
    State.REFUNDED: set[State](),
}
"""Every way there is. DECLINED and EXPIRED lead to PAID, because money that arrives late still counts."""


class NoSuchWay(Exception):
    """A fault of ours: a state was to follow that can't."""


def locked(session: Session, attempt_id: int) -> Attempt:
    """Return an attempt that nobody else changes until this transaction ends."""
    # On SQLite a transaction that writes is alone anyway.
    held = select(Attempt).where(Attempt.id == attempt_id).with_for_update(key_share=True)
    return session.exec(held.execution_options(populate_existing=True)).one()


def parts_of(session: Session, attempt: Attempt) -> list[AttemptPart]:
    """Return the parts of an attempt in the order of their divisions' codes."""
    parts = select(AttemptPart).where(AttemptPart.attempt_id == attempt.id)
    return list(session.exec(parts.order_by(col(AttemptPart.division_code))))


def move(session: Session, attempt: Attempt, state: AttemptState, now: datetime) -> None:
    """Change an attempt's state: the only place that does."""
    if state not in WAYS[attempt.state]:
        raise NoSuchWay(f"{attempt.state} to {state}")
    attempt.state = state
    attempt.next_ask_at = next_ask(attempt, now)
    session.add(attempt)
    session.flush()


def note(
    session: Session, attempt: Attempt, kind: MessageKind, content: Evidence, now: datetime, *, genuine: bool = True
) -> None:
    """Keep what the bank said."""
    assert attempt.id is not None
    session.add(BankMessage(attempt_id=attempt.id, at=now, kind=kind, content=content, genuine=genuine))
