"""What waits to be told: noted as it happens, told soon after or in the morning, a page of users at a time.

It is not told at once: two things that happen one after the other make one message, whoever makes them happen waits for
nobody's phone, and what was true at night, a phone, a choice, the thing itself, is asked again by day.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select, literal, tuple_
from sqlalchemy import select as columns
from sqlmodel import Session, col, delete, select

from lk_app.models import NotificationChoice, Topic, UntoldAnswer, UntoldDecision, User
from lk_app.models.values import Instant
from lk_app.services import daytime
from lk_app.services.inserting import insert_into
from lk_app.services.notifications import delivery
from lk_app.services.notifications.delivery import Draft, Recipient
from lk_app.services.notifications.words import Text

PAGE = 500

OF_USE = timedelta(days=2)
"""How long something waits while no more messages may go out; the portal's screens show it all the time."""

Subject = TypeVar("Subject")
Statement = Select[*tuple[Any, ...]]
Waiting = Row[*tuple[Any, ...]]
"""A row with all that decides whether and how it is told; what has gone meanwhile is None in it."""


@dataclass(frozen=True)
class Untold(Generic[Subject]):
    """What waits of one topic: where it is noted, and how each of it is told."""

    topic: Topic
    table: type[UntoldAnswer | UntoldDecision]
    thing: str
    """The column that says which thing is to be told of."""
    details: Callable[[Statement], Statement]
    """Lets a statement over the table find what `news` asks for."""
    news: Callable[[Waiting], tuple[str, Subject] | None]
    """The occasion and what a text is written of; None if nobody is to be told of it any more."""
    write: Callable[[Sequence[Subject]], Text]

    def note(self, session: Session, user_id: int, thing: str, now: datetime, *conditions: Any) -> None:
        """Let a user be told of something, if they want that and the conditions hold; told anew if it waits already."""
        wanted = (
            columns(literal(user_id), literal(thing), literal(now, Instant()))
            .select_from(NotificationChoice)
            .where(col(NotificationChoice.user_id) == user_id, col(NotificationChoice.topic) == self.topic, *conditions)
        )
        noted = insert_into(session, self.table).from_select(["user_id", self.thing, "at"], wanted)
        session.execute(noted.on_conflict_do_update(index_elements=["user_id", self.thing], set_={"at": now}))

    def is_any(self, session: Session) -> bool:
        """Say whether `give_page` would find something: spares the transaction."""
        return session.exec(select(self.table.user_id).limit(1)).first() is not None

    def give_page(self, session: Session, after: int, now: datetime) -> int | None:
        """Tell the next users after this one what waits for them, by day only.

        Returns the last of them, or None if there are no more. What must not go out today remains for tomorrow.
        """
        if not daytime.is_day(now):
            return None
        rows = self._waiting(session, after)
        allowed = delivery.allowance(session, now)
        over = [row for row in rows if self._is_over(row, now)]
        drafts = self._drafts([row for row in rows if not self._is_over(row, now)], now)
        told = {draft.to.user_id for draft in delivery.give(session, drafts, allowed, now)}
        self._forget(session, [*over, *(row for row in rows if row.user_id in told)])
        return rows[-1].user_id if len(rows) == PAGE and not allowed.is_used_up else None

    def forget_user(self, session: Session, user_id: int) -> None:
        """Tell a user who is being deleted nothing more."""
        session.exec(delete(self.table).where(col(self.table.user_id) == user_id))

    @property
    def _key(self) -> tuple[Any, Any]:
        return col(self.table.user_id), getattr(self.table, self.thing)

    def _waiting(self, session: Session, after: int) -> Sequence[Waiting]:
        """Return a page of what waits, passing by what another process is telling."""
        user_id, thing = self._key
        everything = (
            columns(
                user_id, thing.label("thing"), col(self.table.at),
                col(NotificationChoice.way), col(User.phone), col(User.email),
            )
            .select_from(self.table)
            .join(User, col(User.id) == user_id)
            .outerjoin(
                NotificationChoice,
                (col(NotificationChoice.user_id) == user_id) & (col(NotificationChoice.topic) == self.topic),
            )
        )  # fmt: skip
        page = self.details(everything).where(user_id > after).order_by(user_id, thing).limit(PAGE)
        return session.execute(page.with_for_update(of=self.table, skip_locked=True)).all()

    def _is_over(self, row: Waiting, now: datetime) -> bool:
        """Say whether nobody is to be told of this any more."""
        is_wanted = row.way is not None and _recipient(row).can_be_reached and row.at > now - OF_USE
        return not is_wanted or self.news(row) is None

    def _drafts(self, rows: Iterable[Waiting], now: datetime) -> list[Draft[Subject]]:
        """Return one message for each user."""
        return [
            Draft(to, dict(filter(None, map(self.news, of_user))), self.write, now + delivery.LIVES)
            for to, of_user in groupby(rows, _recipient)
        ]

    def _forget(self, session: Session, rows: Iterable[Waiting]) -> None:
        told = [(row.user_id, row.thing) for row in rows]
        if told:
            session.exec(delete(self.table).where(tuple_(*self._key).in_(told)))


def _recipient(row: Waiting) -> Recipient:
    return Recipient(row.user_id, row.way, row.phone, row.email)
