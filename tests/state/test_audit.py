"""«Журнал»: filtered, turned and renewed, in words. And no role reaches what is for another, by no event."""

from datetime import timedelta
from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex_base.registry import RegistrationContext
from sqlmodel import col, select

import lk_app.lk_app as portal_module
from lk_app import clock
from lk_app.models import Action, AuditEvent, Role
from lk_app.services.callers import Command, StaffCaller
from lk_app.services.office.audit_log import PAGE
from lk_app.services.session import reading, writing
from lk_app.services.staff import audit, duties, members
from lk_app.state.access import Guard, IdentityState, Level, level_of, roles_of
from lk_app.state.office.audit import NOT_ASKED, AuditState
from lk_app.state.office.members import MembersState
from tests import factories
from tests.factories import NOW
from tests.texts import plain


@pytest.fixture
def database() -> str:
    """One is enough here: what depends on it is tested with the services."""
    return "sqlite"


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """An administrator, on the day of the factories."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with writing() as session:
        return factories.staff_caller(session, Role.ADMINISTRATOR)


async def opened(who: StaffCaller, kind: Any = AuditState) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._staff = who
    state = await tab.get_state(kind)
    await kind.load.fn(state)
    return state


def done(who: StaffCaller, times: int = 1, action: Action = Action.CONSUMER_SEEN) -> None:
    with writing() as session:
        for _ in range(times):
            audit.record(session, who, action, NOW, subject="66010000017", detail="payments, page 2")


def kept() -> list[tuple[Action, str]]:
    with reading() as session:
        return [(row.action, row.subject) for row in session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))]


async def test_the_log_opens_with_its_newest_rows_in_words(who: StaffCaller) -> None:
    done(who)

    state = await opened(who)

    [row] = state.rows
    assert (row.at, row.name, row.action) == ("22.11.2026 12:30:00", "Ольга Ветрова", "Просмотр лицевого счёта")
    assert (row.subject, row.detail, row.address) == ("66010000017", "платежи, страница 2", "203.0.113.*")
    assert (state.asked, state.told, len(state.members)) == (NOT_ASKED, "", 1)
    assert plain(state.span) == "Записей: 1, с 22.11.2026 12:30 по 22.11.2026 12:30"
    assert kept()[-1] == (Action.AUDIT_SEEN, "")


async def test_filters_narrow_and_stay_while_pages_are_turned(who: StaffCaller) -> None:
    done(who, PAGE + 10)
    done(who, 3, Action.READING_SEEN)
    state = await opened(who)

    form = {"member": str(who.staff_id), "action": "consumer seen", "subject": " 66010000017 ", "from": "2026-11-22"}
    await AuditState.filter_by.fn(state, form)
    assert (len(state.rows), state.has_later, state.asked.subject) == (PAGE, True, "66010000017")

    await AuditState.turn.fn(state, "later")
    assert (len(state.rows), state.has_earlier, state.has_later) == (10, True, False)
    assert {row.action for row in state.rows} == {"Просмотр лицевого счёта"}
    looks = len(kept())
    await AuditState.refresh.fn(state)
    assert (len(state.rows), len(kept())) == (10, looks)
    await AuditState.turn.fn(state, "earlier")
    assert (len(state.rows), state.has_earlier) == (PAGE, False)

    await AuditState.load.fn(state)
    assert state.asked == NOT_ASKED


@pytest.mark.parametrize("form", [{"from": "2026-11-22", "to": "2026-11-21"}, {"action": "junk"}, {"member": "x"}])
async def test_what_is_wrong_is_said_and_the_page_stays(who: StaffCaller, form: dict[str, str]) -> None:
    done(who)
    state = await opened(who)

    await AuditState.filter_by.fn(state, form)

    assert (len(state.rows), state.told_as, state.asked) == (1, "danger", NOT_ASKED)


JUNK = [None, "", "два", -1, 10**30, [], {"a": 1}, "\0", "\ud800", {"member": []}, {"subject": 5}, {"from": "٢"}]


async def test_whatever_the_browser_sends_nothing_breaks(who: StaffCaller) -> None:
    done(who)
    state = await opened(who)

    for junk in JUNK:
        await AuditState.filter_by.fn(state, junk)
        await AuditState.filter_by.fn(state, dict.fromkeys(("member", "action", "subject", "from", "to"), junk))
        await AuditState.turn.fn(state, junk)
        assert (state.loaded, state.failure) == (True, ""), junk


async def test_members_are_listed_in_words_and_kept_once(who: StaffCaller) -> None:
    with writing() as session:
        factories.staff(session, "gone").disabled_at = NOW

    state = await opened(who, MembersState)
    await MembersState.reload.fn(state)

    gone, own = sorted(state.rows, key=lambda row: row.is_self)
    assert (gone.login, gone.role, plain(gone.disabled), gone.sessions) == (
        "gone",
        "оператор",
        "отключён с 22.11.2026",
        "",
    )
    assert (own.role, own.second_factor, own.sessions, own.disabled) == ("администратор", "нет", "1", "")
    assert plain(state.span) == "Работают 1 из 2"
    assert (gone.first_password, own.first_password) == ("", "")
    assert kept() == [(Action.LISTED, "")]


async def test_the_list_says_who_still_has_a_first_password(who: StaffCaller) -> None:
    with writing() as session:
        for login, days in (("fresh", 0), ("late", 3), ("gone", 0)):
            factories.staff(session, login).password_given_at = NOW - timedelta(days=days)
        session.flush()
        members.disable(session, Command("root"), "gone", NOW)

    rows = (await opened(who, MembersState)).rows

    assert {row.login: plain(row.first_password) for row in rows if not row.is_self} == {
        "fresh": "первый пароль до 25.11.2026",
        "late": "первый пароль истёк, задайте новый",
        "gone": "",
    }


# Who reaches what


DUTIES = {
    "office.consumers": duties.CONSUMERS,
    "office.audit": duties.AUDIT,
    "office.members": duties.MEMBERS,
}


def test_every_handler_of_these_screens_names_the_roles_of_its_duty() -> None:
    for module, roles in DUTIES.items():
        own = [
            name
            for name, registered in RegistrationContext.get().event_handlers.items()
            if registered.states[0].__module__ == f"lk_app.state.{module}" and not name.endswith(".setvar")
        ]
        assert len(own) >= 2
        assert {roles_of(name) for name in own} == {frozenset(roles)}


@pytest.mark.parametrize("role", list(Role))
async def test_an_event_of_another_role_is_refused_and_kept(portal: str, role: Role) -> None:
    """Of all handlers for staff there are, whoever added them."""
    handlers = [
        name
        for name, registered in RegistrationContext.get().event_handlers.items()
        if registered.states[0].__module__.startswith("lk_app.state.office.") and level_of(name) is Level.STAFF
    ]
    with writing() as session:
        factories.staff_caller(session, role, token=f"of-{role}", at=clock.now())
    for name in handlers:
        tab = rx.State(_reflex_internal_init=True)
        tab.router = RouterData.from_router_data(
            {"headers": {"cookie": f"lk-staff=of-{role}"}, "pathname": "/office/readings", "asPath": "/", "token": "t"}
        )
        before = len(kept())

        update = await Guard().preprocess(portal_module.app, tab, Event(name=name, payload={}))

        allowed = role in roles_of(name)
        assert (update is None) is allowed, name
        assert kept()[before:] == ([] if allowed else [(Action.EVENT_REFUSED, kept()[-1][1])]), name
        assert allowed or kept()[-1][1].rpartition(".")[2] == name.rpartition(".")[2]
