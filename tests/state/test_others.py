"""Whoever is signed in sends every event what is somebody else's: nothing of it reaches their tab, nothing changes."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.state import BaseState
from reflex_base.registry import RegistrationContext

import lk_app.lk_app as portal_module
from lk_app import clock
from lk_app.models import Role
from lk_app.services.callers import Consumer
from lk_app.services.session import writing
from lk_app.state.access import Guard, Level, level_of, roles_of
from tests import factories
from tests.others import HER_SECRETS, HER_TOKEN, OUR_TOKEN, Hers, store_hers
from tests.texts import plain

ASKED = ("order", "appeal", "account", "division", "reading", "q")
"""What an address may say behind its page."""


def handlers_for(level: Level) -> list[str]:
    """The names of our own handlers of a level."""
    known = RegistrationContext.get().event_handlers
    ours = [name for name in known if known[name].handler.fn.__module__.startswith("lk_app.")]
    return sorted(name for name in ours if level_of(name) is level)


@pytest.fixture
def database() -> str:
    """One is enough here: what depends on it is tested with the services."""
    return "sqlite"


@pytest.fixture
def world(portal: str) -> tuple[Hers, Consumer]:
    with writing() as session:
        return store_hers(session)


async def fired(name: str, token: str, named: str) -> tuple[bool, str]:
    """Fire an event from a tab with a consumer's cookie, a row's name in all its arguments and in the address.

    Returns whether the guard let it through, and all that the tab then holds.
    """
    tab = rx.State(_reflex_internal_init=True)
    query = "&".join(f"{key}={named}" for key in ASKED)
    tab.router = RouterData.from_router_data(
        {"headers": {"cookie": f"lk={token}"}, "pathname": "/", "asPath": f"/?{query}", "token": "t"}
    )
    if await Guard().preprocess(portal_module.app, tab, Event(name=name, payload={})) is not None:
        return False, ""
    owner: type[BaseState] = rx.State.get_class_substate(name.rpartition(".")[0])
    handler = RegistrationContext.get().event_handlers[name].handler.fn
    await run(handler, await tab.get_state(owner), named)
    return True, plain(repr(tab.dict()).replace("\\xa0", " "))


async def run(handler: Callable[..., Any], state: Any, named: str) -> None:
    filled = {"str": named, "int": int(named) if named.isdecimal() else 1, "dict": dict.fromkeys(ASKED, named)}
    parameters = list(inspect.signature(handler).parameters.values())[1:]
    done = handler(state, *(filled[parameter.annotation.__name__] for parameter in parameters))
    if inspect.isasyncgen(done):
        async for _ in done:
            pass
    elif inspect.isawaitable(done):
        await done


@pytest.mark.parametrize("name", handlers_for(Level.CONSUMER))
async def test_nothing_of_hers_reaches_our_tab_or_changes(world: tuple[Hers, Consumer], name: str) -> None:
    hers, before = world[0], world[0].rows()

    for named in hers.names:
        passed, held = await fired(name, OUR_TOKEN, named)
        assert passed
        assert [secret for secret in HER_SECRETS if secret in held] == [], named

    assert hers.rows() == before


async def test_she_herself_is_shown_it(world: tuple[Hers, Consumer]) -> None:
    loads = [name for name in handlers_for(Level.CONSUMER) if name.endswith(".load")]
    held = "".join([(await fired(name, HER_TOKEN, named))[1] for name in loads for named in world[0].names])

    assert {"ул. Тайная, 77", "СЕРИЯ-4711", "Тайный вопрос"} <= {secret for secret in HER_SECRETS if secret in held}


async def test_no_consumer_and_no_other_role_gets_an_event_of_staff_through(world: tuple[Hers, Consumer]) -> None:
    names = handlers_for(Level.STAFF)
    assert len(names) > 40
    with writing() as session:
        for role in Role:
            factories.staff_caller(session, role, token=f"a token of {role}", at=clock.now())

    for name in names:
        assert await fired(name, OUR_TOKEN, "1") == (False, "")
        for role in set(Role) - roles_of(name):
            tab = rx.State(_reflex_internal_init=True)
            headers = {"cookie": f"lk={OUR_TOKEN}; lk-staff=a token of {role}"}
            tab.router = RouterData.from_router_data({"headers": headers, "pathname": "/", "asPath": "/", "token": "t"})
            assert await Guard().preprocess(portal_module.app, tab, Event(name=name, payload={})) is not None, name
