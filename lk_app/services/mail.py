"""The outbox of letters: what state a letter is in, and every way from one state to another.

The rule: a letter that was put here is handed to the mail server at least once while it is of use, even when the
process dies at any point. It holds because

- `claim` takes a letter out by compare-and-set in a transaction that is committed before the server hears of it, and
  only lends it: when the process that has it is not heard of for a `LEASE`, the letter is due again;
- what was written in it is forgotten only in the transaction that ends it: sent, refused for good, too old, cancelled.

What a death can cost is a letter that comes twice. Both then have the same Message-ID, so that a mailbox can tell.

What nobody waits for goes `by_day`: never at night, and after everything that somebody waits for, a code above all.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from lk_app.gateways.mail import portal_host
from lk_app.gateways.mail.interface import Attachment as Attachment
from lk_app.gateways.mail.interface import Outcome, OutgoingLetter, Verdict
from lk_app.models import Letter, LetterState
from lk_app.services import daytime
from lk_app.settings import Environment, settings

LIVES = timedelta(days=2)
LEASE = timedelta(minutes=10)
"""More than a mail server takes to answer or to time out."""

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300, 900, 1_800, 3_600))
"""Waits between tries; the last one is repeated until the letter expires."""

UNDERWAY = (LetterState.QUEUED, LetterState.SENDING)


@dataclass(frozen=True)
class Claimed:
    """A letter that is lent to the process that holds this."""

    id: int
    tries: int
    expires_at: datetime
    outgoing: OutgoingLetter


def is_available() -> bool:
    """Say whether letters can be sent here: by a mail server, or outside production to the sandbox."""
    return bool(settings().smtp_host) or settings().env is not Environment.PRODUCTION


def enqueue(
    session: Session,
    user_id: int,
    address: str,
    subject: str,
    text: str,
    now: datetime,
    attachment: Attachment | None = None,
    *,
    expires_at: datetime | None = None,
    by_day: bool = False,
) -> int:
    """Put a user's letter into the outbox and return its id; it is tried for two days unless it `expires_at` then.

    What goes `by_day` waits at night, whatever made it late.
    """
    letter = Letter(
        user_id=user_id,
        message_id=f"<{secrets.token_hex(16)}@{portal_host(settings())}>",
        address=address,
        subject=subject,
        text=text,
        state=LetterState.QUEUED,
        created_at=now,
        expires_at=expires_at or now + LIVES,
        by_day=by_day,
        next_try_at=now,
    )
    if attachment:
        letter.attachment_name, letter.attachment_type = attachment.name, attachment.media_type
        letter.attachment = attachment.content
    session.add(letter)
    session.flush()
    assert letter.id is not None
    return letter.id


def cancel(session: Session, letter_id: int) -> None:
    """Let a letter not be sent any more, if it is not yet."""
    _end(session, col(Letter.id) == letter_id, state=LetterState.CANCELLED)


def cancel_to(session: Session, user_id: int, address: str) -> None:
    """Let no letter of a user that waits be sent to this address any more."""
    _end(session, col(Letter.user_id) == user_id, col(Letter.address) == address, state=LetterState.CANCELLED)


def is_due(session: Session, now: datetime) -> bool:
    """Say whether `claim` would find something: spares an idle outbox the transaction."""
    return session.exec(select(Letter.id).where(*_due(now)).limit(1)).first() is not None


def claim(session: Session, now: datetime) -> Claimed | None:
    """Borrow the next due letter; to be committed before it is handed over. Those of no use any more are ended."""
    while letter := session.exec(_next_due(now)).first():
        claimed = _claimed(letter)
        this = col(Letter.id) == claimed.id, col(Letter.tries) == letter.tries
        if letter.expires_at <= now:
            _end(session, *this, state=LetterState.FAILED, error=letter.error or "expired")
        elif _move(session, *this, state=LetterState.SENDING, tries=claimed.tries, next_try_at=now + LEASE):
            return claimed
    return None


def record(session: Session, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Note what came of handing a letter over.

    That it was taken counts even when the lease has run out meanwhile; anything else only of whoever has it now.
    """
    this, lent = col(Letter.id) == claimed.id, col(Letter.tries) == claimed.tries
    next_try_at = now + BACK_OFF[min(claimed.tries, len(BACK_OFF)) - 1]
    if outcome.verdict is Verdict.TAKEN:
        _end(session, this, state=LetterState.SENT, sent_at=now, error="")
    elif outcome.verdict is Verdict.REFUSED or next_try_at >= claimed.expires_at:
        _end(session, this, lent, state=LetterState.FAILED, error=outcome.error)
    else:
        _move(session, this, lent, state=LetterState.QUEUED, next_try_at=next_try_at, error=outcome.error)


def by_day_waiting(session: Session) -> int:
    """Return how many letters that nobody waits for have not ended."""
    waiting = select(func.count()).where(col(Letter.state).in_(UNDERWAY), col(Letter.by_day))
    return session.exec(waiting).one()


def forget_user(session: Session, user_id: int) -> None:
    """Delete every letter of a user."""
    session.exec(delete(Letter).where(col(Letter.user_id) == user_id))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    permitted = () if daytime.is_day(now) else (col(Letter.by_day).is_(False),)
    return col(Letter.state).in_(UNDERWAY), col(Letter.next_try_at) <= now, *permitted


def _next_due(now: datetime) -> SelectOfScalar[Letter]:
    """Return the query for the next due letter, which on PostgreSQL passes by those another worker is claiming."""
    first = col(Letter.by_day), col(Letter.next_try_at), col(Letter.id)
    return select(Letter).where(*_due(now)).order_by(*first).limit(1).with_for_update(skip_locked=True)


def _claimed(letter: Letter) -> Claimed:
    assert letter.id is not None
    attached = letter.attachment_name
    outgoing = OutgoingLetter(
        letter.message_id,
        letter.created_at,
        letter.address,
        letter.subject,
        letter.text,
        Attachment(attached, letter.attachment or b"", letter.attachment_type) if attached else None,
    )
    return Claimed(letter.id, letter.tries + 1, letter.expires_at, outgoing)


def _end(session: Session, *which: ColumnElement[bool], **values: object) -> bool:
    """End letters, of which only the address is left then."""
    return _move(session, *which, subject="", text="", attachment_name="", attachment=None, **values)


def _move(session: Session, *which: ColumnElement[bool], **values: object) -> bool:
    """Change letters that have not ended; the one place where a state changes by compare-and-set."""
    change = update(Letter).where(*which, col(Letter.state).in_(UNDERWAY))
    return session.exec(change.values(**values)).rowcount > 0
