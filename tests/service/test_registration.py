"""Registration: two steps from a stranger to a user, which tell nobody anything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import AccountLink, Consent, SecurityEvent, SecurityEventKind, User, Verification
from lk_app.services import identity, registration
from lk_app.services.consents import CONSENT_VERSION
from lk_app.services.errors import FieldErrors, RequestOver, TooManyAttempts
from lk_app.services.places import Place
from lk_app.services.registration import Application
from lk_app.services.session import WRITES
from lk_app.services.verification import Progress, Stage
from tests import factories
from tests.codes import another, newest_code, outbox
from tests.factories import NOW, PASSWORD_HASH
from tests.statements import statements_of

PHONE, NUMBER = "9120000003", "66010000033"
PLACE = Place("203.0.113.7", "Chrome, Windows")
APPLICATION = Application("Анна Сергеева", "Zq8vLm2x", PHONE, NUMBER)
MINUTE = timedelta(minutes=1)

FIELDS = {
    "name": "Анна Сергеева",
    "password": "Zq8vLm2x",
    "confirmation": "Zq8vLm2x",
    "phone": "+7 912 000-00-03",
    "account_number": "66010000033",
    "captcha": "42",
    "consent": "yes",
}


@pytest.fixture
def session(session: Session) -> Session:
    """A session in whose database one account can be registered."""
    factories.account(session, NUMBER, phone=PHONE)
    return session


def apply(session: Session, application: Application = APPLICATION, earlier: str = "", now: Any = NOW) -> str:
    return registration.apply(session, application, PASSWORD_HASH, earlier, PLACE, now)


def confirm(session: Session, token: str, now: Any = NOW, **fields: str) -> Progress:
    return registration.confirm(session, token, fields, PLACE, now)


def register(session: Session) -> None:
    token = apply(session)
    assert confirm(session, token, code=newest_code(session, PHONE)) == Progress(done=True)


def test_the_fields_are_brought_to_one_form() -> None:
    assert registration.read(FIELDS) == APPLICATION


def test_every_empty_field_is_named() -> None:
    with pytest.raises(FieldErrors) as refusal:
        registration.read({})

    assert list(refusal.value.errors) == list(FIELDS)


def test_the_right_code_makes_a_user_with_the_account(session: Session) -> None:
    register(session)

    user = session.exec(select(User)).one()
    assert (user.name, user.phone, user.password_hash) == ("Анна Сергеева", PHONE, PASSWORD_HASH)
    link = session.exec(select(AccountLink)).one()
    assert (link.user_id, link.account_number, link.attached_at) == (user.id, NUMBER, NOW)


def test_the_consent_is_kept_with_its_text_its_time_and_its_address(session: Session) -> None:
    token = apply(session)
    confirm(session, token, NOW + MINUTE, code=newest_code(session, PHONE))

    consent = session.exec(select(Consent)).one()
    assert (consent.version, consent.given_at, consent.address) == (CONSENT_VERSION, NOW, PLACE.address)


def test_the_log_says_who_registered_and_what_was_attached(session: Session) -> None:
    register(session)

    events = session.exec(select(SecurityEvent).order_by(SecurityEvent.id)).all()
    assert [(event.kind, event.subject, event.address) for event in events] == [
        (SecurityEventKind.REGISTERED, "", "203.0.113.*"),
        (SecurityEventKind.ATTACHED, "ЛС …0033", "203.0.113.*"),
    ]


def test_the_phone_of_the_account_is_told(session: Session) -> None:
    register(session)

    assert "к лицевому счёту …0033 присоединена учётная запись" in outbox(session, PHONE)[0].text


def test_the_same_code_serves_once(session: Session) -> None:
    token = apply(session)
    code = newest_code(session, PHONE)
    confirm(session, token, code=code)

    with pytest.raises(RequestOver):
        confirm(session, token, code=code)


def test_what_was_typed_is_forgotten_when_it_has_served(session: Session) -> None:
    register(session)

    assert session.exec(select(Verification)).one().password_hash == ""


def test_a_wrong_code_makes_nobody(session: Session) -> None:
    token = apply(session)

    progress = confirm(session, token, code=another(newest_code(session, PHONE)))

    assert progress == Progress(errors={"code": "Код не подходит. Проверьте цифры"})
    assert session.exec(select(User)).all() == []


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567"])
def test_what_is_no_code_is_said_and_costs_no_try(session: Session, code: str) -> None:
    token = apply(session)
    for _ in range(20):
        with pytest.raises(FieldErrors):
            confirm(session, token, code=code)

    assert confirm(session, token, code=newest_code(session, PHONE)).done


@pytest.mark.parametrize("wrong", [{"phone": "9120000009"}, {"account_number": "66010000099"}])
def test_a_pair_that_does_not_match_gets_no_message_and_waits_like_any_other(
    session: Session, wrong: dict[str, str]
) -> None:
    application = Application(**(vars(APPLICATION) | wrong))
    token = apply(session, application)

    assert outbox(session, application.phone) == []
    pending = registration.pending(session, token, NOW)
    assert pending is not None
    assert (pending.stage, pending.resend_in, pending.minutes_left) == (Stage.CODE, 60, 10)


def test_step_1_does_the_same_work_whatever_it_finds(engine: Engine) -> None:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        factories.account(session, NUMBER, phone=PHONE)
        taken = factories.account(session, "66010000058", phone="9120000005")
        factories.link(session, factories.user(session, "Пётр Семёнов", phone="9120000005"), taken)
        session.commit()
    matching = statements_of(engine, apply)

    assert len(matching) > 8
    for other in (
        {"phone": "9120000009"},
        {"account_number": "66010000099"},
        {"phone": "9120000005", "account_number": "66010000058"},
        {"name": "Пётр Семёнов"},
    ):
        application = Application(**(vars(APPLICATION) | other))
        assert statements_of(engine, partial(apply, application=application)) == matching


def test_a_taken_name_is_said_only_after_the_right_code(session: Session) -> None:
    factories.user(session, "анна  сергеева")
    token = apply(session)
    assert confirm(session, token, code=another(newest_code(session, PHONE))).errors.keys() == {"code"}

    assert confirm(session, token, code=newest_code(session, PHONE)) == Progress()

    pending = registration.pending(session, token, NOW)
    assert pending is not None
    assert (pending.stage, pending.name, pending.account_number) == (Stage.NAME, "Анна Сергеева", NUMBER)


def test_another_name_finishes_with_everything_else_kept(session: Session) -> None:
    factories.user(session, "Анна Сергеева")
    token = apply(session)
    confirm(session, token, code=newest_code(session, PHONE))

    refused = confirm(session, token, name="АННА СЕРГЕЕВА")
    assert refused.errors == {"name": "Это имя уже занято. Придумайте другое"}
    assert confirm(session, token, name="Анна Сергеевна").done
    user = session.exec(select(User).where(User.name == "Анна Сергеевна")).one()
    assert (user.password_hash, user.phone) == (PASSWORD_HASH, PHONE)


def test_no_name_gets_through_before_the_code(session: Session) -> None:
    token = apply(session)

    with pytest.raises(FieldErrors) as refusal:
        confirm(session, token, name="Анна Сергеевна")
    assert refusal.value.errors.keys() == {"code"}


def test_whoever_goes_back_and_changes_the_name_keeps_the_code(session: Session) -> None:
    token = apply(session)
    code = newest_code(session, PHONE)

    again = apply(session, Application(**(vars(APPLICATION) | {"name": "Анна"})), token, NOW + timedelta(seconds=20))

    assert again == token
    assert len(outbox(session, PHONE)) == 1
    assert confirm(session, token, NOW + timedelta(seconds=30), code=code).done
    assert session.exec(select(User.name)).one() == "Анна"


def test_whoever_goes_back_and_changes_the_phone_starts_anew(session: Session) -> None:
    token = apply(session, Application(**(vars(APPLICATION) | {"phone": "9120000009"})))

    again = apply(session, APPLICATION, token, NOW + timedelta(seconds=20))

    assert again != token
    assert confirm(session, again, code=newest_code(session, PHONE)).done


def test_whoever_goes_back_after_the_code_was_right_needs_a_new_one(session: Session) -> None:
    factories.user(session, "Анна Сергеева")
    token = apply(session)
    confirm(session, token, code=newest_code(session, PHONE))

    again = apply(session, APPLICATION, token, NOW + MINUTE)

    assert again != token
    pending = registration.pending(session, again, NOW + MINUTE)
    assert pending is not None
    assert pending.stage is Stage.CODE


def test_a_stranger_cannot_go_on_with_somebodys_request(session: Session) -> None:
    apply(session)

    assert registration.pending(session, "guessed", NOW) is None
    with pytest.raises(RequestOver):
        confirm(session, "guessed", code="123456")
    with pytest.raises(RequestOver):
        registration.resend(session, "guessed", NOW)


def test_a_resend_that_is_too_early_sends_nothing_and_leaves_the_code_good(session: Session) -> None:
    token = apply(session)
    code = newest_code(session, PHONE)

    with pytest.raises(TooManyAttempts):
        registration.resend(session, token, NOW + timedelta(seconds=30))

    assert len(outbox(session, PHONE)) == 1
    assert confirm(session, token, code=code).done


def test_of_two_who_race_for_a_name_one_gets_it_and_the_other_is_asked_for_another(engine: Engine) -> None:
    phones = ("9120000013", "9120000021")
    tokens = [prepare_rival(engine, phone) for phone in phones]

    def finish(rival: tuple[str, str]) -> Progress:
        phone, token = rival
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            progress = confirm(session, token, code=newest_code(session, phone))
            session.commit()
            return progress

    with ThreadPoolExecutor(2) as threads:
        progress = list(threads.map(finish, zip(phones, tokens, strict=True)))

    assert sorted(progress, key=lambda each: each.done) == [Progress(), Progress(done=True)]
    with Session(engine) as session:
        assert session.exec(select(User.name)).all() == ["Анна Сергеева"]


def prepare_rival(engine: Engine, phone: str) -> str:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        number = factories.account(session, phone=phone).number
        token = apply(session, Application("Анна Сергеева", "Zq8vLm2x", phone, number))
        session.commit()
    return token


def test_the_name_taken_in_a_race_does_not_undo_the_rest(session: Session) -> None:
    first = identity.create_user(session, "Анна", PASSWORD_HASH, None, NOW)

    with pytest.raises(identity.NameTaken):
        identity.create_user(session, "АННА", PASSWORD_HASH, None, NOW)

    assert session.get(User, first) is not None
