"""`python -m lk_app backup` and `restore`: what comes back is what there was, and what is broken is refused."""

import json
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import make_url
from sqlmodel import col, delete, select

from lk_app import clock
from lk_app.cli import main
from lk_app.models import (
    Account,
    AuditEvent,
    Meter,
    Payment,
    Reading,
    ReadingPhoto,
    Role,
    SmsMessage,
    SmsState,
    StaffSession,
    UserSession,
)
from lk_app.models.values import month_of
from lk_app.services import migrations, settlements, sms
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.demo import load
from lk_app.services.demo.calendar import last_closed_month
from lk_app.services.payments import history
from lk_app.services.readings import overview
from lk_app.services.session import reading, writing
from lk_app.services.staff import summary
from lk_app.settings import settings
from tests import factories
from tests.cli.conftest import PROGRAMS
from tests.conftest import forget_settings
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("programs")


@pytest.fixture
def portal_with_data(portal: str) -> str:
    """The address of a database with money and a photo in it."""
    with writing() as session:
        account = factories.account(session)
        factories.payment(session, account, amount=123456)
        who = factories.consumer(session, account)
        meter = factories.meter(session, account)
        photo = ReadingPhoto(
            id="x" * 22, meter_id=meter.id, user_id=who.user_id, uploaded_at=NOW, content=b"\xff\xd8\0"
        )
        factories.store(session, photo)
        factories.staff_caller(session)
    return portal


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LK_DATABASE_URL", url)
    forget_settings()


