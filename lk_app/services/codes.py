"""Codes of six digits that prove something is in somebody's hands, whichever way they were sent."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlmodel import Session

from lk_app.services import rates, secret_key
from lk_app.services.rates import Limit

CODE_LIVES = timedelta(minutes=10)
RESENT_AFTER = timedelta(seconds=60)
TRIES_PER_CODE = 5


class Sent(Protocol):
    """What keeps a code that was sent."""

    code_hash: str
    code_sent_at: datetime
    wrong_tries: int


class Tried(StrEnum):
    """What came of giving a code."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"
    EXPIRED = "expired"


def new_code() -> str:
    """Return six digits nobody can foresee."""
    return f"{secrets.randbelow(10**6):06d}"


def digest(purpose: str, code: str) -> str:
    """Return what the database keeps of a code that serves one `purpose`."""
    # Keyed and tied to the purpose: six digits alone could be found by trying them all.
    return secret_key.digest(f"{purpose} {code}").hex()


def remember(sent: Sent, code_hash: str, now: datetime) -> None:
    """Keep that a code is being sent, which makes the one before it useless."""
    sent.code_hash, sent.code_sent_at, sent.wrong_tries = code_hash, now, 0


def try_code(session: Session, sent: Sent, purpose: str, code: str, tries: list[Limit], now: datetime) -> Tried:
    """Compare a code with the one that was sent for a `purpose`; raises TooManyAttempts when `tries` are used up.

    It returns instead of raising when the code is wrong: the try must be committed.
    """
    if now - sent.code_sent_at >= CODE_LIVES:
        return Tried.EXPIRED
    if sent.wrong_tries >= TRIES_PER_CODE:
        return Tried.SPENT
    rates.take(session, tries, now)
    if not secret_key.is_digest(sent.code_hash, f"{purpose} {code}"):
        sent.wrong_tries += 1
        return Tried.SPENT if sent.wrong_tries >= TRIES_PER_CODE else Tried.WRONG
    rates.give_back(session, tries, now)
    return Tried.RIGHT


def refusal(tried: Tried) -> str:
    """Return what to say under the field of a code that was not right."""
    return {
        Tried.WRONG: "Код не подходит. Проверьте цифры",
        Tried.SPENT: "Слишком много неверных кодов. Запросите новый",
        Tried.EXPIRED: "Код устарел. Запросите новый",
    }[tried]


def resend_in(sent: Sent, now: datetime) -> int:
    """Return the seconds until another code may be asked for; 0 when it may be now."""
    return _seconds_until(sent.code_sent_at + RESENT_AFTER, now)


def minutes_left(sent: Sent, now: datetime) -> int:
    """Return the minutes until the code expires; 0 when it has."""
    return -(-_seconds_until(sent.code_sent_at + CODE_LIVES, now) // 60)


def _seconds_until(instant: datetime, now: datetime) -> int:
    return max(0, -(-(instant - now) // timedelta(seconds=1)))
