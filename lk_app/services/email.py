"""The address a user gave for letters: proven by a code sent to it, changed, removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, select

from lk_app import formats
from lk_app.models import EmailProof, SecurityEventKind, User
from lk_app.services import alerts, codes, identity, mail, rates, security, typed
from lk_app.services.callers import Consumer
from lk_app.services.codes import CODE_LIVES, RESENT_AFTER, Tried
from lk_app.services.errors import FieldErrors, NotFound, RequestOver
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Window
from lk_app.services.verification import Progress
from lk_app.settings import settings

WAITS = timedelta(hours=1)
"""How long after its last code an address can still be proven, with a new one."""

ONE_A_MINUTE = Window(most=1, period=RESENT_AFTER)
PER_USER = Window(most=5, period=timedelta(days=1))
PER_ADDRESS = Window(most=3, period=timedelta(days=1))
TRIES_PER_USER = Window(most=10, period=timedelta(hours=1))

SUBJECT = "Код подтверждения адреса"
TEXT = """Здравствуйте.

Код подтверждения: {code}

Введите его в личном кабинете, чтобы этот адрес был сохранён в настройках. Код действует 10 минут. Никому его не \
сообщайте.

Если вы не указывали этот адрес, ничего делать не нужно: без кода он не будет сохранён.

{company}, личный кабинет потребителя газа
{portal}
"""

SUBJECT_LENGTH = 40
"""Of what the security log says an event was about."""


@dataclass(frozen=True)
class PendingEmail:
    """An address that waits for its code."""

    address: str = field(repr=False)
    """To be shown masked."""
    resend_in: int
    """Seconds until another code may be asked for; 0 when it may be now."""
    minutes_left: int
    """Until the code expires; 0 when it has."""


def read(fields: Mapping[str, str]) -> str:
    """Return the address that was typed; raises FieldErrors."""
    reader = typed.Reader(fields)
    address = reader.read("email", typed.email)
    reader.finish()
    return address


def start(session: Session, who: Consumer, address: str, now: datetime) -> None:
    """Send a code to an address, in place of whatever the caller was proving before.

    Raises TooManyAttempts, FieldErrors if the address is the caller's already, or NotFound if no letters are sent here.
    """
    if identity.user_of(session, who).email == address:
        raise FieldErrors({"email": "Этот адрес уже указан"})
    end_proof(session, who.user_id)
    proof = EmailProof(user_id=who.user_id, address=address, code_hash="", code_sent_at=now)
    session.add(proof)
    _send_code(session, proof, now)


def resend(session: Session, who: Consumer, now: datetime) -> None:
    """Send a new code, which makes the one before it useless; raises RequestOver or TooManyAttempts."""
    _send_code(session, _waiting(session, who, now), now)


def confirm(session: Session, who: Consumer, code: str, place: Place, now: datetime) -> Progress:
    """Let letters go to the address if the code is right; raises RequestOver or TooManyAttempts."""
    proof = _waiting(session, who, now)
    tries = [Limit("email code tries", str(who.user_id), TRIES_PER_USER)]
    tried = codes.try_code(session, proof, _purpose(proof), code, tries, now)
    if tried is not Tried.RIGHT:
        return Progress(errors={"code": codes.refusal(tried)})
    end_proof(session, who.user_id)
    user = identity.user_of(session, who)
    _set(session, user, proof.address)
    _note(session, SecurityEventKind.EMAIL_CHANGED, who.user_id, proof.address, place, now)
    alerts.tell(session, user.phone, alerts.EMAIL_CHANGED, now)
    return Progress(done=True)


def forget_tries(session: Session, user_id: int) -> None:
    """Let codes of letters be tried as if the user had mistyped none."""
    rates.forget(session, [Limit("email code tries", str(user_id), TRIES_PER_USER)])


def remove(session: Session, who: Consumer, place: Place, now: datetime) -> None:
    """Let no more letters go to the caller's address, and tell their phone; without one nothing happens."""
    user = identity.user_of(session, who)
    if user.email is None:
        return
    take_away(session, user, place, now)
    alerts.tell(session, user.phone, alerts.EMAIL_REMOVED, now)


def take_away(session: Session, user: User, place: Place, now: datetime) -> None:
    """Let no more letters go to the address of a user whose row is locked; without one nothing happens."""
    assert user.id is not None
    former = user.email
    if former is not None:
        _set(session, user, None)
        _note(session, SecurityEventKind.EMAIL_REMOVED, user.id, former, place, now)


def pending(session: Session, who: Consumer, now: datetime) -> PendingEmail | None:
    """Return the address of the caller that waits for its code, or None."""
    try:
        proof = _waiting(session, who, now)
    except RequestOver:
        return None
    return PendingEmail(proof.address, codes.resend_in(proof, now), codes.minutes_left(proof, now))


def give_up(session: Session, who: Consumer) -> None:
    """End what the caller is proving, if there is anything."""
    end_proof(session, who.user_id)


def end_proof(session: Session, user_id: int) -> None:
    """End what a user was proving, if there is anything; its code is not sent any more."""
    proof = session.get(EmailProof, user_id)
    if proof is None:
        return
    if proof.letter_id is not None:
        mail.cancel(session, proof.letter_id)
    session.delete(proof)
    session.flush()


def forget(session: Session, user: User) -> None:
    """Delete everything about a user's addresses, and all their letters."""
    assert user.id is not None
    end_proof(session, user.id)
    user.email = None
    mail.forget_user(session, user.id)


def _waiting(session: Session, who: Consumer, now: datetime) -> EmailProof:
    proof = session.exec(select(EmailProof).where(EmailProof.user_id == who.user_id)).first()
    if proof is None or proof.code_sent_at <= now - WAITS:
        raise RequestOver
    return proof


def _send_code(session: Session, proof: EmailProof, now: datetime) -> None:
    if not mail.is_available():
        raise NotFound
    rates.take(session, _limits(proof), now)
    code = codes.new_code()
    codes.remember(proof, _code_hash(proof, code), now)
    if proof.letter_id is not None:
        mail.cancel(session, proof.letter_id)
    text = TEXT.format(code=code, company=settings().company_name, portal=settings().origin)
    expires_at = now + CODE_LIVES
    proof.letter_id = mail.enqueue(session, proof.user_id, proof.address, SUBJECT, text, now, expires_at=expires_at)


def _limits(proof: EmailProof) -> list[Limit]:
    user, address = str(proof.user_id), proof.address.lower()
    return [
        # For one address: whoever has mistyped it need not wait.
        Limit("email codes per minute", f"{user}\0{address}", ONE_A_MINUTE),
        Limit("email codes per user", user, PER_USER),
        Limit("email codes per address", address, PER_ADDRESS),
    ]


def _code_hash(proof: EmailProof, code: str) -> str:
    return codes.digest(_purpose(proof), code)


def _purpose(proof: EmailProof) -> str:
    return f"email {proof.user_id} {proof.address}"


def _set(session: Session, user: User, address: str | None) -> None:
    """Let letters of a user go to another address, or to none; those that wait for the former one are not sent."""
    assert user.id is not None
    former, user.email = user.email, address
    if former is not None:
        mail.cancel_to(session, user.id, former)


def _note(session: Session, kind: SecurityEventKind, user_id: int, address: str, place: Place, now: datetime) -> None:
    """Note in the security log what became of an address."""
    subject = formats.masked_email(address)[:SUBJECT_LENGTH]
    security.record(session, kind, user_id, now, place=place, subject=subject)
