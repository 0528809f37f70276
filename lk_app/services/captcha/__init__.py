"""The captcha of registration: a question is made, shown, and answered once.

How it looks is in `picture`, how it sounds in `speech`; only those two turn the question into something to send.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from lk_app.models import Captcha
from lk_app.services import rates
from lk_app.services.rates import Pace
from lk_app.settings import settings

LIFETIME = timedelta(minutes=10)

BY_ADDRESS = Pace(burst=30, interval=timedelta(seconds=3))
OVERALL = Pace(burst=600, interval=timedelta(milliseconds=100))
"""Questions permitted at once and then one per interval: for an address, and for everybody together."""

ID = re.compile(r"[A-Za-z0-9_-]{22}")
NUMBER = re.compile(r"-?\d{1,9}")


def issue(session: Session, address: str, now: datetime) -> str:
    """Make a question and return the id it is asked and answered under; raises TooManyAttempts."""
    rates.take(session, [rates.Limit("captcha address", address, BY_ADDRESS), rates.Limit("captcha", "", OVERALL)], now)
    captcha_id = secrets.token_urlsafe(16)
    session.add(Captcha(id=captcha_id, question=new_question(), created_at=now))
    session.flush()
    return captcha_id


def new_question() -> str:
    """Return a two-digit number plus or minus a one-digit one; the result has two digits too."""
    change = 2 + secrets.randbelow(8)
    number = 11 + secrets.randbelow(89 - change)
    return f"{number}+{change}" if secrets.randbelow(2) else f"{number + change}-{change}"


def question(session: Session, captcha_id: str, now: datetime) -> str | None:
    """Return the question to draw or to say; None when the id is unknown, used or older than ten minutes."""
    if not ID.fullmatch(captcha_id):
        return None
    return session.exec(
        select(Captcha.question).where(
            Captcha.id == captcha_id, col(Captcha.used_at).is_(None), Captcha.created_at >= now - LIFETIME
        )
    ).one_or_none()


def answered(session: Session, captcha_id: str, answer: str, now: datetime) -> bool:
    """Say whether the answer is right. Right or wrong, it was the only one this captcha takes.

    A wrong answer is returned and not raised, so that the caller's transaction commits and the captcha stays used.
    """
    asked = _use(session, captcha_id, now)
    return asked is not None and _is_right(answer, asked)


def _use(session: Session, captcha_id: str, now: datetime) -> str | None:
    """Return the question and mark it used; of two requests at once only one gets it."""
    if not ID.fullmatch(captcha_id):
        return None
    return session.execute(
        update(Captcha)
        .where(col(Captcha.id) == captcha_id, col(Captcha.used_at).is_(None), col(Captcha.created_at) >= now - LIFETIME)
        .values(used_at=now)
        .returning(col(Captcha.question))
    ).scalar_one_or_none()


def _is_right(answer: str, asked: str) -> bool:
    typed = "".join(answer.split()).replace("−", "-")
    fixed = settings().captcha_answer
    if fixed and typed == fixed:
        return True
    return NUMBER.fullmatch(typed) is not None and int(typed) == _value(asked)


def _value(asked: str) -> int:
    return sum(int(term) for term in re.findall(r"-?\d+", asked))
