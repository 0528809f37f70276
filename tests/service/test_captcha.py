"""A captcha is answered once, in time, and by its number."""

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import Captcha
from lk_app.services import captcha
from lk_app.services.errors import TooManyAttempts
from lk_app.services.session import WRITES
from lk_app.settings import settings
from tests.cleaning import forgotten

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ADDRESS = "203.0.113.7"
ID = "abcdefghijklmnopqrstuv"
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def fixed_answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LK_CAPTCHA_ANSWER", "1000")
    settings.cache_clear()
    yield "1000"
    settings.cache_clear()


def asked(session: Session, question: str = "37+8", captcha_id: str = ID) -> str:
    session.add(Captcha(id=captcha_id, question=question, created_at=NOW))
    session.flush()
    return captcha_id


def test_questions_are_a_two_digit_number_and_a_one_digit_one() -> None:
    for _ in range(2_000):
        question = captcha.new_question()
        assert re.fullmatch(r"[1-9]\d[+-][2-9]", question)
        assert 11 <= eval(question) <= 99


def test_an_id_tells_nothing_of_the_question(session: Session) -> None:
    captcha_id = captcha.issue(session, ADDRESS, NOW)

    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", captcha_id)
    assert captcha.question(session, captcha_id, NOW) == session.exec(select(Captcha.question)).one()


@pytest.mark.parametrize(
    ("question", "answer"),
    [("37+8", "45"), ("37-8", "29"), ("98-9", " 8 9 "), ("37+8", "4\u00a05\n"), ("37+8", "045"), ("37+8", "٤٥")],
)
def test_the_number_is_the_answer_however_it_is_spaced(session: Session, question: str, answer: str) -> None:
    assert captcha.answered(session, asked(session, question), answer, NOW)


@pytest.mark.parametrize(
    "answer", ["44", "37+8", "−45", "-45", "45.0", "4e1", "", " ", "\0", "45\0", "²", "9" * 10_000]
)
def test_anything_else_is_wrong(session: Session, answer: str) -> None:
    assert not captcha.answered(session, asked(session), answer, NOW)


@pytest.mark.parametrize("answer", ["45", "44", ""])
def test_every_answer_is_the_only_one(session: Session, answer: str) -> None:
    captcha.answered(session, asked(session), answer, NOW)

    assert captcha.question(session, ID, NOW) is None
    assert not captcha.answered(session, ID, "45", NOW)


def test_of_two_answers_at_once_one_counts(engine: Engine) -> None:
    ids = [f"{number:022}" for number in range(10)]
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        for captcha_id in ids:
            asked(session, captcha_id=captcha_id)
        session.commit()

    def answer(captcha_id: str) -> bool:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            right = captcha.answered(session, captcha_id, "45", NOW)
            session.commit()
            return right

    with ThreadPoolExecutor(4) as threads:
        right = sum(threads.map(answer, [captcha_id for captcha_id in ids for _ in range(4)]))

    assert right == len(ids)


def test_after_ten_minutes_it_is_neither_shown_nor_answered(session: Session) -> None:
    last = NOW + timedelta(minutes=10)

    assert captcha.question(session, asked(session), last) == "37+8"
    assert captcha.question(session, ID, last + MOMENT) is None
    assert not captcha.answered(session, ID, "45", last + MOMENT)
    assert captcha.answered(session, ID, "45", last)


def test_another_picture_leaves_the_first_question_as_it_was(session: Session) -> None:
    first, second = (captcha.issue(session, ADDRESS, NOW) for _ in range(2))

    assert first != second
    captcha.answered(session, first, "0", NOW)
    assert captcha.question(session, second, NOW) is not None


def test_old_ones_are_forgotten(session: Session) -> None:
    asked(session)

    forgotten(session, Captcha, NOW + timedelta(minutes=10))
    assert session.exec(select(Captcha)).all()
    forgotten(session, Captcha, NOW + timedelta(minutes=10) + MOMENT)
    assert not session.exec(select(Captcha)).all()


def test_an_address_gets_thirty_and_then_one_in_three_seconds(session: Session) -> None:
    for _ in range(30):
        captcha.issue(session, ADDRESS, NOW)

    with pytest.raises(TooManyAttempts) as refusal:
        captcha.issue(session, ADDRESS, NOW)
    assert refusal.value.seconds == 3
    captcha.issue(session, "198.51.100.1", NOW)
    captcha.issue(session, ADDRESS, NOW + timedelta(seconds=3))


def test_all_addresses_together_have_a_limit_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captcha, "OVERALL", captcha.Pace(burst=5, interval=captcha.OVERALL.interval))
    for number in range(5):
        captcha.issue(session, f"203.0.113.{number}", NOW)

    with pytest.raises(TooManyAttempts):
        captcha.issue(session, "203.0.113.5", NOW)


def test_the_fixed_answer_is_right_once_and_in_time(session: Session, fixed_answer: str) -> None:
    assert not captcha.answered(session, ID, fixed_answer, NOW)
    asked(session)
    assert not captcha.answered(session, ID, fixed_answer, NOW + timedelta(minutes=10) + MOMENT)
    assert captcha.answered(session, ID, fixed_answer, NOW)
    assert not captcha.answered(session, ID, fixed_answer, NOW)


def test_beside_the_fixed_answer_the_number_is_right(session: Session, fixed_answer: str) -> None:
    assert captcha.answered(session, asked(session), "45", NOW)


@pytest.mark.parametrize("answer", ["1000", ""])
def test_without_the_setting_there_is_no_fixed_answer(session: Session, answer: str) -> None:
    assert settings().captcha_answer == ""
    assert not captcha.answered(session, asked(session), answer, NOW)


@tries(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(captcha_id=st.one_of(st.text(st.characters(codec=None)), st.from_regex(captcha.ID)), answer=st.text())
def test_no_garbage_is_right_or_an_error(session: Session, captcha_id: str, answer: str) -> None:
    assert captcha.question(session, captcha_id, NOW) is None
    assert captcha.answered(session, captcha_id, answer, NOW) is False


@tries(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=st.one_of(st.text(st.characters(codec=None)), st.integers().map(str)))
def test_only_the_number_answers(session: Session, answer: str) -> None:
    """Whatever is typed, `37+8` takes nothing but 45."""
    captcha_id = asked(session, captcha_id=secrets.token_urlsafe(16))

    right = captcha.answered(session, captcha_id, answer, NOW)

    assert right == (re.sub(r"\s", "", answer).lstrip("0") == "45")
