"""What is shipped for those who run the portal: it names only what there is."""

import configparser
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from sqlmodel import Session

from lk_app import metrics
from lk_app.services.figures import figures
from lk_app.settings import Settings
from tests.factories import NOW

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = re.compile(r"\blk_[a-z_]+")
OUTSIDE = {"LK_DOMAIN", "LK_DATABASE_PASSWORD", "LK_PORTAL_PASSWORD", "LK_REDIS_PASSWORD", "LK_APPS"}
"""What compose and Caddy know, and the portal does not."""


def expressions(file: str) -> list[str]:
    if file.endswith(".json"):
        panels: list[dict[str, Any]] = json.loads((DEPLOY / file).read_text())["panels"]
        return [target["expr"] for panel in panels for target in panel["targets"]]
    groups = yaml.safe_load((DEPLOY / file).read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("file", ["alerts.yaml", "dashboard.json"])
def test_alerts_and_the_dashboard_ask_for_figures_there_are(session: Session, file: str) -> None:
    known = {f"lk_{figure.name}" for figure in figures(session, NOW)}
    counted = re.findall(r"# TYPE (\S+)", generate_latest(metrics.registry()).decode())
    known |= {f"{name}{end}" for name in counted for end in ("", "_total", "_bucket", "_count", "_sum")}

    asked = {name for expression in expressions(file) for name in NAME.findall(expression)}

    assert asked
    assert asked <= known


def test_every_alert_says_what_it_means_and_how_urgent_it_is() -> None:
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]


def test_compose_and_its_example_name_only_settings_there_are() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    named = {name for service in compose["services"].values() for name in service.get("environment", {})}
    named |= set(re.findall(r"^(LK_\w+)=", (DEPLOY / "lk.env.example").read_text(), re.MULTILINE))

    known = {f"LK_{name.upper()}" for name in Settings.model_fields} | OUTSIDE

    assert {name for name in named if name.startswith("LK_")} <= known


def test_nobody_in_the_network_of_compose_writes_into_redis_without_its_password() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    url = services["app1"]["environment"]["LK_REDIS_URL"]

    assert services["redis"]["command"][-2:] == ["--requirepass", "${LK_REDIS_PASSWORD}"]
    assert "ports" not in services["redis"]
    assert re.fullmatch(r"redis://:\$\{LK_REDIS_PASSWORD:\?[^}]+\}@redis:6379", url)


def test_only_migrations_come_in_as_who_owns_the_tables() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    told = {name: json.dumps(service) for name, service in services.items()}

    assert {name for name, words in told.items() if "LK_DATABASE_PASSWORD" in words} == {"database", "migrations"}
    for name in ("app1", "app2", "worker", "backup", "migrations"):
        url = services[name]["environment"]["LK_DATABASE_URL"]
        assert re.fullmatch(r"postgresql\+psycopg://lk_portal:\$\{LK_PORTAL_PASSWORD:\?[^}]+\}@database/lk", url), name
    script = (DEPLOY / "systemd" / "lk").read_text()
    assert re.search(r"^db \| restore\) .*/etc/lk/owner\.env", script, re.MULTILINE)
    assert not any("owner.env" in file.read_text() for file in (DEPLOY / "systemd").rglob("*.*") if file.is_file())


def test_no_image_holds_a_secret_or_data_of_a_company() -> None:
    left_out = set((DEPLOY.parent / ".dockerignore").read_text().split())

    # Compose reads the passwords beside it, and the image is built from the whole of the checkout.
    assert {"**/.env", "deploy/lk.env", "var", "**/*.db", ".git"} <= left_out


def test_no_log_grows_for_ever() -> None:
    programs = configparser.ConfigParser(interpolation=None)
    programs.read(DEPLOY / "supervisord.conf")
    for name in (section for section in programs.sections() if section.startswith("program:")):
        assert (programs[name]["stdout_logfile_maxbytes"], programs[name]["stdout_logfile_backups"]) == ("10MB", "4"), (
            name
        )
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("app1", "app2", "worker", "caddy"):
        assert services[name]["logging"]["options"] == {"max-size": "50m", "max-file": "20"}, name
