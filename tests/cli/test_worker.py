"""`python -m lk_app worker` as a process of its own: it sends, it ends when told, and it may be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lk_app import clock, metrics
from lk_app.lk_app import app
from lk_app.models import SmsState
from lk_app.worker import embedded
from tests.outbox import queued, stored
from tests.providers import Provider, listening, reply
from tests.servers import ROOT

PATIENCE_S = 60
ACCEPTED = {"id": 1, "cnt": 1}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with listening() as provider:
        provider.reply = reply(ACCEPTED)
        yield provider


@contextmanager
def worker(portal: str, provider: Provider, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with one provider; whatever the test leaves of it is killed by its own pid."""
    ours = {
        "LK_DATABASE_URL": portal,
        "LK_SMS_GATEWAYS": "smsc",
        "LK_SMSC_URL": provider.url,
        "LK_SMSC_API_KEY": "key",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lk_app", "worker"], cwd=ROOT, env=os.environ | ours, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@on_sqlite
def test_told_to_end_it_finishes_the_message_in_hand_and_takes_no_other(
    portal: str, provider: Provider, tmp_path: Path
) -> None:
    provider.reply = reply(ACCEPTED, after_s=0.5)
    messages = [queued(clock.now()), queued(clock.now())]

    with worker(portal, provider, tmp_path / "log") as process:
        wait_until(lambda: provider.calls)
        process.terminate()
        code = process.wait(PATIENCE_S)

    assert (code, (tmp_path / "log").read_text()) == (0, "")
    assert [stored(message).state for message in messages] == [SmsState.SENT, SmsState.QUEUED]
    assert len(provider.calls) == 1


@on_sqlite
def test_idle_it_ends_on_ctrl_c(portal: str, provider: Provider, tmp_path: Path) -> None:
    message = queued(clock.now())

    with worker(portal, provider, tmp_path / "log") as process:
        wait_until(lambda: stored(message).state is SmsState.SENT)
        process.send_signal(signal.SIGINT)

        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_killed_while_the_provider_has_the_message_no_other_worker_sends_it_again(
    portal: str, provider: Provider, tmp_path: Path
) -> None:
    provider.reply = reply(ACCEPTED, after_s=1)
    message = queued(clock.now())
    with worker(portal, provider, tmp_path / "log") as process:
        wait_until(lambda: provider.calls)
        process.kill()
        process.wait()
    provider.reply = reply(ACCEPTED)
    next_message = queued(clock.now())

    with worker(portal, provider, tmp_path / "log"):
        wait_until(lambda: stored(next_message).state is SmsState.SENT)

    assert [call.form["id"] for call in provider.calls] == [str(message), str(next_message)]
    row = stored(message)
    assert (row.state, row.code, row.provider) == (SmsState.SENDING, None, "smsc")


@on_sqlite
def test_figures_show_that_a_worker_took_the_place_of_one_that_was_killed(
    portal: str, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    monkeypatch.setenv("LK_METRICS_FOLDER", str(figures))
    killed_at = time.time()
    for _ in range(2):
        with worker(portal, provider, tmp_path / "log") as process:
            wait_until(lambda: last_began(figures) > killed_at)  # noqa: B023 - waited for in this round
            process.kill()
            process.wait()
            killed_at = time.time()


def last_began(folder: Path) -> float:
    registry = metrics.registry(str(folder))
    return registry.get_sample_value("lk_started_seconds", {"program": "worker"}) or 0.0


def test_the_processes_that_serve_pages_work_too_and_say_when_they_began() -> None:
    assert {embedded, metrics.started} <= {getattr(task, "func", task) for task in app.get_lifespan_tasks()}


def test_the_processes_that_serve_pages_leave_the_work_to_others_if_they_are_told() -> None:
    script = "from lk_app.lk_app import app, worker; print(worker.embedded in app.get_lifespan_tasks())"

    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=os.environ | {"LK_EMBEDDED_WORKER": "false"}, check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert told.stdout == "False\n"
