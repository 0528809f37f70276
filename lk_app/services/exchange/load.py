"""Loading a package: staged, checked, merged; one transaction, which belongs to the caller."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, select

from lk_app.models import ExchangeBatch
from lk_app.services.acquiring.billing import note_postings
from lk_app.services.exchange import lost, phones, sent_readings, staging, tariffs
from lk_app.services.exchange.files import BY_NAME, FILES
from lk_app.services.exchange.issues import Issue, Issues, PackageRefused
from lk_app.services.exchange.package import MANIFEST, Package, Source, open_package
from lk_app.services.exchange.rows import read_blocks
from lk_app.services.exchange.shapes import ORDERS, Column, File
from lk_app.services.exchange.turn import wait_for_turn
from lk_app.services.readings.billing import note_decisions

Progress = Callable[[str, int], None]
"""Told the step («чтение», «запись») and how many rows it has just done."""

Stages = dict[str, staging.Stage]

ACCOUNTS, TARIFFS = "accounts.csv", "tariffs.csv"
ABOUT_READINGS = ("readings.csv", "decisions.csv")
BASELESS = "у тарифа нет цены от 0.000 м³: такой строки нет ни в tariffs.csv, ни в базе данных"


@dataclass(frozen=True)
class FileReport:
    """Rows a file has, and rows of the database that became new or different by it."""

    name: str
    rows: int
    changed: int
    passed_over: int = 0
    """Rows about what the portal has lost (`lost`)."""


@dataclass(frozen=True)
class Report:
    """What a load did; `files` is empty when the same package had been loaded before."""

    package: str
    already_loaded: bool = False
    files: list[FileReport] = field(default_factory=list)


def import_package(
    session: Session, path: Source, now: datetime, progress: Progress = lambda step, rows: None
) -> Report:
    """Load a folder or a ZIP into the database (format: `docs/exchange.md`).

    Rows present are inserted or updated by their keys, rows absent are left alone. Raises `PackageRefused` with
    every bad row; the caller must then roll the transaction back, and nothing of the package remains.
    """
    with open_package(path) as package:
        wait_for_turn(session)
        if session.exec(select(ExchangeBatch.id).where(ExchangeBatch.digest == package.digest)).first():
            return Report(package.manifest.package, already_loaded=True)
        report = Report(package.manifest.package, files=_load_files(session, package, now, progress))
        note_postings(session, now)
        note_decisions(session, now)
    rows = {file.name: file.rows for file in report.files}
    manifest = package.manifest
    session.add(
        ExchangeBatch(
            package=manifest.package, digest=package.digest, made_at=manifest.made_at, loaded_at=now, rows=rows
        )
    )
    session.flush()
    return report


def _load_files(session: Session, package: Package, now: datetime, progress: Progress) -> list[FileReport]:
    connection = session.connection()
    issues = Issues()
    files = [file for file in FILES if file.name in package.manifest.files]
    stages = {file.name: _stage(connection, file, package, issues, progress) for file in files}
    for stage in stages.values():
        for key in stage.file.keys:
            for line, first_line in staging.find_duplicates(connection, stage, key):
                issues.add(stage.file.name, line, ", ".join(key), f"ключ повторяет строку {first_line}")
    if TARIFFS in stages and TARIFFS not in issues.unread:
        for line in tariffs.find_baseless(connection, stages[TARIFFS]):
            issues.add(TARIFFS, line, "above", BASELESS)
    passed_over = lost.pass_over(connection, stages)
    if not issues:
        try:
            reports = _merge(connection, stages, package, now, progress)
            return [replace(report, passed_over=passed_over.get(report.name, 0)) for report in reports]
        except (IntegrityError, DataError) as error:
            # Asking who is an orphan takes as long as merging: the database's own keys notice it for nothing.
            _note_orphans(connection, stages, issues)
            if not issues:
                rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or type(error).__name__
                issues.add(MANIFEST, 0, "", f"база данных отклонила строки пакета: {rule}")
    else:
        _note_orphans(connection, stages, issues)
    raise PackageRefused(sorted(issues.kept, key=_place), issues.total)


def _note_orphans(connection: sa.Connection, stages: Stages, issues: Issues) -> None:
    for stage in stages.values():
        for column in stage.file.columns:
            # The missing row may be one of those that could not be read.
            if column.refers_to and column.refers_to not in issues.unread:
                for line in staging.find_orphans(connection, stage, column, stages.get(column.refers_to)):
                    issues.add(stage.file.name, line, column.name, _missing(column))


def _missing(column: Column) -> str:
    if column.refers_to == ORDERS:
        return "портал не создавал заказа с таким номером"
    return f"такой записи нет ни в {column.refers_to}, ни в базе данных"


def _place(issue: Issue) -> tuple[int, int]:
    return [file.name for file in FILES].index(issue.file) if issue.file in BY_NAME else -1, issue.line


def _stage(
    connection: sa.Connection, file: File, package: Package, issues: Issues, progress: Progress
) -> staging.Stage:
    stage = staging.create(connection, file)
    with package.open(file.name) as stream:
        for block in read_blocks(file, package.manifest.files[file.name], stream, issues):
            staging.write(connection, stage, block)
            progress("чтение", block.rows)
    return stage


def _merge(
    connection: sa.Connection, stages: Stages, package: Package, now: datetime, progress: Progress
) -> list[FileReport]:
    reports = []
    about_readings = [stages[name] for name in ABOUT_READINGS if name in stages]
    with connection.begin_nested():
        if ACCOUNTS in stages:
            phones.forget_changed(connection, stages[ACCOUNTS], now)
        for name, stage in stages.items():
            if stage in about_readings[:1]:
                sent_readings.hold(connection, [each.key for each in about_readings])
            changed = sum(staging.merge(connection, stage, target) for target in stage.file.targets)
            rows = package.manifest.files[name].rows
            reports.append(FileReport(name, rows, changed))
            progress("запись", rows)
    for stage in stages.values():
        staging.drop(connection, stage)
    return reports
