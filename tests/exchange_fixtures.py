"""Billing packages for tests: small ones from the generator, as rows that a test may spoil, and the writing of them."""

import csv
import hashlib
import io
import json
import tempfile
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from lk_app.models import AttemptState, Meter, Reading, ReadingState, Table
from lk_app.models.values import Month
from lk_app.services.demo.generate import generate
from lk_app.services.exchange import PackageRefused, Report, import_package
from lk_app.services.session import WRITES
from tests import attempts, factories
from tests.factories import NOW, TODAY

Rows = dict[str, list[list[str]]]
"""The cells of every file, the header first; so a row's index is its line number less one."""


ORDER = "261122-ABCDEFGHJK"
"""The order that the sample posts, which `store_ours` makes."""
SENT = "R261122-7K3M9QX2TD"
"""The reading that the sample decides about, which `store_ours` makes."""


def sample() -> Rows:
    """A sound package: five accounts, two months; it posts an order of ours and decides about a reading of ours."""
    rows = deepcopy(generated(5, 2))
    document, _, division, *_ = rows["payments.csv"][1]
    rows["postings.csv"].append([ORDER, division, document])
    rows["decisions.csv"].append([SENT, "accepted", ""])
    return rows


def store_ours(engine: Engine) -> None:
    """Store the attempt and the reading that the sample knows, of an account that it does not have."""
    with Session(engine) as session:
        account = factories.account(session, "66029999999", phone="9129999999")
        who = factories.consumer(session, account)
        attempts.attempt(session, who, account, {"other": 100}, AttemptState.EXPORTED, order_number=ORDER)
        sent(session, factories.meter(session, account), 5_000_000, id=SENT, sent_by=who.user_id)
        session.commit()


def sent(session: Session, meter: Meter, value: int, taken_on: date = TODAY, **values: Any) -> Reading:
    """A reading that a consumer sent and nobody has decided about; `value` is in thousandths of a m³."""
    state = values.get("state", ReadingState.PENDING)
    defaults = {"state": state, "sent_at": NOW, "flags": "", "announced": state}
    return factories.reading(session, meter, value, taken_on, **(defaults | values))


@cache
def generated(accounts: int, months: int, seed: int = 1) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), accounts, seed, Month(202610), months)
        return read_package(Path(folder))


def read_package(folder: Path) -> Rows:
    return {path.name: read_rows(path) for path in sorted(folder.glob("*.csv"))}


def read_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def text_of(rows: list[list[str]]) -> bytes:
    """The bytes of a file; a surrogate stands for a byte that is not UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "surrogateescape")


def write_package(folder: Path, rows: Rows, /, **manifest: Any) -> Path:
    """Write a package whose manifest tells the truth, but for what `manifest` overrides."""
    return write_files(folder, {name: text_of(lines) for name, lines in rows.items()}, **manifest)


def write_files(folder: Path, files: dict[str, bytes], /, **manifest: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for name, content in files.items():
        (folder / name).write_bytes(content)
        lines = content.count(b"\n") + (not content.endswith(b"\n"))
        entries[name] = {"rows": max(0, lines - 1), "sha256": hashlib.sha256(content).hexdigest()}
    head = {"format": 1, "package": "test", "made_at": "2026-11-01T06:00:00+05:00", "files": entries}
    (folder / "manifest.json").write_text(json.dumps(head | manifest), encoding="utf-8")
    return folder


def load(engine: Engine, package: Path) -> Report:
    """Import as the command does: in one transaction, committed unless something was raised."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        report = import_package(session, package, NOW)
        session.commit()
        return report


def load_into(session: Session, package: Path) -> Report:
    """Import within the transaction of a test; nothing remains of a package that is refused."""
    with session.begin_nested():
        report = import_package(session, package, NOW)
    session.expire_all()
    return report


def refusal(database: Engine | Session, package: Path) -> PackageRefused:
    """Import what must be refused and return the refusal."""
    try:
        load(database, package) if isinstance(database, Engine) else load_into(database, package)
    except PackageRefused as refused:
        return refused
    raise AssertionError("the package was loaded")


def everything(database: Engine | Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    if isinstance(database, Engine):
        with Session(database) as session:
            return everything(session)
    return {
        table.name: sorted(map(tuple, database.execute(select(table))), key=repr)
        for table in Table.metadata.sorted_tables
    }
