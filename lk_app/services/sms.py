"""The outbox of messages to phones: what state a message is in, and every way from one state to another.

The rule: a message is given to a provider that might take it at most once, even when the process dies at any point.
It holds because

- only `claim` takes a message out of QUEUED, by compare-and-set, and its transaction is committed before any provider
  hears of the message: two workers never have the same one, and one that died while SENDING is never claimed again;
- the next provider, or the next try, comes only after every provider so far surely did not take it: it refused, or no
  connection came about. Anything else ends in SENT or UNCLEAR, from which no way leads back to QUEUED;
- only `record` leads back to QUEUED, and only the process that claimed the message can give its code back: the row
  forgets the code when it is claimed, so that after a death there is nothing left to send.

What a death can cost is a message that nobody sends: `sweep` makes it UNCLEAR after a while, and whoever waits for it
asks for another. A provider that knows our reference tells what became of it.

What nobody waits for goes `by_day`: never at night, and after everything that somebody waits for, a code above all.

A row's `next_try_at` says when to send it while it is queued, and later when to ask the provider about it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from lk_app.gateways.sms.interface import Fate, Outcome, OutgoingSms, Status, Verdict
from lk_app.models import SmsMessage, SmsState
from lk_app.services import daytime

CODE = "{code}"
"""Where the code goes in a text."""

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 30, 60, 120))
"""Waits between tries; the last one is repeated until the message expires."""

STUCK_AFTER = timedelta(minutes=5)
"""More than all providers together take to answer or to time out."""

ASKED_EVERY = timedelta(minutes=1)
"""How soon a provider is first asked about a message; later it is asked each time the message's age has doubled."""
ASKED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Claimed:
    """A message that only the process holding this may hand over. Holds the code its row has forgotten."""

    id: int
    tries: int
    expires_at: datetime
    phone: str = field(repr=False)
    text: str = field(repr=False)
    code: str | None = field(repr=False)

    @property
    def outgoing(self) -> OutgoingSms:
        """The message with its code in place."""
        return OutgoingSms(str(self.id), self.phone, self.text.replace(CODE, self.code or CODE))


@dataclass(frozen=True)
class Handed:
    """A message whose fate its provider may know."""

    id: int
    provider: str
    provider_id: str
    at: datetime
    phone: str = field(repr=False)


def enqueue(
    session: Session,
    phone: str,
    text: str,
    now: datetime,
    *,
    expires_at: datetime,
    code: str | None = None,
    verification_id: int | None = None,
    withheld: bool = False,
    by_day: bool = False,
) -> int:
    """Put a message into the outbox and return its id; `text` has `{code}` where the code goes.

    A withheld message is stored at the same cost but never sent, and its code is not kept. What goes `by_day` waits at
    night, whatever made it late.
    """
    message = SmsMessage(
        phone=phone,
        text=text,
        code=None if withheld else code,
        verification_id=verification_id,
        state=SmsState.WITHHELD if withheld else SmsState.QUEUED,
        created_at=now,
        expires_at=expires_at,
        by_day=by_day,
        next_try_at=now,
    )
    session.add(message)
    session.flush()
    assert message.id is not None
    return message.id


def cancel(session: Session, verification_id: int, now: datetime) -> None:
    """Cancel what could still be sent of a request whose code is about to be replaced."""
    session.exec(
        update(SmsMessage)
        .where(
            col(SmsMessage.verification_id) == verification_id,
            col(SmsMessage.state) == SmsState.QUEUED,
            col(SmsMessage.expires_at) > now,
        )
        .values(state=SmsState.CANCELLED, code=None)
    )


def is_due(session: Session, now: datetime) -> bool:
    """Say whether `claim` would find something: spares an idle outbox the transaction."""
    return session.exec(select(SmsMessage.id).where(*_due(now)).limit(1)).first() is not None


def claim(session: Session, now: datetime) -> Claimed | None:
    """Take the next due message out of the queue; to be committed before it is handed over.

    Messages met on the way that are of no use any more, too old or replaced by a newer code, are ended.
    """
    while message := session.exec(_next_due(now)).first():
        claimed = _claimed(message)
        if message.expires_at <= now:
            _move(session, claimed.id, SmsState.QUEUED, state=SmsState.FAILED, code=None, error="expired")
        elif _is_replaced(session, message):
            _move(session, claimed.id, SmsState.QUEUED, state=SmsState.CANCELLED, code=None)
        elif _move(
            session, claimed.id, SmsState.QUEUED,
            state=SmsState.SENDING, code=None, tries=claimed.tries, handed_at=now,
        ):  # fmt: skip
            return claimed
    return None


def offer(session: Session, claimed: Claimed, provider: str, provider_id: str, now: datetime) -> bool:
    """Note who is about to get the message, and under which name it can be asked; to be committed before.

    False forbids it: the message has expired, `sweep` took this process for dead, or night has fallen.
    """
    handed = update(SmsMessage).where(
        col(SmsMessage.id) == claimed.id,
        col(SmsMessage.state) == SmsState.SENDING,
        col(SmsMessage.expires_at) > now,
        *_permitted(now),
    )
    return session.exec(handed.values(provider=provider, provider_id=provider_id)).rowcount == 1


