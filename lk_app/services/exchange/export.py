"""What billing is told: payments and readings of the portal as a package, each until billing surely has it.

Rows are marked as told in the transaction that the caller commits when the package is on disk, whole. Whoever dies in
between has told nothing: the next package holds the same rows, and billing knows them by their ids.
"""

import os
import shutil
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from lk_app.clock import Clock
from lk_app.models import Flag, Meter, Reading, ReadingState
from lk_app.services.acquiring import billing
from lk_app.services.errors import ServiceError
from lk_app.services.exchange.sheets import Sheet, cubic_metres, roubles, write_manifest, yes_or_no
from lk_app.services.exchange.turn import wait_for_turn
from lk_app.settings import settings

PAYMENTS_FILE, READINGS_FILE = "payments.csv", "readings.csv"
PAYMENTS = ("order_number", "account_number", "division_code", "amount", "paid_on")
READINGS = (
    *("id", "account_number", "meter_id", "serial", "taken_on", "value", "consumption"),
    *("rolled_over", "sent_at", "state", "reason"),
)
AT_ONCE = 1_000
"""Rows kept in memory, and marked by one statement."""


@dataclass(frozen=True)
class Exported:
    """The rows of each file; there is no package when there are none."""

    rows: dict[str, int]
    package: str = ""
    """Its own name."""

    @property
    def is_empty(self) -> bool:
        return not any(self.rows.values())


class NotExported(ServiceError):
    """No package was written, and nothing is marked as told once the caller has rolled back."""


def export_package(session: Session, path: Path, now: Clock) -> Exported:
    """Write what billing has not been told of to `path`, a new folder or ZIP, and mark it as told.

    Nothing is written when there is nothing to tell. To be committed at once: a decision on a reading that is in the
    package waits for that. Raises NotExported.
    """
    wait_for_turn(session)
    if os.path.lexists(path):
        raise NotExported(f"{path} уже существует: укажите другое имя.")
    if not path.parent.is_dir():
        raise NotExported(f"Папки {path.parent} нет: создайте её или укажите другую.")
    draft = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        draft.mkdir()
        exported = _write(session, draft, now())
        if not exported.is_empty:
            _put_in_place(draft, path)
    except OSError as error:
        raise NotExported(f"Пакет не записан: проверьте права и место на диске ({error.strerror}).") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return exported


def _write(session: Session, folder: Path, now: datetime) -> Exported:
    made_at = now.astimezone(settings().zone)
    sheets = [_write_payments(session, folder, now), _write_readings(session, folder)]
    package = f"portal-{made_at:%Y%m%d%H%M%S}-{token_hex(4)}"
    write_manifest(folder, package, made_at.isoformat(timespec="seconds"), sheets)
    return Exported({sheet.name: sheet.rows for sheet in sheets}, package)


def _write_payments(session: Session, folder: Path, now: datetime) -> Sheet:
    with Sheet(folder, PAYMENTS_FILE, PAYMENTS) as sheet:
        while parts := billing.export(session, now, now, AT_ONCE):
            for part in parts:
                cells = (part.order_number, part.account_number, part.division_code, roubles(part.amount))
                sheet.write_cells((*cells, part.paid_on.isoformat()))
    return sheet


def _write_readings(session: Session, folder: Path) -> Sheet:
    last: tuple[datetime, str] | None = None
    with Sheet(folder, READINGS_FILE, READINGS) as sheet:
        while rows := session.execute(_held(untold_readings(last))).all():
            for row in rows:
                if not _is_unheard_of(row):
                    sheet.write_cells(reading_cells(row))
            told = sa.update(Reading).where(col(Reading.id).in_([row.id for row in rows]))
            # They are held since they were read: each is marked with the state that was written.
            session.execute(told.values(exported=col(Reading.state)), execution_options={"synchronize_session": False})
            last = rows[-1].sent_at, rows[-1].id
    return sheet


def _held(readings: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Return a query that holds the next readings of another.

    One that somebody is deciding about just now is left to the next package: so nobody waits for whoever waits here.
    """
    return readings.limit(AT_ONCE).with_for_update(of=Reading, skip_locked=True, key_share=True)


def untold_readings(last: tuple[datetime, str] | None) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of the readings to tell billing of, after `last`, in the order in which they were sent."""
    # Without `last` PostgreSQL would pass again, each time, by all that were marked.
    place = sa.tuple_(col(Reading.sent_at), col(Reading.id))
    return (
        sa.select(
            col(Reading.id),
            col(Meter.account_number),
            col(Reading.meter_id),
            col(Meter.serial),
            col(Reading.taken_on),
            col(Reading.value),
            col(Reading.consumption),
            col(Reading.flags),
            col(Reading.sent_at),
            col(Reading.state),
            col(Reading.reason),
            col(Reading.exported),
        )
        .join(Meter, col(Meter.id) == col(Reading.meter_id))
        .where(
            col(Reading.sent_at).is_not(None),
            sa.or_(col(Reading.exported).is_(None), col(Reading.exported) != col(Reading.state)),
            place > last if last else sa.true(),
        )
        .order_by(*place)
    )


def _is_unheard_of(row: Any) -> bool:
    """Say whether a reading was withdrawn before billing heard of it."""
    return row.state is ReadingState.WITHDRAWN and row.exported is None


def reading_cells(row: Any) -> tuple[str, ...]:
    """Return a row of `untold_readings` as `READINGS` name its columns."""
    return (
        *(row.id, row.account_number, row.meter_id, row.serial, row.taken_on.isoformat(), cubic_metres(row.value)),
        "" if row.consumption is None else cubic_metres(row.consumption),
        yes_or_no(Flag.ROLLED_OVER in row.flags.split()),
        row.sent_at.astimezone(settings().zone).isoformat(timespec="seconds"),
        *(row.state.value, row.reason),
    )


def _put_in_place(draft: Path, path: Path) -> None:
    """Let the package appear at `path` whole, to stay there if the machine stops."""
    if path.suffix == ".zip":
        package = draft / path.name
        with zipfile.ZipFile(package, "x", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(draft.iterdir()):
                if file != package:
                    archive.write(file, file.name)
    else:
        package = draft
        for file in draft.iterdir():
            _reach_disk(file)
    _reach_disk(package)
    os.rename(package, path)
    _reach_disk(path.parent)


def _reach_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
