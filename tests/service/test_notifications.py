"""What users asked to be told of, and how they are told of decisions: once, by day, while it is theirs to know."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, delete, select, update

from lk_app.models import (
    Account,
    AccountLink,
    Letter,
    LetterState,
    Meter,
    Notification,
    NotificationChoice,
    RateLimit,
    RateWindow,
    Reading,
    ReadingState,
    SmsMessage,
    SmsState,
    Topic,
    UntoldDecision,
    User,
    Way,
)
from lk_app.services import deletion, personal_data
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors
from lk_app.services.jobs import JOBS
from lk_app.services.notifications import choices, decisions, delivery, untold, words
from lk_app.services.places import Place
from lk_app.services.session import reading, writing
from lk_app.settings import Environment, settings
from tests import factories
from tests.cleaning import cleaned
from tests.factories import NOW, TODAY
from tests.notified import (
    ADDRESS,
    NUMBER,
    PHONE,
    asked,
    dying_after,
    letters,
    local,
    occasions,
    sms_texts,
    tell_decisions,
    user_with_meter,
)
from tests.outbox import Death, side_by_side
from tests.texts import plain

PLACE = Place("203.0.113.7")
NIGHT, NEXT_MORNING = local(TODAY, 22, 30), local(TODAY + timedelta(days=1), 9)
REASON = "Показание меньше предыдущего"


# ---------- choices ----------


@pytest.fixture
def who(session: Session) -> Consumer:
    """A consumer with a proven phone and address."""
    who = factories.consumer(session, factories.account(session, NUMBER))
    user = session.get_one(User, who.user_id)
    user.phone, user.email = PHONE, ADDRESS
    session.flush()
    return who


def test_nobody_is_told_of_anything_until_they_ask(session: Session, who: Consumer) -> None:
    assert choices.of_caller(session, who) == {}


def test_choices_are_made_changed_and_taken_back(session: Session, who: Consumer) -> None:
    choices.save(session, who, choices.read({"decisions": "sms", "window": "email", "verification": "none"}))
    assert choices.of_caller(session, who) == {Topic.DECISIONS: Way.SMS, Topic.WINDOW: Way.EMAIL}

    choices.save(session, who, choices.read({"decisions": "none", "window": "sms", "verification": "email"}))
    assert choices.of_caller(session, who) == {Topic.WINDOW: Way.SMS, Topic.VERIFICATION: Way.EMAIL}


def test_what_a_form_leaves_out_stays_as_it_is(session: Session, who: Consumer) -> None:
    choices.save(session, who, choices.read({"decisions": "sms"}))
    choices.save(session, who, choices.read({"window": "sms", "what": "ever"}))

    assert choices.of_caller(session, who) == {Topic.DECISIONS: Way.SMS, Topic.WINDOW: Way.SMS}


def test_one_s_choices_are_nobody_else_s(session: Session, who: Consumer) -> None:
    other = factories.consumer(session)
    choices.save(session, who, {Topic.WINDOW: Way.SMS})
    choices.save(session, other, {Topic.WINDOW: None})

    assert (choices.of_caller(session, who), choices.of_caller(session, other)) == ({Topic.WINDOW: Way.SMS}, {})


@pytest.mark.parametrize("way", ["", "SMS", "post", "sms "])
def test_a_way_that_is_none_is_refused(way: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        choices.read({"decisions": way, "window": "sms"})

    assert refused.value.errors == {"decisions": choices.UNKNOWN}


@pytest.mark.parametrize(
    ("missing", "topic", "said"),
    [("phone", Topic.WINDOW, choices.NO_PHONE), ("email", Topic.DECISIONS, choices.NO_ADDRESS)],
)
def test_a_way_that_leads_nowhere_is_refused_and_the_rest_with_it(
    session: Session, who: Consumer, missing: str, topic: Topic, said: str
) -> None:
    setattr(session.get_one(User, who.user_id), missing, None)

    with pytest.raises(FieldErrors) as refused:
        choices.save(session, who, {Topic.WINDOW: Way.SMS, Topic.DECISIONS: Way.EMAIL})

    assert refused.value.errors == {topic.value: said}
    assert choices.of_caller(session, who) == {}


def test_where_no_letters_are_sent_none_can_be_asked_for(
    session: Session, who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    with pytest.raises(FieldErrors) as refused:
        choices.save(session, who, {Topic.WINDOW: Way.EMAIL})

    assert refused.value.errors == {"window": choices.NO_LETTERS}


def test_a_suspended_choice_stays_when_others_are_changed(session: Session, who: Consumer) -> None:
    choices.save(session, who, {Topic.WINDOW: Way.SMS})
    session.get_one(User, who.user_id).phone = None

    choices.save(session, who, {Topic.WINDOW: Way.SMS, Topic.DECISIONS: Way.EMAIL})

    assert choices.of_caller(session, who) == {Topic.WINDOW: Way.SMS, Topic.DECISIONS: Way.EMAIL}


def test_a_deleted_user_leaves_neither_choices_nor_what_they_were_told(session: Session, who: Consumer) -> None:
    choices.save(session, who, {Topic.WINDOW: Way.SMS})
    meter = factories.meter(session, session.get_one(Account, NUMBER))
    sent = factories.reading(session, meter, 5_214_000)
    factories.store(session, Notification(user_id=who.user_id, occasion="accepted R1", at=NOW))
    factories.store(session, UntoldDecision(user_id=who.user_id, reading_id=sent.id, at=NOW))
    deletion.ask(session, who, PLACE, NOW)

    deletion.delete_due(session, NOW + deletion.GRACE)

    for table in (NotificationChoice, Notification, UntoldDecision):
        assert session.exec(select(table)).all() == []


def test_the_archive_of_one_s_data_says_what_one_asked_for_and_was_told(session: Session, who: Consumer) -> None:
    choices.save(session, who, {Topic.WINDOW: Way.SMS, Topic.DECISIONS: Way.EMAIL})
    for occasion in ("window opens 66010000017 2026-11-15", "refused R261122-7K3M9QX2TD 2026-11-22 07:30:00"):
        factories.store(session, Notification(user_id=who.user_id, occasion=occasion, at=NOW))
    factories.store(session, Notification(user_id=factories.user(session).id or 0, occasion="accepted R2", at=NOW))

    sections = {section.key: section for section in personal_data.collect(session, who)}

    wanted = sections["notification_choices"].as_text()
    assert wanted == [["Решение о показании", "Письмо"], ["Приём показаний", "SMS"]]
    told = sorted(sections["notifications"].as_text(), key=lambda row: row[1])
    assert [plain(cell) for row in told for cell in row] == [
        *("22.11.2026 12:30", "Идёт приём показаний"),
        *("22.11.2026 12:30", "Показание не принято"),
    ]


@pytest.mark.parametrize("kind", ["window opens", "window ends", "verification 14", "verification 60", "accepted"])
def test_every_occasion_can_be_read_by_a_person(kind: str) -> None:
    assert words.occasion(f"{kind} whatever")


def test_what_was_told_over_400_days_ago_is_forgotten(session: Session, who: Consumer) -> None:
    for days in (399, 401):
        at = NOW - timedelta(days=days)
        factories.store(session, Notification(user_id=who.user_id, occasion=f"accepted {days}", at=at))

    cleaned(session, NOW)

    assert session.exec(select(Notification.occasion)).all() == ["accepted 399"]


# ---------- decisions ----------


@pytest.fixture
def sender(portal: str) -> int:
    """A user who wants SMS about decisions and has one account with a meter."""
    return user_with_meter(Topic.DECISIONS)


def decide(sender: int | None, state: ReadingState = ReadingState.ACCEPTED, now: datetime = NOW, **values: Any) -> str:
    """Decide about a new reading of the sender's meter, or of `meter_id`, as whoever decides does; returns its id."""
    with writing() as session:
        meter = session.exec(select(Meter).order_by(col(Meter.id))).first()
        assert meter is not None
        refused = {"reason": REASON} if state is ReadingState.REFUSED else {}
        sent = {"sent_at": NOW, "flags": "", "sent_by": sender, "decided_at": now, "state": state}
        row = factories.reading(session, meter, 5_214_000, **sent | refused | values)
        decisions.tell(session, row, meter.account_number, now)
        return row.id


