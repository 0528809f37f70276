"""The guard before every event: who may call which handler, and what is left when the person changes."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext
from sqlalchemy import event
from sqlmodel import col, select, update
from starlette.requests import Request

import lk_app.lk_app as portal_module
from lk_app import clock, metrics
from lk_app.api.forms import signed_in
from lk_app.cookie import cookie_name
from lk_app.models import Action, AuditEvent, Role, Staff, StaffSession, UserSession
from lk_app.services import identity
from lk_app.services import session as doorway
from lk_app.services.callers import Command
from lk_app.services.live import session_of, staff_session_of
from lk_app.services.places import Place
from lk_app.services.session import reading, writing
from lk_app.services.staff import members, sessions
from lk_app.settings import settings
from lk_app.state import live, visits
from lk_app.state.access import (
    FRAMEWORK_EVENTS,
    Guard,
    IdentityState,
    Level,
    consumer,
    level_of,
    public,
    roles_of,
    staff,
    staff_caller,
)
from tests import factories

ROOT = "reflex___state____state"


class Probe(rx.State):
    """A state of the tests alone, with a handler of each kind."""

    secret: str = ""
    _hidden: str = ""

    @rx.event
    @public
    def open_to_all(self) -> None:
        pass

    @rx.event
    @consumer
    async def for_consumers(self) -> None:
        pass

    @rx.event
    @staff(Role.OPERATOR, Role.SUPERVISOR)
    async def for_staff(self) -> None:
        pass

    @staff(Role.ADMINISTRATOR)
    @rx.event
    async def for_administrators(self) -> None:
        pass

    @rx.event
    @staff()
    async def for_no_role(self) -> None:
        pass

    @rx.event
    def undeclared(self) -> None:
        pass


class ProbeChild(Probe):
    inherited_secret: str = ""


def event_of(handler: str, state: type[BaseState] = Probe) -> Event:
    return Event(name=f"{state.get_full_name()}.{handler}", payload={})


@pytest.fixture
def tab() -> BaseState:
    """The state of one browser tab."""
    return rx.State(_reflex_internal_init=True)


Tokens = Callable[[str], str]


@pytest.fixture
def token_of(portal: str) -> Tokens:
    """Sign a user in, making them first if need be, and return their token."""

    def sign_in(name: str) -> str:
        with writing() as session:
            known = identity.admit(session, name, Place(""), clock.now()).user_id
            user_id = known or factories.user(session, name).id or 0
            return factories.session_token(session, user_id, at=clock.now())

    return sign_in


async def guard(
    tab: BaseState, event: Event, token: str = "", path: str = "/", *, staff_token: str = ""
) -> StateUpdate | None:
    tokens = {"lk": token, "lk-staff": staff_token}
    cookie = "; ".join(["other=1", *(f"{name}={value}" for name, value in tokens.items() if value)])
    tab.router = RouterData.from_router_data(
        {"headers": {"cookie": cookie}, "pathname": path, "asPath": path, "token": "t"}
    )
    return await Guard().preprocess(portal_module.app, tab, event)


async def test_events_are_counted_by_their_handler_when_they_have_ended(portal: str, tab: BaseState) -> None:
    async def handled() -> None:
        await guard(tab, event_of("open_to_all"))

    before = counted("Probe.open_to_all")
    await asyncio.create_task(handled())
    await asyncio.sleep(0)

    assert counted("Probe.open_to_all") == before + 1


async def test_refused_events_are_counted_apart(portal: str, tab: BaseState) -> None:
    labels = {"level": "consumer"}
    before = metrics.registry().get_sample_value("lk_events_refused_total", labels) or 0

    await guard(tab, event_of("for_consumers"))

    assert metrics.registry().get_sample_value("lk_events_refused_total", labels) == before + 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_refused_events_are_logged_by_names_of_our_own(
    portal: str, tab: BaseState, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lk_app")

    await guard(tab, event_of("for_staff"))
    await guard(tab, Event(name="no_such_state.at\nall: 9123456789", payload={}))

    assert caplog.messages == ["refused Probe.for_staff, which is for staff", "refused unknown, which is for none"]
    assert counted("Probe.for_consumers") == 0


def counted(handler: str) -> float:
    return metrics.registry().get_sample_value("lk_event_seconds_count", {"handler": handler}) or 0


def redirect_of(update: StateUpdate | None) -> Any:
    assert update is not None
    assert len(update.events) == 1
    return update.events[0].payload["path"]


def our_handlers() -> list[str]:
    return [
        name
        for name, registered in RegistrationContext.get().event_handlers.items()
        if registered.states[0].__module__.startswith("lk_app.")
    ]


def test_every_handler_of_ours_declares_its_level() -> None:
    handlers = our_handlers()

    assert len(handlers) > 3
    assert [name for name in handlers if level_of(name) is None and not name.endswith(".setvar")] == []


def test_setters_of_any_variable_stay_refused() -> None:
    assert level_of(f"{Probe.get_full_name()}.setvar") is None
    assert level_of(f"{ROOT}.reflex___state____update_vars_internal_state.update_vars_internal") is None


def test_the_framework_may_send_only_what_it_needs() -> None:
    registered = {
        name
        for name, handler in RegistrationContext.get().event_handlers.items()
        if not handler.states[0].__module__.startswith(("lk_app.", "tests."))
    }

    assert registered >= FRAMEWORK_EVENTS
    assert {name for name in registered if level_of(name)} == FRAMEWORK_EVENTS


@pytest.mark.parametrize("handler", ["for_consumers", "undeclared", "no_such_handler", "setvar"])
async def test_nobody_is_let_through_to_what_is_not_public(portal: str, tab: BaseState, handler: str) -> None:
    assert redirect_of(await guard(tab, event_of(handler))) == "/login"


async def test_everybody_may_call_what_is_public(portal: str, tab: BaseState) -> None:
    assert await guard(tab, event_of("open_to_all")) is None


async def test_a_consumer_may_call_what_is_for_consumers(tab: BaseState, token_of: Tokens) -> None:
    assert await guard(tab, event_of("for_consumers"), token_of("Мария")) is None


@pytest.mark.parametrize("handler", ["undeclared", "setvar"])
async def test_a_consumer_may_not_call_what_declares_nothing(tab: BaseState, token_of: Tokens, handler: str) -> None:
    assert redirect_of(await guard(tab, event_of(handler), token_of("Мария"))) == "/"


async def test_a_forged_token_is_nobody(tab: BaseState, token_of: Tokens) -> None:
    token = token_of("Мария")

    assert redirect_of(await guard(tab, event_of("for_consumers"), token[:-1] + "_")) == "/login"


async def test_every_handler_of_ours_refuses_strangers_unless_it_is_public(portal: str) -> None:
    for name in our_handlers():
        if level_of(name) is not Level.PUBLIC:
            tab = rx.State(_reflex_internal_init=True)
            entrance = "/office/login" if level_of(name) is Level.STAFF else "/login"
            assert redirect_of(await guard(tab, Event(name=name, payload={}))) == entrance, name


async def test_when_the_session_ends_the_next_event_is_refused_and_the_tab_wiped(
    tab: BaseState, token_of: Tokens
) -> None:
    token = token_of("Мария")
    await guard(tab, event_of("for_consumers"), token)
    probe = await tab.get_state(Probe)
    probe.secret, probe._hidden = "1 843,56 ₽", "hers"
    end_elsewhere(token)
    visits.consumers.forget(token)

    assert redirect_of(await guard(tab, event_of("for_consumers"), token)) == "/login"
    assert (probe.secret, probe._hidden) == ("", "")


async def test_a_session_that_ends_in_another_process_is_noticed_within_a_second(
    tab: BaseState, token_of: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of("Мария")
    await guard(tab, event_of("for_consumers"), token)
    end_elsewhere(token)
    assert visits.KEPT_S <= 1
    later = time.monotonic() + visits.KEPT_S
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert redirect_of(await guard(tab, event_of("for_consumers"), token)) == "/login"


async def test_whoever_a_form_is_refused_to_is_not_taken_for_signed_in_by_the_sign_in_page(
    tab: BaseState, token_of: Tokens
) -> None:
    token = token_of("Мария")
    await guard(tab, event_of("for_consumers"), token)
    end_elsewhere(token)
    headers = [(b"cookie", f"{cookie_name()}={token}".encode())]

    assert await signed_in(Request({"type": "http", "headers": headers})) is None

    assert redirect_of(await guard(tab, event_of("for_consumers"), token)) == "/login"


def end_elsewhere(token: str) -> None:
    with writing() as session:
        identity.end_session(session, token, clock.now())


async def test_another_person_in_the_same_tab_finds_nothing_of_the_first(tab: BaseState, token_of: Tokens) -> None:
    await guard(tab, event_of("for_consumers"), token_of("Мария"))
    child = await tab.get_state(ProbeChild)
    child.secret, child.inherited_secret, child._hidden = "hers", "hers too", "hers"

    await guard(tab, event_of("for_consumers"), token_of("Пётр"))

    assert (child.secret, child.inherited_secret, child._hidden) == ("", "", "")
    assert (await tab.get_state(IdentityState)).name == "Пётр"


async def test_the_same_person_keeps_what_the_tab_holds(tab: BaseState, token_of: Tokens) -> None:
    token = token_of("Мария")
    await guard(tab, event_of("for_consumers"), token)
    probe = await tab.get_state(Probe)
    probe.secret = "hers"

    await guard(tab, event_of("open_to_all"), token)

    assert probe.secret == "hers"


async def test_a_new_session_of_the_same_person_starts_afresh(tab: BaseState, token_of: Tokens) -> None:
    await guard(tab, event_of("for_consumers"), token_of("Мария"))
    probe = await tab.get_state(Probe)
    probe.secret = "from before"

    await guard(tab, event_of("for_consumers"), token_of("Мария"))

    assert probe.secret == ""


@pytest.mark.parametrize(
    ("path", "address"),
    [("/", "/login"), ("/account", "/login?next=%2Faccount"), ("/account/", "/login?next=%2Faccount")],
)
async def test_whoever_must_sign_in_first_comes_back_to_the_page(
    portal: str, tab: BaseState, path: str, address: str
) -> None:
    assert redirect_of(await guard(tab, event_of("for_consumers"), path=path)) == address


async def lives(tab: BaseState) -> tuple[int, int]:
    known = await tab.get_state(IdentityState)
    return known.left, known.staff_left


def seen(ago: timedelta) -> None:
    with writing() as session:
        for kind in (UserSession, StaffSession):
            session.exec(update(kind).values(seen_at=clock.now() - ago))


async def test_a_page_learns_as_it_opens_how_long_it_may_show_what_it_shows(tab: BaseState, token_of: Tokens) -> None:
    token, staff_token = token_of("Мария"), member_of_staff()
    opening, idle = Event(name=f"{ROOT}.hydrate_and_load", payload={}), 60 * settings().session_idle_minutes

    await guard(tab, opening)
    assert await lives(tab) == (0, 0)
    await guard(tab, opening, token)
    assert await lives(tab) == (pytest.approx(idle, abs=5), 0)
    await guard(tab, opening, token, staff_token=staff_token)
    assert await lives(tab) == (pytest.approx(idle, abs=5),) * 2


async def test_a_page_that_opens_late_learns_that_it_has_the_whole_time_again(tab: BaseState, token_of: Tokens) -> None:
    token, idle = token_of("Мария"), 60 * settings().session_idle_minutes
    seen(timedelta(minutes=10))
    await guard(tab, Event(name=f"{ROOT}.hydrate_and_load", payload={}), token)

    assert await lives(tab) == (pytest.approx(idle, abs=5), 0)


async def test_a_tab_is_noted_with_the_sessions_it_shows_something_by(tab: BaseState, token_of: Tokens) -> None:
    live._shown.clear()
    await guard(tab, event_of("open_to_all"))
    assert live._shown == {}

    token, staff_token = token_of("Мария"), member_of_staff()
    await guard(tab, event_of("open_to_all"), token, staff_token=staff_token)
    consumer, staff = (await tab.get_state(IdentityState))._consumer, (await tab.get_state(IdentityState))._staff

    assert live._shown["t"].topics == (session_of(consumer.session_id), staff_session_of(staff.session_id))
    assert live._shown["t"].event.name == f"{IdentityState.get_full_name()}.look_again"
    end_elsewhere(token)
    visits.consumers.forget(token)
    await guard(tab, event_of("open_to_all"), token)
    assert live._shown == {}


# Staff


def member_of_staff(role: Role = Role.OPERATOR) -> str:
    """Sign a new member in and return their token."""
    with writing() as session:
        member = factories.staff(session, role=role)
        token = f"token of {member.login}"
        factories.staff_caller(session, member=member, token=token, at=clock.now())
    return token


def events_logged() -> list[AuditEvent]:
    with reading() as session:
        return list(session.exec(select(AuditEvent).order_by(col(AuditEvent.id))))


def test_every_handler_for_staff_names_its_roles() -> None:
    of_staff = [name for name in our_handlers() if level_of(name) is Level.STAFF]

    assert of_staff
    assert [name for name in of_staff if not roles_of(name)] == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
async def test_staff_may_call_what_names_their_role(portal: str, tab: BaseState, role: Role) -> None:
    token = member_of_staff(role)

    assert await guard(tab, event_of("for_staff"), staff_token=token) is None
    assert (await staff_caller(tab)).role is role
    known = await tab.get_state(IdentityState)
    assert (known.staff_name, known.staff_role) == ("Ольга Ветрова", members.ROLES[role])


@pytest.mark.parametrize(
    ("role", "handler"),
    [
        (Role.ADMINISTRATOR, "for_staff"),
        (Role.OPERATOR, "for_administrators"),
        (Role.SUPERVISOR, "for_administrators"),
        (Role.ADMINISTRATOR, "for_no_role"),
    ],
)
async def test_another_role_is_refused_stays_on_the_page_and_is_logged(
    portal: str, tab: BaseState, role: Role, handler: str
) -> None:
    token = member_of_staff(role)
    await guard(tab, event_of("open_to_all"), staff_token=token)
    (await tab.get_state(Probe)).secret = "what the page shows"
    tab._clean()

    update = await guard(tab, event_of(handler), staff_token=token, path="/office/readings")

    assert update is not None
    assert (set(update.delta), update.events) == ({ROOT}, []), "nothing but where the page is, and no way elsewhere"
    assert (await tab.get_state(Probe)).secret == "what the page shows"
    [logged] = events_logged()
    assert (logged.action, logged.subject, logged.address) == (Action.EVENT_REFUSED, f"Probe.{handler}", "203.0.113.*")
    assert logged.staff_id == (await staff_caller(tab)).staff_id


async def test_a_role_taken_away_counts_within_a_second(
    portal: str, tab: BaseState, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = member_of_staff()
    await guard(tab, event_of("for_staff"), staff_token=token)
    with writing() as session:
        members.set_role(
            session, Command("root"), session.exec(select(Staff.login)).one(), Role.ADMINISTRATOR, clock.now()
        )
    later = time.monotonic() + visits.KEPT_S
    monkeypatch.setattr(time, "monotonic", lambda: later)

    update = await guard(tab, event_of("for_staff"), staff_token=token)

    assert update is not None
    assert update.events == []


async def test_a_consumer_is_a_stranger_to_the_office(tab: BaseState, token_of: Tokens) -> None:
    token = token_of("Мария")

    assert redirect_of(await guard(tab, event_of("for_staff"), token)) == "/office/login"
    assert redirect_of(await guard(tab, event_of("for_staff"), token, staff_token=token)) == "/office/login"
    with pytest.raises(PermissionError):
        await staff_caller(tab)
    assert events_logged() == []


async def test_staff_are_strangers_to_the_cabinet(portal: str, tab: BaseState) -> None:
    token = member_of_staff()

    assert redirect_of(await guard(tab, event_of("for_consumers"), staff_token=token)) == "/login"
    assert redirect_of(await guard(tab, event_of("for_consumers"), token, staff_token=token)) == "/login"


@pytest.mark.parametrize("handler", ["undeclared", "setvar", "no_such_handler"])
async def test_staff_may_not_call_what_declares_nothing(portal: str, tab: BaseState, handler: str) -> None:
    assert await guard(tab, event_of(handler), staff_token=member_of_staff(Role.ADMINISTRATOR)) is not None


async def test_a_browser_may_have_both_and_each_opens_its_own(tab: BaseState, token_of: Tokens) -> None:
    token, of_staff = token_of("Мария"), member_of_staff()

    for handler in ("for_consumers", "for_staff", "open_to_all"):
        assert await guard(tab, event_of(handler), token, staff_token=of_staff) is None
    known = await tab.get_state(IdentityState)
    assert (known.name, known.staff_name) == ("Мария", "Ольга Ветрова")


@pytest.mark.parametrize("changed", ["consumer in", "consumer out", "staff in", "staff out", "another member"])
async def test_when_either_person_changes_the_tab_is_wiped(tab: BaseState, token_of: Tokens, changed: str) -> None:
    token, of_staff = token_of("Мария"), member_of_staff()
    before, after = {
        "consumer in": (("", of_staff), (token, of_staff)),
        "consumer out": ((token, of_staff), ("", of_staff)),
        "staff in": ((token, ""), (token, of_staff)),
        "staff out": ((token, of_staff), (token, "")),
        "another member": ((token, of_staff), (token, member_of_staff())),
    }[changed]
    await guard(tab, event_of("open_to_all"), before[0], staff_token=before[1])
    child = await tab.get_state(ProbeChild)
    child.secret, child._hidden = "66010000017", "theirs"
    await guard(tab, event_of("open_to_all"), before[0], staff_token=before[1])
    assert child.secret == "66010000017"

    await guard(tab, event_of("open_to_all"), after[0], staff_token=after[1])

    assert (child.secret, child._hidden) == ("", "")
    known = await tab.get_state(IdentityState)
    assert (bool(known.name), bool(known.staff_name)) == (bool(after[0]), bool(after[1]))


async def test_when_a_session_of_staff_ends_the_next_event_is_refused_and_the_tab_wiped(
    portal: str, tab: BaseState
) -> None:
    token = member_of_staff()
    await guard(tab, event_of("for_staff"), staff_token=token)
    probe = await tab.get_state(Probe)
    probe.secret = "66010000017"
    with writing() as session:
        sessions.end_session(session, token, clock.now())
    visits.staff.forget(token)

    assert redirect_of(await guard(tab, event_of("for_staff"), staff_token=token)) == "/office/login"
    assert probe.secret == ""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/office/readings", "/office/login?next=%2Foffice%2Freadings"),
        ("/office/readings/", "/office/login?next=%2Foffice%2Freadings"),
        ("/office", "/office/login"),
        ("/office/login", "/office/login"),
        ("/settings", "/office/login"),
        ("/officers", "/office/login"),
    ],
)
async def test_staff_who_must_sign_in_first_come_back_to_the_office_page(
    portal: str, tab: BaseState, path: str, address: str
) -> None:
    assert redirect_of(await guard(tab, event_of("for_staff"), path=path)) == address


async def test_staff_in_the_portal_cost_consumers_no_query(tab: BaseState, token_of: Tokens) -> None:
    token, of_staff = token_of("Мария"), member_of_staff()

    assert await queries(guard(tab, event_of("for_consumers"), token)) == ["user_sessions"]
    assert await queries(guard(tab, event_of("for_consumers"), token)) == []
    assert await queries(guard(tab, event_of("for_staff"), staff_token=of_staff)) == ["staff_sessions"]
    assert await queries(guard(tab, event_of("for_staff"), staff_token=of_staff)) == []


async def queries(work: Awaitable[object]) -> list[str]:
    """Do the work and return what tables it asked, one name a statement."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(re.findall(r"FROM (\w+)", statement)[0])

    engine = doorway.reading_engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        await work
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


async def test_staff_who_use_a_session_keep_it_alive(portal: str, tab: BaseState) -> None:
    token, used_before = member_of_staff(), clock.now() - timedelta(minutes=20)
    with writing() as session:
        session.exec(select(StaffSession)).one().seen_at = used_before

    await guard(tab, event_of("for_staff"), staff_token=token)

    with reading() as session:
        assert session.exec(select(StaffSession.seen_at)).one() > used_before + timedelta(minutes=19)
