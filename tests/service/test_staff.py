"""Staff: how they sign in, what a code is good for, what commands change, and the log nobody can rewrite."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pyotp
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from lk_app.models import Action, AuditEvent, Role, Staff, StaffSession
from lk_app.services import identity
from lk_app.services.callers import Command, StaffCaller, require_role
from lk_app.services.errors import NotAllowed, NotFound, TooManyAttempts
from lk_app.services.places import Place
from lk_app.services.staff import audit, members, passwords, sessions, totp
from lk_app.services.staff.members import MemberRefused, NewMember, SecondFactor
from lk_app.services.staff.sessions import FirstPasswordOver
from lk_app.settings import settings
from tests import factories
from tests.factories import NOW
from tests.statements import statements_of

LOGIN = "o.vetrova"
PLACE = Place("203.0.113.7", "Firefox, Linux")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = timedelta(seconds=30)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LK_ENV", "production")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def member(session: Session) -> Staff:
    """A member without a second factor."""
    return factories.staff(session, LOGIN)


@pytest.fixture
def careful(session: Session) -> Staff:
    """A member with a second factor."""
    return factories.staff(session, LOGIN, secret=SECRET)


def code_at(now=NOW, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(now)


def try_to_enter(session: Session, *, login=LOGIN, fits=True, code="", place=PLACE, now=NOW) -> str | None:
    attempt = sessions.admit(session, login, place, now)
    token = sessions.conclude(session, attempt, fits, code, now)
    session.flush()
    return token


def events(session: Session) -> list[AuditEvent]:
    return list(session.exec(select(AuditEvent).order_by(AuditEvent.id)))


# Signing in


@pytest.mark.parametrize("typed", [LOGIN, " O.Vetrova ", "O.VETROVA"])
def test_a_member_signs_in_with_login_and_password(session: Session, member: Staff, typed: str) -> None:
    token = try_to_enter(session, login=typed)

    visit = sessions.resume(session, token or "", NOW)
    assert visit is not None
    assert (visit.caller.staff_id, visit.name, visit.role) == (member.id, "Ольга Ветрова", Role.OPERATOR)
    [event] = events(session)
    assert (event.staff_id, event.action, event.at, event.address) == (
        member.id, Action.SIGNED_IN, NOW, "203.0.113.*",
    )  # fmt: skip


def test_a_wrong_password_opens_nothing_and_is_logged(session: Session, member: Staff) -> None:
    assert try_to_enter(session, fits=False) is None

    assert session.exec(select(StaffSession)).all() == []
    [event] = events(session)
    assert (event.staff_id, event.action, event.address) == (member.id, Action.SIGN_IN_REFUSED, "203.0.113.*")


@pytest.mark.parametrize("login", ["nobody", "", "\0", "я", "a" * 5_000, "' or 1=1 --"])
def test_an_unknown_login_is_refused_and_never_written_down(session: Session, member: Staff, login: str) -> None:
    assert try_to_enter(session, login=login) is None

    [event] = events(session)
    assert (event.staff_id, event.subject, event.detail) == (None, "", "")


def test_an_unknown_login_costs_the_same_check_as_a_known_one(session: Session, member: Staff) -> None:
    unknown = sessions.admit(session, "nobody", PLACE, NOW).candidate
    known = sessions.admit(session, LOGIN, PLACE, NOW).candidate

    assert identity.password_fits(factories.PASSWORD, known)
    assert not identity.password_fits("nobody has this password", unknown)
    cost = slice(0, len("$2b$12$"))
    assert unknown.password_hash[cost] == known.password_hash[cost] == "$2b$12$"


@pytest.mark.parametrize(
    "wrong", [{"login": "nobody"}, {"fits": False}, {"code": "000000"}, {"fits": False, "code": "000000"}]
)
def test_whatever_was_wrong_the_same_statements_run(engine: Engine, wrong: dict[str, object]) -> None:
    def enter(session: Session, **attempt: object) -> None:
        factories.staff(session, LOGIN, secret=SECRET)
        assert try_to_enter(session, **{"code": code_at()} | attempt) is None

    statements = statements_of(engine, partial(enter, **wrong))

    assert len(statements) > 5
    assert statements == statements_of(engine, partial(enter, fits=False))


def test_a_password_changed_while_the_old_one_was_checked_opens_nothing(session: Session, member: Staff) -> None:
    attempt = sessions.admit(session, LOGIN, PLACE, NOW)
    members.set_password(session, Command("root"), LOGIN, "another hash", NOW)

    assert sessions.conclude(session, attempt, True, "", NOW) is None


# The second factor


def test_with_a_second_factor_the_code_is_needed(session: Session, careful: Staff) -> None:
    assert try_to_enter(session) is None
    assert try_to_enter(session, code="000000") is None
    assert try_to_enter(session, code=code_at(secret=pyotp.random_base32())) is None

    assert try_to_enter(session, code=code_at())


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_clock_of_a_phone_may_be_wrong_by_one_step(session: Session, careful: Staff, steps: int) -> None:
    assert try_to_enter(session, code=code_at(NOW + steps * STEP))


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_another_time_is_refused(session: Session, careful: Staff, steps: int) -> None:
    assert try_to_enter(session, code=code_at(NOW + steps * STEP)) is None


def test_a_code_may_be_typed_with_a_space(session: Session, careful: Staff) -> None:
    code = code_at()

    assert try_to_enter(session, code=f"{code[:3]} {code[3:]}")


def test_a_code_is_taken_once(session: Session, careful: Staff) -> None:
    assert try_to_enter(session, code=code_at())

    assert try_to_enter(session, code=code_at()) is None
    assert try_to_enter(session, code=code_at(), now=NOW + STEP) is None
    assert try_to_enter(session, code=code_at(NOW + STEP), now=NOW + STEP)


def test_a_code_older_than_the_last_one_is_refused(session: Session, careful: Staff) -> None:
    assert try_to_enter(session, code=code_at(NOW + STEP))

    assert try_to_enter(session, code=code_at(NOW)) is None


def test_of_two_who_bring_one_code_at_once_one_gets_it(session: Session, careful: Staff) -> None:
    """Whatever was read before, the row decides."""
    step = totp.step_of(careful.totp_secret, code_at(), NOW)
    assert step

    assert totp.take(session, careful.id or 0, step)
    assert not totp.take(session, careful.id or 0, step)


def test_a_right_code_with_a_wrong_password_is_not_used_up(session: Session, careful: Staff) -> None:
    assert try_to_enter(session, fits=False, code=code_at()) is None

    assert try_to_enter(session, code=code_at())


def test_the_key_is_encrypted_and_another_secret_key_cannot_read_it(
    session: Session, careful: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SECRET not in careful.totp_secret
    assert totp.encrypted(SECRET) != careful.totp_secret
    monkeypatch.setattr(settings(), "secret_key", type(settings().secret_key)("another key of the portal"))

    assert not totp.is_readable(careful.totp_secret)
    assert try_to_enter(session, code=code_at()) is None


def test_in_production_nobody_signs_in_without_a_second_factor(
    session: Session, member: Staff, production: None
) -> None:
    assert try_to_enter(session) is None
    assert try_to_enter(session, code="000000") is None

    members.set_second_factor(session, Command("root"), LOGIN, SECRET, NOW)
    assert try_to_enter(session, code=code_at())


# How often


def test_a_sixth_failure_for_a_login_must_wait(session: Session, member: Staff) -> None:
    for login in (LOGIN, LOGIN.upper(), LOGIN, LOGIN, LOGIN):
        sessions.admit(session, login, PLACE, NOW)

    with pytest.raises(TooManyAttempts):
        sessions.admit(session, LOGIN, PLACE, NOW)
    sessions.admit(session, LOGIN, PLACE, NOW + timedelta(minutes=5))


def test_a_stranger_elsewhere_does_not_lock_a_member_out(session: Session, member: Staff) -> None:
    for minute in range(600):
        with suppress(TooManyAttempts):
            sessions.admit(session, LOGIN, Place("198.51.100.1"), NOW + timedelta(minutes=minute))

    sessions.admit(session, LOGIN, PLACE, NOW + timedelta(minutes=600))


def test_many_addresses_get_only_so_many_tries_for_a_login(session: Session, member: Staff) -> None:
    for attempt in range(20):
        sessions.admit(session, LOGIN, Place(f"203.0.113.{attempt}"), NOW)

    with pytest.raises(TooManyAttempts):
        sessions.admit(session, LOGIN, Place("198.51.100.1"), NOW)


def test_a_wrong_code_uses_up_an_attempt_and_a_right_one_gives_it_back(session: Session, careful: Staff) -> None:
    for second in range(10):
        now = NOW + second * STEP
        assert try_to_enter(session, code=code_at(now), now=now)
    for _ in range(5):
        assert try_to_enter(session, code="000000", now=now) is None

    with pytest.raises(TooManyAttempts):
        try_to_enter(session, code=code_at(NOW + 10 * STEP), now=now)


def test_staff_and_consumers_do_not_use_up_each_others_limits(session: Session, member: Staff) -> None:
    for attempt in range(20):
        identity.admit(session, f"Имя {'а' * attempt}", PLACE, NOW)

    sessions.admit(session, LOGIN, PLACE, NOW)


# Sessions


def test_a_session_left_idle_for_30_minutes_is_over(session: Session, member: Staff) -> None:
    token = try_to_enter(session) or ""

    assert sessions.resume(session, token, NOW + timedelta(minutes=29, seconds=59))
    assert sessions.resume(session, token, NOW + timedelta(minutes=30)) is None


def test_use_keeps_a_session_alive_but_not_beyond_12_hours(session: Session, member: Staff) -> None:
    token = try_to_enter(session) or ""
    for minutes in range(20, 12 * 60, 20):
        now = NOW + timedelta(minutes=minutes)
        visit = sessions.resume(session, token, now)
        assert visit is not None
        assert visit.stale
        sessions.touch(session, visit.caller, now)

    assert sessions.resume(session, token, NOW + timedelta(hours=12)) is None


def test_a_session_is_resumed_by_its_token_only_which_the_database_does_not_hold(
    session: Session, member: Staff
) -> None:
    token = try_to_enter(session) or ""

    assert sessions.resume(session, token[:-1], NOW) is None
    assert sessions.resume(session, "", NOW) is None
    assert token not in session.exec(select(StaffSession)).one().model_dump_json()


def test_a_token_of_staff_is_nothing_among_consumers_nor_the_other_way_round(session: Session, member: Staff) -> None:
    of_staff = try_to_enter(session) or ""
    of_consumer = factories.session_token(session, factories.user(session).id or 0)

    assert identity.resume(session, of_staff, NOW) is None
    assert sessions.resume(session, of_consumer, NOW) is None


def test_signing_out_ends_one_session_and_is_logged_once(session: Session, member: Staff) -> None:
    phone, desk = try_to_enter(session) or "", try_to_enter(session) or ""

    for token in (phone, phone, "unknown"):
        sessions.end_session(session, token, NOW)
        session.flush()

    assert sessions.resume(session, phone, NOW) is None
    assert sessions.resume(session, desk, NOW)
    signed_out = [event for event in events(session) if event.action is Action.SIGNED_OUT]
    assert [(event.staff_id, event.address) for event in signed_out] == [(member.id, "203.0.113.*")]


def test_whoever_is_disabled_is_out_at_once_and_stays_out(session: Session, member: Staff) -> None:
    token = try_to_enter(session) or ""

    members.disable(session, Command("root"), LOGIN, NOW)

    assert sessions.resume(session, token, NOW) is None
    assert try_to_enter(session) is None
    assert events(session)[-1].action is Action.SIGN_IN_REFUSED
    with pytest.raises(MemberRefused, match="уже отключён"):
        members.disable(session, Command("root"), LOGIN, NOW)


def test_a_session_that_began_while_its_member_was_disabled_is_none(session: Session, member: Staff) -> None:
    caller = factories.staff_caller(session, member=member, token="a token")
    member.disabled_at = NOW
    session.flush()

    assert session.get_one(StaffSession, caller.session_id).ended_at is None
    assert sessions.resume(session, "a token", NOW) is None


# Members


def new(login: str = LOGIN, secret: str = "") -> NewMember:
    return NewMember(login, "Ольга Ветрова", Role.OPERATOR, factories.PASSWORD_HASH, secret)


def test_a_created_member_signs_in_with_a_code(session: Session) -> None:
    members.create(session, Command("root"), new(secret=SECRET), NOW)

    assert try_to_enter(session, code=code_at())


def test_a_login_is_given_once_even_after_its_member_was_disabled(session: Session, member: Staff) -> None:
    with pytest.raises(MemberRefused, match="уже занят"):
        members.create(session, Command("root"), new(), NOW)
    members.disable(session, Command("root"), LOGIN, NOW)
    with pytest.raises(MemberRefused, match="уже занят"):
        members.create(session, Command("root"), new(), NOW)


@pytest.mark.parametrize(("typed", "login"), [("o.vetrova", "o.vetrova"), (" O-Vetrova2 ", "o-vetrova2"), ("7", "7")])
def test_logins_that_may_be_given(typed: str, login: str) -> None:
    assert members.new_login(typed) == login


@pytest.mark.parametrize("login", ["", " ", "о.ветрова", "o vetrova", "o_vetrova", ".o", "o-", "a" * 41])
def test_logins_that_may_not_be_given(login: str) -> None:
    with pytest.raises(MemberRefused, match="латинские буквы"):
        members.new_login(login)


@pytest.mark.parametrize("password", ["office2026demo", "трава у дома", "twelve chars", "operator-трава", "a" * 72])
def test_passwords_that_may_be_set(password: str) -> None:
    assert identity.password_fits(password, identity.Candidate(1, members.new_password_hash(password, LOGIN)))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "не короче 12"),
        ("eleven char", "а здесь 11"),
        ("QWERTY123456", "слишком известен"),
        ("long-long.login", "слишком известен"),
        ("operator-2026!", "только цифры и слова"),
        ("LK.Gaz.Office.1", "только цифры и слова"),
        ("Демогаз 20262026", "только цифры и слова"),
        ("long.2026.login", "только цифры и слова"),
        ("202620262026", "только цифры и слова"),
        ("a" * 73, "слишком длинный"),
        ("я" * 37, "слишком длинный"),
    ],
)
def test_passwords_that_may_not_be_set(password: str, why: str) -> None:
    with pytest.raises(MemberRefused, match=why):
        members.new_password_hash(password, "long-long.login")


@pytest.mark.parametrize("name", ["", "  ", "а" * 101, "Ольга\x07"])
def test_names_that_may_not_be_given(name: str) -> None:
    with pytest.raises(MemberRefused):
        members.new_name(name)


def test_another_role_counts_from_the_next_event_on(session: Session, member: Staff) -> None:
    token = try_to_enter(session) or ""

    members.set_role(session, Command("root"), LOGIN, Role.ADMINISTRATOR, NOW)
    session.flush()

    visit = sessions.resume(session, token, NOW)
    assert visit is not None
    assert visit.role is Role.ADMINISTRATOR


@pytest.mark.parametrize("change", [members.set_password, members.set_second_factor])
def test_another_password_or_second_factor_ends_the_sessions(session: Session, careful: Staff, change) -> None:
    token = try_to_enter(session, code=code_at()) or ""
    elsewhere = factories.staff_caller(session, token="a colleague's")

    change(session, Command("root"), LOGIN, SECRET, NOW)

    assert sessions.resume(session, token, NOW) is None
    assert sessions.resume(session, "a colleague's", NOW)
    assert elsewhere.staff_id != careful.id


def test_a_new_second_factor_makes_the_old_one_useless(session: Session, careful: Staff) -> None:
    fresh = pyotp.random_base32()

    members.set_second_factor(session, Command("root"), LOGIN, fresh, NOW)

    assert try_to_enter(session, code=code_at()) is None
    assert try_to_enter(session, code=code_at(secret=fresh))


def test_the_list_says_who_needs_a_second_factor(session: Session) -> None:
    factories.staff(session, "none")
    factories.staff(session, "set", secret=SECRET)
    factories.staff(session, "unreadable").totp_secret = "from another key"
    session.flush()

    found = {member.login: member.second_factor for member in members.list_members(session, Command("root"), NOW)}

    assert found == {
        "none": SecondFactor.NONE, "set": SecondFactor.SET, "unreadable": SecondFactor.UNREADABLE,
    }  # fmt: skip


def test_every_command_is_logged_with_who_ran_it(session: Session) -> None:
    members.create(session, Command("petrov"), new(), NOW)
    members.list_members(session, Command("petrov"), NOW)
    members.set_role(session, Command("petrov"), LOGIN, Role.SUPERVISOR, NOW)
    members.set_password(session, Command("petrov"), LOGIN, "another hash", NOW)
    members.set_second_factor(session, Command("petrov"), LOGIN, SECRET, NOW)
    members.disable(session, Command("petrov"), LOGIN, NOW)
    session.flush()

    assert [(event.staff_id, event.action, event.subject, event.detail) for event in events(session)] == [
        (None, Action.CREATED, LOGIN, "role operator; by petrov"),
        (None, Action.LISTED, "", "by petrov"),
        (None, Action.CHANGED, LOGIN, "role operator to supervisor; by petrov"),
        (None, Action.CHANGED, LOGIN, "password; by petrov"),
        (None, Action.CHANGED, LOGIN, "second factor; by petrov"),
        (None, Action.DISABLED, LOGIN, "by petrov"),
    ]


def test_whom_nobody_knows_cannot_be_changed(session: Session) -> None:
    with pytest.raises(NotFound, match="nobody"):
        members.disable(session, Command("root"), "nobody", NOW)


# Roles and the log


def test_roles_do_not_include_one_another(session: Session) -> None:
    for role in Role:
        who = factories.staff_caller(session, role)
        require_role(who, role)
        for other in set(Role) - {role}:
            with pytest.raises(NotAllowed):
                require_role(who, other)


def test_what_staff_do_is_logged_with_the_address_of_their_session(session: Session) -> None:
    who = factories.staff_caller(session)

    audit.record(session, who, Action.READING_SEEN, NOW, subject="reading 1", detail="x" * 400)
    session.flush()

    [event] = events(session)
    assert (event.staff_id, event.action, event.at) == (who.staff_id, Action.READING_SEEN, NOW)
    assert (event.subject, event.detail, event.address) == ("reading 1", "x" * 300, "203.0.113.*")


@pytest.mark.parametrize("change", ["UPDATE audit_events SET subject = 'x'", "DELETE FROM audit_events"])
def test_the_database_refuses_to_change_the_log(session: Session, change: str) -> None:
    audit.record(session, factories.staff_caller(session), Action.QUEUE_SEEN, NOW)
    session.flush()

    with pytest.raises(DBAPIError, match="append-only"):
        session.connection().execute(text(change))


# First passwords


GIVEN = timedelta(days=settings().first_password_days)


def give(session: Session, who: Command | StaffCaller, login: str = LOGIN, now: datetime = NOW) -> None:
    members.set_password(session, who, login, factories.PASSWORD_HASH, now)
    session.flush()


def create_first(session: Session) -> None:
    members.create(session, Command("root"), new(), NOW)
    session.flush()


def reset_first(session: Session) -> None:
    factories.staff(session, LOGIN)
    give(session, Command("root"))


@pytest.mark.parametrize("given", [create_first, reset_first])
def test_a_password_that_was_given_signs_in_for_three_days(session: Session, given: Callable[[Session], None]) -> None:
    given(session)
    almost = NOW + timedelta(days=3) - timedelta(seconds=1)

    assert isinstance(try_to_enter(session, now=almost), str)
    refused = try_to_enter(session, now=NOW + timedelta(days=3))

    assert isinstance(refused, FirstPasswordOver)
    assert "Попросите администратора" in refused.message
    assert len(session.exec(select(StaffSession)).all()) == 1
    event = events(session)[-1]
    assert (event.action, event.detail, event.address) == (Action.SIGN_IN_REFUSED, "first password", "203.0.113.*")


def test_that_a_first_password_is_over_is_said_only_to_whoever_has_it_and_the_code(session: Session) -> None:
    members.create(session, Command("root"), new(secret=SECRET), NOW)
    session.flush()
    later = NOW + GIVEN

    assert try_to_enter(session, fits=False, code=code_at(later), now=later) is None
    assert try_to_enter(session, code="000000", now=later) is None
    assert isinstance(try_to_enter(session, code=code_at(later), now=later), FirstPasswordOver)


def test_a_password_of_ones_own_does_not_end(session: Session) -> None:
    create_first(session)
    who = factories.staff_caller(session, member=session.exec(select(Staff)).one())

    assert passwords.first_password_until(session, who) == NOW + GIVEN
    passwords.change(session, who, factories.PASSWORD_HASH, NOW)
    session.flush()

    assert passwords.first_password_until(session, who) is None
    assert isinstance(try_to_enter(session, now=NOW + timedelta(days=400)), str)


def test_another_one_that_is_given_begins_anew(session: Session) -> None:
    create_first(session)
    give(session, Command("root"), now=NOW + GIVEN)

    assert isinstance(try_to_enter(session, now=NOW + GIVEN + timedelta(days=2)), str)


def test_an_administrator_who_sets_their_own_among_members_has_set_their_own(session: Session) -> None:
    admin = factories.staff(session, "admin", Role.ADMINISTRATOR)
    who = factories.staff_caller(session, Role.ADMINISTRATOR, member=admin)
    give(session, who, "admin")

    assert passwords.first_password_until(session, who) is None


def test_the_list_says_who_still_has_a_first_password(session: Session) -> None:
    create_first(session)
    factories.staff(session, "own")

    found = members.list_members(session, Command("root"), NOW)

    assert {member.login: member.first_password_until for member in found} == {LOGIN: NOW + GIVEN, "own": None}
