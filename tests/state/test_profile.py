"""«Настройки» in words, with nothing in the state that a stranger over the shoulder could use."""

import re
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lk_app import clock
from lk_app.models import SecurityEvent, SecurityEventKind, User
from lk_app.services import attaching, deletion, email, security
from lk_app.services.callers import Consumer
from lk_app.services.places import Place
from lk_app.services.profile import OpenSession, OtherUser, OwnAccount
from lk_app.services.session import writing
from lk_app.services.verification import Pending, Stage
from lk_app.settings import Environment, settings
from lk_app.state.access import IdentityState
from lk_app.state.accounts import AccountsState
from lk_app.state.profile import (
    UNKNOWN_BROWSER,
    ProfileState,
    Waiting,
    WaitingEmail,
    account_line,
    event_line,
    session_line,
    waiting,
)
from tests import factories
from tests.factories import NOW
from tests.state.test_accounts import state_for
from tests.texts import plain

OWN_PHONE, OTHER_PHONE = "9120000001", "9120000004"
OWN_EMAIL, NEW_EMAIL = "maria@example.ru", "masha.new@почта.рф"
PLACE = Place("203.0.113.7", "Chrome, Windows")
SESSION = OpenSession(5, "Chrome, Windows", "203.0.113.*", NOW, NOW + timedelta(minutes=4), is_this=False)
PENDING = Pending(Stage.CODE, OTHER_PHONE, resend_in=42, minutes_left=9, account_number="66010000041")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


@pytest.fixture
def who(portal: str, now: datetime) -> Consumer:
    """A consumer with a phone and an account that somebody else has too."""
    with writing() as session:
        account = factories.account(session, "66010000017", phone=OWN_PHONE)
        caller = factories.consumer(session, account, token="a token of hers")
        user = session.get_one(User, caller.user_id)
        user.name, user.phone = "Мария Иванова", OWN_PHONE
        factories.link(session, factories.user(session, "Пётр Семёнов"), account)
        return caller


async def loaded(who: Consumer) -> Any:
    state = await state_for(ProfileState, who)
    await ProfileState.load.fn(state)
    return state


async def test_the_screen_says_who_one_is_and_who_else_has_the_account(who: Consumer) -> None:
    state = await loaded(who)

    assert (state.loaded, state.failure) == (True, "")
    assert (state.view.name, plain(state.view.phone)) == ("Мария Иванова", "+7 912 ••• •• 01")
    [account] = state.view.accounts
    assert (account.number, plain(account.phone)) == ("66010000017", "+7 912 ••• •• 01")
    assert [(other.name, plain(other.since)) for other in account.others] == [("Пётр Семёнов", "22 ноября 2026 г.")]
    assert (state.view.attaching, state.view.removal) == (Waiting(), Waiting())


async def test_the_header_and_the_left_column_follow(who: Consumer) -> None:
    state = await loaded(who)

    assert (await state.get_state(IdentityState)).name == "Мария Иванова"
    assert (await state.get_state(AccountsState)).number == "66010000017"


async def test_no_full_phone_and_no_token_reaches_the_browser(who: Consumer) -> None:
    with writing() as session:
        other = factories.user(session)
        factories.link(session, other, session.get_one(factories.Account, "66010000017"))
        attaching.start_attaching(session, who, OTHER_PHONE, "66010000041", PLACE, NOW)
        factories.session_token(session, who.user_id, place=PLACE, at=NOW)
        later = NOW + timedelta(minutes=2)
        attaching.start_removal(session, who, "66010000017", other.id or 0, PLACE, later)
        session.get_one(User, who.user_id).email = OWN_EMAIL
        email.start(session, who, NEW_EMAIL, NOW)

    state = await loaded(who)
    sent = str(state._get_root_state().dict())

    assert "Мария Иванова" in sent, "the test must see what it looks for"
    assert state.view.attaching.phone
    assert state.view.removal.phone
    assert "m•••a@example.ru" in sent
    for secret in (
        OWN_PHONE,
        OTHER_PHONE,
        OWN_EMAIL,
        NEW_EMAIL,
        "masha",
        PLACE.address,
        "a token of hers",
        factories.PASSWORD_HASH,
    ):
        assert secret not in sent
    assert not re.search(r"\b9\d{9}\b|\b[0-9a-f]{64}\b", sent)


