"""What Prometheus is told, and who may ask."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import Session
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app.models import Direction, ExchangeRun, Outcome, SecurityEvent, SecurityEventKind
from lk_app.services.figures import figures
from lk_app.services.session import writing
from tests import factories
from tests.conftest import forget_settings
from tests.factories import NOW

HERE, ELSEWHERE = ("127.0.0.1", 40000), ("192.0.2.7", 40000)


async def ask(client: tuple[str, int] = HERE, path: str = "/metrics", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=api.routes), client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as browser:
        return await browser.get(path, headers=headers)


def values_of(response: httpx.Response) -> dict[str, float]:
    families = text_string_to_metric_families(response.text)
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value for each in families for sample in each.samples
    }


async def test_on_this_machine_figures_are_told(portal: str) -> None:
    await ask(path="/api/captcha/unknown.png")

    response = await ask()

    values = values_of(response)
    assert response.status_code == 200
    assert values["lk_request_seconds_count['/api/captcha/{captcha_id}.png', '404']"] >= 1
    assert values["lk_readings_waiting[]"] == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_from_elsewhere_there_is_nothing_to_see(portal: str) -> None:
    assert (await ask(ELSEWHERE)).status_code == 404
    assert (await ask(HERE, **{"X-Forwarded-For": "192.0.2.7"})).status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_with_a_token_only_who_shows_it_is_told(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_METRICS_TOKEN", "a token of tests")
    forget_settings()

    assert (await ask(ELSEWHERE, Authorization="Bearer a token of tests")).status_code == 200
    for wrong in ("", "Bearer", "Bearer other", "Basic a token of tests"):
        assert (await ask(HERE, Authorization=wrong)).status_code == 404


async def test_without_a_database_processes_still_tell_what_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LK_DATABASE_URL", "sqlite:////no/such/folder/lk.db")
    forget_settings()

    response = await ask()

    forget_settings()
    values = values_of(response)
    assert response.status_code == 200
    assert values["lk_faults_total[]"] >= 1
    assert "lk_readings_waiting[]" not in values


def test_queues_are_told_with_their_age(session: Session) -> None:
    who = factories.consumer(session)
    factories.appeal(session, who, at=NOW - timedelta(hours=2))
    factories.appeal(session, who, at=NOW - timedelta(hours=1))

    known = {figure.name: figure.values for figure in figures(session, NOW)}

    assert known["appeals_waiting"] == {"": 2}
    assert known["appeals_age_seconds"] == {"": 7200}
    assert known["readings_waiting"] == {"": 0}


def test_only_the_last_quarter_of_an_hour_is_recent(session: Session) -> None:
    for kind, minutes in (("signed in", 1), ("signed in", 20), ("sign-in refused", 3), ("registered", 1)):
        at = NOW - timedelta(minutes=minutes)
        factories.store(session, SecurityEvent(kind=SecurityEventKind(kind), at=at))

    known = {figure.name: figure.values for figure in figures(session, NOW)}

    assert known["sign_ins_recent"] == {"right": 1, "wrong": 1}


def test_the_last_package_that_went_well_has_an_age(session: Session) -> None:
    for hours, outcome in ((30, Outcome.DONE), (5, Outcome.UNCHANGED), (1, Outcome.REFUSED)):
        at = NOW - timedelta(hours=hours)
        row = ExchangeRun(direction=Direction.IN, started_at=at, started_by="lk", ended_at=at, outcome=outcome)
        factories.store(session, row)

    known = {figure.name: figure.values for figure in figures(session, NOW)}

    assert known["exchange_age_seconds"] == {"in": 5 * 3600}


async def test_figures_name_nobody(portal: str) -> None:
    with writing() as session:
        account = factories.account(session, "66010000017", last_name="Иванова")
        who = factories.consumer(session, account)
        factories.appeal(session, who, at=clock.now(), account_number=account.number, text="Секрет")

    text = (await ask()).text

    assert not re.search("Иванова|66010000017|Секрет", text)


COUNTS = "from lk_app import metrics; metrics.FAULTS.inc(); metrics.JOBS.labels('x').observe(1)"
ADDS_UP = (
    "from lk_app import metrics; import prometheus_client as p; print(p.generate_latest(metrics.registry()).decode())"
)


def test_processes_that_share_a_folder_add_up(tmp_path: Path) -> None:
    environment = os.environ | {"LK_METRICS_FOLDER": str(tmp_path / "figures")}

    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTS], env=environment, check=True)
    (tmp_path / "figures" / "gauge_max_1.db").touch()  # what a process that just begins has made, but not written
    told = subprocess.run([sys.executable, "-c", ADDS_UP], env=environment, check=True, capture_output=True, text=True)

    assert "lk_faults_total 2.0" in told.stdout
    assert 'lk_job_seconds_count{job="x"} 2.0' in told.stdout
