"""Loading a registry: staged, checked, merged; one transaction, which belongs to the caller.

Billing is the master of posted payments. A registry only adds to them what billing has not sent yet: the payment counts
at once, under the id that its profile makes, and billing's own row with that id replaces it (`payments.csv`).
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lk_app.models import ExchangeBatch, Period
from lk_app.services.exchange import staging
from lk_app.services.exchange.files import ACCOUNT, DIVISION, PAYMENTS
from lk_app.services.exchange.issues import BadValue, Issues, PackageRefused
from lk_app.services.exchange.load import FileReport, Progress, Report
from lk_app.services.exchange.package import refused
from lk_app.services.exchange.registries.lines import Lines
from lk_app.services.exchange.registries.profile import Profile
from lk_app.services.exchange.rows import BLOCK
from lk_app.services.exchange.shapes import Target
from lk_app.services.exchange.turn import wait_for_turn

ABSENT = {
    ACCOUNT.name: "такого лицевого счёта нет в базе данных",
    DIVISION.name: "раздела, который указан в профиле, нет в базе данных",
}
OTHER_PAYMENT = "платёж с таким номером уже есть, и он другой: счёт, раздел, дата или сумма"
NO_PERIOD = "нет открытого периода, в котором считать платёж: загрузите periods.csv"

[PAYMENT] = PAYMENTS.targets
NEW_ONES = Target(PAYMENT.table, PAYMENT.key, PAYMENT.columns, replaces=lambda new: sa.false())
"""A payment that is there is billing's, or the same."""


def load_registry(
    session: Session,
    source: Path | IO[bytes],
    profile: Profile,
    now: datetime,
    progress: Progress = lambda step, rows: None,
) -> Report:
    """Load a registry of payments (`docs/exchange.md`), all of it or nothing.

    Raises `PackageRefused` with every bad line; the caller must then roll the transaction back.
    """
    name = source.name if isinstance(source, Path) else profile.name
    with _opened(source) as stream:
        wait_for_turn(session)
        digest = _digest(stream, profile)
        package = f"{profile.name} {digest[:12]}"
        if session.exec(select(ExchangeBatch.id).where(ExchangeBatch.digest == digest)).first():
            return Report(package, already_loaded=True)
        report = _load(session, stream, name, profile, progress)
    rows = {report.name: report.rows}
    session.add(ExchangeBatch(package=package, digest=digest, made_at=now, loaded_at=now, rows=rows))
    session.flush()
    return Report(package, files=[report])


def _load(session: Session, stream: IO[bytes], name: str, profile: Profile, progress: Progress) -> FileReport:
    connection = session.connection()
    issues = Issues()
    stage = staging.create(connection, PAYMENTS)
    rows = 0
    for block in Lines(profile, name, month_of(session), issues).blocks(stream):
        staging.write(connection, stage, block)
        rows += block.rows
        progress("чтение", block.rows)
    for line, first_line in staging.find_duplicates(connection, stage, PAYMENTS.key):
        issues.add(name, line, str(profile.columns.number), f"номер платежа повторяет строку {first_line}")
    for column in (ACCOUNT, DIVISION):
        for line in staging.find_orphans(connection, stage, column, None):
            issues.add(name, line, _place(profile, column.name), ABSENT[column.name])
    for line in _others(connection, stage):
        issues.add(name, line, str(profile.columns.number), OTHER_PAYMENT)
    if issues:
        raise PackageRefused(sorted(issues.kept, key=lambda issue: issue.line), issues.total)
    added = staging.merge(connection, stage, NEW_ONES)
    progress("запись", rows)
    staging.drop(connection, stage)
    return FileReport(name, rows, added)


def month_of(session: Session) -> Callable[[str], int]:
    """Return what says in which month a payment of a day counts: in its own, or if that is closed in the next open one.

    The balance is the closing of the last charged month less the payments of later ones: one that came to light when
    its month was closed would not be seen in it.
    """
    open_months = list(
        session.exec(select(Period.month).where(col(Period.closed_on).is_(None)).order_by(col(Period.month)))
    )

    def month(day: str) -> int:
        place = bisect_left(open_months, int(day[:7].replace("-", "")))
        if place == len(open_months):
            raise BadValue(NO_PERIOD)
        return open_months[place]

    return month


def _others(connection: sa.Connection, stage: staging.Stage) -> Iterator[int]:
    """Yield the lines whose payment has the id of another one."""
    staged, known = stage.table.c, PAYMENT.table.c
    differs = sa.or_(
        *(staged[name] != known[name] for name in ("account_number", "division_code", "paid_on", "amount"))
    )
    query = sa.select(staged.line).join(PAYMENT.table, known.id == staged.id).where(differs)
    for (line,) in connection.execute(query):
        yield line


def _digest(stream: IO[bytes], profile: Profile) -> str:
    """Return SHA-256 of a registry as it is read by its profile, in hex; the stream is then at its beginning."""
    digest = hashlib.sha256(f"registry {profile.name}\n".encode())
    while block := stream.read(BLOCK):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def _place(profile: Profile, name: str) -> str:
    place: Any = profile.columns.account if name == ACCOUNT.name else profile.columns.division
    return "" if place is None else str(place)


@contextmanager
def _opened(source: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    if not isinstance(source, Path):
        source.seek(0)
        yield source
        return
    try:
        stream = source.open("rb")
    except OSError:
        raise refused(str(source), "файл не найден или не читается") from None
    with stream:
        yield stream
