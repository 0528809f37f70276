"""What open pages have to hear of is found once by every process, in whatever order transactions commit."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from sqlmodel import select

from lk_app.models import LiveChange
from lk_app.services import live
from lk_app.services.live import READING_QUEUE, readings_of
from lk_app.services.session import reading, writing
from tests.cleaning import cleaned, forgotten
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("portal")

SIDE_BY_SIDE = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""For what SQLite can't do: its transactions that write follow each other."""


class Process:
    """A process that serves pages, as far as it looks for changes."""

    def __init__(self) -> None:
        self.seen: str | None = None
        self.look()

    def look(self) -> set[str]:
        with reading() as session:
            look = live.changes_since(session, self.seen)
        self.seen = look.seen
        return set(look.topics)


@pytest.fixture
def process() -> Process:
    return Process()


def publish(*topics: str, at=NOW) -> None:
    with writing() as session:
        for topic in topics:
            live.publish(session, topic, at)


def test_every_process_finds_a_change_once(process):
    other = Process()

    publish("a")

    assert process.look() == {"a"}
    assert process.look() == set()
    publish("b")
    assert process.look() == {"b"}
    assert other.look() == {"a", "b"}
    assert other.look() == set()


def test_the_topics_of_a_look_are_found_once_each_however_often_they_were_published(process):
    publish("a", "b", "a", "a")
    publish("b")

    assert process.look() == {"a", "b"}


def test_topics_name_what_changed():
    assert readings_of("66010000017") != readings_of("66010000025")
    assert READING_QUEUE not in (readings_of("66010000017"), "")


def test_a_process_that_starts_finds_what_is_kept():
    publish("a")
    process = Process.__new__(Process)
    process.seen = None

    assert process.look() == {"a"}
    assert process.look() == set()


def test_nothing_is_found_before_it_is_committed(process):
    with writing() as session:
        live.publish(session, "a", NOW)
        session.flush()
        assert [process.look() for _ in range(3)] == [set()] * 3

    assert process.look() == {"a"}
    assert process.look() == set()


def test_what_was_taken_back_is_never_found(process):
    with writing() as session:
        live.publish(session, "a", NOW)
        session.flush()
        session.rollback()
    publish("b")

    assert process.look() == {"b"}


def test_a_savepoint_that_was_taken_back_says_nothing_and_one_that_was_kept_does(process):
    with writing() as session:
        savepoint = session.begin_nested()
        live.publish(session, "a", NOW)
        session.flush()
        savepoint.rollback()
        with session.begin_nested():
            live.publish(session, "b", NOW)

    assert process.look() == {"b"}


@SIDE_BY_SIDE
def test_a_transaction_held_open_is_heard_of_when_it_commits_however_many_were_faster(process):
    with writing() as held:
        live.publish(held, "slow", NOW - timedelta(minutes=30))
        held.flush()
        for fast in ("a", "b", "c"):
            publish(fast)
            assert process.look() == {fast}

    assert process.look() == {"slow"}
    assert process.look() == set()


@SIDE_BY_SIDE
def test_a_process_that_starts_meanwhile_hears_of_it_too():
    with writing() as held:
        live.publish(held, "slow", NOW)
        held.flush()
        publish("fast")
        process = Process()

    assert process.look() == {"slow"}


@SIDE_BY_SIDE
def test_what_a_held_transaction_publishes_in_a_savepoint_is_heard_of_too(process):
    with writing() as held:
        live.publish(held, "begun", NOW)
        held.flush()
        with held.begin_nested():
            live.publish(held, "slow", NOW)
        publish("fast")
        assert process.look() == {"fast"}

    assert process.look() == {"begun", "slow"}
    assert process.look() == set()


@SIDE_BY_SIDE
def test_transactions_that_end_in_the_opposite_order_are_each_found_once(process):
    with writing() as first:
        live.publish(first, "first", NOW)
        first.flush()
        with writing() as second:
            live.publish(second, "second", NOW)
            second.flush()
            assert process.look() == set()
        assert process.look() == {"second"}

    assert process.look() == {"first"}
    assert process.look() == set()


def test_of_many_writers_at_once_each_change_is_found_once(process):
    writers, each = 6, 20
    ended, found = threading.Event(), Counter[str]()

    def write(writer: int) -> None:
        random = Random(writer)
        for index in range(each):
            with writing() as session:
                live.publish(session, f"{writer}-{index}", NOW)
                session.flush()
                time.sleep(random.random() / 200)

    def watch() -> None:
        while not ended.is_set():
            found.update(process.look())

    with ThreadPoolExecutor(writers + 1) as threads:
        watching = threads.submit(watch)
        list(threads.map(write, range(writers)))
        ended.set()
        watching.result()
    found.update(process.look())

    assert found == Counter({f"{writer}-{index}": 1 for writer in range(writers) for index in range(each)})


def topics_kept() -> list[str]:
    with reading() as session:
        return list(session.exec(select(LiveChange.topic).order_by(LiveChange.id)))


def test_changes_are_forgotten_after_an_hour_with_whatever_else_is_cleaned_up():
    publish("old", at=NOW - timedelta(hours=1, seconds=1))
    publish("young", at=NOW - timedelta(minutes=59))

    with writing() as session:
        cleaned(session, NOW)

    assert topics_kept() == ["young"]


def test_what_comes_after_all_was_forgotten_is_found(process):
    publish("a", "b", "c", at=NOW - timedelta(hours=2))
    process.look()
    with writing() as session:
        forgotten(session, LiveChange, NOW)
    assert topics_kept() == []

    publish("d")

    assert process.look() == {"d"}
