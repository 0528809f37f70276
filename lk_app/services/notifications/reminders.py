"""Reminders: of the days on which readings count, and of the verification of meters. Found by looking, never noted.

A reminder that must not go out today, or that no process was there to give, is found again while it is of use.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from sqlalchemy import select as columns
from sqlmodel import Session, col, exists, select

from lk_app.models import (
    AccountLink,
    Meter,
    MeterState,
    Notification,
    NotificationChoice,
    Reading,
    ReadingState,
    Topic,
    User,
)
from lk_app.services import daytime
from lk_app.services.notifications import delivery, words
from lk_app.services.notifications.delivery import Draft, Recipient
from lk_app.services.notifications.words import AccountName, MeterName, Text
from lk_app.services.readings.window import window_of
from lk_app.settings import settings

PAGE = 500

LAST_DAYS = timedelta(days=2)
"""How long before the last day those whose readings have not come are reminded once more."""

VERIFICATION_DAYS = (timedelta(days=14), timedelta(days=60))
"""How long before it is due a verification is announced; of what has come only the nearest is."""

Recipients = Mapping[int, Recipient]
"""Users by their ids."""


class Found(NamedTuple):
    """Something a user may have to be reminded of."""

    user_id: int
    occasion: str
    subject: Any


def topics(session: Session, now: datetime) -> tuple[Topic, ...]:
    """Return what users may have to be reminded of today."""
    window = window_of(session, _today(now))
    return (Topic.WINDOW, Topic.VERIFICATION) if window.is_open else (Topic.VERIFICATION,)


def give_page(session: Session, after: int, now: datetime, *, topic: Topic) -> int | None:
    """Remind the next users after this one of those who asked for a topic, by day only.

    Returns the last of them, or None if there are no more. What must not go out today remains for tomorrow.
    """
    if not daytime.is_day(now):
        return None
    page = _recipients(session, topic, after)
    reachable = {recipient.user_id: recipient for recipient in page if recipient.can_be_reached}
    find = _window if topic is Topic.WINDOW else _verification
    drafts = find(session, reachable, now)
    if drafts:
        allowed = delivery.allowance(session, now)
        delivery.give(session, drafts, allowed, now)
        if allowed.is_used_up:
            return None
    return page[-1].user_id if len(page) == PAGE else None


def _recipients(session: Session, topic: Topic, after: int) -> list[Recipient]:
    rows = session.connection().execute(
        columns(col(NotificationChoice.user_id), col(NotificationChoice.way), col(User.phone), col(User.email))
        .join(User, col(User.id) == col(NotificationChoice.user_id))
        .where(col(NotificationChoice.topic) == topic, col(NotificationChoice.user_id) > after)
        .order_by(col(NotificationChoice.user_id))
        .limit(PAGE)
    )
    return [Recipient(*row) for row in rows]


def _window(session: Session, recipients: Recipients, now: datetime) -> list[Draft[Any]]:
    """Return what to say of the days for readings to those who have not sent any: that they are here, or soon over."""
    today = _today(now)
    window = window_of(session, today)
    if not window.is_open:
        return []
    ends = window.last_day - today <= LAST_DAYS
    kind, which_day = ("window ends", window.last_day) if ends else ("window opens", window.first_day)
    found = [
        Found(user_id, f"{kind} {number} {which_day}", AccountName(number, title))
        for user_id, number, title in _accounts_without_readings(session, recipients, window.first_day)
    ]
    write = partial(words.window_ends if ends else words.window_opens, last_day=window.last_day)
    return _drafts(session, recipients, found, kind, write, min(now + delivery.LIVES, daytime.evening(window.last_day)))


def _accounts_without_readings(session: Session, recipients: Recipients, since: date) -> Iterable[tuple[int, str, str]]:
    """Return the accounts of users that have a meter whose reading is expected and has not come since a day."""
    came = exists().where(
        col(Reading.meter_id) == col(Meter.id),
        col(Reading.taken_on) >= since,
        col(Reading.state).in_([ReadingState.PENDING, ReadingState.ACCEPTED]),
    )
    expected = exists().where(
        col(Meter.account_number) == col(AccountLink.account_number),
        col(Meter.state) == MeterState.WORKING,
        col(Meter.remote).is_(False),
        ~came,
    )
    return session.exec(
        select(AccountLink.user_id, AccountLink.account_number, AccountLink.title)
        .where(col(AccountLink.user_id).in_(list(recipients)), expected)
        .order_by(col(AccountLink.user_id), col(AccountLink.attached_at), col(AccountLink.account_number))
    )


def _verification(session: Session, recipients: Recipients, now: datetime) -> list[Draft[Any]]:
    """Return what to say of meters that must be verified soon, those that are due sooner apart."""
    today = _today(now)
    meters = list(_meters_due(session, recipients, today, today + VERIFICATION_DAYS[-1]))
    drafts = []
    for earliest, latest in pairwise((timedelta(-1), *VERIFICATION_DAYS)):
        kind = f"verification {latest.days}"
        found = [
            Found(user_id, f"{kind} {meter_id} {meter.due_on}", meter)
            for user_id, meter_id, meter in meters
            if earliest < meter.due_on - today <= latest
        ]
        drafts += _drafts(session, recipients, found, kind, words.verification, now + delivery.LIVES)
    return drafts


def _meters_due(
    session: Session, recipients: Recipients, first: date, last: date
) -> Iterable[tuple[int, str, MeterName]]:
    """Return the meters in the accounts of users whose verification is due within some days."""
    rows = session.connection().execute(
        columns(
            col(AccountLink.user_id), col(AccountLink.account_number), col(AccountLink.title),
            col(Meter.id), col(Meter.serial), col(Meter.place), col(Meter.verification_due_on),
        )
        .join(Meter, col(Meter.account_number) == col(AccountLink.account_number))
        .where(
            col(AccountLink.user_id).in_(list(recipients)),
            col(Meter.state) != MeterState.REMOVED,
            col(Meter.verification_due_on).between(first, last),
        )
        .order_by(col(AccountLink.user_id), col(Meter.verification_due_on), col(Meter.id))
    )  # fmt: skip
    for row in rows:
        account = AccountName(row.account_number, row.title)
        yield row.user_id, row.id, MeterName(account, row.serial, row.place, row.verification_due_on)


def _drafts(
    session: Session,
    recipients: Recipients,
    found: list[Found],
    kind: str,
    write: Callable[[Sequence[Any]], Text],
    until: datetime,
) -> list[Draft[Any]]:
    """Return one message for each user about what they were not told of before."""
    told = set(
        session.exec(
            select(Notification.user_id, Notification.occasion).where(
                col(Notification.user_id).in_({user_id for user_id, _, _ in found}),
                col(Notification.occasion).startswith(f"{kind} "),
            )
        )
    )
    new = [each for each in found if (each.user_id, each.occasion) not in told]
    return [
        Draft(recipients[user_id], {each.occasion: each.subject for each in of_user}, write, until)
        for user_id, of_user in groupby(new, lambda each: each.user_id)
    ]


def _today(now: datetime) -> date:
    return now.astimezone(settings().zone).date()
