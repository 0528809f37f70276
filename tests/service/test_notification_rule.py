"""The rule of notifications under anything that can happen, beside a second book that is kept in the simplest way."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from sqlmodel import Session, delete, select

from lk_app.models import (
    Account,
    AccountLink,
    Letter,
    Meter,
    Notification,
    NotificationChoice,
    Premises,
    Reading,
    ReadingState,
    SmsMessage,
    Topic,
    UntoldDecision,
    User,
    Way,
)
from lk_app.services.notifications import decisions
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.notified import dying_after, local, remind, tell_decisions

USERS, ACCOUNTS = (0, 1), ("66010000017", "66010000025")
PHONES, ADDRESSES = ("9120000001", "9120000002"), ("maria@example.ru", "pyotr@example.ru")
DECIDED = (ReadingState.ACCEPTED, ReadingState.REFUSED)
DAY = timedelta(days=1)


@dataclass
class Known:
    """A reading as the second book has it."""

    meter: int
    taken_on: date
    sent_by: int
    state: ReadingState = ReadingState.PENDING
    decided_at: datetime | None = None


@dataclass
class Book:
    """What is true, and who was told what, in plain Python."""

    now: datetime
    window: tuple[int, int] = (15, 25)
    choices: dict[tuple[int, Topic], Way] = field(default_factory=dict)
    phones: list[str | None] = field(default_factory=lambda: list(PHONES))
    has: set[tuple[int, int]] = field(default_factory=set)
    """Which user has which account."""
    due_on: list[date] = field(default_factory=list)
    readings: dict[str, Known] = field(default_factory=dict)
    untold: dict[tuple[int, str], datetime] = field(default_factory=dict)
    told: set[tuple[int, str]] = field(default_factory=set)
    messages: list[tuple[str, date]] = field(default_factory=list)
    """To whom, and on which day."""

    @property
    def today(self) -> date:
        return self.now.astimezone(settings().zone).date()

    @property
    def is_day(self) -> bool:
        return 9 <= self.now.astimezone(settings().zone).hour < 21

    def target(self, user: int, topic: Topic) -> str | None:
        way = self.choices.get((user, topic))
        return None if way is None else self.phones[user] if way is Way.SMS else ADDRESSES[user]

    def tell(self, user: int, topic: Topic, occasions: set[str]) -> bool:
        """Note one message about what is new; False if it has to wait."""
        target, new = self.target(user, topic), {(user, occasion) for occasion in occasions} - self.told
        if not target or not new:
            return True
        if target in PHONES and self.messages.count((target, self.today)) == 3:
            return False
        self.told |= new
        self.messages.append((target, self.today))
        return True

    def remind(self) -> None:
        if not self.is_day:
            return
        first, last = self.window
        if first <= self.today.day <= last:
            ends = last - self.today.day <= 2
            mark = f"ends {last}" if ends else f"opens {first}"
            for user in USERS:
                due = {account for account in range(2) if (user, account) in self.has and not self.came(account, first)}
                self.tell(user, Topic.WINDOW, {f"{mark} {account} {self.today:%Y%m}" for account in due})
        for nearest, furthest in ((0, 14), (15, 60)):
            for user in USERS:
                due = {
                    account
                    for account in range(2)
                    if (user, account) in self.has and nearest <= (self.due_on[account] - self.today).days <= furthest
                }
                about = {f"verification {furthest} {account} {self.due_on[account]}" for account in due}
                self.tell(user, Topic.VERIFICATION, about)

    def came(self, meter: int, first: int) -> bool:
        since = self.today.replace(day=first)
        good = [known for known in self.readings.values() if known.state is not ReadingState.REFUSED]
        return any(known.meter == meter and known.taken_on >= since for known in good)

    def decided(self, reading_id: str, state: ReadingState) -> None:
        known = self.readings[reading_id]
        known.state, known.decided_at = state, self.now
        if (known.sent_by, Topic.DECISIONS) in self.choices and (known.sent_by, known.meter) in self.has:
            self.untold[known.sent_by, reading_id] = self.now

    def tell_decisions(self) -> None:
        if not self.is_day:
            return
        for (user, reading_id), at in list(self.untold.items()):
            has = (user, self.readings[reading_id].meter) in self.has
            if not has or not self.target(user, Topic.DECISIONS) or at <= self.now - 2 * DAY:
                del self.untold[user, reading_id]
        for user in USERS:
            of_user = [reading_id for whose, reading_id in self.untold if whose == user]
            about = {f"{self.readings[each].state} {each} {self.readings[each].decided_at}" for each in of_user}
            if self.tell(user, Topic.DECISIONS, about):
                self.untold = {key: at for key, at in self.untold.items() if key[0] != user}


@dataclass
class World:
    """The database, and the book that is kept beside it."""

    users: list[int]
    book: Book

    def user(self, session: Session, index: int) -> User:
        return session.get_one(User, self.users[index])


def new_world() -> World:
    with writing() as session:
        emptied = (SmsMessage, Letter, Notification, NotificationChoice, UntoldDecision, AccountLink, Reading)
        for table in (*emptied, Meter, Premises, Account, User):
            session.exec(delete(table))
        due_on = [date(2027, 1, 5), date(2026, 12, 1)]
        for index, number in enumerate(ACCOUNTS):
            account = factories.account(session, number)
            factories.meter(session, account, id=f"m{index}", verification_due_on=due_on[index])
        users = [factories.user(session, name) for name in ("Мария Иванова", "Пётр Семёнов")]
        for index, user in enumerate(users):
            user.phone, user.email = PHONES[index], ADDRESSES[index]
        return World([user.id or 0 for user in users], Book(local(date(2026, 11, 14), 12), due_on=due_on))


class Step:
    """Something that happens, in the database and in the book."""

    def __call__(self, world: World) -> None:
        with writing() as session:
            self.happen(session, world, world.book)

    def happen(self, session: Session, world: World, book: Book) -> None:
        raise NotImplementedError


@dataclass
class Waits(Step):
    hours: int

    def __call__(self, world: World) -> None:
        world.book.now += timedelta(hours=self.hours)


@dataclass
class Chooses(Step):
    user: int
    topic: Topic
    way: Way | None

    def happen(self, session: Session, world: World, book: Book) -> None:
        key = (NotificationChoice.user_id == world.users[self.user], NotificationChoice.topic == self.topic)
        session.exec(delete(NotificationChoice).where(*key))
        book.choices.pop((self.user, self.topic), None)
        if self.way:
            session.add(NotificationChoice(user_id=world.users[self.user], topic=self.topic, way=self.way))
            book.choices[self.user, self.topic] = self.way


@dataclass
class GetsOrGivesUp(Step):
    user: int
    account: int

    def happen(self, session: Session, world: World, book: Book) -> None:
        number = ACCOUNTS[self.account]
        if (self.user, self.account) in book.has:
            session.delete(session.get_one(AccountLink, (world.users[self.user], number)))
        else:
            factories.link(session, world.user(session, self.user), session.get_one(Account, number))
        book.has ^= {(self.user, self.account)}


@dataclass
class FindsOrLosesPhone(Step):
    user: int

    def happen(self, session: Session, world: World, book: Book) -> None:
        phone = None if book.phones[self.user] else PHONES[self.user]
        world.user(session, self.user).phone = book.phones[self.user] = phone


@dataclass
class Sends(Step):
    user: int
    meter: int

    def happen(self, session: Session, world: World, book: Book) -> None:
        pending = [known for known in book.readings.values() if known.state is ReadingState.PENDING]
        if any((known.meter, known.taken_on) == (self.meter, book.today) for known in pending):
            return
        row = factories.reading(
            session, session.get_one(Meter, f"m{self.meter}"), 5_214_000, book.today,
            sent_at=book.now, sent_by=world.users[self.user], flags="", state=ReadingState.PENDING,
        )  # fmt: skip
        book.readings[row.id] = Known(self.meter, book.today, self.user)


@dataclass
class IsDecided(Step):
    which: int
    state: ReadingState

    def happen(self, session: Session, world: World, book: Book) -> None:
        ids = sorted(book.readings)
        if not ids or book.readings[ids[self.which % len(ids)]].state is self.state:
            return
        row = session.get_one(Reading, ids[self.which % len(ids)])
        row.state, row.decided_at = self.state, book.now
        row.reason = "не видно цифр" if self.state is ReadingState.REFUSED else ""
        session.flush()
        decisions.tell(session, row, ACCOUNTS[book.readings[row.id].meter], book.now)
        book.decided(row.id, self.state)


@dataclass
class IsVerifiedBy(Step):
    meter: int
    in_days: int

    def happen(self, session: Session, world: World, book: Book) -> None:
        book.due_on[self.meter] = book.today + timedelta(self.in_days)
        session.get_one(Meter, f"m{self.meter}").verification_due_on = book.due_on[self.meter]


@dataclass
class MovesTheWindow(Step):
    window: tuple[int, int]

    def __call__(self, world: World) -> None:
        world.book.window = self.window


@dataclass
class Works(Step):
    """A worker goes through everything; if it dies after so many statements, another one follows."""

    dies_after: int | None

    def __call__(self, world: World) -> None:
        book = world.book
        first, last = book.window
        with patch.multiple(settings(), readings_from_day=first, readings_to_day=last):
            for work in (remind, tell_decisions):
                if self.dies_after is not None:
                    with dying_after(self.dies_after):
                        work(book.now)
                work(book.now)
        book.remind()
        book.tell_decisions()


who, account = st.sampled_from(USERS), st.sampled_from((0, 1))
works = st.builds(Works, st.none() | st.integers(0, 20))
steps = st.lists(
    st.one_of(
        works,
        st.builds(Waits, st.sampled_from([1, 3, 11, 24, 49, 24 * 9, 24 * 31])),
        st.builds(Chooses, who, st.sampled_from(list(Topic)), st.none() | st.sampled_from(list(Way))),
        st.builds(GetsOrGivesUp, who, account),
        st.builds(FindsOrLosesPhone, who),
        st.builds(Sends, who, account),
        st.builds(IsDecided, st.integers(0, 3), st.sampled_from(DECIDED)),
        st.builds(IsVerifiedBy, account, st.sampled_from([-1, 0, 13, 14, 15, 59, 60, 61])),
        st.builds(MovesTheWindow, st.sampled_from([(15, 25), (15, 27), (10, 25), (23, 25), (1, 28)])),
    ),
    max_size=14,
)
to_begin_with = st.lists(
    st.one_of(
        st.builds(Chooses, who, st.sampled_from(list(Topic)), st.sampled_from(list(Way))),
        st.builds(GetsOrGivesUp, who, account),
        st.builds(Sends, who, account),
    ),
    min_size=5,
    max_size=12,
)


@pytest.mark.usefixtures("portal")
@example_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=to_begin_with, steps=steps)
def test_each_occasion_is_told_once_and_never_at_night_whatever_happens(before, steps):
    world = new_world()
    for happens in [*before, *(each for step in steps for each in (step, Works(None)))]:
        happens(world)
        check(world.book)


def check(book: Book) -> None:
    with reading() as session:
        sent = [*session.exec(select(SmsMessage)), *session.exec(select(Letter))]
        told = session.exec(select(Notification)).all()
    zone = settings().zone
    by_clock = [(message, message.created_at.astimezone(zone)) for message in sent]
    targets = [(getattr(message, "phone", "") or message.address, at.date()) for message, at in by_clock]

    assert Counter(targets) == Counter(book.messages)
    assert len(told) == len(book.told)
    assert all(9 <= at.hour < 21 and message.by_day for message, at in by_clock)
