"""`python -m lk_app doctor`: what it finds, and what it says to do."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner, Result
from sqlmodel import Session

from lk_app import clock
from lk_app.cli import main
from lk_app.models import Job
from lk_app.services import migrations, sms_sender
from lk_app.services.doctor import Health, machine, others, stores
from lk_app.services.session import writing
from tests import factories
from tests.conftest import forget_settings
from tests.providers import listening, reply

SECRET = "a secret of the tests, longer than 32 characters"


def ask() -> Result:
    return CliRunner().invoke(main, ["doctor"])


def set_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    forget_settings()
    sms_sender.gateways.cache_clear()


@pytest.fixture(autouse=True)
def gateways_forgotten() -> Iterator[None]:
    sms_sender.gateways.cache_clear()
    yield
    sms_sender.gateways.cache_clear()


def test_of_a_portal_that_is_well_nothing_is_to_be_done(
    portal: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with writing() as session:
        factories.store(session, Job(name="clean up", next_run_at=clock.now() + timedelta(minutes=1)))
    built = tmp_path / ".web" / "build" / "built-for-test"
    built.parent.mkdir(parents=True)
    built.touch()
    monkeypatch.setattr(machine, "ROOT", tmp_path)

    answer = ask()

    assert answer.exit_code == 0, answer.output
    assert "x " not in answer.output
    assert "+ периодическая работа: выполняется" in answer.output


def test_each_wrong_setting_is_told_with_its_cure(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, LK_ENV="production")

    answer = ask()

    assert answer.exit_code == 1
    assert "LK_SECRET_KEY: set your own" in answer.output
    assert "LK_PUBLIC_URL: set the https:// address" in answer.output
    assert "база данных" in answer.output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_schema_that_is_missing_or_old_is_told_apart_from_a_database_that_does_not_answer(
    portal: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    migrations.downgrade(portal, "-1")
    assert "Выполните python -m lk_app db upgrade" in ask().output

    set_variables(monkeypatch, LK_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert "Выполните python -m lk_app db upgrade" in ask().output

    set_variables(monkeypatch, LK_DATABASE_URL="sqlite:////no/such/folder/lk.db")
    assert "Проверьте LK_DATABASE_URL" in ask().output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_broken_file_is_noticed(portal: str) -> None:
    file = Path(portal.removeprefix("sqlite:///"))
    migrations.upgrade(portal)
    content = bytearray(file.read_bytes())
    # The page after those of the schema's table, which is read before anything can be asked.
    content[-4096 * 3 : -4096] = b"\xff" * 4096 * 2
    file.write_bytes(content)

    assert "файл SQLite повреждён" in ask().output


def test_work_that_nobody_does_is_noticed(session: Session, portal: str) -> None:
    now = clock.now()
    assert stores.worker(now).health is Health.AT_RISK
    with writing() as written:
        factories.store(written, Job(name="remind", next_run_at=now - timedelta(hours=1)))

    finding = stores.worker(now)

    assert (finding.health, "remind" in finding.words) == (Health.ILL, True)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_clocks_that_differ_are_noticed(portal: str) -> None:
    now = datetime.now(UTC)

    assert stores.clock(now).health is Health.WELL
    assert stores.clock(now + timedelta(minutes=1)).health is Health.AT_RISK


BASE, STORE = "postgresql+psycopg://lk:secret@db.example.ru/lk", "redis://:secret@redis.example.ru"


@pytest.mark.parametrize(
    ("database_url", "redis_url", "told"),
    [
        ("sqlite:///var/lk.db", "", ()),
        ("postgresql+psycopg://lk@/lk?host=/run/postgresql", "redis://127.0.0.1:6379", ()),
        (f"{BASE}?sslmode=verify-full&sslrootcert=ca.pem", f"rediss{STORE.removeprefix('redis')}", ()),
        (BASE, "", ("LK_DATABASE_URL",)),
        (f"{BASE}?sslmode=require", STORE, ("LK_DATABASE_URL", "LK_REDIS_URL")),
    ],
)
def test_what_goes_over_the_network_in_the_open_is_noticed(
    monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str, told: tuple[str, ...]
) -> None:
    set_variables(monkeypatch, LK_DATABASE_URL=database_url, LK_REDIS_URL=redis_url)
    try:
        finding = stores.ways()
    finally:
        forget_settings()

    assert finding.health is (Health.AT_RISK if told else Health.WELL)
    assert [name for name in ("LK_DATABASE_URL", "LK_REDIS_URL") if name in finding.advice] == list(told)
    assert "secret" not in finding.advice


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("told", "health"),
    [({"balance": "25000"}, Health.WELL), ({"balance": "12.5"}, Health.AT_RISK), ({"error_code": 2}, Health.ILL)],
)
def test_a_provider_without_money_is_noticed(
    portal: str, monkeypatch: pytest.MonkeyPatch, told: dict[str, object], health: Health
) -> None:
    with listening() as provider:
        provider.reply = reply(told)
        set_variables(monkeypatch, LK_SMS_GATEWAYS="smsc", LK_SMSC_URL=provider.url, LK_SMSC_API_KEY="key of tests")

        [gateway] = sms_sender.gateways()

        assert others.sms(gateway).health is health


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.parametrize(
    ("days", "trusted", "health"),
    [(90, True, Health.WELL), (10, True, Health.AT_RISK), (90, False, Health.ILL), (-1, True, Health.ILL)],
)
def test_a_certificate_that_ends_soon_or_that_nobody_believes_is_noticed(
    authority: trustme.CA, days: int, trusted: bool, health: Health
) -> None:
    now = datetime.now(UTC)
    with secret(authority, now + timedelta(days=days)) as provider:
        believes = ssl.create_default_context()
        if trusted:
            authority.configure_trust(believes)

        assert others.certificate("банк", provider.url, believes, now, "").health is health


def secret(authority: trustme.CA, expires: datetime) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=expires).configure_cert(
        context
    )
    return listening(context)


def test_nobody_at_an_address_is_noticed() -> None:
    finding = others.certificate("банк", "https://127.0.0.1:9/rest", ssl.create_default_context(), clock.now(), "")

    assert finding.health is Health.ILL


@pytest.mark.usefixtures("portal")
def test_what_still_needs_another_secret_key_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def finding(**keys: str) -> tuple[Health, str]:
        set_variables(monkeypatch, **keys)
        found = stores.secret_key()
        return found.health, found.words + found.advice

    set_variables(monkeypatch, LK_SECRET_KEY="the first one")
    with writing() as session:
        factories.staff(session, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert finding() == (Health.WELL, "всё под нынешним ключом")

    health, words = finding(LK_SECRET_KEY="the second one")
    assert (health, "не читаются" in words) == (Health.ILL, True)
    health, words = finding(LK_SECRET_KEY_FALLBACKS="of another time, the first one")
    assert (health, "python -m lk_app reencrypt" in words) == (Health.AT_RISK, True)

    answer = CliRunner().invoke(main, ["reencrypt"])

    assert answer.output == "Перешифровано: 1\N{NO-BREAK SPACE}ключ вторых факторов\n"
    health, words = finding()
    assert (health, "LK_SECRET_KEY_FALLBACKS можно убрать" in words) == (Health.WELL, True)
    assert finding(LK_SECRET_KEY_FALLBACKS="") == (Health.WELL, "всё под нынешним ключом")


@pytest.mark.usefixtures("portal")
def test_writing_anew_says_what_nobody_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with writing() as session:
        factories.staff(session, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    set_variables(monkeypatch, LK_SECRET_KEY="another one")

    answer = CliRunner().invoke(main, ["reencrypt"])

    assert "Перешифровано: 0" in answer.output
    assert "Не читаются ни одним ключом: 1" in answer.output


@pytest.mark.parametrize(("free_gb", "health"), [(40, Health.WELL), (3, Health.AT_RISK), (0, Health.ILL)])
def test_a_full_disk_is_noticed(monkeypatch: pytest.MonkeyPatch, free_gb: int, health: Health) -> None:
    usage = machine.shutil.disk_usage("/")
    # No test may fill the disk of the machine it runs on.
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage._replace(free=free_gb * machine.GIGABYTE))

    assert machine.disk().health is health