def decide_again(reading_id: str, state: ReadingState, now: datetime) -> None:
    with writing() as session:
        row = session.get_one(Reading, reading_id)
        row.state, row.decided_at = state, now
        row.reason = REASON if state is ReadingState.REFUSED else ""
        decisions.tell(session, row, NUMBER, now)


def test_whoever_sent_a_reading_is_told_that_it_was_accepted(sender: int) -> None:
    decide(sender)
    tell_decisions(NOW)

    assert sms_texts() == ["Демогаз: показание 5 214 м³ от 22.11 принято, ЛС …0017."]
    with reading() as session:
        message = session.exec(select(SmsMessage)).one()
    assert (message.phone, message.by_day, message.expires_at) == (PHONE, True, NOW + timedelta(days=1))


def test_and_that_it_was_refused_and_why(sender: int) -> None:
    decide(sender, ReadingState.REFUSED)
    tell_decisions(NOW)

    assert sms_texts() == [f"Демогаз: показание 5 214 м³ от 22.11 не принято, ЛС …0017. {REASON}."]


def test_a_letter_says_it_at_more_length(portal: str) -> None:
    decide(user_with_meter(Topic.DECISIONS, Way.EMAIL, title="Дача"), ReadingState.REFUSED)
    tell_decisions(NOW)

    [letter] = letters()
    assert (letter.address, letter.by_day) == (ADDRESS, True)
    assert letter.subject == "Демогаз. Показание не принято"
    text = plain(letter.text)
    assert f"— 5 214 м³ от 22.11.2026, «Дача» (ЛС …0017): не принято. Причина: {REASON}" in text
    assert f"{settings().origin}/readings" in text
    assert f"{settings().origin}/settings" in text
    assert sms_texts() == []


