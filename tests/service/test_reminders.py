"""Reminders: who is reminded of what, on which days and hours; each occasion once, whatever happens meanwhile."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, delete, select, update

from lk_app.models import (
    Account,
    AccountLink,
    Meter,
    MeterState,
    Notification,
    NotificationChoice,
    Premises,
    ReadingSource,
    ReadingState,
    SmsMessage,
    Topic,
    User,
    Way,
)
from lk_app.services import deletion
from lk_app.services.notifications import reminders, rounds
from lk_app.services.session import reading, writing
from lk_app.settings import Environment, settings
from tests import factories
from tests.notified import (
    FIRST_DAY,
    LAST_DAY,
    NUMBER,
    PHONE,
    asked,
    counted_statements,
    dying_after,
    letters,
    local,
    occasions,
    remind,
    sms_texts,
    user_with_meter,
)
from tests.outbox import side_by_side

OPENS, ENDS = f"window opens {NUMBER} 2026-11-15", f"window ends {NUMBER} 2026-11-25"
OPENING, ENDING = local(FIRST_DAY, 9), local(LAST_DAY - timedelta(days=2), 9)
DAY = timedelta(days=1)
LATER = factories.NOW + DAY


# ---------- the days on which readings count ----------


@pytest.fixture
def user(portal: str) -> int:
    """A user who wants SMS about the window and has one account with a meter."""
    return user_with_meter(Topic.WINDOW)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "told"),
    [
        (14, 12, 0, []),
        (14, 20, 59, []),
        (15, 0, 0, []),
        (15, 8, 59, []),
        (15, 9, 0, [OPENS]),
        (15, 20, 59, [OPENS]),
        (15, 21, 0, []),
        (22, 20, 59, [OPENS]),
        (23, 8, 59, []),
        (23, 9, 0, [ENDS]),
        (25, 20, 59, [ENDS]),
        (25, 21, 0, []),
        (26, 9, 0, []),
    ],
)
def test_the_window_is_told_while_it_is_open_by_day(
    user: int, day: int, hour: int, minute: int, told: list[str]
) -> None:
    remind(local(date(2026, 11, day), hour, minute))

    assert occasions() == told
    assert len(sms_texts()) == len(told)


@pytest.mark.parametrize(
    ("zone", "instant", "told"),
    [
        ("Asia/Kamchatka", datetime(2026, 11, 14, 20, 59, tzinfo=UTC), []),
        ("Asia/Kamchatka", datetime(2026, 11, 14, 21, 0, tzinfo=UTC), [OPENS]),
        ("Asia/Yekaterinburg", datetime(2026, 11, 15, 3, 59, tzinfo=UTC), []),
        ("Asia/Yekaterinburg", datetime(2026, 11, 15, 4, 0, tzinfo=UTC), [OPENS]),
        ("Europe/Kaliningrad", datetime(2026, 11, 15, 6, 59, tzinfo=UTC), []),
        ("Europe/Kaliningrad", datetime(2026, 11, 15, 7, 0, tzinfo=UTC), [OPENS]),
        ("Europe/Kaliningrad", datetime(2026, 11, 25, 18, 59, tzinfo=UTC), [ENDS]),
        ("Asia/Kamchatka", datetime(2026, 11, 25, 9, 0, tzinfo=UTC), []),
    ],
)
def test_days_and_hours_are_the_company_s(
    user: int, monkeypatch: pytest.MonkeyPatch, zone: str, instant: datetime, told: list[str]
) -> None:
    monkeypatch.setattr(settings(), "time_zone", zone)
    remind(instant)

    assert occasions() == told


def test_each_is_told_once_in_a_month(user: int) -> None:
    hours = [local(FIRST_DAY, 0) + timedelta(hours=hour) for hour in range(0, 24 * 12, 5)]
    for now in hours:
        remind(now)

    assert occasions() == [ENDS, OPENS]
    assert len(sms_texts()) == 2
    remind(local(date(2026, 12, 15)))
    assert len(sms_texts()) == 3


def test_whoever_was_not_reminded_at_first_is_later(user: int) -> None:
    remind(local(FIRST_DAY + 5 * DAY))

    assert occasions() == [OPENS]


def test_a_window_that_is_moved_is_another_occasion(user: int, monkeypatch: pytest.MonkeyPatch) -> None:
    remind(OPENING)
    remind(ENDING)
    monkeypatch.setattr(settings(), "readings_to_day", 27)
    remind(local(date(2026, 11, 24)))
    assert occasions() == [ENDS, OPENS]

    remind(local(date(2026, 11, 25)))
    monkeypatch.setattr(settings(), "readings_to_day", 28)
    monkeypatch.setattr(settings(), "readings_from_day", 20)
    remind(local(date(2026, 11, 25)))

    assert occasions() == [ENDS, ENDS.replace("25", "27"), OPENS, OPENS.replace("15", "20")]


def test_a_window_of_three_days_is_told_once(user: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "readings_from_day", 23)
    for day in range(20, 27):
        remind(local(date(2026, 11, day)))

    assert occasions() == [ENDS]


def test_a_reminder_is_of_no_use_after_the_last_evening(user: int) -> None:
    remind(local(LAST_DAY, 20))

    with reading() as session:
        assert session.exec(select(SmsMessage.expires_at)).one() == local(LAST_DAY, 21)


@pytest.mark.parametrize(
    ("came", "reminded"),
    [
        ({"taken_on": FIRST_DAY, "state": ReadingState.PENDING}, False),
        ({"taken_on": FIRST_DAY, "state": ReadingState.ACCEPTED}, False),
        ({"taken_on": FIRST_DAY, "state": ReadingState.ACCEPTED, "source": ReadingSource.PHONE}, False),
        ({"taken_on": FIRST_DAY - DAY, "state": ReadingState.ACCEPTED}, True),
        ({"taken_on": FIRST_DAY, "state": ReadingState.REFUSED, "reason": "не видно"}, True),
        ({"taken_on": FIRST_DAY, "state": ReadingState.WITHDRAWN, "sent_at": OPENING, "flags": ""}, True),
    ],
)
@pytest.mark.parametrize("now", [OPENING, ENDING], ids=["opens", "ends"])
def test_whoever_has_sent_their_readings_is_left_alone(
    user: int, came: dict[str, Any], reminded: bool, now: datetime
) -> None:
    with writing() as session:
        factories.reading(session, session.exec(select(Meter)).one(), 5_214_000, **came)

    remind(now)

    assert len(sms_texts()) == reminded


@pytest.mark.parametrize(
    ("other_meter", "reminded"),
    [
        ({}, True),
        ({"state": MeterState.FAULTY}, False),
        ({"state": MeterState.REMOVED}, False),
        ({"remote": True}, False),
    ],
)
def test_only_a_meter_whose_reading_is_expected_is_a_reason(
    user: int, other_meter: dict[str, Any], reminded: bool
) -> None:
    with writing() as session:
        factories.reading(session, session.exec(select(Meter)).one(), 5_214_000, FIRST_DAY)
        factories.meter(session, session.get_one(Account, NUMBER), **other_meter)

    remind(ENDING)

    assert len(sms_texts()) == reminded


def test_an_account_without_meters_is_none(user: int) -> None:
    with writing() as session:
        session.exec(delete(Meter))

    remind(OPENING)

    assert sms_texts() == []


def test_several_accounts_make_one_message_and_one_attached_later_another(user: int) -> None:
    add_account(user, "66010000025", "Дача")
    remind(OPENING)
    assert sms_texts() == ["Демогаз: передайте показания не позднее 25 ноября, ЛС …0017, «Дача»."]

    add_account(user, "66010000033", "")
    remind(OPENING)
    assert sms_texts()[1:] == ["Демогаз: передайте показания не позднее 25 ноября, ЛС …0033."]
    assert len(occasions()) == 3


def add_account(user_id: int, number: str, title: str) -> None:
    with writing() as session:
        account = factories.account(session, number)
        factories.meter(session, account)
        factories.link(session, session.get_one(User, user_id), account, title=title, attached_at=LATER)


def test_everybody_who_has_the_account_and_asked_is_told(user: int) -> None:
    with writing() as session:
        account = session.get_one(Account, NUMBER)
        for way, phone in ((Way.EMAIL, None), (Way.SMS, "9120000002")):
            factories.link(session, asked(session, factories.user(session), Topic.WINDOW, way, phone=phone), account)
        factories.link(session, factories.user(session, phone="9120000003"), account)

    remind(OPENING)

    with reading() as session:
        phones = session.exec(select(SmsMessage.phone).order_by(SmsMessage.phone)).all()
    assert (phones, len(letters())) == ([PHONE, "9120000002"], 1)


# ---------- the verification of meters ----------


TODAY = factories.TODAY
NOON = local(TODAY)


@pytest.mark.parametrize(
    ("in_days", "kind"), [(61, ""), (60, "60"), (15, "60"), (14, "14"), (1, "14"), (0, "14"), (-1, "")]
)
def test_a_verification_is_announced_60_and_14_days_before(portal: str, in_days: int, kind: str) -> None:
    due_on = TODAY + timedelta(in_days)
    user_with_meter(Topic.VERIFICATION, id="4471", verification_due_on=due_on)

    remind(NOON)

    assert occasions() == ([f"verification {kind} 4471 {due_on}"] if kind else [])


@pytest.mark.parametrize(
    ("meter", "announced"),
    [
        ({"state": MeterState.FAULTY}, True),
        ({"state": MeterState.REMOVED}, False),
        ({"remote": True}, True),
        ({"verification_due_on": None}, False),
    ],
)
def test_a_meter_that_is_in_use_must_be_verified(portal: str, meter: dict[str, Any], announced: bool) -> None:
    user_with_meter(Topic.VERIFICATION, **{"verification_due_on": TODAY + 30 * DAY} | meter)

    remind(NOON)

    assert len(sms_texts()) == announced


def test_a_verification_is_announced_twice_in_all_and_anew_when_its_day_has_changed(portal: str) -> None:
    user_with_meter(Topic.VERIFICATION, id="4471", verification_due_on=TODAY + 70 * DAY)
    for days in range(0, 80):
        remind(NOON + days * DAY)
    assert occasions() == ["verification 14 4471 2027-01-31", "verification 60 4471 2027-01-31"]

    with writing() as session:
        session.exec(update(Meter).values(verification_due_on=date(2037, 1, 31)))
    remind(local(date(2036, 12, 31)))
    assert len(occasions()) == 3


def test_two_meters_make_one_message(portal: str) -> None:
    user_with_meter(Topic.VERIFICATION, serial="02514876", verification_due_on=date(2027, 1, 20))
    with writing() as session:
        account = session.get_one(Account, NUMBER)
        factories.meter(session, account, serial="2", verification_due_on=date(2027, 1, 10))

    remind(NOON)

    assert sms_texts() == ["Демогаз: нужна поверка 2 счётчиков, первого до 10 января. Подробнее в личном кабинете."]
    assert len(occasions()) == 2


def test_those_that_are_due_sooner_are_told_apart(portal: str) -> None:
    user_with_meter(Topic.VERIFICATION, Way.EMAIL, serial="02514876", verification_due_on=TODAY + 10 * DAY)
    with writing() as session:
        account = session.get_one(Account, NUMBER)
        factories.meter(session, account, serial="2", verification_due_on=TODAY + 50 * DAY)

    remind(NOON)

    assert [letter.subject for letter in letters()] == ["Демогаз. Скоро срок поверки счётчика"] * 2


# ---------- who is not told ----------


def detached(session: Session) -> None:
    session.exec(delete(AccountLink))


def nobody_asks(session: Session) -> None:
    session.exec(delete(NotificationChoice))


def phone_gone(session: Session) -> None:
    session.exec(update(User).values(phone=None))


def to_be_deleted(session: Session) -> None:
    session.exec(update(User).values(deletes_at=OPENING - DAY))
    deletion.delete_due(session, OPENING)


def wants_letters_without_address(session: Session) -> None:
    session.exec(update(NotificationChoice).values(way=Way.EMAIL))
    session.exec(update(User).values(email=None))


@pytest.mark.parametrize("change", [detached, nobody_asks, phone_gone, to_be_deleted, wants_letters_without_address])
@pytest.mark.parametrize("topic", [Topic.WINDOW, Topic.VERIFICATION])
def test_nothing_is_sent_to_whoever_is_not_to_hear_it(
    portal: str, topic: Topic, change: Callable[[Session], None]
) -> None:
    user_with_meter(topic, verification_due_on=TODAY + DAY)
    with writing() as session:
        change(session)

    remind(OPENING)
    remind(ENDING)

    assert (sms_texts(), letters(), occasions()) == ([], [], [])


def test_where_no_letters_are_sent_none_is_written(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user_with_meter(Topic.WINDOW, Way.EMAIL)
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    remind(OPENING)

    assert (letters(), occasions()) == ([], [])


def test_a_choice_is_suspended_while_there_is_no_phone(user: int) -> None:
    with writing() as session:
        phone_gone(session)
    remind(OPENING)
    assert sms_texts() == []

    with writing() as session:
        session.get_one(User, user).phone = "9120000002"
    remind(OPENING + DAY)
    with reading() as session:
        assert session.exec(select(SmsMessage.phone)).all() == ["9120000002"]


def test_a_topic_nobody_asked_for_is_not_told(user: int) -> None:
    with writing() as session:
        session.exec(update(Meter).values(verification_due_on=TODAY))

    remind(OPENING)

    assert occasions() == [OPENS]


# ---------- many users, few messages ----------


def many_users(number: int, topic: Topic = Topic.WINDOW, way: Way = Way.SMS) -> list[int]:
    users = []
    with writing() as session:
        for index in range(number):
            account = factories.account(session, f"6601000{index:04d}")
            factories.meter(session, account, id=f"m{index}")
            name = f"Житель {chr(1072 + index // 32)}{chr(1072 + index % 32)}"
            user = asked(session, factories.user(session, name), topic, way, phone=f"912000{index:04d}")
            factories.link(session, user, account)
            users.append(user.id or 0)
    return users


def test_page_after_page_everybody_is_reminded(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "PAGE", 3)
    many_users(10)

    remind(OPENING)

    assert (len(sms_texts()), len(occasions())) == (10, 10)


def test_a_page_takes_as_many_queries_for_many_users_as_for_few(portal: str) -> None:
    many_users(5)
    remind(OPENING)
    with counted_statements() as for_few:
        remind(OPENING + DAY)
    forget_everything()
    many_users(60)
    remind(OPENING)
    with counted_statements() as for_many:
        remind(OPENING + DAY)

    assert len(for_few) == len(for_many) < 20


def forget_everything() -> None:
    with writing() as session:
        for table in (SmsMessage, Notification, NotificationChoice, AccountLink, Meter, Premises, Account, User):
            session.exec(delete(table))


def test_over_the_ceiling_the_others_are_reminded_on_the_next_days(
    portal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "reminders_per_day", 4)
    many_users(10)
    got = []
    for day in range(4):
        for hour in (9, 15, 20):
            remind(local(FIRST_DAY + day * DAY, hour))
        got.append(len(sms_texts()))

    assert got == [4, 8, 10, 10]
    with reading() as session:
        phones = session.exec(select(SmsMessage.phone)).all()
    assert len(set(phones)) == 10


def test_a_phone_gets_three_a_day_and_the_rest_on_the_next(portal: str) -> None:
    users = many_users(5)
    with writing() as session:
        session.exec(update(User).where(User.id.in_(users)).values(phone=PHONE))
    remind(OPENING)
    remind(local(FIRST_DAY, 20))
    assert len(sms_texts()) == 3

    remind(OPENING + DAY)
    assert len(sms_texts()) == 5


def test_who_gets_letters_does_not_wait_for_those_who_get_sms(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "reminders_per_day", 1)
    monkeypatch.setattr(reminders, "PAGE", 2)
    users = many_users(6)
    with writing() as session:
        last = NotificationChoice.user_id == users[-1]
        session.exec(update(NotificationChoice).where(last).values(way=Way.EMAIL))

    remind(OPENING)

    assert (len(sms_texts()), len(letters())) == (1, 1)


# ---------- whatever dies, whoever works at the same time ----------


@pytest.mark.parametrize("page_size", [2, 500])
def test_a_process_that_dies_anywhere_loses_nothing_and_doubles_nothing(
    portal: str, monkeypatch: pytest.MonkeyPatch, page_size: int
) -> None:
    monkeypatch.setattr(reminders, "PAGE", page_size)
    many_users(3)
    statements, died = 0, [True]
    while died:
        with dying_after(statements) as died:
            remind(OPENING)
        assert len(sms_texts()) == len(occasions())
        remind(OPENING)
        assert len(sms_texts()) == len(occasions()) == 3
        with writing() as session:
            session.exec(delete(SmsMessage))
            session.exec(delete(Notification))
        statements += 1

    assert statements > 8


def test_several_workers_at_once_remind_everybody_once(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "PAGE", 5)
    many_users(20)

    side_by_side(lambda: rounds.remind(lambda: OPENING))

    assert (len(sms_texts()), len(occasions())) == (20, 20)
