"""A reading goes to billing and comes back: whatever the two decide, whoever is first, they end up agreeing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from lk_app.models import Reading, ReadingState
from lk_app.services.exchange import export_package
from lk_app.services.exchange.files import DECISIONS, READINGS
from tests import factories
from tests.exchange_fixtures import load_into, read_package, sent, write_package
from tests.factories import NOW, TODAY

PENDING, ACCEPTED, REFUSED, WITHDRAWN = ReadingState
EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(frozen=True)
class Story:
    """What becomes of one reading before billing answers, and what billing answers if it knows the reading."""

    was_told: bool
    """Whether billing had been told of it while it was pending."""
    became: ReadingState
    answer: ReadingState
    """PENDING if billing decides nothing, but has the reading in its next `readings.csv`."""
    by_decision: bool
    """Whether it answers by `decisions.csv`."""


STORIES = st.lists(
    st.builds(
        Story,
        was_told=st.booleans(),
        became=st.sampled_from(ReadingState),
        answer=st.sampled_from([PENDING, ACCEPTED, REFUSED]),
        by_decision=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@dataclass
class Billing:
    """A billing that keeps to what `docs/exchange.md` says."""

    book: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    """What it decided itself, which counts more than what the portal says; but it forgets what it has not accepted."""

    def reads(self, package: Path) -> None:
        head, *rows = read_package(package)["readings.csv"]
        for row in rows:
            name, state = row[head.index("id")], row[head.index("state")]
            if state == WITHDRAWN and self.book.get(name) != ACCEPTED:
                self.book.pop(name, None)
            elif name not in self.own:
                self.book[name] = state

    def answers(self, stories: dict[str, Story], folder: Path) -> Path:
        readings, decisions = [READINGS.header], [DECISIONS.header]
        for number, (name, story) in enumerate(stories.items()):
            if name not in self.book:
                continue
            reason = "Показание меньше предыдущего" if story.answer is REFUSED else ""
            if story.answer is not PENDING:
                self.book[name] = story.answer
                self.own.add(name)
            if story.by_decision and story.answer is not PENDING:
                decisions.append([name, story.answer, reason])
            else:
                readings.append([name, "M1", day(number), "1.000", "", "portal", story.answer, reason])
        return write_package(folder, {"readings.csv": readings, "decisions.csv": decisions})


def day(number: int) -> str:
    return (TODAY - timedelta(days=number)).isoformat()


@contextmanager
def undone(session: Session) -> Iterator[Path]:
    """A folder, and a transaction of which nothing remains."""
    savepoint = session.begin_nested()
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield Path(folder)
        finally:
            savepoint.rollback()
            session.expunge_all()


def export_to(session: Session, path: Path) -> Path | None:
    exported = export_package(session, path, lambda: NOW)
    session.expire_all()
    return None if exported.is_empty else path


@EXAMPLES
@given(told=STORIES, at_once=st.booleans())
def test_the_portal_and_billing_end_up_agreeing(session: Session, told: list[Story], at_once: bool) -> None:
    stories = {f"R{number}": story for number, story in enumerate(told)}
    billing = Billing()
    with undone(session) as folder:
        meter = factories.meter(session, factories.account(session), id="M1")
        for number, (name, story) in enumerate(stories.items()):
            taken_on = TODAY - timedelta(days=number)
            if story.was_told:
                billing.book[name] = PENDING
            reason = "Фото не читается" if story.became is REFUSED else ""
            exported = PENDING if story.was_told else None
            sent(session, meter, 1_000, taken_on, id=name, state=story.became, reason=reason, exported=exported)

        # Either the two packages cross on their way, or billing has read ours before it answers.
        answer = billing.answers(stories, folder / "answer") if at_once else None
        first = export_to(session, folder / "first")
        if first:
            billing.reads(first)
        load_into(session, answer or billing.answers(stories, folder / "answer"))
        second = export_to(session, folder / "second")
        if second:
            billing.reads(second)
        event(f"second package: {second is not None}")

        ours = dict(session.exec(select(Reading.id, Reading.state).where(col(Reading.state) != WITHDRAWN)).all())
        assert ours == billing.book
        assert export_to(session, folder / "third") is None