def test_it_is_told_once_however_often_it_is_said(sender: int) -> None:
    reading_id = decide(sender)
    for _ in range(3):
        tell_decisions(NOW)
        decide_again(reading_id, ReadingState.ACCEPTED, NOW)

    tell_decisions(NOW)

    assert len(sms_texts()) == 1


def test_every_change_of_mind_is_told_once(sender: int) -> None:
    reading_id = decide(sender, ReadingState.REFUSED)
    minutes = [NOW + timedelta(minutes=minute) for minute in range(4)]
    tell_decisions(NOW)
    for now, state in zip(
        minutes[1:], (ReadingState.ACCEPTED, ReadingState.REFUSED, ReadingState.ACCEPTED), strict=True
    ):
        decide_again(reading_id, state, now)
        tell_decisions(now)

    said = [re.search(r"не принято|принято", text) for text in sms_texts()]
    assert [found and found[0] for found in said] == ["не принято", "принято", "не принято"]
    tell_decisions(NEXT_MORNING)
    assert sms_texts()[-1] == "Демогаз: показание 5 214 м³ от 22.11 принято, ЛС …0017."


def test_what_was_decided_otherwise_before_it_was_told_is_not_told(sender: int) -> None:
    reading_id = decide(sender, ReadingState.REFUSED)
    decide_again(reading_id, ReadingState.ACCEPTED, NOW)
    tell_decisions(NOW)

    assert sms_texts() == ["Демогаз: показание 5 214 м³ от 22.11 принято, ЛС …0017."]


def test_several_decisions_make_one_message(sender: int) -> None:
    for state in (ReadingState.ACCEPTED, ReadingState.ACCEPTED, ReadingState.REFUSED):
        decide(sender, state)
    tell_decisions(NOW)

    assert sms_texts() == ["Демогаз: показания: принято 2, не принято 1. Подробнее в личном кабинете."]
    assert len(occasions()) == 3


@pytest.mark.parametrize(
    "reason",
    ["nobody asked", "another topic", "another user asked", "detached", "no phone", "deleted"],
)
def test_nothing_is_said_to_whoever_is_not_to_hear_it(sender: int, reason: str) -> None:
    with writing() as session:
        user = session.get_one(User, sender)
        if reason in ("nobody asked", "another user asked"):
            session.exec(delete(NotificationChoice))
        if reason == "another user asked":
            asked(session, factories.user(session), Topic.DECISIONS, phone="9120000002")
        if reason == "another topic":
            session.exec(update(NotificationChoice).values(topic=Topic.WINDOW))
        if reason == "detached":
            session.exec(delete(AccountLink))
        if reason == "no phone":
            user.phone = None
        if reason == "deleted":
            user.deletes_at = NOW
            session.flush()
            deletion.delete_due(session, NOW)
    decide(sender)
    tell_decisions(NOW)

    assert (sms_texts(), letters(), occasions()) == ([], [], [])
    with reading() as session:
        assert session.exec(select(UntoldDecision)).all() == []


@pytest.mark.parametrize("state", [ReadingState.PENDING, ReadingState.WITHDRAWN])
def test_what_is_no_decision_is_not_told(sender: int, state: ReadingState) -> None:
    decide(sender, state)
    tell_decisions(NOW)

    assert sms_texts() == []