def record(session: Session, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Note what came of handing a message over; if surely nobody has it, queue it again while it is of use."""
    if outcome.verdict is Verdict.ACCEPTED:
        _move(
            session, claimed.id, SmsState.SENDING, SmsState.UNCLEAR,
            state=SmsState.SENT, sent_at=now, provider_id=outcome.provider_id, error="", next_try_at=now + ASKED_EVERY,
        )  # fmt: skip
    elif outcome.verdict is Verdict.UNCLEAR:
        _move(
            session, claimed.id, SmsState.SENDING,
            state=SmsState.UNCLEAR, error=outcome.error, next_try_at=now + ASKED_EVERY,
        )  # fmt: skip
    else:
        _try_again_or_fail(session, claimed, outcome.error, now)


def sweep(session: Session, now: datetime) -> None:
    """Give up what a process that died was sending: nobody knows whether the provider has it."""
    session.exec(
        update(SmsMessage)
        .where(col(SmsMessage.state) == SmsState.SENDING, col(SmsMessage.handed_at) <= now - STUCK_AFTER)
        .values(state=SmsState.UNCLEAR, code=None, error="nothing recorded", next_try_at=now)
    )


def next_to_ask(session: Session, providers: Collection[str], now: datetime) -> Handed | None:
    """Return the next message whose fate one of the providers is to be asked for."""
    message = session.exec(
        select(SmsMessage)
        .where(
            col(SmsMessage.state).in_([SmsState.SENT, SmsState.UNCLEAR]),
            # Implied by the last condition; keeps the search within the index.
            col(SmsMessage.next_try_at) > now - ASKED_FOR,
            col(SmsMessage.next_try_at) <= now,
            col(SmsMessage.provider).in_(providers),
            col(SmsMessage.provider_id) != "",
            col(SmsMessage.handed_at) > now - ASKED_FOR,
        )
        .order_by(col(SmsMessage.next_try_at), col(SmsMessage.id))
        .limit(1)
    ).first()
    return _handed(message) if message else None


def settle(session: Session, handed: Handed, status: Status, now: datetime) -> None:
    """Note what a provider says became of a message, and when to ask next if that is not its end."""
    if status.fate in (Fate.UNDERWAY, Fate.DELIVERED):
        _move(session, handed.id, SmsState.UNCLEAR, state=SmsState.SENT, sent_at=handed.at, error="")
    if status.fate is Fate.DELIVERED:
        _move(session, handed.id, SmsState.SENT, state=SmsState.DELIVERED)
    elif status.fate is Fate.FAILED:
        _move(session, handed.id, SmsState.SENT, SmsState.UNCLEAR, state=SmsState.FAILED, error=status.error)
    # Sooner the provider may just not have got round to it.
    elif status.fate is Fate.NOT_FOUND and handed.at <= now - STUCK_AFTER:
        _move(session, handed.id, SmsState.UNCLEAR, state=SmsState.FAILED, error="not found")
    ask_at = now + max(ASKED_EVERY, now - handed.at)
    _move(session, handed.id, SmsState.SENT, SmsState.UNCLEAR, next_try_at=ask_at)


def by_day_waiting(session: Session) -> int:
    """Return how many messages that nobody waits for are in the queue."""
    waiting = select(func.count()).where(col(SmsMessage.state) == SmsState.QUEUED, col(SmsMessage.by_day))
    return session.exec(waiting).one()


def by_day_since(session: Session, instant: datetime) -> dict[str, int]:
    """Return how many messages that nobody waits for were made for each phone since an instant."""
    made = select(SmsMessage.phone, func.count()).where(col(SmsMessage.created_at) >= instant, col(SmsMessage.by_day))
    return dict(session.exec(made.group_by(col(SmsMessage.phone))).all())


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(SmsMessage.state) == SmsState.QUEUED, col(SmsMessage.next_try_at) <= now, *_permitted(now)


def _permitted(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of what may be sent at this hour."""
    return () if daytime.is_day(now) else (col(SmsMessage.by_day).is_(False),)


def _next_due(now: datetime) -> SelectOfScalar[SmsMessage]:
    """Return the query for the next due message, which on PostgreSQL passes by those another worker is claiming."""
    first = col(SmsMessage.by_day), col(SmsMessage.next_try_at), col(SmsMessage.id)
    return select(SmsMessage).where(*_due(now)).order_by(*first).limit(1).with_for_update(skip_locked=True)


def _claimed(message: SmsMessage) -> Claimed:
    assert message.id is not None
    return Claimed(
        message.id, message.tries + 1, message.expires_at, phone=message.phone, text=message.text, code=message.code
    )


def _handed(message: SmsMessage) -> Handed:
    assert message.id is not None
    assert message.handed_at is not None
    return Handed(message.id, message.provider, message.provider_id, message.handed_at, phone=message.phone)


def _is_replaced(session: Session, message: SmsMessage) -> bool:
    """Say whether a newer code was made: this one was just being tried when it came, so it was not cancelled."""
    if message.code is None or message.verification_id is None:
        return False
    newer = select(SmsMessage.id).where(
        SmsMessage.verification_id == message.verification_id, col(SmsMessage.id) > message.id
    )
    return session.exec(newer.limit(1)).first() is not None


def _try_again_or_fail(session: Session, claimed: Claimed, error: str, now: datetime) -> None:
    next_try_at = now + BACK_OFF[min(claimed.tries, len(BACK_OFF)) - 1]
    again = next_try_at < claimed.expires_at
    _move(
        session, claimed.id, SmsState.SENDING,
        state=SmsState.QUEUED if again else SmsState.FAILED, code=claimed.code if again else None,
        next_try_at=next_try_at, provider="", provider_id="", error=error[:100],
    )  # fmt: skip


def _move(session: Session, message_id: int, *states: SmsState, **values: object) -> bool:
    """Change a message if it is in one of the states; the one place where a state changes by compare-and-set."""
    change = update(SmsMessage).where(col(SmsMessage.id) == message_id, col(SmsMessage.state).in_(states))
    return session.exec(change.values(**values)).rowcount == 1
