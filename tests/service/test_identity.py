"""Names, passwords and sessions."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from lk_app.models import User, UserSession
from lk_app.services import identity
from lk_app.services.errors import TooManyAttempts
from lk_app.services.places import Place
from tests import factories

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAME = "Мария Иванова"
ADDRESS = "203.0.113.7"
PLACE = Place(ADDRESS, "Firefox, Linux")


@pytest.fixture
def user_id(session: Session) -> int:
    return factories.user(session, NAME).id or 0


def signed_in(session: Session, user_id: int, now: datetime = NOW) -> str:
    candidate = identity.admit(session, NAME, PLACE, now)
    token = identity.open_session(session, candidate, NAME, PLACE, now)
    session.flush()
    return token


@pytest.mark.parametrize("typed", ["мария иванова", "МАРИЯ  ИВАНОВА", " Мария Иванова ", "Мария\tИванова"])
def test_a_name_is_known_however_it_is_typed(session: Session, user_id: int, typed: str) -> None:
    assert identity.admit(session, typed, PLACE, NOW).user_id == user_id


def test_a_created_user_signs_in_with_their_password(session: Session) -> None:
    created = identity.create_user(session, NAME, factories.PASSWORD_HASH, None, NOW)

    candidate = identity.admit(session, NAME, PLACE, NOW)
    assert candidate.user_id == created
    assert identity.password_fits(factories.PASSWORD, candidate)


def test_yo_and_ye_make_no_difference() -> None:
    assert identity.name_key("Пётр Семёнов") == identity.name_key("петр семенов")


def test_the_right_password_fits_and_others_do_not(session: Session, user_id: int) -> None:
    candidate = identity.admit(session, NAME, PLACE, NOW)

    assert identity.password_fits(factories.PASSWORD, candidate)
    assert not identity.password_fits(factories.PASSWORD.upper(), candidate)
    assert not identity.password_fits("", candidate)
    assert not identity.password_fits(factories.PASSWORD + "\0", candidate)
    assert not identity.password_fits("я" * 1000, candidate)


def test_bytes_that_bcrypt_does_not_read_are_not_ignored(session: Session) -> None:
    candidate = identity.Candidate(1, identity.hash_password("a" * 72))

    assert identity.password_fits("a" * 72, candidate)
    assert not identity.password_fits("a" * 73, candidate)


def test_an_unknown_name_costs_the_same_check_as_a_known_one(session: Session, user_id: int) -> None:
    known = identity.admit(session, NAME, PLACE, NOW)
    unknown = identity.admit(session, "Никто", PLACE, NOW)

    assert unknown.user_id is None
    assert not identity.password_fits("nobody has this password", unknown)
    cost = slice(0, len("$2b$12$"))
    assert unknown.password_hash[cost] == known.password_hash[cost] == "$2b$12$"
    assert identity.hash_password("a")[cost] == "$2b$12$"


def test_a_sixth_wrong_password_for_a_name_must_wait(session: Session, user_id: int) -> None:
    for name in (NAME, "  МАРИЯ иванова", NAME, NAME, NAME):
        identity.admit(session, name, PLACE, NOW)

    with pytest.raises(TooManyAttempts):
        identity.admit(session, NAME, PLACE, NOW)
    identity.admit(session, NAME, PLACE, NOW + timedelta(minutes=1))


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(session: Session, user_id: int) -> None:
    for second in range(600):
        with suppress(TooManyAttempts):
            identity.admit(session, NAME, Place("198.51.100.1"), NOW + timedelta(seconds=second))

    identity.admit(session, NAME, PLACE, NOW + timedelta(seconds=600))


def test_many_addresses_get_only_so_many_passwords_for_a_name(session: Session, user_id: int) -> None:
    for attempt in range(30):
        identity.admit(session, NAME, Place(f"203.0.113.{attempt}"), NOW)

    with pytest.raises(TooManyAttempts):
        identity.admit(session, NAME, Place("198.51.100.1"), NOW)


def test_a_twenty_first_failure_from_an_address_must_wait(session: Session) -> None:
    for attempt in range(20):
        identity.admit(session, f"Имя {'а' * attempt}", PLACE, NOW)

    with pytest.raises(TooManyAttempts):
        identity.admit(session, "Ещё имя", PLACE, NOW)
    identity.admit(session, "Ещё имя", Place("198.51.100.1"), NOW)


def test_the_addresses_of_one_household_share_a_limit(session: Session) -> None:
    for attempt in range(20):
        identity.admit(session, f"Имя {'а' * attempt}", Place(f"2001:db8:1:2::{attempt:x}"), NOW)

    with pytest.raises(TooManyAttempts):
        identity.admit(session, "Ещё имя", Place("2001:db8:1:2:ffff::1"), NOW)
    identity.admit(session, "Ещё имя", Place("2001:db8:1:3::1"), NOW)


def test_everybody_together_is_limited_too(session: Session) -> None:
    for attempt in range(300):
        identity.admit(session, f"имя {attempt}", Place(f"10.0.{attempt // 250}.{attempt % 250}"), NOW)

    with pytest.raises(TooManyAttempts):
        identity.admit(session, "ещё имя", Place("10.1.0.0"), NOW)


def test_right_passwords_are_not_slowed_down(session: Session, user_id: int) -> None:
    for _ in range(30):
        signed_in(session, user_id)


def test_a_password_changed_while_the_old_one_was_checked_opens_nothing(session: Session, user_id: int) -> None:
    candidate = identity.admit(session, NAME, PLACE, NOW)
    session.get_one(User, user_id).password_hash = "another"
    session.flush()

    with pytest.raises(identity.WrongCredentials):
        identity.open_session(session, candidate, NAME, PLACE, NOW)


def test_whoever_was_signed_out_meanwhile_changes_nothing(session: Session, user_id: int) -> None:
    visit = identity.resume(session, signed_in(session, user_id), NOW)
    assert visit is not None
    identity.end_sessions(session, user_id, NOW)

    with pytest.raises(identity.SignedOut):
        identity.user_of(session, visit.consumer)


def test_strangers_who_try_a_name_do_not_use_up_its_owners_second_look(session: Session, user_id: int) -> None:
    visit = identity.resume(session, signed_in(session, user_id), NOW)
    assert visit is not None
    for attempt in range(30):
        identity.admit(session, NAME, Place(f"198.51.100.{attempt}"), NOW)

    for _ in range(5):
        identity.admit_again(session, visit.consumer, NOW)
    with pytest.raises(TooManyAttempts):
        identity.admit_again(session, visit.consumer, NOW)


def test_a_session_is_resumed_by_its_token_only(session: Session, user_id: int) -> None:
    token = signed_in(session, user_id)

    visit = identity.resume(session, token, NOW)
    assert visit is not None
    assert (visit.consumer.user_id, visit.name, visit.stale) == (user_id, NAME, False)
    assert identity.resume(session, token[:-1], NOW) is None
    assert identity.resume(session, "", NOW) is None


def test_the_database_does_not_hold_the_token(session: Session, user_id: int) -> None:
    token = signed_in(session, user_id)

    row = session.exec(select(UserSession)).one()
    assert token not in row.model_dump_json()


def test_every_sign_in_has_a_token_of_its_own(session: Session, user_id: int) -> None:
    assert signed_in(session, user_id) != signed_in(session, user_id)


def test_a_session_left_idle_for_30_minutes_is_over(session: Session, user_id: int) -> None:
    token = signed_in(session, user_id)

    assert identity.resume(session, token, NOW + timedelta(minutes=29, seconds=59))
    assert identity.resume(session, token, NOW + timedelta(minutes=30)) is None


def test_use_keeps_a_session_alive_but_not_beyond_12_hours(session: Session, user_id: int) -> None:
    token = signed_in(session, user_id)
    for minutes in range(20, 12 * 60, 20):
        now = NOW + timedelta(minutes=minutes)
        visit = identity.resume(session, token, now)
        assert visit is not None
        assert visit.stale
        identity.touch(session, visit.consumer, now)

    assert identity.resume(session, token, NOW + timedelta(hours=12)) is None


def test_an_ended_session_is_over_and_the_others_are_not(session: Session, user_id: int) -> None:
    phone, desk = signed_in(session, user_id), signed_in(session, user_id)

    identity.end_session(session, phone, NOW)

    assert identity.resume(session, phone, NOW) is None
    assert identity.resume(session, desk, NOW)
