"""Does the periodic work: inside the processes that serve pages, or in one of its own (`python -m lk_app worker`)."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from lk_app import clock, logs, metrics, telemetry
from lk_app.clock import Clock
from lk_app.services.jobs import JOBS, Job, is_our_turn

LOOK_EVERY = timedelta(seconds=5)
"""How late a job may begin."""

AFTER_A_FAULT = timedelta(seconds=5)
"""What made a job fail, for example no database, seldom goes away at once."""


async def embedded() -> None:
    """Work as long as the process serves pages."""
    await work(asyncio.Event())


async def until_told() -> None:
    """Work until SIGTERM or SIGINT, and then to the end of the piece in hand."""
    stopping = asyncio.Event()
    for reason in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(reason, stopping.set)
    await work(stopping)


async def work(stopping: asyncio.Event, jobs: tuple[Job, ...] = JOBS, now: Clock = clock.now) -> None:
    """Run each job whenever it is due, in a thread of its own, until `stopping` is set.

    The threads are not those of the services: a provider that does not answer must not hold up pages.
    """
    threads = ThreadPoolExecutor(len(jobs), thread_name_prefix="job")
    try:
        await asyncio.gather(*(_repeat(job, stopping, threads, now) for job in jobs))
    finally:
        threads.shutdown(wait=False)


async def _repeat(job: Job, stopping: asyncio.Event, threads: ThreadPoolExecutor, now: Clock) -> None:
    while not stopping.is_set():
        pause = min(job.every, LOOK_EVERY)
        try:
            await _run_if_due(job, stopping, threads, now)
        except Exception as error:
            metrics.JOBS_FAILED.labels(job.name).inc()
            logs.failed(error)
            pause = AFTER_A_FAULT
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause.total_seconds())


async def _run_if_due(job: Job, stopping: asyncio.Event, threads: ThreadPoolExecutor, now: Clock) -> None:
    async def in_thread(call: Callable[[], bool]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    more = await in_thread(lambda: is_our_turn(job, now()))
    while more and not stopping.is_set():
        with metrics.JOBS.labels(job.name).time():
            more = await in_thread(lambda: _run(job, now))


def _run(job: Job, now: Clock) -> bool:
    # What is done everywhere looks several times a second whether there is anything to do: what it sends is traced.
    if job.everywhere:
        return job.run(now)
    with telemetry.span(f"job {job.name}"):
        return job.run(now)
