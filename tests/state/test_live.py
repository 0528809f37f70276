"""Open pages hear of what they watch, once a look, and of nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import reflex as rx
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.state import StateUpdate
from reflex.utils.token_manager import LocalTokenManager, SocketRecord
from sqlalchemy import text

import lk_app.lk_app as portal_module
from lk_app.services.live import READING_QUEUE, publish, readings_of, session_of, staff_session_of
from lk_app.services.session import writing
from lk_app.settings import settings
from lk_app.state import live
from lk_app.state.access import public
from lk_app.state.live import AT_ONCE, LOADING_S, NOBODY_BELIEVES_AFTER_S, PAUSES_S, Attendance, note, tell, watch
from lk_app.state.visits import KEPT_S
from tests.factories import NOW

ROOT = "reflex___state____state"
OPENS = [f"{ROOT}.hydrate_and_load", f"{ROOT}.reflex___state____on_load_internal_state.on_load_internal"]
HERS, HIS = readings_of("66010000017"), readings_of("66010000025")
PATIENCE_S = 10


class Screen(rx.State):
    """A state of the tests alone: two screens that can be told to look again."""

    @rx.event
    @public
    async def refresh(self) -> None:
        pass

    @rx.event
    @public
    async def refresh_queue(self) -> None:
        pass


class Sockets(EventNamespace):
    """The sockets of a process, of which only the wire is missing: `sent` is what would have gone over it."""

    def __init__(self) -> None:
        super().__init__("/_event", portal_module.app)
        self._token_manager = LocalTokenManager()
        self.sent: list[tuple[str, str]] = []
        self.broken: set[str] = set()

    async def open(self, token: str) -> None:
        await self._token_manager.link_token_to_sid(token, f"socket of {token}")

    async def close(self, token: str) -> None:
        await self._token_manager.disconnect_token(token, f"socket of {token}")

    async def emit(self, event: str, data: StateUpdate, *, to: str) -> None:
        if to in self.broken:
            raise OSError("66010000017")
        assert data.delta == {}
        self.sent += [(to.removeprefix("socket of "), told.name.rsplit(".", 1)[-1]) for told in data.events]

    def heard(self) -> list[tuple[str, str]]:
        """What tabs were told since this was asked before: tokens and handlers."""
        heard, self.sent = self.sent, []
        return heard


@pytest.fixture(autouse=True)
def nobody_watches() -> Iterator[None]:
    for kept in (live._watches, live._recent, live._shown, live._ended):
        kept.clear()
    yield
    for kept in (live._watches, live._recent, live._shown, live._ended):
        kept.clear()


@pytest.fixture
def sockets() -> Sockets:
    return Sockets()


def tab(token: str) -> Screen:
    """The state of a tab, as its own events find it."""
    root = rx.State(_reflex_internal_init=True)
    root.router = RouterData.from_router_data({"headers": {}, "pathname": "/", "asPath": "/", "token": token})
    return root.get_substate(Screen.get_full_name().split(".")[1:])


async def opened(sockets: Sockets, token: str, topic: str, handler=Screen.refresh) -> None:
    """Let a tab connect and show something."""
    await sockets.open(token)
    watch(tab(token), topic, handler)


async def look(sockets: Sockets, *topics: str, after: float = 0) -> list[tuple[str, str]]:
    """Let the process find that topics have changed, some seconds from now; return what its tabs heard."""
    now = time.monotonic() + after
    note(frozenset(topics), now)
    await tell(sockets, now)
    return sockets.heard()


async def happens(token: str, event: str) -> None:
    """Let an event come from a tab."""
    await Attendance().preprocess(portal_module.app, tab(token), Event(name=event, payload={}))


async def test_a_tab_hears_of_what_it_watches_and_of_nothing_else(sockets):
    await opened(sockets, "hers", HERS)
    await opened(sockets, "his", HIS)

    assert await look(sockets) == []
    assert await look(sockets, READING_QUEUE) == []
    assert await look(sockets, HERS) == [("hers", "refresh")]
    assert await look(sockets) == []
    assert await look(sockets, HERS, HIS) == [("hers", "refresh"), ("his", "refresh")]


async def test_every_tab_of_an_account_hears_of_it(sockets):
    await opened(sockets, "phone", HERS)
    await opened(sockets, "computer", HERS)

    assert await look(sockets, HERS) == [("phone", "refresh"), ("computer", "refresh")]


async def test_a_tab_that_shows_something_else_hears_of_that_only(sockets):
    await opened(sockets, "tab", HERS)
    watch(tab("tab"), HIS, Screen.refresh)

    assert await look(sockets, HERS) == []
    assert await look(sockets, HIS) == [("tab", "refresh")]

    watch(tab("tab"), HIS, Screen.refresh_queue)
    assert await look(sockets, HIS) == [("tab", "refresh_queue")]


@pytest.mark.parametrize("event", OPENS)
async def test_a_tab_that_opens_another_page_hears_nothing_until_that_watches(sockets, event):
    await opened(sockets, "tab", HERS)
    await happens("tab", event)

    assert await look(sockets, HERS) == []


async def test_an_event_of_the_page_itself_changes_nothing(sockets):
    await opened(sockets, "tab", HERS)
    await happens("tab", f"{Screen.get_full_name()}.refresh")
    await happens("tab", f"{ROOT}.set_is_hydrated")
    await happens("unknown", OPENS[0])

    assert await look(sockets, HERS) == [("tab", "refresh")]


async def test_what_changed_between_reading_and_watching_is_told_afterwards(sockets):
    await look(sockets, HERS)
    await opened(sockets, "tab", HERS)

    assert await look(sockets, after=0.5) == [("tab", "refresh")]
    assert await look(sockets, after=1.0) == []


async def test_what_changed_long_before_a_page_was_opened_is_not_told(sockets):
    await look(sockets, HERS, after=-LOADING_S - 1)
    await look(sockets)
    await opened(sockets, "tab", HERS)

    assert await look(sockets) == []


async def test_watching_the_same_again_tells_nothing_again(sockets):
    await opened(sockets, "tab", HERS)
    assert await look(sockets, HERS) == [("tab", "refresh")]

    watch(tab("tab"), HERS, Screen.refresh)

    assert await look(sockets) == []


async def test_a_tab_of_a_busy_queue_is_told_at_times_and_of_the_last_change_too(sockets):
    pause = PAUSES_S[READING_QUEUE]
    await opened(sockets, "staff", READING_QUEUE, Screen.refresh_queue)

    heard = [await look(sockets, READING_QUEUE, after=pause * part) for part in (0, 0.25, 0.5, 0.75)]
    assert heard == [[("staff", "refresh_queue")], [], [], []]
    assert await look(sockets, HERS, after=pause) == [("staff", "refresh_queue")]
    assert await look(sockets, after=3 * pause) == []


async def test_when_many_are_due_some_are_told_at_each_look_and_nobody_is_left_out(sockets):
    for index in range(2 * AT_ONCE + 1):
        await opened(sockets, f"{index}", HERS)

    heard = [await look(sockets, HERS), await look(sockets, HIS), await look(sockets)]

    assert [len(told) for told in heard] == [AT_ONCE, AT_ONCE, 1]
    assert len({token for told in heard for token, _ in told}) == 2 * AT_ONCE + 1
    assert await look(sockets) == []


async def test_a_tab_that_is_gone_is_forgotten(sockets):
    await opened(sockets, "gone", HERS)
    await opened(sockets, "here", HERS)
    await sockets.close("gone")

    assert await look(sockets, HERS) == [("here", "refresh")]
    assert list(live._watches) == ["here"]


async def test_a_tab_whose_socket_is_at_another_process_is_told_there(sockets):
    await opened(sockets, "moved", HERS)
    sockets._token_manager.token_to_socket["moved"] = SocketRecord(instance_id="another process", sid="its socket")

    assert await look(sockets, HERS) == []
    assert list(live._watches) == []


async def test_what_no_tab_asked_for_is_not_watched(sockets):
    watch(tab(""), HERS, Screen.refresh)

    assert list(live._watches) == []


async def shown(sockets: Sockets, token: str, *topics: str) -> None:
    """Let a tab connect and show something by these sessions."""
    await sockets.open(token)
    live.show(token, topics, Event(name=f"{Screen.get_full_name()}.refresh", payload={}))


async def cleared(sockets: Sockets, after: float) -> list[tuple[str, str]]:
    await live.clear(sockets, time.monotonic() + after)
    return sockets.heard()


async def test_a_tab_hears_that_its_session_has_ended_once_no_guard_believes_in_it(sockets):
    await shown(sockets, "phone", session_of(1))
    await shown(sockets, "computer", session_of(1), staff_session_of(2))
    await shown(sockets, "theirs", session_of(2), staff_session_of(1))

    assert await look(sockets, session_of(1), HERS) == []
    assert await cleared(sockets, KEPT_S) == []
    assert await cleared(sockets, NOBODY_BELIEVES_AFTER_S + 0.1) == [("phone", "refresh"), ("computer", "refresh")]
    assert await cleared(sockets, 60) == []

    await look(sockets, staff_session_of(1))
    assert await cleared(sockets, 60) == [("theirs", "refresh")]


async def test_a_tab_that_shows_something_by_another_session_now_hears_nothing_of_the_first(sockets):
    await shown(sockets, "tab", session_of(1))
    await look(sockets, session_of(1))
    await shown(sockets, "tab", session_of(2))

    assert await cleared(sockets, 60) == []


async def test_a_tab_that_shows_nothing_any_more_hears_nothing(sockets):
    await shown(sockets, "tab", session_of(1))
    await shown(sockets, "tab")
    await look(sockets, session_of(1))

    assert await cleared(sockets, 60) == []


async def test_a_tab_that_opens_just_after_its_session_has_ended_hears_of_it_too(sockets):
    await look(sockets, session_of(1))
    await shown(sockets, "tab", session_of(1))

    assert await cleared(sockets, NOBODY_BELIEVES_AFTER_S + 0.1) == [("tab", "refresh")]


async def test_tabs_that_are_gone_are_not_kept(sockets):
    await shown(sockets, "gone", session_of(1))
    await shown(sockets, "moved", session_of(1))
    await shown(sockets, "here", session_of(1))
    await sockets.close("gone")
    sockets._token_manager.token_to_socket["moved"] = SocketRecord(instance_id="another process", sid="its socket")
    await look(sockets, session_of(1))

    assert await cleared(sockets, 60) == [("here", "refresh")]
    assert live._shown == {}

    await shown(sockets, "here", session_of(2))
    await shown(sockets, "gone", session_of(3))
    await sockets.close("gone")
    live.forget_gone(sockets)
    assert list(live._shown) == ["here"]


def unused(token: str, seconds: float) -> None:
    live._watches[token].used_at -= seconds


async def test_a_tab_nobody_uses_is_told_nothing_more_so_that_its_session_can_end(sockets):
    idle = 60 * settings().session_idle_minutes
    await opened(sockets, "tab", HERS)
    unused("tab", idle - 5)
    assert await look(sockets, HERS) == [("tab", "refresh")]
    await happens("tab", f"{Screen.get_full_name()}.refresh")
    unused("tab", 5)

    assert await look(sockets, HERS) == []
    assert list(live._watches) == []


async def test_a_tab_somebody_uses_goes_on_hearing(sockets):
    await opened(sockets, "tab", HERS)
    unused("tab", 60 * settings().session_idle_minutes)
    await happens("tab", f"{Screen.get_full_name()}.refresh_queue")

    assert await look(sockets, HERS) == [("tab", "refresh")]


async def test_a_tab_that_opens_a_page_while_others_are_told_is_left_alone(sockets, monkeypatch):
    await opened(sockets, "first", HERS)
    await opened(sockets, "second", HERS)
    emit = sockets.emit

    async def emit_slowly(event: str, data: StateUpdate, *, to: str) -> None:
        await emit(event, data, to=to)
        await happens("second", OPENS[0])

    monkeypatch.setattr(sockets, "emit", emit_slowly)

    assert await look(sockets, HERS) == [("first", "refresh")]


@asynccontextmanager
async def pumping(sockets: Sockets, monkeypatch: pytest.MonkeyPatch, looks_every: float = 0.01) -> AsyncIterator[None]:
    """Let the process look for changes, hurriedly."""
    monkeypatch.setattr(portal_module.app, "_event_namespace", sockets)
    pauses = {"LOOKS_EVERY_S": looks_every, "NEXT_AFTER_S": 0.01, "AFTER_A_FAULT_S": 0.01}
    for name, pause in pauses.items():
        monkeypatch.setattr(live, name, pause)
    pump = asyncio.create_task(live.pump(portal_module.app))
    try:
        yield
    finally:
        pump.cancel()
        await asyncio.wait([pump])
    assert pump.cancelled()


async def told(sockets: Sockets, times: int = 1) -> list[tuple[str, str]]:
    """Wait until tabs were told so often, and a little longer; return what they heard."""
    deadline = time.monotonic() + PATIENCE_S
    while len(sockets.sent) < times:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    return sockets.heard()


def change(*topics: str) -> None:
    with writing() as session:
        for topic in topics:
            publish(session, topic, NOW)


async def test_what_is_committed_reaches_the_tabs_of_the_process(portal, sockets, monkeypatch):
    await opened(sockets, "hers", HERS)
    await opened(sockets, "his", HIS)
    async with pumping(sockets, monkeypatch):
        change(HERS, HERS, READING_QUEUE)
        assert await told(sockets) == [("hers", "refresh")]
        change(HIS)
        assert await told(sockets) == [("his", "refresh")]


async def test_a_session_that_ends_anywhere_reaches_the_tabs_of_the_process(portal, sockets, monkeypatch):
    await shown(sockets, "hers", session_of(1))
    await shown(sockets, "his", session_of(2))
    async with pumping(sockets, monkeypatch):
        change(session_of(1))
        assert await told(sockets) == [("hers", "refresh")]


async def test_when_many_are_due_the_next_ones_do_not_wait_for_the_next_look(portal, sockets, monkeypatch):
    for index in range(AT_ONCE + 1):
        await opened(sockets, f"{index}", HERS)
    change(HERS)

    async with pumping(sockets, monkeypatch, looks_every=2 * PATIENCE_S):
        assert len(await told(sockets, AT_ONCE + 1)) == AT_ONCE + 1


async def test_what_changes_while_the_database_fails_is_told_when_it_works_again(portal, sockets, monkeypatch, caplog):
    await opened(sockets, "tab", HERS)
    async with pumping(sockets, monkeypatch):
        change(READING_QUEUE)
        with writing() as session:
            publish(session, HERS, NOW)
            session.flush()
            session.execute(text("ALTER TABLE live_changes RENAME TO away"))
        await asyncio.sleep(0.1)
        assert sockets.heard() == []
        assert "Error at " in caplog.text
        with writing() as session:
            session.execute(text("ALTER TABLE away RENAME TO live_changes"))

        assert await told(sockets) == [("tab", "refresh")]
    assert "66010000017" not in caplog.text


async def test_a_socket_that_fails_keeps_nothing_from_the_others(portal, sockets, monkeypatch, caplog):
    await opened(sockets, "broken", HERS)
    await opened(sockets, "fine", HERS)
    sockets.broken.add("socket of broken")
    async with pumping(sockets, monkeypatch):
        change(HERS)
        assert await told(sockets) == [("fine", "refresh")]

    assert caplog.text.count("OSError at ") == 1
    assert "66010000017" not in caplog.text


def test_the_portal_looks_for_changes_and_takes_attendance_after_the_guard():
    assert live.pump in portal_module.app.get_lifespan_tasks()
    assert [type(each) for each in portal_module.app._middlewares][1:] == [Attendance]
