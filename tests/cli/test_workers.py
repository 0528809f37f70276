"""Several workers on one database, one of them within a process that serves pages: each piece of work is done once."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import String
from sqlmodel import select, text

from lk_app import clock, metrics
from lk_app.models import Instant, Letter, LetterState, ReadingState, SmsMessage, SmsState, Topic
from lk_app.services import mail
from lk_app.services.jobs import JOBS
from lk_app.services.notifications import decisions
from lk_app.services.session import reading, writing
from tests import factories
from tests.conftest import forget_settings
from tests.mail_server import MailServer, mail_server
from tests.notified import asked
from tests.outbox import queued
from tests.providers import Provider, listening, reply
from tests.servers import ROOT

PATIENCE_S = 60
TICKS = 3
PERIODIC = {job.name for job in JOBS if not job.everywhere}
EVERY = {job.name: job.every for job in JOBS}
MESSAGES = 12

QUICK = "from datetime import timedelta; from lk_app import worker; worker.LOOK_EVERY = timedelta(seconds=0.05);"
"""They look for work more often than they do otherwise, and are else what they always are."""
ALONE = f"{QUICK} from lk_app.cli import main; main(['worker'])"
EMBEDDED = f"""
{QUICK} import asyncio, signal
async def serve():
    working = asyncio.create_task(worker.embedded())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    await asyncio.wait([working])
asyncio.run(serve())
"""
"""As in a process that serves pages, which ends it by cancelling it."""


@dataclass(frozen=True)
class Outside:
    """What takes what the portal sends."""

    provider: Provider
    server: MailServer


@pytest.fixture
def outside() -> Iterator[Outside]:
    with listening() as provider, mail_server() as server:
        provider.reply = reply({"id": 1, "cnt": 1})
        yield Outside(provider, server)


@pytest.fixture(autouse=True)
def by_day(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be about noon where the company is, whenever the test runs: some messages wait for the morning."""
    monkeypatch.setenv("LK_TIME_ZONE", f"Etc/GMT{clock.now().hour - 12:+d}")
    forget_settings()


@contextmanager
def worker(code: str, portal: str, outside: Outside, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that counts what it does in a folder of its own; at the end it is told to end, and has to."""
    ours = {
        "LK_DATABASE_URL": portal,
        "LK_METRICS_FOLDER": str(folder),
        "LK_SMS_GATEWAYS": "smsc",
        "LK_SMSC_URL": outside.provider.url,
        "LK_SMSC_API_KEY": "key",
        "LK_SMTP_HOST": "127.0.0.1",
        "LK_SMTP_PORT": str(outside.server.port),
        "LK_SMTP_SECURITY": "none",
        "LK_MAIL_FROM": "lk@example.ru",
    }
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | ours)
    try:
        yield process
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()


def runs_of(folder: Path) -> Counter[str]:
    """Return how often each job was run by the workers that counted in this folder."""
    registry = metrics.registry(str(folder))
    samples = (sample for family in registry.collect() for sample in family.samples)
    return Counter({each.labels["job"]: int(each.value) for each in samples if each.name == "lk_job_seconds_count"})


LONG_AGO = "2026-01-01 00:00:00+00:00"
NOTE_CLAIMS = {
    "sqlite": [f"""
        CREATE TRIGGER claimed AFTER UPDATE ON jobs WHEN new.next_run_at > '{LONG_AGO}'
        BEGIN INSERT INTO claims VALUES (new.name, old.next_run_at, new.next_run_at); END
    """],
    "postgresql": [
        "CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO claims VALUES (new.name, old.next_run_at, new.next_run_at); RETURN new; END $$",
        "CREATE TRIGGER claimed AFTER UPDATE ON jobs FOR EACH ROW "
        f"WHEN (new.next_run_at > '{LONG_AGO}') EXECUTE FUNCTION note_claim()",
    ],
}  # fmt: skip
CLAIMS = text("SELECT name, was, becomes FROM claims").columns(name=String(), was=Instant(), becomes=Instant())


def note_claims(database: str) -> None:
    """Let the database note each claim of a job, whoever makes it."""
    moment = {"sqlite": "datetime", "postgresql": "timestamptz"}[database]
    with writing() as session:
        for statement in (f"CREATE TABLE claims (name text, was {moment}, becomes {moment})", *NOTE_CLAIMS[database]):
            session.connection().exec_driver_sql(statement)


def claims() -> Counter[str]:
    """Return how often each job was claimed; nobody may claim one that is not due."""
    with reading() as session:
        noted = session.connection().execute(CLAIMS).all()
    for name, was, becomes in noted:
        assert was + EVERY[name] <= becomes, f"{name} was claimed twice"
    return Counter(name for name, *_ in noted)


def let_all_be_due() -> None:
    with writing() as session:
        session.connection().execute(text(f"UPDATE jobs SET next_run_at = '{LONG_AGO}'"))


def something_to_send(now: datetime) -> None:
    """Codes by SMS, letters, and a decision about a reading that its sender is to be told of by SMS."""
    for _ in range(MESSAGES):
        queued(now)
    with writing() as session:
        account = factories.account(session)
        user = asked(session, factories.user(session), Topic.DECISIONS)
        factories.link(session, user, account)
        sent = factories.reading(
            session, factories.meter(session, account), 1_000, now.date(),
            state=ReadingState.ACCEPTED, sent_at=now, sent_by=user.id, flags="", decided_at=now,
        )  # fmt: skip
        decisions.tell(session, sent, account.number, now)
        for number in range(MESSAGES):
            mail.enqueue(session, user.id or 0, "maria@example.ru", f"Письмо {number}", "Здравствуйте", now)


def all_is_sent() -> bool:
    with reading() as session:
        sms, letters = session.exec(select(SmsMessage.state)).all(), session.exec(select(Letter.state)).all()
    return sms == [SmsState.SENT] * (MESSAGES + 1) and letters == [LetterState.SENT] * MESSAGES


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_whatever_several_workers_find_to_do_one_of_them_does_once(
    database: str, portal: str, outside: Outside, tmp_path: Path
) -> None:
    note_claims(database)
    folders = [tmp_path / name for name in ("first", "second", "serving")]
    something_to_send(clock.now() - timedelta(seconds=1))

    with ExitStack() as working:
        for folder, code in zip(folders, (ALONE, ALONE, EMBEDDED), strict=True):
            working.enter_context(worker(code, portal, outside, folder))
        for tick in range(1, TICKS + 1):
            wait_until(lambda tick=tick: all(claims()[name] >= tick for name in PERIODIC))  # type: ignore[misc]
            if tick < TICKS:
                let_all_be_due()
        wait_until(all_is_sent)

    by_worker = [runs_of(folder) for folder in folders]
    runs = sum(by_worker, Counter())
    assert {name: runs[name] for name in PERIODIC} == {name: claims()[name] for name in PERIODIC}
    assert all(each.total() for each in by_worker)
    handed = Counter(call.form["id"] for call in outside.provider.calls)
    assert (len(handed), set(handed.values())) == (MESSAGES + 1, {1})
    subjects = Counter(letter["Subject"] for letter in outside.server.letters)
    assert subjects == Counter(f"Письмо {number}" for number in range(MESSAGES))
