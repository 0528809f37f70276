"""What is needed to see who was told what: users who asked, clocks of the company, and what lies in the outboxes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from lk_app.models import Letter, Notification, NotificationChoice, SmsMessage, Topic, User, Way
from lk_app.services.notifications import rounds
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.outbox import Death
from tests.texts import plain

PHONE, ADDRESS = "9120000001", "maria@example.ru"
NUMBER = "66010000017"
FIRST_DAY, LAST_DAY = date(2026, 11, 15), date(2026, 11, 25)
"""The window of the settings in the month of the tests."""


def local(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """An instant by the company's clock."""
    return datetime.combine(day, time(hour, minute), settings().zone)


def asked(
    session: Session,
    user: User,
    topic: Topic,
    way: Way = Way.SMS,
    *,
    phone: str | None = PHONE,
    email: str | None = ADDRESS,
) -> User:
    """Let a user who can be reached want to be told of something."""
    user.phone, user.email = phone, email
    session.add(user)
    factories.store(session, NotificationChoice(user_id=user.id or 0, topic=topic, way=way))
    return user


def user_with_meter(topic: Topic, way: Way = Way.SMS, *, number: str = NUMBER, title: str = "", **meter: Any) -> int:
    """A user, committed, who asked for a topic, with one account and its meter; returns the user's id."""
    with writing() as session:
        account = factories.account(session, number)
        factories.meter(session, account, **meter)
        user = asked(session, factories.user(session, f"Житель {number}"), topic, way)
        factories.link(session, user, account, title=title)
        return user.id or 0


def remind(now: datetime) -> None:
    rounds.remind(lambda: now)


def tell_decisions(now: datetime) -> None:
    rounds.tell_decisions(lambda: now)


def occasions() -> list[str]:
    """What anybody was told of, in the order of its words."""
    with reading() as session:
        return sorted(session.exec(select(Notification.occasion)).all())


def sms_texts() -> list[str]:
    with reading() as session:
        return [plain(text) for text in session.exec(select(SmsMessage.text).order_by(col(SmsMessage.id))).all()]


def letters() -> list[Letter]:
    with reading() as session:
        return list(session.exec(select(Letter).order_by(col(Letter.id))).all())


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """A list of the statements that are executed meanwhile."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def dying_after(statements: int) -> Iterator[list[bool]]:
    """Let the process die when it has executed so many statements; the list says whether it did."""
    died: list[bool] = []
    executed = 0

    def count(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        nonlocal executed
        if executed == statements:
            died.append(True)
            raise Death
        executed += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield died
    except Death:
        pass
    finally:
        event.remove(Engine, "before_cursor_execute", count)
