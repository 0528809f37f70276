"""Codes by SMS: the one way to prove that a phone is in somebody's hands.

A request looks and costs the same whether or not the phone is the expected one: a code is made, counted and put into
the outbox either way, but for a wrong phone it is withheld there, and nobody learns it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select, update

from lk_app.models import Purpose, User, Verification
from lk_app.services import codes, holders, rates, sms
from lk_app.services.callers import Consumer
from lk_app.services.codes import CODE_LIVES, RESENT_AFTER, Tried
from lk_app.services.errors import RequestOver
from lk_app.services.identity import token_hash
from lk_app.services.places import network_of
from lk_app.services.rates import Limit, Pace, Window
from lk_app.settings import settings

REQUEST_LIVES = timedelta(hours=1)
"""How long after its last code a request can still be taken up again."""
PROVEN_LIVES = timedelta(minutes=15)
"""How long a request whose code was right waits for the rest; no new code prolongs it."""
NAMES_PER_PHONE = Window(most=10, period=timedelta(hours=1))
TRIES_PER_PHONE = Window(most=10, period=timedelta(hours=1))
ONE_A_MINUTE = Window(most=1, period=RESENT_AFTER)
PER_PHONE = Window(most=5, period=timedelta(days=1))
PER_ADDRESS = Pace(burst=20, interval=timedelta(minutes=3))
REQUESTS = Pace(burst=300, interval=timedelta(seconds=1))
"""Of everybody together, the right ones and the wrong ones: what is stored must not grow as fast as strangers like."""

ACTIONS = {
    Purpose.REGISTRATION: "для регистрации в личном кабинете",
    Purpose.RECOVERY: "для смены имени и пароля личного кабинета",
    Purpose.ATTACHING: "для присоединения лицевого счёта",
    Purpose.REMOVAL: "для отсоединения другого пользователя",
}


class Stage(StrEnum):
    """What a request waits for."""

    CODE = "code"
    NAME = "name"
    CHOICE = "choice"


@dataclass(frozen=True)
class Choice:
    """One of several users with the same phone."""

    user_id: int
    name: str


@dataclass(frozen=True)
class Pending:
    """A request that waits, as its own browser may see it."""

    stage: Stage
    phone: str
    """Ten digits, as typed."""
    resend_in: int
    """Seconds until another code may be asked for; 0 when it may be now."""
    minutes_left: int
    """Until the code expires; 0 when it has."""
    name: str = ""
    account_number: str = ""
    choices: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """How far a request has come: `done`, or refused by field, or (neither) on to its next stage."""

    done: bool = False
    errors: dict[str, str] = field(default_factory=dict)


def start(session: Session, request: Verification, now: datetime) -> None:
    """Store a new request and send its code; raises TooManyAttempts, and then nothing is stored.

    Whatever the same browser or user asked for before with the same purpose is over.
    """
    if request.asker_id is not None:
        end_earlier(session, request.purpose, request.asker_id, now)
    request.code_hash, request.code_sent_at = "", now
    session.add(request)
    session.flush()
    _send_code(session, request, now)


def anonymous_request(purpose: Purpose, phone: str, address: str, now: datetime) -> tuple[Verification, str]:
    """Return a request of a browser that is not signed in, not stored yet, and the token for its cookie."""
    token = secrets.token_urlsafe(32)
    request = Verification(
        purpose=purpose, token_hash=token_hash(token), phone=phone, address=address, created_at=now,
        code_hash="", code_sent_at=now,
    )  # fmt: skip
    return request, token


def resend(session: Session, request: Verification, now: datetime) -> None:
    """Send a new code, which makes the one before it useless; raises TooManyAttempts.

    Raises RequestOver if the code was right already: there is nothing more to prove.
    """
    if request.proven_at is not None:
        raise RequestOver
    _send_code(session, request, now)


def try_code(session: Session, request: Verification, code: str, now: datetime) -> Tried:
    """Compare a code with the one sent; raises TooManyAttempts when the phone has had too many wrong ones.

    It returns instead of raising when the code is wrong: the try must be committed.
    """
    tries = [Limit("code tries", request.phone, TRIES_PER_PHONE)]
    tried = codes.try_code(session, request, _purpose(request), code, tries, now)
    if tried is Tried.RIGHT:
        request.proven_at = request.proven_at or now
    return tried


def forget_tries(session: Session, phone: str) -> None:
    """Let codes sent to a phone be tried as if none had been mistyped; how many may be sent a day stays."""
    rates.forget(session, [Limit("code tries", phone, TRIES_PER_PHONE), Limit("names", phone, NAMES_PER_PHONE)])


def count_name(session: Session, request: Verification, now: datetime) -> None:
    """Count a name that is about to be asked for: it will be told whether somebody has it; raises TooManyAttempts."""
    rates.take(session, [Limit("names", request.phone, NAMES_PER_PHONE)], now)


def finish(request: Verification, now: datetime) -> None:
    """End a request that was carried out: its code can't be used again, and what was typed is forgotten."""
    request.ended_at = now
    request.password_hash = ""


