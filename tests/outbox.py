"""Providers that do as they are told, a clock that is moved, and a look into the outbox."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Barrier
from types import ModuleType
from typing import Any

import pytest
from sqlmodel import Session, select

from lk_app.gateways.sms.interface import Fate, Outcome, OutgoingSms, Status, Verdict
from lk_app.models import SmsMessage
from lk_app.services import sms, sms_sender
from lk_app.services.session import reading, writing
from tests.factories import NOW

PHONE = "9120000003"
CODE = "493027"
TEXT = "Демогаз: код {code} для регистрации.\n\n@localhost #{code}"

ACCEPTED = Outcome(Verdict.ACCEPTED, provider_id="theirs")
REFUSED = Outcome(Verdict.REFUSED, error="7")
UNREACHED = Outcome(Verdict.NOT_HANDED_OVER, error="ConnectError")
UNCLEAR = Outcome(Verdict.UNCLEAR, error="ReadTimeout")


class Death(BaseException):
    """The process is gone: nothing may catch this and go on."""


@dataclass
class Time:
    """A clock that stands until it is moved."""

    instant: datetime = NOW

    def __call__(self) -> datetime:
        return self.instant

    def passes(self, **span: float) -> None:
        self.instant += timedelta(**span)


@dataclass
class Books:
    """A provider that gives one outcome after another, the last one for ever, and keeps what it may have."""

    name: str = "first"
    outcomes: list[Outcome | Callable[[], Outcome]] = field(default_factory=lambda: [ACCEPTED])
    offered: list[OutgoingSms] = field(default_factory=list)
    maybe_taken: list[str] = field(default_factory=list)
    """Our references of what it may have."""

    def send(self, message: OutgoingSms) -> Outcome:
        self.offered.append(message)
        told = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        outcome = told() if callable(told) else told
        if not outcome.surely_not_taken:
            self.maybe_taken.append(message.reference)
        return outcome


@dataclass
class TellingBooks(Books):
    """One that can also be asked, and keeps what it was asked."""

    knows_our_reference: bool = True
    statuses: list[Status] = field(default_factory=lambda: [Status(Fate.DELIVERED)])
    asked: list[tuple[str, str]] = field(default_factory=list)

    def status(self, provider_id: str, phone: str) -> Status:
        self.asked.append((provider_id, phone))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


def queued(now: datetime = NOW, *, lives: timedelta = timedelta(minutes=10), **values: Any) -> int:
    """Put a message with a code into the outbox, committed; returns its id."""
    asked = {"code": CODE, "expires_at": now + lives} | values
    with writing() as session:
        return sms.enqueue(session, PHONE, TEXT, now, **asked)


def stored(message_id: int) -> SmsMessage:
    with reading() as session:
        return session.exec(select(SmsMessage).where(SmsMessage.id == message_id)).one()


def send_all(now: Time, *providers: Books) -> int:
    """Send what is due, as a worker does; returns how many messages were tried."""
    tried = 0
    while sms_sender.send_next(providers, now):
        tried += 1
    return tried


def ask_all(now: Time, *providers: Books) -> None:
    while sms_sender.ask_next(providers, now):
        pass


def side_by_side(work: Callable[[], object], workers: int = 4) -> None:
    """Let several workers begin at the same moment; raises what any of them raised."""
    barrier = Barrier(workers)

    def begin() -> None:
        barrier.wait()
        work()

    with ThreadPoolExecutor(workers) as threads:
        for done in [threads.submit(begin) for _ in range(workers)]:
            done.result()


@contextmanager
def dying_at(monkeypatch: pytest.MonkeyPatch, sender: ModuleType, step: int, when: str) -> Iterator[None]:
    """Let the process die just `before` or `after` the transaction of a sender's step, counted from 0, is committed."""
    steps = count()

    @contextmanager
    def fatal() -> Iterator[Session]:
        this = next(steps)
        with writing() as session:
            yield session
            if (this, when) == (step, "before"):
                raise Death
        if (this, when) == (step, "after"):
            raise Death

    with monkeypatch.context() as patched:
        patched.setattr(sender, "writing", fatal)
        with pytest.raises(Death):
            yield
