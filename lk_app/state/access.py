"""Who may call which event handler: declared on each handler, checked before every event.

The browser can call every handler of every state with any arguments, so a handler without a declared level is
refused, and what the session cookies say now, not what the state remembers, decides who is calling.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode

import reflex as rx
from reflex.event import Event, EventSpec
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.registry import RegistrationContext

from lk_app import clock, logs, metrics, telemetry
from lk_app.cookie import session_token, staff_token
from lk_app.models import Action, Role
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.identity import Visit
from lk_app.services.live import session_of, staff_session_of
from lk_app.services.session import in_transaction
from lk_app.services.staff import audit
from lk_app.services.staff.members import ROLES
from lk_app.services.staff.sessions import StaffVisit
from lk_app.state import live, visits

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Level(StrEnum):
    """Who may call a handler. Levels do not include one another: staff are not consumers."""

    PUBLIC = "public"
    CONSUMER = "consumer"
    STAFF = "staff"


LEVEL_MARK = "_access_level"
ROLES_MARK = "_access_roles"


def _marker(level: Level) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, LEVEL_MARK, level)
        return handler

    return mark


public = _marker(Level.PUBLIC)
consumer = _marker(Level.CONSUMER)


def staff(*roles: Role) -> Callable[[Handler], Handler]:
    """Return the marker of a handler for staff with one of these roles, which do not include one another either."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, ROLES_MARK, frozenset(roles))
        return _marker(Level.STAFF)(handler)

    return mark


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
    return getattr(_function_of(event_name), LEVEL_MARK, None)


def roles_of(event_name: str) -> frozenset[Role]:
    """Return the roles a handler for staff names."""
    return getattr(_function_of(event_name), ROLES_MARK, frozenset())


def _function_of(event_name: str) -> Callable[..., Any] | None:
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return registered.handler.fn if registered else None


def _handler_name(event_name: str) -> str:
    """Return a handler as our source calls it: «QueueState.accept»; what does not exist could be called anything."""
    handler = _function_of(event_name)
    return handler.__qualname__ if handler else "unknown"


class IdentityState(rx.State):
    """Who uses this tab, as the guard found out; only the guard and `show_name` write here."""

    name: str = ""
    """The user name for the header; empty when no consumer is signed in."""
    staff_name: str = ""
    """The member's name for the header of office pages; empty when nobody of the staff is signed in."""
    staff_role: str = ""
    """Their role in words."""
    staff_post: str = ""
    """Their role as code knows it: which sections their menu has."""
    left: int = 0
    """In how many seconds the consumer's session ends if nobody uses it, as of when the page was opened; 0 without."""
    staff_left: int = 0
    """The same of the session of the staff."""
    _consumer: Consumer | None = None
    _staff: StaffCaller | None = None

    @rx.event
    @public
    async def look_again(self):
        """Load the page again, whichever it is, for whoever the guard has just found."""
        return OnLoadInternalState.on_load_internal

    def _take(self, visit: Visit | None, staff_visit: StaffVisit | None) -> None:
        self._consumer, self.name = (visit.consumer, visit.name) if visit else (None, "")
        self._staff, self.staff_name = (staff_visit.caller, staff_visit.name) if staff_visit else (None, "")
        self.staff_role, self.staff_post = (ROLES[staff_visit.role], staff_visit.role) if staff_visit else ("", "")


async def caller(state: rx.State) -> Consumer:
    """Return the consumer whose event is being handled; the guard has let nobody else through."""
    who = (await state.get_state(IdentityState))._consumer
    if who is None:
        raise PermissionError("a consumer's handler ran for nobody")
    return who


async def staff_caller(state: rx.State) -> StaffCaller:
    """Return the member of the staff whose event is being handled; the guard has let nobody else through."""
    who = (await state.get_state(IdentityState))._staff
    if who is None:
        raise PermissionError("a handler for staff ran for nobody")
    return who


async def show_name(state: rx.State, name: str) -> None:
    """Show the caller's user name in the header after it was changed."""
    (await state.get_state(IdentityState)).name = name