def of_token(session: Session, purpose: Purpose, token: str, now: datetime) -> Verification:
    """Return the living request of a cookie's token, locked until the end of the transaction; raises RequestOver."""
    return _living(session, now, col(Verification.token_hash) == token_hash(token), purpose)


def of_asker(session: Session, purpose: Purpose, who: Consumer, now: datetime) -> Verification:
    """Return the caller's living request, locked until the end of the transaction; raises RequestOver."""
    return _living(session, now, col(Verification.asker_id) == who.user_id, purpose)


def describe(request: Verification, stage: Stage, now: datetime, choices: list[Choice] | None = None) -> Pending:
    """Return what the request's own browser may see of it."""
    return Pending(
        stage=stage,
        phone=request.phone,
        resend_in=codes.resend_in(request, now),
        minutes_left=codes.minutes_left(request, now),
        name=request.name,
        account_number=request.account_number or "",
        choices=choices or [],
    )


def _send_code(session: Session, request: Verification, now: datetime) -> None:
    expected = _is_expected(session, request)
    rates.take(session, _limits(request, expected=expected), now)
    code = codes.new_code()
    # Nobody may guess their way through a request whose phone is wrong: no six digits have its digest.
    codes.remember(request, _code_hash(request, code if expected else secrets.token_hex()), now)
    assert request.id is not None
    sms.cancel(session, request.id, now)
    sms.enqueue(
        session, request.phone, message_text(request.purpose), now,
        expires_at=now + CODE_LIVES, code=code, verification_id=request.id, withheld=not expected,
    )  # fmt: skip


def message_text(purpose: Purpose) -> str:
    """Return the text of a message; its last line lets browsers fill the code in, on our own pages only (WebOTP)."""
    host = urlsplit(settings().origin).hostname
    about = f"{settings().company_name}: код {{code}} {ACTIONS[purpose]}. Никому его не сообщайте."
    return f"{about}\n\n@{host} #{{code}}"


def _is_expected(session: Session, request: Verification) -> bool:
    """Say whether the phone is the one on record for what is asked: only then a code may go to it."""
    if request.purpose is Purpose.RECOVERY:
        known = select(User.id).where(User.phone == request.phone)
        return session.exec(known.limit(1)).first() is not None
    return holders.is_on_record(session, request.account_number, request.phone)


def _limits(request: Verification, *, expected: bool) -> list[Limit]:
    return [
        # For one purpose: whoever has just registered and already needs another code need not wait.
        Limit("codes per minute", f"{request.purpose}\0{request.phone}", ONE_A_MINUTE),
        Limit("codes per day", request.phone, PER_PHONE),
        Limit("codes per address", network_of(request.address), PER_ADDRESS),
        Limit("code requests", "", REQUESTS),
        # Only messages that cost money use up the company's ceiling; the others just wait for it too.
        Limit("codes", "", rates.per_day(), counted=expected),
    ]


def _living(session: Session, now: datetime, whose: ColumnElement[bool], purpose: Purpose) -> Verification:
    newest = (
        select(Verification)
        .where(
            whose,
            col(Verification.purpose) == purpose,
            col(Verification.ended_at).is_(None),
            or_(
                col(Verification.proven_at).is_(None) & (col(Verification.code_sent_at) > now - REQUEST_LIVES),
                col(Verification.proven_at) > now - PROVEN_LIVES,
            ),
        )
        .order_by(col(Verification.id).desc())
        .limit(1)
        .with_for_update()
    )
    request = session.exec(newest).first()
    if request is None:
        raise RequestOver
    return request


def end_earlier(session: Session, purpose: Purpose, asker_id: int, now: datetime) -> None:
    """End whatever a user asked for before with the same purpose."""
    session.exec(
        update(Verification)
        .where(
            col(Verification.asker_id) == asker_id,
            col(Verification.purpose) == purpose,
            col(Verification.ended_at).is_(None),
        )
        .values(ended_at=now)
    )


def _code_hash(request: Verification, code: str) -> str:
    return codes.digest(_purpose(request), code)


def _purpose(request: Verification) -> str:
    return f"code {request.id}"
