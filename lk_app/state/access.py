"""Who may call which event handler: declared on each handler, checked before every event.

The browser can call every handler of every state with any arguments, so a handler without a declared level is
refused, and what the session cookie says now, not what the state remembers, decides who is calling.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

import reflex as rx
from reflex.event import Event
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

from lk_app.cookie import session_token
from lk_app.services.callers import Consumer
from lk_app.state import visits

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Level(StrEnum):
    """Who may call a handler. Levels do not include one another: staff are not consumers."""

    PUBLIC = "public"
    CONSUMER = "consumer"


LEVEL_MARK = "_access_level"


def _marker(level: Level) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, LEVEL_MARK, level)
        return handler

    return mark


public = _marker(Level.PUBLIC)
consumer = _marker(Level.CONSUMER)

_ROOT = "reflex___state____state"
FRAMEWORK_EVENTS = frozenset(
    {
        f"{_ROOT}.hydrate",
        f"{_ROOT}.hydrate_and_load",
        f"{_ROOT}.set_is_hydrated",
        f"{_ROOT}.reflex___state____on_load_internal_state.on_load_internal",
        f"{_ROOT}.reflex___state____on_load_internal_state.set_is_hydrated",
        f"{_ROOT}.reflex___state____frontend_event_exception_state.handle_frontend_exception",
    }
)
"""What Reflex's own page code may send; its other handlers (setvar, update_vars_internal) stay refused."""


def level_of(event_name: str) -> Level | None:
    """Return the level a handler declares, or None for one that declares nothing or does not exist."""
    if event_name in FRAMEWORK_EVENTS:
        return Level.PUBLIC
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return getattr(registered.handler.fn, LEVEL_MARK, None) if registered else None


class IdentityState(rx.State):
    """Who uses this tab, as the guard found out; only the guard and `show_name` write here."""

    name: str = ""
    """The user name for the header; empty when nobody is signed in."""
    _consumer: Consumer | None = None


async def caller(state: rx.State) -> Consumer:
    """Return the consumer whose event is being handled; the guard has let nobody else through."""
    who = (await state.get_state(IdentityState))._consumer
    if who is None:
        raise PermissionError("a consumer's handler ran for nobody")
    return who


async def show_name(state: rx.State, name: str) -> None:
    """Show the caller's user name in the header after it was changed."""
    (await state.get_state(IdentityState)).name = name


class Guard(rx.Middleware):
    """Checks the session of every event, wipes the tab when the person changes, refuses what is not allowed."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        root = state._get_root_state()
        # Not root.router, which would compose all that is known of the request for the one header.
        visit = await visits.visit_of(session_token(root.rx_router_headers.cookie))
        known = await root.get_state(IdentityState)
        who = visit.consumer if visit else None
        if known._consumer != who:
            await _forget_everything(root)
            known = await root.get_state(IdentityState)
            known._consumer = who
            known.name = visit.name if visit else ""
        level = level_of(event.name)
        if level is Level.PUBLIC or (level is Level.CONSUMER and who is not None):
            return None
        delta = await root._get_resolved_delta()
        root._clean()
        elsewhere = rx.redirect(sign_in_address(root.router.url.path, root.router.url.query) if who is None else "/")
        return StateUpdate(delta=delta, events=Event.from_event_type([elsewhere]))

    async def postprocess(self, app: rx.App, state: BaseState, event: Event, update: StateUpdate) -> StateUpdate:
        return update


def sign_in_address(path: str, query: str = "") -> str:
    """Return the sign-in page's address, from which a person comes back to the page at `path` with its query."""
    page = path.rstrip("/") + (f"?{query}" if query else "")
    return f"/login?{urlencode({'next': page})}" if page else "/login"


async def _forget_everything(root: BaseState) -> None:
    # With Redis only some substates are loaded, and reset() leaves the others as they were: load all of them first.
    async def load(kind: type[BaseState]) -> None:
        await root.get_state(kind)
        for substate in kind.get_substates():
            await load(substate)

    await load(type(root))
    root.reset()