def test_what_nobody_sent_here_is_told_nobody(sender: int) -> None:
    decide(None, sent_at=None, flags=None)
    tell_decisions(NOW)

    assert sms_texts() == []


def test_whoever_asks_later_is_not_told_of_what_was_before(sender: int) -> None:
    with writing() as session:
        session.exec(update(NotificationChoice).values(topic=Topic.WINDOW))
    decide(sender)
    with writing() as session:
        asked(session, session.get_one(User, sender), Topic.DECISIONS)
    tell_decisions(NOW)

    assert sms_texts() == []


def test_nor_is_whoever_gets_the_account_later(sender: int) -> None:
    with writing() as session:
        factories.link(session, session.get_one(User, sender), factories.account(session, "66010000025"))
        session.exec(delete(AccountLink).where(AccountLink.account_number == NUMBER))
    decide(sender)
    with writing() as session:
        factories.link(session, session.get_one(User, sender), session.get_one(Account, NUMBER))
    tell_decisions(NOW)

    assert sms_texts() == []


# ---------- never at night ----------


@pytest.mark.parametrize(
    ("hour", "minute", "goes"),
    [(0, 0, False), (8, 59, False), (9, 0, True), (20, 59, True), (21, 0, False), (23, 59, False)],
)
def test_messages_go_from_nine_to_nine(sender: int, hour: int, minute: int, goes: bool) -> None:
    decide(sender)
    tell_decisions(local(TODAY, hour, minute))

    assert len(sms_texts()) == goes


def test_what_is_decided_at_night_is_told_at_nine(sender: int) -> None:
    decide(sender, now=NIGHT)
    tell_decisions(NIGHT)
    tell_decisions(NEXT_MORNING - timedelta(seconds=1))
    assert sms_texts() == []

    tell_decisions(NEXT_MORNING)
    assert len(sms_texts()) == 1


def by_morning_detached(session: Session) -> None:
    session.exec(delete(AccountLink))


def by_morning_without_phone(session: Session) -> None:
    session.exec(update(User).values(phone=None))


def by_morning_silent(session: Session) -> None:
    session.exec(delete(NotificationChoice))


@pytest.mark.parametrize("change", [by_morning_detached, by_morning_without_phone, by_morning_silent])
def test_what_has_changed_by_the_morning_counts(sender: int, change: Callable[[Session], None]) -> None:
    decide(sender, now=NIGHT)
    with writing() as session:
        change(session)
    tell_decisions(NEXT_MORNING)

    assert sms_texts() == []


def test_who_has_chosen_letters_by_the_morning_gets_a_letter(sender: int) -> None:
    decide(sender, now=NIGHT)
    with writing() as session:
        session.exec(update(NotificationChoice).values(way=Way.EMAIL))
    tell_decisions(NEXT_MORNING)

    assert (sms_texts(), len(letters())) == ([], 1)


# ---------- never too many ----------


def test_over_the_ceiling_a_decision_waits_for_the_next_day(sender: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "reminders_per_day", 1)
    with writing() as session:
        other = asked(session, factories.user(session), Topic.DECISIONS, phone="9120000002").id
        factories.link(session, session.get_one(User, other), session.get_one(Account, NUMBER))
    decide(sender)
    decide(other)

    tell_decisions(NOW)
    tell_decisions(local(TODAY, 20, 59))
    assert len(sms_texts()) == 1

    tell_decisions(NEXT_MORNING)
    assert len(sms_texts()) == 2


def test_a_decision_that_had_to_wait_for_two_days_is_left_to_the_screen(
    sender: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "reminders_per_day", 0)
    decide(sender)
    tell_decisions(NOW + timedelta(days=2) - timedelta(minutes=1))
    with reading() as session:
        assert len(session.exec(select(UntoldDecision)).all()) == 1

    tell_decisions(NOW + timedelta(days=2))

    with reading() as session:
        assert session.exec(select(UntoldDecision)).all() == []
    assert (sms_texts(), occasions()) == ([], [])


