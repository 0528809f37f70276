"""From an occasion to an outbox: never twice, and no more than may go out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlmodel import Session, col, delete

from lk_app.models import Notification, Way
from lk_app.services import daytime, mail, sms
from lk_app.services.inserting import insert_into
from lk_app.services.notifications.words import Text
from lk_app.settings import settings

LIVES = timedelta(days=1)
"""How long a message is tried to be sent."""

PER_PHONE = 3
"""Messages a phone gets in one of the company's days, whoever has it."""

QUEUE = 1_000
"""While so many of them wait in an outbox nothing is added: what comes later must not wait for hours behind them."""

Subject = TypeVar("Subject")
Occasion = tuple[int, str]
"""A user and what they are to be told of, as `notifications` has it."""


@dataclass(frozen=True)
class Recipient:
    """A user, how they want to be told, and what the portal can reach them by."""

    user_id: int
    way: Way
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)

    @property
    def can_be_reached(self) -> bool:
        """Whether the way they chose leads to them at present."""
        return bool(self.phone if self.way is Way.SMS else self.email and mail.is_available())


@dataclass(frozen=True)
class Draft(Generic[Subject]):
    """A message that may be given: what it is about, by occasion, and what it will say of those not yet given."""

    to: Recipient
    about: dict[str, Subject]
    write: Callable[[Sequence[Subject]], Text]
    until: datetime
    """When it is of no use any more."""

    @property
    def occasions(self) -> list[Occasion]:
        return [(self.to.user_id, occasion) for occasion in self.about]


@dataclass
class Allowance:
    """How many messages may go out now, counted down as they do."""

    sms: int
    letters: int
    got: dict[str, int] = field(repr=False)
    """How many each phone got today."""

    @property
    def is_used_up(self) -> bool:
        return not self.sms and not self.letters

    def take(self, to: Recipient) -> bool:
        """Count a message if it may go out."""
        if to.way is Way.EMAIL:
            allowed, self.letters = self.letters > 0, max(0, self.letters - 1)
            return allowed
        phone = to.phone or ""
        if not self.sms or self.got.get(phone, 0) >= PER_PHONE:
            return False
        self.sms, self.got[phone] = self.sms - 1, self.got.get(phone, 0) + 1
        return True


def allowance(session: Session, now: datetime) -> Allowance:
    """Return how many messages may go out now.

    It is not locked: two processes that give at the same moment can pass the ceiling by what one of them gives at once.
    """
    got = sms.by_day_since(session, daytime.midnight(now))
    return Allowance(
        sms=max(0, min(settings().reminders_per_day - sum(got.values()), QUEUE - sms.by_day_waiting(session))),
        letters=max(0, QUEUE - mail.by_day_waiting(session)),
        got=got,
    )


def give(session: Session, drafts: Sequence[Draft[Subject]], allowed: Allowance, now: datetime) -> list[Draft[Subject]]:
    """Put messages into the outboxes, each about what its user was not told of before; by day only.

    Returns those that are settled; the others were not allowed and remain to be given.
    """
    settled = [draft for draft in drafts if allowed.take(draft.to)]
    first = _insert(session, [occasion for draft in settled for occasion in draft.occasions], now)
    for draft in settled:
        about = [subject for occasion, subject in draft.about.items() if (draft.to.user_id, occasion) in first]
        if about:
            _enqueue(session, draft.to, draft.write(about), draft.until, now)
    return settled


def forget_user(session: Session, user_id: int) -> None:
    """Delete what a user who is being deleted was told of."""
    session.exec(delete(Notification).where(col(Notification.user_id) == user_id))


def _insert(session: Session, occasions: Iterable[Occasion], now: datetime) -> set[Occasion]:
    """Insert occasions and return those that were not there; whoever inserts the same at this moment is waited for."""
    # In one order, so that two who insert the same ones never wait for each other.
    rows = [{"user_id": user_id, "occasion": occasion, "at": now} for user_id, occasion in sorted(set(occasions))]
    if not rows:
        return set()
    new = insert_into(session, Notification).on_conflict_do_nothing()
    inserted = session.connection().execute(new.returning(col(Notification.user_id), col(Notification.occasion)), rows)
    return {(row.user_id, row.occasion) for row in inserted}


def _enqueue(session: Session, to: Recipient, text: Text, until: datetime, now: datetime) -> None:
    if to.way is Way.SMS:
        assert to.phone is not None
        sms.enqueue(session, to.phone, text.short, now, expires_at=until, by_day=True)
    else:
        assert to.email is not None
        mail.enqueue(session, to.user_id, to.email, text.subject, text.letter, now, expires_at=until, by_day=True)
