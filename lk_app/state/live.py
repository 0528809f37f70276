"""Open pages that show what changes without being loaded again.

A tab is not sent what has changed, only which event to fire. That event then comes from the browser as if somebody had
clicked: with the browser's own cookie, through the guard, which refuses a tab whose session has ended as always. Each
process tells the tabs whose sockets it holds. A tab that connects again, to whichever process, loads its page again and
so is watching again.

Besides, every tab hears when a session by which it shows something was ended elsewhere. That a session runs out by
itself the page knows (assets/lk.js).
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import Any

import reflex as rx
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.state import BaseState, OnLoadInternalState, State, StateUpdate

from lk_app import logs
from lk_app.services import live
from lk_app.services.session import in_session
from lk_app.settings import settings
from lk_app.state.visits import KEPT_S

LOOKS_EVERY_S = 0.5
AFTER_A_FAULT_S = 5.0
"""How long to leave a database alone that can't be asked; the look after that goes on where the last one was."""

AT_ONCE = 25
NEXT_AFTER_S = 0.05
"""How many tabs are told at once, and how soon the next ones if there are more: all that are told ask for their pages,
and what others do comes in between."""

PAUSES_S = {live.READING_QUEUE: 2.0, live.APPEAL_QUEUE: 2.0}
"""How long a tab is left alone after it was told of a topic that changes all the time."""

LOADING_S = 10.0
"""Longer than a page takes from reading its data to watching them: what changed in between is told afterwards."""

NOBODY_BELIEVES_AFTER_S = KEPT_S + 0.5
"""How long after a session has ended the guard of no process takes it for a living one, whatever it had just asked."""

FORGETS_EVERY_S = 60.0
"""How often tabs that are gone are looked for among all."""

OPENS_A_PAGE = frozenset(
    {f"{State.get_full_name()}.hydrate_and_load", f"{OnLoadInternalState.get_full_name()}.on_load_internal"}
)
"""The events with which every page begins."""


@dataclass
class Watch:
    """What a tab watches, and what it is told to do when that changes."""

    topic: str
    event: Event
    used_at: float
    """When somebody did something in the tab."""
    due: bool
    """Whether there is something to tell."""
    told_at: float = -inf


_watches: dict[str, Watch] = {}
"""By the token of the tab. Those of tabs that are gone are dropped after each look."""


@dataclass
class Shown:
    """By which sessions a tab shows what it shows, and what it is told to do when one of them has ended."""

    topics: tuple[str, ...]
    event: Event


_shown: dict[str, Shown] = {}
"""By the token of the tab. Those of tabs that are gone are dropped now and then."""

_ended: dict[str, float] = {}
"""The tabs that are to be told that a session of theirs has ended, and when the process found out."""

_recent: deque[tuple[float, frozenset[str]]] = deque()
"""What the looks of the last seconds found, and when."""


def watch(state: BaseState, topic: str, handler: Any) -> None:
    """Let the tab fire an event handler whenever the topic changes, until it opens a page or watches something else.

    A screen calls this as it loads, with the topic of what it shows: that the caller may see it, it has made sure of.
    """
    token = state.router.session.client_token
    event = Event.from_event_type(handler)[0]
    known = _watches.get(token)
    if token and (known is None or (known.topic, known.event.name) != (topic, event.name)):
        changed = any(topic in topics for _, topics in _recent)
        _watches[token] = Watch(topic, event, used_at=time.monotonic(), due=changed)


def show(token: str, topics: tuple[str, ...], event: Event) -> None:
    """Note by which sessions a tab shows what it shows, of which nothing may stay there when one has ended."""
    known = _shown.get(token)
    if known is not None and known.topics == topics:
        return
    _ended.pop(token, None)
    if token and topics:
        _shown[token] = Shown(topics, event)
        # The guard may have believed for a moment in a session that had ended.
        if any(not found.isdisjoint(topics) for _, found in _recent):
            _ended[token] = time.monotonic()
    else:
        _shown.pop(token, None)


