"""`exchange`: packages from billing and to billing."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lk_app import clock, logs
from lk_app.apart import LEAST_PRIORITY
from lk_app.cli.keys import key
from lk_app.cli.refusals import refusals_shown
from lk_app.services import exchange as service
from lk_app.services.errors import ServiceError
from lk_app.services.exchange import apart, runs
from lk_app.services.exchange.registries import profile_of
from lk_app.settings import settings

PASSED_OVER = "пропущено строк {} о том, что сделано на портале после копии, из которой он восстановлен"


@click.group(help="The exchange with billing.")
def exchange() -> None:
    pass


@exchange.command(name="import", help="Load a billing package, a folder or a ZIP: all of it or nothing.")
@click.argument("path", type=click.Path(path_type=Path))
def import_(path: Path) -> None:
    with faults_shown(), progress_bar(rows_of(path)) as progress:
        report = runs.load(path, getpass.getuser(), clock.now, progress)
    echo_report(report)


@exchange.command(help="Load a registry of payments made elsewhere, a file: all of it or nothing.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--profile", "name", required=True, help="What stands where: NAME.toml of LK_REGISTRY_PROFILES.")
def registry(path: Path, name: str) -> None:
    with refusals_shown():
        profile = profile_of(settings().registry_profiles, name)
    with faults_shown(), progress_bar(None) as progress:
        report = runs.load_registry(path, profile, getpass.getuser(), clock.now, progress)
    echo_report(report)


@exchange.command(hidden=True, help="Load what was sent by HTTP, from standard input, as a run that has begun.")
@click.argument("run_id", type=int)
@click.option("--profile", "name")
def carry_out(run_id: int, name: str | None) -> None:
    os.nice(LEAST_PRIORITY)
    logs.set_up()
    profile = profile_of(settings().registry_profiles, name) if name else None
    try:
        apart.carry_out_here(run_id, sys.stdin.buffer, profile, clock.now)
    except ServiceError:
        # The run says why.
        raise SystemExit(1) from None
    except Exception as error:
        logs.failed(error)
        raise SystemExit(1) from None


@contextmanager
def faults_shown() -> Iterator[None]:
    """End the command with what is wrong with a package or a registry."""
    try:
        yield
    except service.PackageRefused as refused:
        for issue in refused.issues:
            click.echo(str(issue), err=True)
        if refused.total > len(refused.issues):
            click.echo(f"… показаны первые {len(refused.issues)}", err=True)
        click.echo(refused.message, err=True)
        raise SystemExit(1) from None


def echo_report(report: service.Report) -> None:
    """Say what a load did: a line a file."""
    if report.already_loaded:
        click.echo(f"Пакет {report.package} уже загружен, ничего не изменилось.")
        return
    for file in report.files:
        click.echo(f"{file.name}: строк {file.rows}, новых и изменённых записей {file.changed}")
        if file.passed_over:
            click.echo(f"{file.name}: {PASSED_OVER.format(file.passed_over)}")
    click.echo(f"Пакет {report.package} загружен.")


@exchange.command(name="export", help="Write what billing has not been told of to PATH, a new folder or NAME.zip.")
@click.argument("path", type=click.Path(path_type=Path))
def export_(path: Path) -> None:
    try:
        exported = runs.write(path, getpass.getuser(), clock.now)
    except service.NotExported as refusal:
        raise click.ClickException(refusal.message) from None
    if exported.is_empty:
        click.echo("Новых платежей и показаний нет: пакет не записан.")
        return
    for name, rows in exported.rows.items():
        click.echo(f"{name}: строк {rows}")
    click.echo(f"Пакет записан: {path}")


@contextmanager
def progress_bar(rows: int | None) -> Iterator[service.Progress]:
    """Show rows read and rows stored on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks = {step: bar.add_task(step, total=rows) for step in ("чтение", "запись")}
        yield lambda step, done: bar.advance(tasks[step], done)


def rows_of(path: Path) -> int | None:
    """Return how many rows a package promises; nothing for one that the load is about to refuse."""
    try:
        return service.expected_rows(path)
    except service.PackageRefused:
        return None


exchange.add_command(key)
