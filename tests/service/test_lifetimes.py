"""How long sessions live, and which pages hear that one has ended."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from lk_app.models import LiveChange, UserSession
from lk_app.services import identity, profile
from lk_app.services.callers import Command, Consumer, StaffCaller
from lk_app.services.errors import NotFound
from lk_app.services.lifetimes import Lifetime
from lk_app.services.live import session_of, staff_session_of
from lk_app.services.places import Place
from lk_app.services.staff import members, sessions
from tests import factories
from tests.factories import NOW

PLACE, LOGIN = Place("203.0.113.7"), "o.vetrova"
IDLE, MOST = timedelta(minutes=30), timedelta(hours=12)


def told(session: Session) -> set[str]:
    session.flush()
    return set(session.exec(select(LiveChange.topic)).all())


@pytest.fixture
def hers(session: Session) -> list[Consumer]:
    """Three sessions of one consumer, by the tokens «token 0» to «token 2»."""
    first = factories.consumer(session, factories.account(session), token="token 0")
    found = [first]
    for number in (1, 2):
        row = UserSession(
            token_hash=identity.token_hash(f"token {number}"), user_id=first.user_id,
            created_at=NOW, seen_at=NOW, confirmed_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.flush()
        found.append(Consumer(first.user_id, row.id or 0))
    return found


@pytest.fixture
def staff(session: Session) -> StaffCaller:
    return factories.staff_caller(session, member=factories.staff(session, LOGIN), token="staff token")


def test_a_session_lives_as_long_as_it_may_be_idle_and_not_longer_than_it_may_be_old():
    young = Lifetime(NOW, NOW + timedelta(hours=1))
    old = Lifetime(NOW, NOW + MOST - timedelta(minutes=10))

    assert young.left(NOW + timedelta(hours=1)) == IDLE
    assert young.left(NOW + timedelta(hours=1) + IDLE) == timedelta()
    assert old.left(NOW + MOST - timedelta(minutes=10)) == timedelta(minutes=10)
    assert (young.is_last(), old.is_last()) == (False, True)


def test_what_is_said_in_seconds_is_never_longer_than_the_session_lives(session, hers):
    visit = identity.resume(session, "token 0", NOW)

    assert visit is not None
    assert visit.seconds_left(NOW) == IDLE.total_seconds()
    assert visit.seconds_left(NOW + timedelta(milliseconds=500)) == IDLE.total_seconds() - 1
    assert visit.seconds_left(NOW + IDLE - timedelta(milliseconds=1)) == 1
    assert visit.used(NOW + timedelta(minutes=5)).seconds_left(NOW + timedelta(minutes=5)) == IDLE.total_seconds()


def test_use_that_is_told_late_takes_nothing_from_what_came_after(session, hers, staff):
    later = NOW + timedelta(minutes=9)
    for touch, resume, who, token in [
        (identity.touch, identity.resume, hers[0], "token 0"),
        (sessions.touch, sessions.resume, staff, "staff token"),
    ]:
        touch(session, who, later)
        touch(session, who, NOW + timedelta(minutes=3))

        visit = resume(session, token, later)
        assert visit is not None
        assert visit.lifetime.seen_at == later


def test_the_pages_of_a_session_hear_that_it_was_signed_out(session, hers, staff):
    identity.end_session(session, "token 1", NOW)
    assert told(session) == {session_of(hers[1].session_id)}

    sessions.end_session(session, "staff token", NOW)
    assert told(session) == {session_of(hers[1].session_id), staff_session_of(staff.session_id)}


def test_a_session_that_had_ended_ends_no_second_time(session, hers):
    assert identity.end_sessions(session, hers[0].user_id, NOW) == 3
    assert identity.end_sessions(session, hers[0].user_id, NOW) == 0
    identity.end_session(session, "token 1", NOW)
    session.flush()

    assert len(session.exec(select(LiveChange)).all()) == 3


def test_a_new_password_tells_the_pages_of_all_other_sessions(session, hers):
    profile.change_password(session, hers[2], "hash", PLACE, NOW)

    assert told(session) == {session_of(who.session_id) for who in hers[:2]}


def test_one_session_ended_in_the_settings_tells_its_pages_only(session, hers):
    profile.end_session(session, hers[0], hers[1].session_id, PLACE, NOW)
    assert told(session) == {session_of(hers[1].session_id)}

    with pytest.raises(NotFound):
        profile.end_session(session, hers[0], hers[1].session_id, PLACE, NOW)


def test_nobody_ends_a_session_of_another_user(session, hers, staff):
    other = factories.consumer(session, factories.account(session, "66010000025"), token="another")

    with pytest.raises(NotFound):
        profile.end_session(session, other, hers[0].session_id, PLACE, NOW)
    assert told(session) == set()


def test_the_pages_of_a_member_hear_that_they_were_disabled(session, staff):
    members.disable(session, Command("root"), LOGIN, NOW)

    assert told(session) == {staff_session_of(staff.session_id)}
