"""Asking the bank about attempts: by pages that wait, by callbacks, and by the poller; all do the same.

Each step commits before the bank is asked, so that whoever dies costs a question and nothing else.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select, update

from lk_app.clock import Clock
from lk_app.gateways.bank.interface import Bank, BankFault, UnknownOrder
from lk_app.models import Attempt
from lk_app.services.acquiring import answers
from lk_app.services.acquiring.schedule import ASKED_AT_MOST_EVERY, CLAIMED_FOR
from lk_app.services.session import reading, writing


class Asked(NamedTuple):
    """What to ask the bank about."""

    attempt_id: int
    order_number: str
    bank_order_id: str | None


def ask_next(bank: Bank, now: Clock) -> bool:
    """Ask about one attempt that is due; False when none was."""
    with reading() as session:
        if _next_due(session, now()) is None:
            return False
    with writing() as session:
        asked = claim_due(session, now())
    if asked is None:
        return False
    ask(asked, bank, now)
    return True


def ask_now(attempt_id: int, bank: Bank, now: Clock) -> None:
    """Ask about one attempt for somebody who waits, unless somebody has just asked."""
    with writing() as session:
        asked = claim(session, attempt_id, now())
    if asked:
        ask(asked, bank, now)


def ask(asked: Asked, bank: Bank, now: Clock) -> None:
    """Ask the bank, and let the attempt become what it says."""
    asked_at = now()
    try:
        answer = bank.status(asked.order_number, asked.bank_order_id)
    except UnknownOrder:
        with writing() as session:
            answers.unknown_at_bank(session, asked.attempt_id, now())
    except BankFault:
        with writing() as session:
            answers.no_answer(session, asked.attempt_id, now())
    else:
        with writing() as session:
            answers.learn(session, asked.attempt_id, answer, asked_at, now())


def claim_due(session: Session, now: datetime) -> Asked | None:
    """Take the next due attempt; whoever dies with it is waited for a minute."""
    attempt_id = _next_due(session, now)
    if attempt_id is None:
        return None
    due = col(Attempt.next_ask_at) <= now
    return _claim(session, attempt_id, due, {"next_ask_at": now + CLAIMED_FOR, "asked_at": now})


def claim(session: Session, attempt_id: int, now: datetime) -> Asked | None:
    """Take an attempt to ask about it at once; None when it was asked about just now."""
    lately = or_(col(Attempt.asked_at).is_(None), col(Attempt.asked_at) <= now - ASKED_AT_MOST_EVERY)
    return _claim(session, attempt_id, lately, {"asked_at": now})


def hasten(session: Session, attempt_id: int, now: datetime) -> None:
    """Let the poller ask about an attempt at once: something was heard of it."""
    session.exec(update(Attempt).where(col(Attempt.id) == attempt_id).values(next_ask_at=now))


def _next_due(session: Session, now: datetime) -> int | None:
    due = select(Attempt.id).where(col(Attempt.next_ask_at) <= now)
    return session.exec(due.order_by(col(Attempt.next_ask_at)).limit(1)).first()


def _claim(session: Session, attempt_id: int, free: ColumnElement[bool], values: dict[str, object]) -> Asked | None:
    claimed = update(Attempt).where(col(Attempt.id) == attempt_id, free).values(values)
    if session.exec(claimed).rowcount != 1:
        return None
    row = session.exec(select(Attempt.order_number, Attempt.bank_order_id).where(Attempt.id == attempt_id)).one()
    return Asked(attempt_id, *row)
