"""The guard before every event: who may call which handler, and what is left when the person changes."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

import lk_app.lk_app as portal_module
from lk_app import clock
from lk_app.services import identity
from lk_app.services.places import Place
from lk_app.services.session import writing
from lk_app.state import visits
from lk_app.state.access import FRAMEWORK_EVENTS, Guard, IdentityState, Level, consumer, level_of, public
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


async def guard(tab: BaseState, event: Event, token: str = "", path: str = "/") -> StateUpdate | None:
    cookie = f"other=1; lk={token}" if token else ""
    tab.router = RouterData.from_router_data(
        {"headers": {"cookie": cookie}, "pathname": path, "asPath": path, "token": "t"}
    )
    return await Guard().preprocess(portal_module.app, tab, event)


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
            assert redirect_of(await guard(tab, Event(name=name, payload={}))) == "/login", name


async def test_when_the_session_ends_the_next_event_is_refused_and_the_tab_wiped(
    tab: BaseState, token_of: Tokens
) -> None:
    token = token_of("Мария")
    await guard(tab, event_of("for_consumers"), token)
    probe = await tab.get_state(Probe)
    probe.secret, probe._hidden = "1 843,56 ₽", "hers"
    end_elsewhere(token)
    visits.forget(token)

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
