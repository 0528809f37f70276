"""«Настройки»: one's own name, password, sessions, data and deletion; nobody else's."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from lk_app.models import (
    Account,
    AccountLink,
    Channel,
    Consent,
    ReadingSource,
    ReadingState,
    SecurityEvent,
    SecurityEventKind,
    SmsMessage,
    User,
    UserSession,
)
from lk_app.services import alerts, attaching, deletion, identity, personal_data, profile, rates, security
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.identity import NameTaken
from lk_app.services.payments.posted import CHANNELS
from lk_app.services.places import Place
from lk_app.services.readings import words
from tests import factories
from tests.cleaning import forgotten
from tests.codes import outbox
from tests.factories import NOW

PHONE = "9120000001"
PLACE = Place("203.0.113.7", "Chrome, Windows")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def who(session: Session) -> Consumer:
    caller = factories.consumer(session, factories.account(session, "66010000017", phone=PHONE))
    user = session.get_one(User, caller.user_id)
    user.phone = PHONE
    session.flush()
    return caller


def events(session: Session, who: Consumer) -> list[SecurityEventKind]:
    return [event.kind for event in security.own_events(session, who)]


def test_the_page_says_who_else_has_the_account(session: Session, who: Consumer) -> None:
    other = factories.user(session, "Пётр Семёнов")
    account = factories.account(session, "66010000025")
    factories.link(session, other, account)
    factories.link(session, other, own_account(session), attached_at=NOW + MINUTE)

    page = profile.open_page(session, who, NOW)

    assert [(own.number, [user.name for user in own.others]) for own in page.accounts] == [
        ("66010000017", ["Пётр Семёнов"])
    ]


def own_account(session: Session) -> Account:
    return session.get_one(Account, "66010000017")


def test_the_page_shows_living_sessions_and_which_one_is_this(session: Session, who: Consumer) -> None:
    factories.session_token(session, who.user_id, place=PLACE, at=NOW)
    factories.session_token(session, who.user_id, place=PLACE, at=NOW - timedelta(hours=13))
    factories.consumer(session)

    page = profile.open_page(session, who, NOW)

    assert sorted((row.is_this, row.browser, row.address) for row in page.sessions) == [
        (False, "Chrome, Windows", "203.0.113.*"),
        (True, "", ""),
    ]


def test_a_new_name_is_stored_told_and_logged(session: Session, who: Consumer) -> None:
    profile.rename(session, who, "Мария Новая", PLACE, NOW)

    assert session.get_one(User, who.user_id).name_key == "мария новая"
    assert "имя для входа в личный кабинет изменено" in outbox(session, PHONE)[0].text
    assert events(session, who) == [SecurityEventKind.NAME_CHANGED]


def test_a_name_that_somebody_has_is_refused(session: Session, who: Consumer) -> None:
    factories.user(session, "Пётр Семёнов")

    with pytest.raises(NameTaken):
        profile.rename(session, who, "ПЕТР СЕМЕНОВ", PLACE, NOW)


def test_a_new_password_ends_the_other_sessions_and_tells_the_phone(session: Session, who: Consumer) -> None:
    factories.session_token(session, who.user_id, place=PLACE, at=NOW)
    stranger = factories.consumer(session)

    profile.change_password(session, who, factories.PASSWORD_HASH, PLACE, NOW)
    session.expire_all()

    living = {row.id for row in session.exec(select(UserSession)) if row.ended_at is None}
    assert living == {who.session_id, stranger.session_id}
    assert "пароль вашего личного кабинета изменён" in outbox(session, PHONE)[0].text


def test_a_session_of_ones_own_can_be_ended_and_nobody_elses(session: Session, who: Consumer) -> None:
    token = factories.session_token(session, who.user_id, place=PLACE, at=NOW)
    session.flush()
    visit = identity.resume(session, token, NOW)
    assert visit is not None

    profile.end_session(session, who, visit.consumer.session_id, PLACE, NOW)

    assert identity.resume(session, token, NOW) is None
    for session_id in (visit.consumer.session_id, factories.consumer(session).session_id, 0, 999_999_999):
        with pytest.raises(NotFound):
            profile.end_session(session, who, session_id, PLACE, NOW)


def test_all_other_sessions_can_be_ended_at_once(session: Session, who: Consumer) -> None:
    token = factories.session_token(session, who.user_id, place=PLACE, at=NOW)

    profile.end_other_sessions(session, who, PLACE, NOW)

    assert identity.resume(session, token, NOW) is None
    assert [row.is_this for row in profile.open_page(session, who, NOW).sessions] == [True]


def test_the_password_counts_as_given_for_ten_minutes(session: Session, who: Consumer) -> None:
    almost, late = NOW + timedelta(minutes=9, seconds=59), NOW + timedelta(minutes=10)

    assert identity.is_confirmed(session, who, almost)
    assert not identity.is_confirmed(session, who, late)
    identity.admit_again(session, who, late)
    identity.confirm(session, who, late)
    session.expire_all()
    assert identity.is_confirmed(session, who, late)


def test_the_log_shows_only_ones_own_events(session: Session, who: Consumer) -> None:
    stranger = factories.consumer(session)
    security.record(session, SecurityEventKind.SIGNED_IN, stranger.user_id, NOW, place=PLACE)
    security.record(session, SecurityEventKind.SIGN_IN_REFUSED, None, NOW, place=PLACE)
    security.record(session, SecurityEventKind.SIGNED_IN, who.user_id, NOW, place=PLACE)

    assert [event.user_id for event in security.own_events(session, who)] == [who.user_id]


def test_wrong_passwords_push_nothing_else_out_of_the_log(session: Session, who: Consumer) -> None:
    security.record(session, SecurityEventKind.SIGNED_IN, who.user_id, NOW, place=PLACE)
    for _ in range(50):
        security.record(session, SecurityEventKind.SIGN_IN_REFUSED, who.user_id, NOW, place=PLACE)
    session.flush()

    shown = events(session, who)
    assert shown.count(SecurityEventKind.SIGN_IN_REFUSED) == security.REFUSALS_SHOWN
    assert shown[-1] is SecurityEventKind.SIGNED_IN


def test_ending_sessions_that_are_not_there_leaves_no_trace(session: Session, who: Consumer) -> None:
    profile.end_other_sessions(session, who, PLACE, NOW)

    assert events(session, who) == []


def test_so_many_alerts_reach_a_phone_in_a_day_and_the_action_goes_on(session: Session, who: Consumer) -> None:
    for index in range(15):
        profile.rename(session, who, f"Мария {chr(1072 + index)}", PLACE, NOW)

    assert len(outbox(session, PHONE)) == 10
    assert len(events(session, who)) == 15


def test_so_many_alerts_leave_the_company_in_a_day(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates.settings(), "sms_per_day", 20)
    for index in range(10):
        alerts.tell(session, f"912000010{index}", alerts.NAME_CHANGED, NOW)

    assert len(session.exec(select(SmsMessage)).all()) == 2


@pytest.mark.parametrize("change", ["UPDATE security_events SET subject = 'x'", "DELETE FROM security_events"])
def test_the_database_refuses_to_change_the_log(session: Session, who: Consumer, change: str) -> None:
    security.record(session, SecurityEventKind.SIGNED_IN, who.user_id, NOW, place=PLACE)
    session.flush()

    with pytest.raises(DBAPIError, match="append-only"):
        session.connection().execute(text(change))


def test_a_user_is_deleted_after_seven_days_and_not_before(session: Session, who: Consumer) -> None:
    assert deletion.ask(session, who, PLACE, NOW) == NOW + timedelta(days=7)
    session.flush()

    assert deletion.delete_due(session, NOW + timedelta(days=7) - MINUTE) == 0
    assert deletion.delete_due(session, NOW + timedelta(days=7)) == 1
    assert deletion.delete_due(session, NOW + timedelta(days=8)) == 0


def test_asking_again_does_not_put_the_deletion_off(session: Session, who: Consumer) -> None:
    deletion.ask(session, who, PLACE, NOW)

    assert deletion.ask(session, who, PLACE, NOW + timedelta(days=3)) == NOW + timedelta(days=7)
    assert len(outbox(session, PHONE)) == 1


def test_a_deletion_can_be_cancelled(session: Session, who: Consumer) -> None:
    deletion.ask(session, who, PLACE, NOW)
    deletion.cancel(session, who, PLACE, NOW + MINUTE)
    session.flush()

    assert deletion.delete_due(session, NOW + timedelta(days=8)) == 0
    assert events(session, who) == [SecurityEventKind.DELETION_CANCELLED, SecurityEventKind.DELETION_ASKED]


def test_nothing_personal_is_left_of_a_deleted_user(session: Session, who: Consumer) -> None:
    user = session.get_one(User, who.user_id)
    name, token = user.name, factories.session_token(session, who.user_id, place=PLACE, at=NOW)
    attaching.start_attaching(session, who, "9120000004", "66010000041", PLACE, NOW)
    deletion.ask(session, who, PLACE, NOW)
    session.flush()

    deletion.delete_due(session, NOW + timedelta(days=7))
    session.flush()
    session.expire_all()

    assert name not in str(session.get_one(User, who.user_id).model_dump())
    assert PHONE not in str(session.get_one(User, who.user_id).model_dump())
    assert session.exec(select(AccountLink)).all() == []
    assert outbox(session, PHONE) == []
    assert identity.resume(session, token, NOW) is None
    assert identity.admit(session, name, PLACE, NOW).user_id is None
    assert not identity.password_fits("", identity.admit(session, f"deleted {who.user_id}", PLACE, NOW))
    identity.create_user(session, name, factories.PASSWORD_HASH, PHONE, NOW)


def test_the_proof_of_consent_outlives_the_user_by_three_years(session: Session, who: Consumer) -> None:
    session.add(Consent(user_id=who.user_id, version="2026-11-23", given_at=NOW, address="203.0.113.7"))
    deletion.ask(session, who, PLACE, NOW)
    session.flush()
    deletion.delete_due(session, NOW + timedelta(days=7))
    session.flush()

    forgotten(session, Consent, NOW + timedelta(days=3 * 365))
    assert len(session.exec(select(Consent)).all()) == 1
    forgotten(session, Consent, NOW + timedelta(days=3 * 365 + 10))
    assert session.exec(select(Consent)).all() == []


def test_messages_of_a_phone_that_others_share_stay(session: Session, who: Consumer) -> None:
    factories.user(session, "Пётр Семёнов", phone=PHONE)
    deletion.ask(session, who, PLACE, NOW)
    session.flush()

    deletion.delete_due(session, NOW + timedelta(days=7))

    assert len(session.exec(select(SmsMessage)).all()) == 1


def test_ones_data_holds_everything_of_ones_own_and_nothing_of_others(session: Session, who: Consumer) -> None:
    own, foreign = own_account(session), factories.account(session, "66010000099", last_name="Чужая")
    for account, amount in ((own, 123_456), (foreign, 987_654)):
        factories.charge(session, account, accrued=amount)
        factories.payment(session, account, amount)
        factories.reading(session, factories.meter(session, account), amount)
    security.record(session, SecurityEventKind.SIGNED_IN, who.user_id, NOW, place=PLACE)
    session.flush()

    with zipfile.ZipFile(io.BytesIO(personal_data.archive(session, who, NOW))) as files:
        data, page = json.loads(files.read("data.json")), files.read("data.html").decode()

    assert data["user"][0]["phone"] == PHONE
    assert data["accounts"][0]["phone"] == "+7 912 ••• •• 01".replace(" ", "\u00a0")
    assert data["charges"][0]["accrued_kopecks"] == 123_456
    assert "1 234,56 ₽" in page.replace("\u00a0", " ")
    assert data["security_events"][0]["kind"] == "signed in"
    assert all(len(data[section]) == 1 for section in ("accounts", "charges", "payments", "readings", "user"))
    for text_ in (json.dumps(data, ensure_ascii=False), page):
        assert "66010000017" in text_
        assert not any(secret in text_ for secret in ("66010000099", "Чужая", "987654", factories.PASSWORD_HASH))


def test_every_word_of_an_enum_can_be_read_by_a_person() -> None:
    for said, enum in (
        (CHANNELS, Channel),
        (words.SOURCES, ReadingSource),
        (words.STATES, ReadingState),
        (security.EVENTS, SecurityEventKind),
    ):
        assert set(said) == set(enum)


def test_names_in_ones_data_are_escaped(session: Session, who: Consumer) -> None:
    session.get_one(User, who.user_id).name = "<script>alert(1)</script>"
    session.flush()

    with zipfile.ZipFile(io.BytesIO(personal_data.archive(session, who, NOW))) as files:
        assert "<script>" not in files.read("data.html").decode()


def test_the_event_log_survives_its_user(session: Session, who: Consumer) -> None:
    deletion.ask(session, who, PLACE, NOW)
    session.flush()
    deletion.delete_due(session, NOW + timedelta(days=7))
    session.flush()

    kinds = session.exec(select(SecurityEvent.kind).where(SecurityEvent.user_id == who.user_id)).all()
    assert set(kinds) == {SecurityEventKind.DELETION_ASKED, SecurityEventKind.DELETED}