def test_what_comes_back_is_what_there_was(
    portal_with_data: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("backup", tmp_path / "copy")
    assert made.exit_code == 0, made.output

    use(monkeypatch, empty_database)
    restored = run("restore", tmp_path / "copy")

    assert restored.exit_code == 0, restored.output
    assert "все суммы сошлись" in restored.output
    with reading() as session:
        assert session.exec(select(Payment.amount)).all() == [123456]
        assert session.exec(select(ReadingPhoto.content)).all() == [b"\xff\xd8\0"]
    refused_to_forget(settings().database_url)


def test_what_may_have_ended_since_the_copy_does_not_go_on(
    portal_with_data: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing() as session:
        waits = sms.enqueue(session, "9120000001", "{code}", NOW, expires_at=NOW + timedelta(days=2), code="123456")
        factories.consumer(session, token="of a browser")
    run("backup", tmp_path / "copy")

    use(monkeypatch, empty_database)
    restored = run("restore", tmp_path / "copy")

    assert "отменено SMS, которые ждали отправки: 1" in restored.output
    with reading() as session:
        message = session.get_one(SmsMessage, waits)
        assert (message.state, message.code) == (SmsState.CANCELLED, None)
        for sessions in (UserSession, StaffSession):
            ended = session.exec(select(sessions.ended_at)).all()
            assert ended
            assert None not in ended


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_copy_of_an_older_release_comes_back_as_it_is(
    portal_with_data: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.downgrade(portal_with_data, "0007")
    run("backup", tmp_path / "copy")

    use(monkeypatch, empty_database)
    restored = run("restore", tmp_path / "copy")

    assert "все суммы сошлись" in restored.output
    migrations.upgrade(empty_database)
    with reading() as session:
        assert session.exec(select(Payment.amount)).all() == [123456]


def refused_to_forget(url: str) -> None:
    """The log is append-only in what was restored, too."""
    with writing() as session:
        factories.store(session, AuditEvent(action="signed in", at=clock.now()))
    with pytest.raises(Exception, match="append-only"), writing() as session:
        session.connection().exec_driver_sql("DELETE FROM audit_events")


def test_a_backup_is_for_its_owner_only(portal_with_data: str, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy")

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "copy", *(tmp_path / "copy").iterdir())
    }
    assert modes["copy"] == 0o700
    assert all(mode & 0o077 == 0 for name, mode in modes.items() if name.startswith("database"))


def test_nothing_that_is_there_is_overwritten(portal_with_data: str, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy")

    assert "уже существует" in run("backup", tmp_path / "copy").output
    assert "не пуста" in run("restore", tmp_path / "copy").output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_broken_copy_is_not_restored(
    portal_with_data: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", tmp_path / "copy")
    file = tmp_path / "copy" / "database.sqlite"
    file.write_bytes(file.read_bytes()[:-1])
    use(monkeypatch, empty_database)

    refused = run("restore", tmp_path / "copy")

    assert refused.exit_code != 0
    assert "повреждена" in refused.output
    assert not (tmp_path / "restored.db").exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_does_not_add_up_is_told(
    portal_with_data: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", tmp_path / "copy")
    manifest = tmp_path / "copy" / "manifest.json"
    said = json.loads(manifest.read_text())
    said["sums"]["payments"]["amount"] += 1
    manifest.write_text(json.dumps(said))
    use(monkeypatch, empty_database)

    refused = run("restore", tmp_path / "copy")

    assert refused.exit_code != 0
    assert "отличаются таблицы: payments" in refused.output


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 99}'])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_backup_is_refused(portal: str, tmp_path: Path, content: str) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "manifest.json").write_text(content)

    refused = run("restore", tmp_path / "copy")

    assert refused.exit_code != 0
    assert "нет резервной копии" in refused.output


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("place", ["before the host", "after it"])
def test_no_argument_of_a_program_holds_the_password(
    portal_with_data: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Everybody on the machine can read the arguments of a process."""
    password, noted = "geheim%/1", tmp_path / "noted"
    for program in ("pg_dump", "pg_restore"):
        wrapper = tmp_path / "wrappers" / program
        wrapper.parent.mkdir(exist_ok=True)
        line = f'printf "%s\\n" "$0 $*" "password $PGPASSWORD" >> {noted}'
        wrapper.write_text(f'#!/bin/sh\n{line}\nexec {PROGRAMS / program} "$@"\n')
        wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'wrappers'}{os.pathsep}{os.environ['PATH']}")

    for command, url in (("backup", portal_with_data), ("restore", empty_database)):
        address = make_url(url)
        with_password = (
            address.set(password=password)
            if place == "before the host"
            else address.update_query_dict({"password": password})
        )
        use(monkeypatch, with_password.render_as_string(hide_password=False))
        done = run(command, tmp_path / "copy")
        assert done.exit_code == 0, done.output

    lines = noted.read_text().splitlines()
    assert [line for line in lines if line.startswith("password ")] == [f"password {password}"] * 2
    called = [line for line in lines if not line.startswith("password ")]
    assert ["pg_dump" in called[0], "pg_restore" in called[1], len(called)] == [True, True, 2]
    assert not any(secret in line for line in called for secret in ("geheim", "password="))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_programs_of_postgresql_it_says_what_to_install(
    portal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    refused = run("backup", tmp_path / "copy")

    assert "pg_dump" in refused.output
    assert list(tmp_path.iterdir()) == []


NUMBER = "66010000017"
WRITERS = 2


def write_on(number: int, who: Consumer, stopping: threading.Event) -> None:
    """Post payments of a rouble, and send readings with them, each pair in one transaction, until told to stop."""
    this_month = month_of(clock.today().year, clock.today().month)
    for step in count():
        if stopping.is_set():
            return
        name, now = f"{number} {step:06d}", clock.now()
        with writing() as session:
            account = session.get_one(Account, NUMBER)
            factories.payment(session, account, 100, this_month, id=f"paid {name}", paid_on=clock.today())
            meter = session.exec(select(Meter).where(Meter.account_number == NUMBER)).all()[0]
            sent = {"sent_at": now, "sent_by": who.user_id, "flags": ""}
            factories.reading(session, meter, 10_000_000 + step, clock.today(), id=f"read {name}", **sent)


def written(table: type[Payment] | type[Reading], begins: str) -> list[str]:
    with reading() as session:
        return [name[5:] for name in session.exec(select(table.id).order_by(table.id)) if name.startswith(begins)]


def shown(who: Consumer, staff: StaffCaller, now: datetime) -> list[object]:
    """What «Взаиморасчёты», «История платежей», «Показания» and the office's summary show."""
    today = now.astimezone(settings().zone).date()
    with reading() as session:
        return [
            settlements.open_overview(session, who, today),
            settlements.charged_months(session, who, NUMBER, "gas"),
            history.whole_history(session, who, NUMBER, history.Filter(), now),
            overview.open_readings(session, who, today),
            summary.today(session, staff, now),
            summary.by_day(session, staff, now),
        ]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_backup_made_while_people_pay_comes_back_with_the_figures_of_its_moment(
    portal: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    load.load_demo(last_closed_month(clock.today()), "tests", lambda: now)
    with writing() as session:
        who = factories.consumer(session, session.get_one(Account, NUMBER))
        staff = factories.staff_caller(session, Role.SUPERVISOR)
    stopping = threading.Event()
    with ThreadPoolExecutor(WRITERS) as threads:
        writers = [threads.submit(write_on, number, who, stopping) for number in range(WRITERS)]
        wait_for_more(0)
        made = run("backup", tmp_path / "copy")
        wait_for_more(len(written(Payment, "paid")))
        stopping.set()
        for writer in writers:
            writer.result()
    assert made.exit_code == 0, made.output

    use(monkeypatch, empty_database)
    assert "все суммы сошлись" in run("restore", tmp_path / "copy").output
    kept, restored = written(Payment, "paid"), shown(who, staff, now)
    assert kept == written(Reading, "read")

    use(monkeypatch, portal)
    assert 0 < len(kept) < len(written(Payment, "paid"))
    assert shown(who, staff, now) != restored
    with writing() as session:
        for table, begins in ((Payment, "paid"), (Reading, "read")):
            later = [f"{begins} {name}" for name in written(table, begins) if name not in kept]
            session.exec(delete(table).where(col(table.id).in_(later)))
    assert shown(who, staff, now) == restored


def wait_for_more(than: int) -> None:
    deadline = time.monotonic() + 60
    while len(written(Payment, "paid")) < than + 10:
        assert time.monotonic() < deadline
        time.sleep(0.02)
