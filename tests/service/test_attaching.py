"""Whose accounts are whose: attached by a code, detached, others removed by a code."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from lk_app.models import Account, Purpose, SecurityEvent, SecurityEventKind, User, UserSession
from lk_app.services import accounts, attaching
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, NotFound, RequestOver
from lk_app.services.places import Place
from lk_app.services.verification import Progress
from tests import factories
from tests.codes import another, newest_code, outbox
from tests.factories import NOW

PHONE, NUMBER = "9120000004", "66010000041"
PLACE = Place("203.0.113.7", "Chrome, Windows")


@pytest.fixture
def account(session: Session) -> Account:
    return factories.account(session, NUMBER, phone=PHONE)


@pytest.fixture
def own(session: Session) -> Account:
    return factories.account(session, "66010000017", phone="9120000001")


@pytest.fixture
def who(session: Session, own: Account) -> Consumer:
    return factories.consumer(session, own)


def numbers(session: Session, who: Consumer) -> list[str]:
    return [account.number for account in accounts.open_cabinet(session, who).accounts]


def attach(session: Session, who: Consumer, now: Any = NOW) -> Progress:
    attaching.start_attaching(session, who, PHONE, NUMBER, PLACE, now)
    return attaching.confirm_attaching(session, who, newest_code(session, PHONE), PLACE, now)


def test_the_right_code_attaches_the_account(session: Session, who: Consumer, account: Account) -> None:
    assert attach(session, who) == Progress(done=True)

    assert numbers(session, who) == ["66010000017", NUMBER]


def test_the_accounts_phone_is_told_and_the_log_keeps_it(session: Session, who: Consumer, account: Account) -> None:
    attach(session, who)

    assert "…0041 присоединена" in outbox(session, PHONE)[0].text
    event = session.exec(select(SecurityEvent).where(SecurityEvent.kind == SecurityEventKind.ATTACHED)).one()
    assert (event.user_id, event.subject) == (who.user_id, "ЛС …0041")


def test_whoever_has_no_phone_for_recovery_gets_the_one_they_proved(
    session: Session, who: Consumer, account: Account
) -> None:
    attach(session, who)

    assert session.get_one(User, who.user_id).phone == PHONE
    assert SecurityEventKind.PHONE_CHANGED in session.exec(select(SecurityEvent.kind)).all()


def test_a_phone_for_recovery_is_not_replaced(session: Session, who: Consumer, account: Account) -> None:
    session.get_one(User, who.user_id).phone = "9120000001"

    attach(session, who)

    assert session.get_one(User, who.user_id).phone == "9120000001"


def test_a_wrong_code_attaches_nothing(session: Session, who: Consumer, account: Account) -> None:
    attaching.start_attaching(session, who, PHONE, NUMBER, PLACE, NOW)

    wrong = attaching.confirm_attaching(session, who, another(newest_code(session, PHONE)), PLACE, NOW)

    assert wrong.errors.keys() == {"code"}
    assert numbers(session, who) == ["66010000017"]


def test_a_code_serves_only_the_user_who_asked(session: Session, who: Consumer, account: Account) -> None:
    attaching.start_attaching(session, who, PHONE, NUMBER, PLACE, NOW)
    stranger = factories.consumer(session)

    with pytest.raises(RequestOver):
        attaching.confirm_attaching(session, stranger, newest_code(session, PHONE), PLACE, NOW)


def test_a_phone_that_is_not_the_accounts_gets_no_message(session: Session, who: Consumer, account: Account) -> None:
    attaching.start_attaching(session, who, "9120000009", NUMBER, PLACE, NOW)

    assert outbox(session, "9120000009") == []
    assert attaching.pending(session, Purpose.ATTACHING, who, NOW) is not None


def test_ones_own_account_is_not_attached_again(session: Session, who: Consumer, own: Account) -> None:
    with pytest.raises(FieldErrors) as refusal:
        attaching.start_attaching(session, who, "9120000001", own.number, PLACE, NOW)

    assert refusal.value.errors.keys() == {"account_number"}


def test_a_new_request_replaces_the_one_that_waits(session: Session, who: Consumer, account: Account) -> None:
    factories.account(session, "66010000058", phone="9120000006")
    attaching.start_attaching(session, who, PHONE, NUMBER, PLACE, NOW)
    attaching.start_attaching(session, who, "9120000006", "66010000058", PLACE, NOW)

    late = attaching.confirm_attaching(session, who, newest_code(session, PHONE), PLACE, NOW)
    assert late.errors.keys() == {"code"}
    pending = attaching.pending(session, Purpose.ATTACHING, who, NOW)
    assert pending is not None
    assert pending.account_number == "66010000058"


def test_when_the_newest_request_is_done_no_older_one_comes_back(
    session: Session, who: Consumer, account: Account
) -> None:
    attaching.start_attaching(session, who, "9120000009", "66010000058", PLACE, NOW)

    attach(session, who)
    session.flush()

    assert attaching.pending(session, Purpose.ATTACHING, who, NOW) is None


def test_a_request_can_be_given_up(session: Session, who: Consumer, account: Account) -> None:
    attaching.start_attaching(session, who, PHONE, NUMBER, PLACE, NOW)

    attaching.give_up(session, who, Purpose.ATTACHING, NOW)

    assert attaching.pending(session, Purpose.ATTACHING, who, NOW) is None


def test_a_detached_account_is_gone_from_every_session(session: Session, who: Consumer, own: Account) -> None:
    row = session.get(UserSession, who.session_id)
    assert row is not None
    row.account_number = own.number
    session.flush()

    attaching.detach(session, who, own.number, PLACE, NOW)
    session.expire_all()

    assert numbers(session, who) == []
    assert row.account_number is None
    assert session.exec(select(SecurityEvent.kind)).all() == [SecurityEventKind.DETACHED]


def test_nobody_detaches_or_names_an_account_they_do_not_have(
    session: Session, who: Consumer, account: Account
) -> None:
    other = factories.consumer(session, account)

    for number in (NUMBER, "66019999999", "", "'"):
        with pytest.raises(NotFound):
            attaching.detach(session, who, number, PLACE, NOW)
        with pytest.raises(NotFound):
            attaching.name_account(session, who, number, "Моё")
    assert numbers(session, other) == [NUMBER]


def test_an_account_can_be_named(session: Session, who: Consumer, own: Account) -> None:
    attaching.name_account(session, who, own.number, "  Дача   в Ключевом ")
    session.flush()
    assert accounts.open_cabinet(session, who).accounts[0].title == "Дача в Ключевом"

    attaching.name_account(session, who, own.number, "")
    session.flush()
    assert accounts.open_cabinet(session, who).accounts[0].title == ""


@pytest.mark.parametrize("title", ["а" * 46, "Да\u202eча", "Да\0ча"])
def test_odd_names_are_refused(session: Session, who: Consumer, own: Account, title: str) -> None:
    with pytest.raises(FieldErrors):
        attaching.name_account(session, who, own.number, title)


def test_another_user_is_removed_by_a_code_to_the_accounts_phone(session: Session, own: Account, who: Consumer) -> None:
    other = factories.consumer(session, own)

    attaching.start_removal(session, who, own.number, other.user_id, PLACE, NOW)
    progress = attaching.confirm_removal(session, who, newest_code(session, "9120000001"), PLACE, NOW)

    assert progress.done
    assert (numbers(session, other), numbers(session, who)) == ([], [own.number])
    events = session.exec(select(SecurityEvent).order_by(SecurityEvent.id)).all()
    assert [(event.user_id, event.kind) for event in events] == [
        (who.user_id, SecurityEventKind.REMOVED),
        (other.user_id, SecurityEventKind.DETACHED),
    ]


def test_a_removed_user_is_no_longer_recovered_by_the_phone_of_the_account(
    session: Session, own: Account, account: Account, who: Consumer
) -> None:
    other = factories.consumer(session, own, account)
    session.get_one(User, other.user_id).phone = own.phone

    attaching.start_removal(session, who, own.number, other.user_id, PLACE, NOW)
    attaching.confirm_removal(session, who, newest_code(session, "9120000001"), PLACE, NOW)

    assert session.get_one(User, other.user_id).phone is None


def test_a_phone_that_another_of_ones_accounts_has_stays_good_for_recovery(session: Session, own: Account) -> None:
    second = factories.account(session, "66010000025", phone=own.phone)
    who = factories.consumer(session, own, second)
    session.get_one(User, who.user_id).phone = own.phone

    attaching.detach(session, who, own.number, PLACE, NOW)
    assert session.get_one(User, who.user_id).phone == own.phone
    attaching.detach(session, who, second.number, PLACE, NOW)
    assert session.get_one(User, who.user_id).phone is None


def test_only_users_of_ones_own_accounts_can_be_removed(
    session: Session, own: Account, account: Account, who: Consumer
) -> None:
    stranger = factories.consumer(session, account)
    for number, subject in ((own.number, stranger.user_id), (NUMBER, stranger.user_id), (own.number, who.user_id)):
        with pytest.raises(NotFound):
            attaching.start_removal(session, who, number, subject, PLACE, NOW)


def test_an_account_without_a_phone_lets_nobody_remove_anybody(session: Session) -> None:
    silent = factories.account(session, phone=None)
    who, other = factories.consumer(session, silent), factories.consumer(session, silent)

    with pytest.raises(NotFound):
        attaching.start_removal(session, who, silent.number, other.user_id, PLACE, NOW)


def test_whoever_lost_the_account_meanwhile_removes_nobody(session: Session, own: Account, who: Consumer) -> None:
    other = factories.consumer(session, own)
    attaching.start_removal(session, who, own.number, other.user_id, PLACE, NOW)
    code = newest_code(session, "9120000001")
    attaching.detach(session, who, own.number, PLACE, NOW)

    with pytest.raises(NotFound):
        attaching.confirm_removal(session, who, code, PLACE, NOW + timedelta(minutes=1))
    assert numbers(session, other) == [own.number]
