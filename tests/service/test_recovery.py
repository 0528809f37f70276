"""Recovery: whoever holds the phone gets a new name and password, and nobody learns whether a phone is known."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import SecurityEvent, SecurityEventKind, User, UserSession
from lk_app.services import recovery
from lk_app.services.errors import FieldErrors, RequestOver
from lk_app.services.places import Place
from lk_app.services.session import WRITES
from lk_app.services.verification import Choice, Progress, Stage
from tests import factories
from tests.codes import another, newest_code, outbox
from tests.factories import NOW
from tests.statements import statements_of

PHONE = "9120000003"
PLACE = Place("203.0.113.7", "Chrome, Windows")
NEW_HASH = "$2b$12$abcdefghijklmnopqrstuuAkvK1sX0qgkS1ZPHzN5nTtGYl2cC8u6"

Users = Callable[..., User]


@pytest.fixture
def user(session: Session) -> User:
    return factories.user(session, "Анна Сергеева", phone=PHONE)


def apply(session: Session, phone: str = PHONE, now: Any = NOW) -> str:
    return recovery.apply(session, phone, PLACE, now)


def recover(session: Session, token: str, name: str = "Анна Новая") -> Progress:
    assert recovery.prove(session, token, newest_code(session, PHONE), NOW) == Progress()
    return recovery.complete(session, token, name, NEW_HASH, PLACE, NOW)


def stage_of(session: Session, token: str) -> Stage:
    pending = recovery.pending(session, token, NOW)
    assert pending is not None
    return pending.stage


def test_the_right_code_gives_a_new_name_and_password(session: Session, user: User) -> None:
    assert recover(session, apply(session)) == Progress(done=True)

    assert (user.name, user.name_key, user.password_hash) == ("Анна Новая", "анна новая", NEW_HASH)


def test_the_name_may_stay_as_it_was(session: Session, user: User) -> None:
    assert recover(session, apply(session), "Анна Сергеева").done


def test_every_session_of_the_user_ends_and_nobody_is_signed_in(session: Session, user: User) -> None:
    factories.session_token(session, user.id or 0, place=PLACE, at=NOW)
    someone_else = factories.consumer(session)

    recover(session, apply(session))
    session.expire_all()

    ended = {row.user_id: row.ended_at for row in session.exec(select(UserSession))}
    assert ended == {user.id: NOW, someone_else.user_id: None}


def test_the_phone_is_told_and_the_log_keeps_it(session: Session, user: User) -> None:
    recover(session, apply(session))

    assert "имя и пароль вашего личного кабинета изменены" in outbox(session, PHONE)[0].text
    assert [event.kind for event in session.exec(select(SecurityEvent))] == [SecurityEventKind.RECOVERED]


def test_of_several_users_of_a_phone_only_the_recovered_one_loses_the_address(session: Session, user: User) -> None:
    second = factories.user(session, "Пётр Семёнов", phone=PHONE)
    user.email = second.email = "anna@example.ru"
    token = apply(session)
    recover(session, token)
    assert recovery.answer(session, token, {"user": str(second.id)}, PLACE, NOW).done
    session.flush()

    assert (user.email, second.email) == ("anna@example.ru", None)
    removed = select(SecurityEvent.user_id).where(SecurityEvent.kind == SecurityEventKind.EMAIL_REMOVED)
    assert session.exec(removed).all() == [second.id]


def test_an_address_stays_as_long_as_something_is_still_asked(session: Session, user: User) -> None:
    factories.user(session, "Анна Новая")
    user.email = "anna@example.ru"

    assert recover(session, apply(session)) == Progress()
    session.flush()
    assert user.email == "anna@example.ru"


def test_a_phone_that_nobody_has_gets_no_message_and_waits_like_any_other(session: Session, user: User) -> None:
    token = apply(session, "9120000009")

    assert outbox(session, "9120000009") == []
    assert stage_of(session, token) is Stage.CODE
    assert recovery.prove(session, token, "123456", NOW).errors.keys() == {"code"}


def test_step_1_does_the_same_work_for_every_phone(engine: Engine) -> None:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        factories.user(session, phone=PHONE)
        session.commit()
    known = statements_of(engine, partial(apply, phone=PHONE))

    assert len(known) > 8
    assert statements_of(engine, partial(apply, phone="9120000009")) == known


def test_nothing_changes_without_the_code(session: Session, user: User) -> None:
    token = apply(session)

    assert recovery.prove(session, token, another(newest_code(session, PHONE)), NOW).errors.keys() == {"code"}
    for step in (
        lambda: recovery.complete(session, token, "Анна Новая", NEW_HASH, PLACE, NOW),
        lambda: recovery.answer(session, token, {"user": str(user.id), "name": "Анна Новая"}, PLACE, NOW),
    ):
        with pytest.raises(RequestOver):
            step()
    assert user.name == "Анна Сергеева"


def test_after_a_crash_between_the_code_and_the_password_the_code_is_still_good(session: Session, user: User) -> None:
    token = apply(session)
    code = newest_code(session, PHONE)
    recovery.prove(session, token, code, NOW)

    assert stage_of(session, token) is Stage.CODE
    assert recover(session, token).done
    with pytest.raises(RequestOver):
        recovery.prove(session, token, code, NOW)


def test_several_users_of_one_phone_are_offered_to_choose_from(session: Session, user: User) -> None:
    second = factories.user(session, "Пётр Семёнов", phone=PHONE)
    factories.user(session, "Чужой", phone="9120000009")
    token = apply(session)

    assert recover(session, token) == Progress()
    pending = recovery.pending(session, token, NOW)
    assert pending is not None
    assert pending.stage is Stage.CHOICE
    assert pending.choices == [Choice(user.id or 0, "Анна Сергеева"), Choice(second.id or 0, "Пётр Семёнов")]

    assert recovery.answer(session, token, {"user": str(second.id)}, PLACE, NOW) == Progress(done=True)
    assert (user.name, second.name, second.password_hash) == ("Анна Сергеева", "Анна Новая", NEW_HASH)


@pytest.mark.parametrize("chosen", ["", "0", "999999", "первый"])
def test_only_a_user_of_the_phone_can_be_chosen(session: Session, user: User, chosen: str) -> None:
    factories.user(session, "Пётр Семёнов", phone=PHONE)
    stranger = factories.user(session, "Чужой", phone="9120000009")
    token = apply(session)
    recover(session, token)

    for wrong in (chosen, str(stranger.id)):
        with pytest.raises(FieldErrors):
            recovery.answer(session, token, {"user": wrong}, PLACE, NOW)
    assert stranger.name == "Чужой"


def test_a_taken_name_asks_for_another_and_keeps_the_password(session: Session, user: User) -> None:
    factories.user(session, "Анна Новая")
    token = apply(session)

    assert recover(session, token) == Progress()
    assert stage_of(session, token) is Stage.NAME
    assert recovery.answer(session, token, {"name": "анна новая"}, PLACE, NOW).errors.keys() == {"name"}
    assert recovery.answer(session, token, {"name": "Анна Третья"}, PLACE, NOW).done
    assert (user.name, user.password_hash) == ("Анна Третья", NEW_HASH)


def test_a_deleted_user_cannot_be_recovered(session: Session, user: User) -> None:
    user.phone = None
    session.flush()

    apply(session)

    assert outbox(session, PHONE) == []


def test_a_request_is_over_after_an_hour(session: Session, user: User) -> None:
    token = apply(session)

    assert recovery.pending(session, token, NOW + timedelta(minutes=59)) is not None
    assert recovery.pending(session, token, NOW + timedelta(minutes=60)) is None
