"""What a process counts about itself for Prometheus; what the database knows is counted there (`services/figures.py`).

Labels are names of handlers, routes and jobs from our own source, never anything that was sent. Several processes of
one machine add up if they share a folder (LK_METRICS_FOLDER): whichever is asked then answers for all.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

from lk_app.settings import settings

if folder := settings().metrics_folder:
    # The library looks for it as it is imported.
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_OWN = CollectorRegistry()

EVENTS = Histogram(
    "lk_event_seconds",
    "From the moment an event of a page is handled until its answer is on its way.",
    ["handler"],
    buckets=SECONDS,
    registry=_OWN,
)
EVENTS_REFUSED = Counter("lk_events_refused", "Events the guard refused.", ["level"], registry=_OWN)
REQUESTS = Histogram(
    "lk_request_seconds",
    "From a request to the end of its answer.",
    ["route", "status"],
    buckets=SECONDS,
    registry=_OWN,
)
JOBS = Histogram("lk_job_seconds", "How long a piece of periodic work takes.", ["job"], buckets=SECONDS, registry=_OWN)
JOBS_FAILED = Counter("lk_jobs_failed", "Pieces of periodic work that failed.", ["job"], registry=_OWN)
FAULTS = Counter("lk_faults", "Errors nobody expected, as they stand in the log.", registry=_OWN)
STARTED = Gauge(
    "lk_started_seconds",
    "When a process of the program last began, in seconds since 1970: it changes when one takes another's place.",
    ["program"],
    multiprocess_mode="max",
    registry=_OWN,
)


def started(program: str) -> None:
    """Note that this process begins to do what `program` does."""
    STARTED.labels(program).set_to_current_time()


class _Shared(MultiProcessCollector):
    """What all processes wrote that share a folder."""

    def collect(self) -> Iterable[Metric]:
        # A process that begins makes its file and then lets it grow: read in between, it would break all figures.
        files = [str(file) for file in Path(self._path).glob("*.db") if file.stat().st_size]
        return self.merge(files)  # type: ignore[no-any-return, no-untyped-call]  # the library says no types here


def registry(folder: str | None = None) -> CollectorRegistry:
    """Return where the counts of this process are, or of all that share `folder` (by default that of this process)."""
    folder = folder or os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return _OWN
    shared = CollectorRegistry()
    _Shared(shared, folder)  # type: ignore[no-untyped-call]  # nor does it say any here
    return shared


def time_event(handler: str) -> None:
    """Count the event whose task this is, once the task has ended: each event has a task of its own."""
    task = asyncio.current_task()
    if task is not None:
        begun = time.perf_counter()
        task.add_done_callback(lambda _: EVENTS.labels(handler).observe(time.perf_counter() - begun))
