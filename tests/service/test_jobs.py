"""Periodic work: each job is done when it is due, by one process, whatever else fails."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from lk_app import clock, models, worker
from lk_app.clock import Clock
from lk_app.models import SmsState
from lk_app.services import jobs
from lk_app.services.acquiring import desk
from lk_app.services.jobs import JOBS, Job, is_our_turn
from lk_app.services.session import reading
from tests.factories import NOW
from tests.outbox import Time, queued, stored

pytestmark = pytest.mark.usefixtures("portal")

MINUTE = timedelta(minutes=1)
PATIENCE_S = 10


def counted(done: list[str], name: str = "count", **values) -> Job:
    """A job that only writes down its name."""

    def run(now: Clock) -> bool:
        done.append(name)
        return False

    return Job(name, **({"every": MINUTE, "run": run} | values))


def test_a_job_is_due_at_once_and_then_every_so_often():
    job, now, turns = counted([]), Time(), []

    for _ in range(130):
        if is_our_turn(job, now()):
            turns.append((now() - NOW).total_seconds())
        now.passes(seconds=1)

    assert turns == [0, 60, 120]


def test_a_job_missed_for_an_hour_is_done_once():
    job, now = counted([]), Time()
    is_our_turn(job, now())
    now.passes(hours=1)

    assert [is_our_turn(job, now()) for _ in range(3)] == [True, False, False]


def test_of_many_processes_one_gets_the_turn():
    job, turns, barrier = counted([]), [], threading.Barrier(6)

    def compete() -> None:
        barrier.wait()
        turns.append(is_our_turn(job, NOW))

    threads = [threading.Thread(target=compete) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(turns) == [False] * 5 + [True]


def test_what_claims_its_own_rows_runs_everywhere_and_needs_no_row():
    job = counted([], everywhere=True)

    assert [is_our_turn(job, NOW) for _ in range(3)] == [True] * 3
    with reading() as session:
        assert session.exec(select(models.Job)).all() == []


def test_one_job_does_not_take_the_turn_of_another():
    assert [is_our_turn(counted([], name), NOW) for name in ("one", "other", "one")] == [True, True, False]


def test_the_jobs_have_names_of_their_own_that_fit():
    names = [job.name for job in JOBS]

    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 40 for name in names)


@pytest.mark.parametrize("job", ["ask the bank", "settle refunds"])
def test_where_there_is_no_bank_nobody_is_asked(monkeypatch, job):
    monkeypatch.setattr(desk, "is_available", lambda: False)
    monkeypatch.setattr(desk, "bank", lambda: pytest.fail("there is none"))

    assert next(known.run(Time()) for known in JOBS if known.name == job) is False


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(worker, "LOOK_EVERY", timedelta(seconds=0.02))
    monkeypatch.setattr(worker, "AFTER_A_FAULT", timedelta(seconds=0.02))


async def work_until(happened: Callable[[], object], *some_jobs: Job, workers: int = 1) -> None:
    """Let workers work until something has happened and a little longer, and then stop."""
    stopping = asyncio.Event()
    working = [asyncio.create_task(worker.work(stopping, some_jobs, Time())) for _ in range(workers)]
    await wait_until(happened)
    await asyncio.sleep(0.2)
    stopping.set()
    await asyncio.gather(*working)


async def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_two_workers_do_a_job_once(quick):
    done: list[str] = []

    await work_until(lambda: done, counted(done), workers=2)

    assert done == ["count"]


async def test_a_job_with_more_to_do_goes_on_at_once():
    left = [3, 2, 1]

    await work_until(lambda: not left, Job("more", MINUTE, lambda now: bool(left.pop()) and bool(left)))

    assert left == []


async def test_a_job_that_fails_is_logged_without_what_it_says_and_harms_nothing(quick, caplog):
    done: list[str] = []

    def fail(now: Clock) -> bool:
        done.append("fail")
        raise ValueError("9120000003")

    failing = Job("fail", timedelta(seconds=0.01), fail, everywhere=True)
    other = counted(done, every=timedelta(seconds=0.01), everywhere=True)
    await work_until(lambda: done.count("fail") > 1 and done.count("count") > 1, failing, other)

    assert "ValueError at " in caplog.text
    assert "9120000003" not in caplog.text


async def test_a_fault_is_not_repeated_at_the_job_s_own_pace():
    done: list[str] = []

    def fail(now: Clock) -> bool:
        done.append("fail")
        raise OSError

    await work_until(lambda: done, Job("fail", timedelta(seconds=0.01), fail, everywhere=True))

    assert done == ["fail"]


async def test_without_its_database_a_worker_waits_for_it(quick, monkeypatch):
    done: list[str] = []
    real, times = jobs.reading, iter(range(3))

    def reading_later():
        if next(times, None) is not None:
            raise OSError
        return real()

    monkeypatch.setattr(jobs, "reading", reading_later)
    await work_until(lambda: done, counted(done))

    assert done == ["count"]


async def test_a_stop_waits_for_the_piece_in_hand_and_begins_no_other():
    done, begun = [], threading.Event()

    def slow(now: Clock) -> bool:
        begun.set()
        time.sleep(0.5)
        done.append("slow")
        return True

    await work_until(begun.is_set, Job("slow", MINUTE, slow))

    assert done == ["slow"]


async def test_the_embedded_worker_sends_until_the_process_that_serves_pages_ends():
    sent = queued(clock.now())
    embedded = asyncio.create_task(worker.embedded())
    await wait_until(lambda: stored(sent).state is SmsState.SENT)
    embedded.cancel()
    await asyncio.wait([embedded], timeout=1)
    never_sent = queued(clock.now())
    await asyncio.sleep(0.7)

    assert embedded.cancelled()
    assert (stored(sent).state, stored(never_sent).state) == (SmsState.SENT, SmsState.QUEUED)
