"""What the pages for the engineer name is there: other pages and their sections, commands, alerts, variables."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest
import yaml

from lk_app.cli import main
from lk_app.settings import ROOT, Settings

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHIPPED = [ROOT / "Makefile", *sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file())]
PAGE_NAMES = [str(path.relative_to(ROOT)) for path in PAGES]

BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CALL = re.compile(r"(?:python(?: -P)? -m lk_app|(?:^|[;&] ?|RELEASE=\S+ )lk) (?P<rest>[a-z][^#;&>)\n]*)")
VARIABLE = re.compile(r"\bLK_[A-Z][A-Z_0-9]*[A-Z0-9]\b")

OUTSIDE = {
    "LK_DOMAIN",
    "LK_DATABASE_PASSWORD",
    "LK_PORTAL_PASSWORD",
    "LK_REDIS_PASSWORD",
    "LK_APPS",
    "LK_RELEASE",
    "LK_BACKUPS",
    "LK_CLUSTER_PORT",
    "LK_BENCH_ACCOUNTS",
}
"""What compose, Caddy, make and its measurements know, and the portal does not."""


def anchors(page: str) -> set[str]:
    """The names under which the sections of a page are found, as GitHub makes them."""
    headings = HEADING.findall(BLOCK.sub("", page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text: str) -> Iterator[str]:
    """Whatever follows the name of the portal's program in the code of a page."""
    prose = BLOCK.sub("", text)
    lines = [line.replace("\\\n", " ") for line in "".join(BLOCK.findall(text)).replace("\\\n", " ").splitlines()]
    for piece in [*lines, *(" ".join(code.split()) for code in INLINE.findall(prose))]:
        for call in CALL.finditer(piece):
            yield call["rest"].strip()


def complaint(words: str) -> str:
    """What of a command the program does not know; nothing if all is well."""
    command: click.Command = main
    for word in words.replace("[", " ").replace("]", " ").split():
        if isinstance(command, click.Group) and not word.startswith(("-", "…")):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"{command.name} has no {word}"
            command = found
        elif word.startswith("--") and word.strip(",.") not in known_options(command):
            return f"{command.name} has no {word}"
    return ""


def known_options(command: click.Command) -> set[str]:
    return {option for each in command.params for option in each.opts} | {"--help"}


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, *path, name)
        elif not command.hidden:
            yield (*path, name)


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    path = ROOT / name
    broken = []
    for link in LINK.findall(BLOCK.sub("", path.read_text())):
        if link.startswith(("https://", "http://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_command_of_a_page_is_there(name: str) -> None:
    complaints = [(words, found) for words in commands((ROOT / name).read_text()) if (found := complaint(words))]

    assert complaints == []


def test_what_is_shipped_calls_commands_there_are() -> None:
    called = {
        call["rest"].strip()
        for path in SHIPPED
        for call in CALL.finditer(path.read_text().replace('", "', " ").replace('"', " "))
    }

    assert {"serve", "worker", "db upgrade"} <= called
    assert [found for words in called if (found := complaint(words))] == []


def test_the_readme_names_every_command() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `python -m lk_app ")]

    def is_named(path: tuple[str, ...]) -> bool:
        return any(path[0] in row and path[-1] in re.findall(r"[\w-]+", row) for row in rows)

    assert [" ".join(path) for path in leaves(main) if not is_named(path)] == []


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_variable_of_a_page_is_there(name: str) -> None:
    named = set(VARIABLE.findall((ROOT / name).read_text()))

    assert named <= {f"LK_{field.upper()}" for field in Settings.model_fields} | OUTSIDE


def test_units_name_only_settings_there_are() -> None:
    units = [path for path in (ROOT / "deploy" / "systemd").rglob("*") if path.suffix in {".service", ".conf"}]
    set_there = {
        word.partition("=")[0]
        for unit in units
        for line in unit.read_text().splitlines()
        if line.startswith("Environment=")
        for word in shlex.split(line.removeprefix("Environment="))
    }

    assert "LK_PORT" in set_there
    known = {f"LK_{field.upper()}" for field in Settings.model_fields} | OUTSIDE | {"PYTHONUNBUFFERED", "TMPDIR"}
    assert set_there <= known


def test_every_alert_has_its_row_with_what_to_do() -> None:
    groups = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text())["groups"]
    page = (ROOT / "docs" / "operate.md").read_text()

    told = dict(re.findall(r"^\| `([A-Z]\w+)` \| (page|ticket) \|", page, re.MULTILINE))

    assert told == {rule["alert"]: rule["labels"]["severity"] for group in groups for rule in group["rules"]}