async def test_the_password_is_asked_for_when_it_was_given_long_ago(
    who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (await loaded(who)).view.asks_password

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=10))

    assert (await loaded(who)).view.asks_password


async def test_an_address_for_letters_is_masked_and_the_one_that_waits_too(
    who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = (await loaded(who)).view
    assert (view.email, view.proving, view.sends_letters) == ("", WaitingEmail(), True)
    with writing() as session:
        session.get_one(User, who.user_id).email = OWN_EMAIL
        email.start(session, who, NEW_EMAIL, NOW)

    view = (await loaded(who)).view
    assert view.email == "m•••a@example.ru"
    assert view.proving == WaitingEmail("m•••w@почта.рф", resend_in=60, expired=False)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=10))
    assert (await loaded(who)).view.proving == WaitingEmail("m•••w@почта.рф", resend_in=0, expired=True)


async def test_where_no_letters_are_sent_none_are_offered(who: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    assert not (await loaded(who)).view.sends_letters


async def test_a_deletion_is_announced_with_its_day(who: Consumer) -> None:
    with writing() as session:
        deletion.ask(session, who, PLACE, NOW)

    assert plain((await loaded(who)).view.deletes_on) == "29 ноября 2026 г."


async def test_ten_events_are_shown_at_first(who: Consumer) -> None:
    with writing() as session:
        for minute in range(12):
            security.record(session, SecurityEventKind.SIGNED_IN, who.user_id, NOW + timedelta(minutes=minute))

    view = (await loaded(who)).view

    assert [len(view.events), len(view.earlier_events)] == [10, 2]
    assert plain(view.events[0].when) == "22 ноября 2026 г., 12:41"


def test_an_event_says_what_it_was_about_and_where() -> None:
    event = SecurityEvent(
        kind=SecurityEventKind.ATTACHED, at=NOW, browser="Chrome, Windows", address="203.0.113.*", subject="ЛС …0041"
    )

    line = event_line(event)

    assert (line.what, line.where) == ("Присоединён лицевой счёт", "ЛС …0041 · Chrome, Windows · 203.0.113.*")
    assert (plain(line.when), line.alarming) == ("22 ноября 2026 г., 12:30", False)


def test_a_refused_sign_in_is_marked() -> None:
    assert event_line(SecurityEvent(kind=SecurityEventKind.SIGN_IN_REFUSED, at=NOW)).alarming


def test_a_session_says_since_when_and_its_last_action() -> None:
    line = session_line(SESSION)

    assert plain(line.place) == "203.0.113.* · вход 22 ноября 2026 г., 12:30"
    assert plain(line.seen) == "Последнее действие 22 ноября 2026 г., 12:34"


def test_this_session_needs_no_last_action() -> None:
    line = session_line(replace(SESSION, browser="", is_this=True))

    assert (line.browser, line.seen, line.is_this) == (UNKNOWN_BROWSER, "", True)


def test_an_account_without_a_phone_says_nothing_of_it() -> None:
    line = account_line(OwnAccount("66010000017", "Дача", None, NOW, (OtherUser(7, "Пётр", NOW),)))

    assert (line.title, line.phone, line.others[0].user_id) == ("Дача", "", 7)


def test_a_request_that_waits_is_masked_and_says_when_its_code_is_out_of_date() -> None:
    request = waiting(PENDING, "Пётр Семёнов")

    assert plain(str(asdict(request)["phone"])) == "+7 912 ••• •• 04"
    assert (request.account, request.other, request.resend_in) == ("66010000041", "Пётр Семёнов", 42)
    assert [request.expired, waiting(replace(PENDING, minutes_left=0)).expired] == [False, True]