class Guard(rx.Middleware):
    """Checks the sessions of every event, wipes the tab when a person changes, refuses what is not allowed."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        root = state._get_root_state()
        known = await _identified(root, opens_a_page=event.name in live.OPENS_A_PAGE)
        who = known._staff or known._consumer
        logs.begin(who.in_log if who else "")
        level = level_of(event.name)
        if (
            level is Level.PUBLIC
            or (level is Level.CONSUMER and known._consumer is not None)
            or (level is Level.STAFF and known._staff is not None and known._staff.role in roles_of(event.name))
        ):
            metrics.time_event(_handler_name(event.name))
            telemetry.trace_event(_handler_name(event.name))
            return None
        metrics.EVENTS_REFUSED.labels(level or "none").inc()
        logs.refused(_handler_name(event.name), level or "none")
        answer = await _refuse_staff(root, known._staff, event) if level is Level.STAFF else _refuse(root, known)
        delta = await root._get_resolved_delta()
        root._clean()
        return StateUpdate(delta=delta, events=Event.from_event_type(answer))

    async def postprocess(self, app: rx.App, state: BaseState, event: Event, update: StateUpdate) -> StateUpdate:
        return update


async def _identified(root: BaseState, *, opens_a_page: bool) -> IdentityState:
    """Return who uses the tab now, after wiping it if that is not who used it before.

    A page that opens learns how long its sessions live, and the process to tell it if they end before.
    """
    # Not root.router, which would compose all that is known of the request for the one header.
    cookies = root.rx_router_headers.cookie
    visit = await visits.consumers.of(session_token(cookies))
    staff_visit = await visits.staff.of(staff_token(cookies))
    found = (visit.consumer if visit else None, staff_visit.caller if staff_visit else None)
    known = await root.get_state(IdentityState)
    if (known._consumer, known._staff) != found:
        await _forget_everything(root)
        known = await root.get_state(IdentityState)
        known._take(visit, staff_visit)
        opens_a_page = True
    if opens_a_page:
        now = clock.now()
        known.left = visit.seconds_left(now) if visit else 0
        known.staff_left = staff_visit.seconds_left(now) if staff_visit else 0
    topics = [session_of(visit.consumer.session_id)] if visit else []
    topics += [staff_session_of(staff_visit.caller.session_id)] if staff_visit else []
    live.show(root.rx_router_session.client_token, tuple(topics), _look_again())
    return known


@cache
def _look_again() -> Event:
    return Event.from_event_type(IdentityState.look_again)[0]


def _refuse(root: BaseState, known: IdentityState) -> list[EventSpec]:
    signed_in = known._consumer is not None
    return [rx.redirect("/" if signed_in else sign_in_address(root.router.url.path, root.router.url.query))]


async def _refuse_staff(root: BaseState, who: StaffCaller | None, event: Event) -> list[EventSpec]:
    """Lead strangers to the sign-in of staff; keep what a member tried whose role does not allow it."""
    if who is None:
        return [rx.redirect(staff_sign_in_address(root.router.url.path, root.router.url.query))]
    subject = _handler_name(event.name)
    await in_transaction(audit.record, who, Action.EVENT_REFUSED, clock.now(), subject=subject)
    return []


def sign_in_address(path: str, query: str = "") -> str:
    """Return the sign-in page's address, from which a person comes back to the page at `path` with its query."""
    page = path.rstrip("/") + (f"?{query}" if query else "")
    return f"/login?{urlencode({'next': page})}" if page else "/login"


def staff_sign_in_address(path: str, query: str = "") -> str:
    """Return the address of the sign-in of staff, from which they come back to the office page at `path`."""
    page = path.rstrip("/")
    if not page.startswith("/office/") or page == "/office/login":
        return "/office/login"
    return f"/office/login?{urlencode({'next': page + (f'?{query}' if query else '')})}"


async def _forget_everything(root: BaseState) -> None:
    # With Redis only some substates are loaded, and reset() leaves the others as they were: load all of them first.
    async def load(kind: type[BaseState]) -> None:
        await root.get_state(kind)
        for substate in kind.get_substates():
            await load(substate)

    await load(type(root))
    root.reset()