class Attendance(rx.Middleware):
    """Forgets what a tab watches when it opens a page, and notes when somebody uses it."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> None:
        token = state._get_root_state().rx_router_session.client_token
        watched = _watches.get(token)
        if watched is None:
            return
        if event.name in OPENS_A_PAGE:
            del _watches[token]
        elif event.name != watched.event.name:
            watched.used_at = time.monotonic()


async def pump(app: rx.App) -> None:
    """Tell the tabs of this process what changes, as long as it serves pages."""
    seen: str | None = None
    forgets_at = time.monotonic() + FORGETS_EVERY_S
    while True:
        pause = LOOKS_EVERY_S
        try:
            look = await in_session(live.changes_since, seen)
            seen = look.seen
            note(look.topics, time.monotonic())
            await clear(app.event_namespace, time.monotonic())
            if await tell(app.event_namespace, time.monotonic()):
                pause = NEXT_AFTER_S
            if time.monotonic() >= forgets_at:
                forget_gone(app.event_namespace)
                forgets_at = time.monotonic() + FORGETS_EVERY_S
        except Exception as error:
            logs.failed(error)
            pause = AFTER_A_FAULT_S
        await asyncio.sleep(pause)


def note(topics: frozenset[str], now: float) -> None:
    """Find out which tabs there is something to tell."""
    while _recent and _recent[0][0] < now - LOADING_S:
        _recent.popleft()
    if not topics:
        return
    _recent.append((now, topics))
    for watched in _watches.values():
        watched.due = watched.due or watched.topic in topics
    if any(live.is_session(topic) for topic in topics):
        for token, shown in _shown.items():
            if not topics.isdisjoint(shown.topics):
                _ended.setdefault(token, now)


async def clear(sockets: EventNamespace, now: float) -> None:
    """Tell the tabs one of whose sessions has ended to look again, as soon as the guard knows it."""
    due = [token for token, ended_at in _ended.items() if now >= ended_at + NOBODY_BELIEVES_AFTER_S]
    for token in due:
        _ended.pop(token, None)
        shown = _shown.pop(token, None)
        if shown and is_here(sockets, token):
            await sockets.emit_update(StateUpdate(events=[shown.event]), token)


async def tell(sockets: EventNamespace, now: float) -> bool:
    """Tell tabs that are due, each once, whatever has changed how often; return whether more are due."""
    forget_others(sockets, now)
    due = [token for token, watched in _watches.items() if watched.due and now >= watched.told_at + pause_of(watched)]
    for token in due[:AT_ONCE]:
        # While others were told it may have opened another page.
        if watched := _watches.get(token):
            watched.due, watched.told_at = False, now
            await sockets.emit_update(StateUpdate(events=[watched.event]), token)
    return len(due) > AT_ONCE


def pause_of(watched: Watch) -> float:
    return PAUSES_S.get(watched.topic, 0)


def forget_others(sockets: EventNamespace, now: float) -> None:
    """Drop the tabs whose sockets are gone or at another process, and those that nobody has used for long.

    What a tab asks for when it is told keeps its session alive, and a session nobody uses must end all the same.
    """
    unused_since = now - 60 * settings().session_idle_minutes
    for token, watched in list(_watches.items()):
        if watched.used_at < unused_since or not is_here(sockets, token):
            del _watches[token]


def forget_gone(sockets: EventNamespace) -> None:
    """Drop the tabs whose sockets are gone or at another process: where they connect again, the guard meets them."""
    for token in [token for token in _shown if not is_here(sockets, token)]:
        del _shown[token]


def is_here(sockets: EventNamespace, token: str) -> bool:
    """Say whether this process holds the socket of a tab."""
    manager = sockets._token_manager
    socket = manager.token_to_socket.get(token)
    return socket is not None and socket.instance_id == manager.instance_id
