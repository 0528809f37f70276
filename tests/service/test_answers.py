"""That an appeal is answered is told to who wants it: once, by day, if they have not read it, and not what it says."""

from datetime import timedelta

import pytest
from sqlmodel import select

from lk_app.models import Appeal, NotificationChoice, Topic, UntoldAnswer, User, Way
from lk_app.services import deletion
from lk_app.services.callers import Consumer
from lk_app.services.feedback import appeals, machine
from lk_app.services.jobs import JOBS
from lk_app.services.notifications import answers, rounds
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.factories import NOW, TODAY
from tests.notified import asked, letters, local, occasions, sms_texts
from tests.outbox import side_by_side
from tests.texts import plain

MINUTE = timedelta(minutes=1)
NIGHT, NEXT_MORNING = local(TODAY, 22, 30), local(TODAY + timedelta(days=1), 9)
SAID = "Демогаз: вам ответили на обращение от 22.11. Ответ в личном кабинете."


@pytest.fixture
def who(portal: str) -> Consumer:
    """A user who wants SMS about answers."""
    return wanting(Way.SMS)


def wanting(way: Way) -> Consumer:
    with writing() as session:
        who = factories.consumer(session)
        asked(session, session.get_one(User, who.user_id), Topic.ANSWERS, way)
        return who


def answered(who: Consumer, appeal_id: str = "", at=NOW) -> str:
    """Let staff answer an appeal, a new one if none is given, as they do; returns its id."""
    with writing() as session:
        row = session.get_one(Appeal, appeal_id) if appeal_id else factories.appeal(session, who, at=NOW - MINUTE)
        member = factories.staff(session).id or 0
        factories.appeal_message(session, row, staff_id=member, text="Тайна ответа", at=at)
        machine.answered(session, row, member, at)
        answers.note(session, row, at)
        return row.id


def tell(now=NOW) -> None:
    rounds.tell_answers(lambda: now)


def test_whoever_asked_is_told_once_that_they_are_answered(who: Consumer) -> None:
    answered(who)
    for _ in range(2):
        tell()

    assert sms_texts() == [SAID]
    assert len(SAID) <= 70, "it takes more than one SMS"
    assert len(occasions()) == 1


def test_a_letter_leads_to_the_answer_and_does_not_quote_it(portal: str) -> None:
    answered(wanting(Way.EMAIL))
    tell()

    [letter] = letters()
    assert (letter.subject, letter.by_day) == ("Демогаз. Вам ответили на обращение", True)
    text = plain(letter.text)
    assert "— Обращение от 22.11.2026" in text
    assert f"Прочитать ответ: {settings().origin}/feedback" in text
    assert not any(secret in text for secret in ("Тайна", "Квитанция", "Почему"))
    assert sms_texts() == []


def test_several_answers_make_one_message_and_another_one_a_new_one(who: Consumer) -> None:
    first = answered(who)
    answered(who)
    answered(who, first, NOW + MINUTE)
    tell(NOW + MINUTE)
    answered(who, first, NOW + 2 * MINUTE)
    tell(NOW + 2 * MINUTE)

    assert [plain(text) for text in sms_texts()] == [
        "Демогаз: вам ответили на 2 обращения. Ответ в личном кабинете.",
        SAID,
    ]


def test_at_night_nothing_is_said_until_the_morning(who: Consumer) -> None:
    answered(who, at=NIGHT)
    tell(NIGHT)
    assert sms_texts() == []

    tell(NEXT_MORNING)
    assert sms_texts() == [SAID]


@pytest.mark.parametrize("reason", ["nobody asked", "another topic", "read", "no phone", "deleted", "too late"])
def test_nothing_is_said_to_whoever_need_not_hear_it(who: Consumer, reason: str) -> None:
    appeal_id = answered(who)
    with writing() as session:
        choice, user = session.exec(select(NotificationChoice)).one(), session.get_one(User, who.user_id)
        if reason == "nobody asked":
            session.delete(choice)
        if reason == "another topic":
            choice.topic = Topic.WINDOW
        if reason == "read":
            appeals.mark_seen(session, who, appeal_id, NOW)
        if reason == "no phone":
            user.phone = None
        if reason == "deleted":
            user.deletes_at = NOW
            session.flush()
            deletion.delete_due(session, NOW)
    tell(NOW + timedelta(days=2) if reason == "too late" else NOW)

    assert (sms_texts(), letters(), occasions()) == ([], [], [])
    with reading() as session:
        assert session.exec(select(UntoldAnswer)).all() == []


def test_who_does_not_want_it_is_not_even_noted(portal: str) -> None:
    with writing() as session:
        silent = factories.consumer(session)
        other = factories.consumer(session)
        asked(session, session.get_one(User, other.user_id), Topic.ANSWERS, Way.SMS)
    answered(silent)

    with reading() as session:
        assert session.exec(select(UntoldAnswer)).all() == []


def test_two_processes_tell_it_once(who: Consumer) -> None:
    answered(who)

    side_by_side(tell)

    assert sms_texts() == [SAID]


def test_the_worker_does_it() -> None:
    assert "tell answers" in [job.name for job in JOBS]
