"""The rule of the outbox under anything that can happen: whoever might take a message is given it at most once."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete, select

from lk_app.gateways.sms.interface import Fate, Outcome, OutgoingSms, Status
from lk_app.models import SmsMessage, SmsState
from lk_app.services import sms_sender
from lk_app.services.session import reading, writing
from tests.outbox import ACCEPTED, REFUSED, UNCLEAR, UNREACHED, Death, Time, ask_all, queued, send_all

HOW_CALLS_END = {
    "accepted": ACCEPTED,
    "refused": REFUSED,
    "unreached": UNREACHED,
    "unclear": UNCLEAR,
    "dies before it is heard": None,
    "dies after it is heard": None,
}


@dataclass
class World:
    """Providers, a clock and a process that all do what the example says, and the books of what happened."""

    calls: Iterator[tuple[str, float]]
    now: Time = field(default_factory=Time)
    maybe_taken: list[str] = field(default_factory=list)
    too_late: list[str] = field(default_factory=list)
    commits_left: int | None = None
    """After how many more commits the process dies; never when none."""

    def send(self, message: OutgoingSms) -> Outcome:
        if self.now() >= expiry_of(message.reference):
            self.too_late.append(message.reference)
        ends, seconds = next(self.calls)
        self.now.passes(seconds=seconds)
        if ends != "dies before it is heard" and ends not in ("refused", "unreached"):
            self.maybe_taken.append(message.reference)
        return HOW_CALLS_END[ends] or die()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with writing() as session:
            yield session
            if self.commits_left == 0:
                die()
        if self.commits_left is not None:
            self.commits_left -= 1


@dataclass
class Provider:
    """One of several in the same world."""

    name: str
    world: World
    fates: Iterator[Fate]
    knows_our_reference: bool = True

    def send(self, message: OutgoingSms) -> Outcome:
        return self.world.send(message)

    def status(self, provider_id: str, phone: str) -> Status:
        return Status(next(self.fates, Fate.UNKNOWN))


def die() -> Outcome:
    raise Death


def expiry_of(reference: str) -> datetime:
    with reading() as session:
        return session.exec(select(SmsMessage.expires_at).where(SmsMessage.id == int(reference))).one()


def rows() -> list[SmsMessage]:
    with reading() as session:
        return list(session.exec(select(SmsMessage)).all())


Providers = list[Provider]


def sends(world: World, providers: Providers) -> None:
    send_all(world.now, *providers)


def gets_a_message(world: World, providers: Providers) -> None:
    queued(world.now())


def sweeps(world: World, providers: Providers) -> None:
    sms_sender.sweep(world.now)


def asks(world: World, providers: Providers) -> None:
    ask_all(world.now, *providers)


@dataclass
class DiesAfter:
    """Sends until so many transactions are committed."""

    commits: int

    def __call__(self, world: World, providers: Providers) -> None:
        world.commits_left = self.commits
        sends(world, providers)


@dataclass
class Waits:
    seconds: int

    def __call__(self, world: World, providers: Providers) -> None:
        world.now.passes(seconds=self.seconds)


steps = st.lists(
    st.one_of(
        st.sampled_from([gets_a_message, sweeps, asks]),
        st.builds(DiesAfter, st.integers(0, 6)),
        st.builds(Waits, st.sampled_from([5, 15, 61, 301, 601])),
    ),
    max_size=10,
)
how_a_call_goes = st.tuples(st.sampled_from(list(HOW_CALLS_END)), st.sampled_from([0, 0, 0, 1, 310, 700]))
calls = st.lists(how_a_call_goes, min_size=1, max_size=7)


@pytest.mark.usefixtures("portal")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, calls=calls, fates=st.lists(st.sampled_from(list(Fate)), max_size=6))
def test_nobody_who_might_take_a_message_is_given_it_twice(steps, calls, fates):
    with writing() as session:
        session.exec(delete(SmsMessage))
    world, fates = World(cycle(calls)), iter(fates)
    providers = [Provider("first", world, fates), Provider("second", world, fates)]
    for _ in range(3):
        queued(world.now())

    with patch.object(sms_sender, "writing", world.writing):
        for step in steps:
            for act in (step, sends):
                with suppress(Death):
                    act(world, providers)
                world.commits_left = None
                check(world)
        last = queued(world.now())
        world.calls = cycle([("accepted", 0)])
        for _ in range(20):
            send_all(world.now, *providers)
            sms_sender.sweep(world.now)
            world.now.passes(minutes=1)
        check(world)

    assert str(last) in world.maybe_taken
    assert not [row for row in rows() if row.state in (SmsState.QUEUED, SmsState.SENDING)]


def check(world: World) -> None:
    assert len(world.maybe_taken) == len(set(world.maybe_taken))
    assert world.too_late == []
    assert not [row for row in rows() if row.code and row.state is not SmsState.QUEUED]
