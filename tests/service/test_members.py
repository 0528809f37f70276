"""Administrators create and change members of the staff, and can't lock everybody out."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from lk_app.models import Action, AuditEvent, Role, Staff
from lk_app.services.callers import Command, StaffCaller
from lk_app.services.errors import NotAllowed, ServiceError
from lk_app.services.identity import SignedOut
from lk_app.services.session import WRITES
from lk_app.services.staff import members, sessions
from lk_app.services.staff.members import MemberRefused, NewMember
from tests import factories
from tests.factories import NOW

LOGIN, SECRET = "o.vetrova", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(
        session, Role.ADMINISTRATOR, member=factories.staff(session, "admin", Role.ADMINISTRATOR)
    )


@pytest.fixture
def operator(session: Session) -> Staff:
    return factories.staff(session, LOGIN)


def new(login: str = "n.new") -> NewMember:
    return NewMember(login, "Нина Новая", Role.OPERATOR, "a hash", SECRET)


def set_role(session: Session, who: StaffCaller) -> None:
    members.set_role(session, who, LOGIN, Role.SUPERVISOR, NOW)


def set_password(session: Session, who: StaffCaller) -> None:
    members.set_password(session, who, LOGIN, "a hash", NOW)


def set_second_factor(session: Session, who: StaffCaller) -> None:
    members.set_second_factor(session, who, LOGIN, SECRET, NOW)


def disable(session: Session, who: StaffCaller) -> None:
    members.disable(session, who, LOGIN, NOW)


def end_sessions(session: Session, who: StaffCaller) -> None:
    members.end_sessions(session, who, LOGIN, NOW)


def enable(session: Session, who: StaffCaller) -> None:
    members.enable(session, who, LOGIN, NOW)


def create(session: Session, who: StaffCaller) -> None:
    members.create(session, who, new(), NOW)


def list_members(session: Session, who: StaffCaller) -> None:
    members.list_members(session, who, NOW)


Change = Callable[[Session, StaffCaller], None]


@pytest.mark.parametrize(
    ("change", "action", "detail"),
    [
        (set_role, Action.CHANGED, "role operator to supervisor"),
        (set_password, Action.CHANGED, "password"),
        (set_second_factor, Action.CHANGED, "second factor"),
        (disable, Action.DISABLED, ""),
        (end_sessions, Action.SESSIONS_ENDED, ""),
    ],
)
def test_each_change_is_kept_with_who_did_it(
    session: Session, who: StaffCaller, operator: Staff, change: Change, action: Action, detail: str
) -> None:
    change(session, who)
    session.flush()

    [event] = session.exec(select(AuditEvent))
    assert (event.staff_id, event.action, event.subject, event.detail) == (who.staff_id, action, LOGIN, detail)
    assert event.address == "203.0.113.*"


@sqlite
def test_a_member_is_created(session: Session, who: StaffCaller) -> None:
    members.create(session, who, new(), NOW)

    [event] = session.exec(select(AuditEvent))
    assert (event.staff_id, event.action, event.subject, event.detail) == (
        who.staff_id, Action.CREATED, "n.new", "role operator",
    )  # fmt: skip
    with pytest.raises(MemberRefused, match="уже занят"):
        members.create(session, who, new(), NOW)


@sqlite
def test_whoever_was_disabled_is_let_in_again_as_they_were(session: Session, who: StaffCaller, operator: Staff) -> None:
    with pytest.raises(MemberRefused, match="и так работает"):
        members.enable(session, who, LOGIN, NOW)
    members.disable(session, who, LOGIN, NOW)

    members.enable(session, who, LOGIN, NOW)

    assert (operator.disabled_at, operator.password_hash) == (None, factories.PASSWORD_HASH)
    assert session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id).desc())).first() is Action.ENABLED


@sqlite
@pytest.mark.parametrize("change", [set_password, set_second_factor, disable, end_sessions])
def test_what_changes_how_somebody_gets_in_ends_their_sessions(
    session: Session, who: StaffCaller, operator: Staff, change: Change
) -> None:
    factories.staff_caller(session, member=operator, token="theirs")
    factories.staff_caller(session, token="a colleague's")

    change(session, who)

    assert sessions.resume(session, "theirs", NOW) is None
    assert sessions.resume(session, "a colleague's", NOW) is not None


@sqlite
def test_the_list_says_who_is_signed_in_and_is_kept_once(session: Session, who: StaffCaller, operator: Staff) -> None:
    for _ in range(2):
        factories.staff_caller(session, member=operator)

    found = members.list_members(session, who, NOW)
    members.list_members(session, who, NOW, shown=[member.login for member in found])

    assert [(member.login, member.sessions) for member in found] == [("admin", 1), (LOGIN, 2)]
    listed = session.exec(select(AuditEvent).where(AuditEvent.action == Action.LISTED)).all()
    assert [event.staff_id for event in listed] == [who.staff_id]


@sqlite
def test_nobody_takes_their_own_power(session: Session, who: StaffCaller) -> None:
    factories.staff(session, "another", Role.ADMINISTRATOR)

    with pytest.raises(MemberRefused, match="Себя нельзя"):
        members.disable(session, who, "admin", NOW)
    with pytest.raises(MemberRefused, match="Себя нельзя"):
        members.set_role(session, who, "admin", Role.OPERATOR, NOW)
    members.set_role(session, who, "admin", Role.ADMINISTRATOR, NOW)


@sqlite
def test_a_command_keeps_the_last_administrator_who_works(session: Session, who: StaffCaller) -> None:
    gone = factories.staff(session, "gone", Role.ADMINISTRATOR)
    gone.disabled_at = NOW
    session.flush()

    with pytest.raises(MemberRefused, match="последний администратор"):
        members.disable(session, Command("root"), "admin", NOW)
    with pytest.raises(MemberRefused, match="последний администратор"):
        members.set_role(session, Command("root"), "admin", Role.SUPERVISOR, NOW)
    members.enable(session, Command("root"), "gone", NOW)
    members.disable(session, Command("root"), "admin", NOW)


@sqlite
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
@pytest.mark.parametrize(
    "change",
    [set_role, set_password, set_second_factor, disable, end_sessions, enable, create, list_members],
)
def test_only_administrators_change_members(session: Session, operator: Staff, role: Role, change: Change) -> None:
    member = factories.staff_caller(session, role)

    with pytest.raises(NotAllowed):
        change(session, member)
    assert session.exec(select(AuditEvent)).all() == []


@sqlite
@pytest.mark.parametrize("meanwhile", ["disabled", "demoted", "signed out"])
def test_an_administrator_who_is_none_any_more_changes_nothing(
    session: Session, who: StaffCaller, operator: Staff, meanwhile: str
) -> None:
    factories.staff(session, "another", Role.ADMINISTRATOR)
    if meanwhile == "disabled":
        members.disable(session, Command("root"), "admin", NOW)
    elif meanwhile == "demoted":
        members.set_role(session, Command("root"), "admin", Role.OPERATOR, NOW)
    else:
        members.end_sessions(session, Command("root"), "admin", NOW)

    for change in (set_role, set_password, set_second_factor, disable, end_sessions, enable, create):
        with pytest.raises(SignedOut):
            change(session, who)


def test_of_two_administrators_who_disable_each_other_at_once_one_stays(engine: Engine) -> None:
    with Session(engine) as session:
        callers = {
            login: factories.staff_caller(session, member=factories.staff(session, login, Role.ADMINISTRATOR))
            for login in ("first", "second")
        }
        session.commit()
    together, refused = Barrier(2), []

    def disable_other(own: str, other: str) -> None:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            together.wait()
            try:
                members.disable(session, callers[own], other, NOW)
                session.commit()
            except ServiceError as refusal:
                refused.append(refusal)

    threads = [Thread(target=disable_other, args=pair) for pair in (("first", "second"), ("second", "first"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Session(engine) as session:
        assert sorted(member.disabled_at is None for member in session.exec(select(Staff))) == [False, True]
    assert len(refused) == 1


def test_a_made_password_is_one_that_may_be_set() -> None:
    made = {members.generated_password() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        members.check_new_password(password, LOGIN)
        assert not set("l1o0iO") & set(password)