def test_the_two_days_begin_anew_with_another_decision(sender: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reading_id, a_day_and_a_half = decide(sender, ReadingState.REFUSED), timedelta(hours=36)
    decide_again(reading_id, ReadingState.ACCEPTED, NOW + a_day_and_a_half)

    tell_decisions(NOW + timedelta(days=2, hours=1))

    assert len(sms_texts()) == 1


def test_a_phone_gets_three_messages_a_day_whoever_has_it(sender: int) -> None:
    with writing() as session:
        other = asked(session, factories.user(session), Topic.DECISIONS).id
        factories.link(session, session.get_one(User, other), session.get_one(Account, NUMBER))
    for hour in range(10, 15):
        decide(sender if hour % 2 else other, now=local(TODAY, hour))
        tell_decisions(local(TODAY, hour))
    assert len(sms_texts()) == 3

    tell_decisions(NEXT_MORNING)
    assert len(sms_texts()) == 5


def test_letters_have_no_ceiling(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "reminders_per_day", 0)
    sender = user_with_meter(Topic.DECISIONS, Way.EMAIL)
    for hour in range(10, 15):
        decide(sender, now=local(TODAY, hour))
        tell_decisions(local(TODAY, hour))

    assert len(letters()) == 5


@pytest.mark.parametrize("way", Way)
def test_while_an_outbox_is_full_nothing_is_added_to_it(portal: str, monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    monkeypatch.setattr(delivery, "QUEUE", 1)
    sender = user_with_meter(Topic.DECISIONS, way)
    for hour in (10, 11):
        decide(sender, now=local(TODAY, hour))
        tell_decisions(local(TODAY, hour))
    assert len(sms_texts()) + len(letters()) == 1

    with writing() as session:
        session.exec(update(SmsMessage).values(state=SmsState.SENT))
        session.exec(update(Letter).values(state=LetterState.SENT))
    tell_decisions(local(TODAY, 12))
    assert len(sms_texts()) + len(letters()) == 2


def test_reminders_use_up_nothing_of_what_codes_and_alerts_have(sender: int) -> None:
    decide(sender)
    tell_decisions(NOW)

    with reading() as session:
        assert session.exec(select(RateLimit)).all() == session.exec(select(RateWindow)).all() == []


# ---------- whatever dies, whoever works at the same time ----------


def test_a_process_that_dies_anywhere_loses_nothing_and_doubles_nothing(sender: int) -> None:
    decide(sender)
    for statements in range(40):
        with dying_after(statements) as died:
            tell_decisions(NOW)
        assert len(sms_texts()) == len(occasions())
        if not died:
            break
        tell_decisions(NOW)
        assert len(sms_texts()) == 1
        forget_all()
        decide(sender)
    else:
        raise AssertionError("it never got through")

    assert statements > 5
    assert len(sms_texts()) == 1


def test_a_decision_and_its_note_are_one_transaction(sender: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def noted_and_dead(*args: Any) -> None:
        noted(*args)
        raise Death

    noted = decisions.tell
    monkeypatch.setattr(decisions, "tell", noted_and_dead)
    with pytest.raises(Death):
        decide(sender)
    tell_decisions(NOW)

    assert sms_texts() == []


def decide_for_many(number: int) -> None:
    """Decide about a reading of each of so many users with phones of their own."""
    for index in range(number):
        account_number = f"6601000{index:04d}"
        sender = user_with_meter(Topic.DECISIONS, number=account_number)
        with writing() as session:
            session.get_one(User, sender).phone = f"91200000{index:02d}"
            meter = session.exec(select(Meter).where(Meter.account_number == account_number)).one()
            sent = {"sent_at": NOW, "flags": "", "sent_by": sender, "decided_at": NOW}
            row = factories.reading(session, meter, 5_214_000, **sent)
            decisions.tell(session, row, account_number, NOW)


def test_page_after_page_everybody_is_told(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untold, "PAGE", 2)
    decide_for_many(5)

    tell_decisions(NOW)

    assert (len(sms_texts()), len(occasions())) == (5, 5)


def test_several_workers_at_once_tell_each_decision_once(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untold, "PAGE", 3)
    decide_for_many(12)

    side_by_side(lambda: tell_decisions(NOW))
    tell_decisions(NOW)

    assert (len(sms_texts()), len(occasions())) == (12, 12)
    with reading() as session:
        assert session.exec(select(UntoldDecision)).all() == []


def forget_all() -> None:
    with writing() as session:
        for table in (SmsMessage, Notification, UntoldDecision, Reading):
            session.exec(delete(table))


def test_the_worker_tells_decisions_every_ten_seconds_and_reminds_every_ten_minutes() -> None:
    every = {job.name: job.every for job in JOBS}

    assert every["tell decisions"] == timedelta(seconds=10)
    assert every["remind"] == timedelta(minutes=10)
