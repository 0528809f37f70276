"""What billing is told: every payment and reading, until a package with it is on disk and that is committed."""

import errno
import hashlib
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from lk_app.models import Account, Attempt, AttemptState, Meter, Reading, ReadingState
from lk_app.services.callers import Consumer
from lk_app.services.exchange import Exported, NotExported, export, export_package, sheets
from lk_app.services.exchange.package import open_package
from lk_app.services.session import WRITES
from lk_app.settings import ROOT
from tests import attempts, factories
from tests.exchange_fixtures import Rows, everything, read_package, sent
from tests.factories import NOW

PENDING, ACCEPTED, REFUSED, WITHDRAWN = ReadingState
REASON = 'Показание меньше предыдущего, «5 214»; см. "договор"'
LATER = NOW + timedelta(minutes=1)


@dataclass(frozen=True)
class World:
    """A consumer with an account and a meter, committed."""

    engine: Engine
    who: Consumer
    account: Account
    meter: Meter

    def sent(self, name: str, value: int = 5_000_000, minute: int = 0, **values: Any) -> None:
        """Let the consumer send a reading; minutes tell the days apart too."""
        at = NOW + timedelta(minutes=minute)
        defaults = {"id": name, "sent_at": at, "taken_on": date(2026, 1, 1) + timedelta(days=minute)}
        with Session(self.engine) as session:
            sent(session, self.meter, value, **(defaults | values))
            session.commit()

    def decided(self, name: str, state: ReadingState) -> None:
        """Let somebody decide about a reading."""
        with Session(self.engine) as session:
            reading = session.get_one(Reading, name)
            reading.state, reading.reason = state, REASON if state is REFUSED else ""
            session.commit()

    def paid(self, parts: dict[str, int], **values: Any) -> Attempt:
        with Session(self.engine, expire_on_commit=False) as session:
            attempt = attempts.attempt(session, self.who, self.account, parts, **values)
            session.commit()
            return attempt

    def told(self) -> dict[str, ReadingState | None]:
        """What billing has been told of each reading."""
        with Session(self.engine) as session:
            return dict(session.exec(select(Reading.id, Reading.exported)).all())


@pytest.fixture
def world(engine: Engine) -> World:
    with Session(engine, expire_on_commit=False) as session:
        account = factories.account(session, "66010000017")
        meter = factories.meter(session, account, id="M1", serial="0251, «А»")
        who = factories.consumer(session, account)
        session.commit()
        return World(engine, who, account, meter)


def export_to(engine: Engine, path: Path, now: datetime = LATER) -> Exported:
    """Export as the command does: in one transaction, committed unless something was raised."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        exported = export_package(session, path, lambda: now)
        session.commit()
        return exported


def states(path: Path) -> list[tuple[str, str]]:
    """The readings of a package and their states, in its order."""
    head, *rows = read_package(path)["readings.csv"]
    return [(row[head.index("id")], row[head.index("state")]) for row in rows]


def next_package(world: World, folder: Path) -> list[tuple[str, str]]:
    """Export once more, and return the readings and their states; nothing if no package was written."""
    path = folder / f"next-{len(list(folder.iterdir()))}"
    return [] if export_to(world.engine, path).is_empty else states(path)


# What stands in a package.


def test_a_reading_arrives_as_it_was_sent(world: World, tmp_path: Path) -> None:
    world.sent("R1", 5_214_000, taken_on=date(2026, 11, 22), consumption=88_500)
    world.sent("R2", 3_007, 1, taken_on=date(2026, 11, 22), flags="high rolled-over", state=REFUSED, reason=REASON)

    export_to(world.engine, tmp_path / "package")

    same = ["66010000017", "M1", "0251, «А»", "2026-11-22"]
    assert read_package(tmp_path / "package")["readings.csv"] == [
        list(export.READINGS),
        ["R1", *same, "5214.000", "88.500", "no", "2026-11-22T12:30:00+05:00", "pending", ""],
        ["R2", *same, "3.007", "", "yes", "2026-11-22T12:31:00+05:00", "refused", REASON],
    ]


def test_what_was_paid_is_told_by_division_and_less_what_went_back(world: World, tmp_path: Path) -> None:
    paid = world.paid({"gas": 65_273, "vdgo": 5_000}, order_number="261122-7K3M9QX2TD")
    world.paid({"gas": 100}, state=AttemptState.DECLINED)
    world.paid({"gas": 100}, state=AttemptState.POSTED)
    with Session(world.engine) as session:
        attempts.give_back(session, session.get_one(Attempt, paid.id), {"gas": 273})
        session.commit()

    export_to(world.engine, tmp_path / "package")

    assert read_package(tmp_path / "package")["payments.csv"] == [
        list(export.PAYMENTS),
        ["261122-7K3M9QX2TD", "66010000017", "gas", "650.00", "2026-11-22"],
        ["261122-7K3M9QX2TD", "66010000017", "vdgo", "50.00", "2026-11-22"],
    ]
    with Session(world.engine) as session:
        attempt = session.get_one(Attempt, paid.id)
        assert (attempt.state, attempt.exported_at) == (AttemptState.EXPORTED, LATER)
    assert export_to(world.engine, tmp_path / "again").is_empty


def test_a_package_says_what_it_is(world: World, tmp_path: Path) -> None:
    world.sent("R1")
    world.paid({"gas": 100, "vdgo": 200})

    exported = export_to(world.engine, tmp_path / "package")

    assert exported.rows == {"payments.csv": 2, "readings.csv": 1}
    with open_package(tmp_path / "package") as package:
        manifest = package.manifest
    assert (manifest.format, manifest.made_at) == (1, LATER.replace(microsecond=0))
    assert manifest.package.startswith("portal-20261122123100-")
    assert {name: entry.rows for name, entry in manifest.files.items()} == exported.rows
    for name, entry in manifest.files.items():
        assert entry.sha256 == hashlib.sha256((tmp_path / "package" / name).read_bytes()).hexdigest()


def test_a_zip_holds_the_same_files(world: World, tmp_path: Path) -> None:
    world.sent("R1")

    export_to(world.engine, tmp_path / "package.zip")

    assert sorted(path.name for path in tmp_path.iterdir() if "package" in path.name) == ["package.zip"]
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    assert states(tmp_path / "unpacked") == [("R1", "pending")]
    with open_package(tmp_path / "package.zip") as package:
        assert package.rows == 1


def test_a_row_is_a_line_whatever_the_reason_says(world: World, tmp_path: Path) -> None:
    world.sent("R1", state=REFUSED, reason='Две строки:\n"раз",\r\nдва')

    export_to(world.engine, tmp_path / "package")

    assert (tmp_path / "package" / "readings.csv").read_text("utf-8").count("\n") == 2
    assert read_package(tmp_path / "package")["readings.csv"][1][-1] == 'Две строки: "раз", два'


def test_rows_come_in_the_order_of_sending_however_many(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 3)
    for minute in (4, 1, 7, 0, 3, 6, 2, 5):
        world.sent(f"R{9 - minute}", minute=minute)
    world.sent("R0", minute=9, sent_at=NOW + timedelta(minutes=3))
    world.sent("R10", minute=10, sent_at=NOW + timedelta(minutes=3))
    orders = [world.paid({"gas": 100, "vdgo": 100}).order_number for _ in range(7)]

    export_to(world.engine, tmp_path / "package")

    sent_first = ["R9", "R8", "R7", "R0", "R10", "R6", "R5", "R4", "R3", "R2"]
    assert [name for name, _ in states(tmp_path / "package")] == sent_first
    _, *payments = read_package(tmp_path / "package")["payments.csv"]
    assert [row[0] for row in payments] == [order for order in orders for _ in range(2)]


def test_the_documentation_has_every_column_in_order() -> None:
    text = (ROOT / "docs" / "exchange.md").read_text("utf-8")

    for name, header in (("payments.csv", export.PAYMENTS), ("readings.csv", export.READINGS)):
        section = text.partition(f"\n#### {name} ")[2].partition("\n#")[0]
        cells = [line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")]
        assert cells == list(header)


# What is told, and how often.


def test_only_what_was_sent_here_is_told(world: World, tmp_path: Path) -> None:
    with Session(world.engine) as session:
        factories.reading(session, world.meter, 1_000, id="billing's")
        session.commit()

    assert export_to(world.engine, tmp_path / "package").is_empty
    assert world.told() == {"billing's": None}


def test_a_reading_is_told_once_and_again_when_it_was_decided(world: World, tmp_path: Path) -> None:
    for minute, name in enumerate(("R1", "R2", "R3")):
        world.sent(name, minute=minute)

    assert next_package(world, tmp_path) == [("R1", "pending"), ("R2", "pending"), ("R3", "pending")]
    assert next_package(world, tmp_path) == []
    world.decided("R3", REFUSED)
    world.decided("R2", ACCEPTED)
    assert next_package(world, tmp_path) == [("R2", "accepted"), ("R3", "refused")]
    assert next_package(world, tmp_path) == []


def test_what_was_decided_before_the_first_export_is_told_as_decided(world: World, tmp_path: Path) -> None:
    world.sent("R1", state=ACCEPTED)
    world.sent("R2", minute=1, state=REFUSED, reason=REASON)

    assert next_package(world, tmp_path) == [("R1", "accepted"), ("R2", "refused")]


def test_a_withdrawn_reading_is_told_only_if_billing_had_heard_of_it(world: World, tmp_path: Path) -> None:
    world.sent("heard of")
    next_package(world, tmp_path)
    world.sent("unheard of", minute=1)
    for name in ("heard of", "unheard of"):
        world.decided(name, WITHDRAWN)
    world.sent("replaces it", minute=2)

    assert next_package(world, tmp_path) == [("heard of", "withdrawn"), ("replaces it", "pending")]
    assert next_package(world, tmp_path) == []
    assert world.told() == {"heard of": WITHDRAWN, "unheard of": WITHDRAWN, "replaces it": PENDING}


def test_nothing_to_tell_writes_nothing(world: World, tmp_path: Path) -> None:
    world.sent("unheard of", state=WITHDRAWN)
    before = set(tmp_path.iterdir())

    exported = export_to(world.engine, tmp_path / "package")

    assert (exported.is_empty, exported.rows) == (True, {"payments.csv": 0, "readings.csv": 0})
    assert set(tmp_path.iterdir()) == before


# Whatever goes wrong, nothing is lost.


@pytest.mark.parametrize("name", ["package", "package.zip"])
def test_what_is_there_is_not_overwritten(world: World, tmp_path: Path, name: str) -> None:
    world.sent("R1")
    (tmp_path / name).touch()

    with pytest.raises(NotExported, match="уже существует"):
        export_to(world.engine, tmp_path / name)

    assert (tmp_path / name).read_bytes() == b""
    assert world.told() == {"R1": None}


def test_a_folder_that_is_not_there_is_named(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotExported, match=r"Папки .*nowhere нет"):
        export_to(world.engine, tmp_path / "nowhere" / "package")


@pytest.mark.parametrize("name", ["package", "package.zip"])
@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_full_disk_leaves_all_as_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: str
) -> None:
    world.sent("R1")
    world.paid({"gas": 100})
    before, files = everything(world.engine), set(tmp_path.iterdir())

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, call, full)
        with pytest.raises(NotExported, match="место на диске"):
            export_to(world.engine, tmp_path / name)

    assert everything(world.engine) == before
    assert set(tmp_path.iterdir()) == files
    assert export_to(world.engine, tmp_path / name).rows == {"payments.csv": 1, "readings.csv": 1}


@pytest.mark.parametrize("name", ["package", "package.zip"])
def test_a_package_is_on_disk_before_it_appears(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    world.sent("R1")
    synced: list[int] = []
    fsync, rename = os.fsync, os.rename

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def checked(source: Path, target: Path) -> None:
        files = [source] if source.is_file() else [source, *source.iterdir()]
        assert {file.stat().st_ino for file in files} <= set(synced)
        assert len(files) == (1 if name.endswith(".zip") else 4)
        rename(source, target)
        synced.clear()

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "rename", checked)
    export_to(world.engine, tmp_path / name)

    assert synced == [tmp_path.stat().st_ino], "and its name after it has appeared"


def test_what_is_not_committed_is_told_again(world: World, tmp_path: Path) -> None:
    world.sent("R1")
    world.paid({"gas": 100})
    with world.engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        export_package(session, tmp_path / "lost", lambda: LATER)

    export_to(world.engine, tmp_path / "package")

    assert read_package(tmp_path / "package") == read_package(tmp_path / "lost")


# Several at once.


def test_of_two_exports_one_waits_and_each_row_is_told_once(world: World, tmp_path: Path) -> None:
    for minute in range(50):
        world.sent(f"R{minute:02}", minute=minute)
    for _ in range(20):
        world.paid({"gas": 100})

    with ThreadPoolExecutor(4) as threads:
        paths = [tmp_path / f"package-{number}" for number in range(4)]
        exported = list(threads.map(lambda path: export_to(world.engine, path), paths))

    told: Rows = {"readings.csv": [], "payments.csv": []}
    for path in paths:
        if path.exists():
            for name, (_, *rows) in read_package(path).items():
                told[name] += rows
    assert [one.is_empty for one in exported].count(False) == len(list(tmp_path.glob("package-*")))
    assert sorted(row[0] for row in told["readings.csv"]) == [f"R{number:02}" for number in range(50)]
    assert len({row[0] for row in told["payments.csv"]}) == len(told["payments.csv"]) == 20


def test_of_two_exports_to_one_path_the_second_finds_it_taken(world: World, tmp_path: Path) -> None:
    world.sent("R1")

    def attempt(number: int) -> bool:
        try:
            export_to(world.engine, tmp_path / "package.zip")
        except NotExported:
            return False
        return True

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(attempt, range(3))) == [False, False, True]
    with open_package(tmp_path / "package.zip") as package:
        assert package.rows == 1


def during_export(world: World, path: Path, work: Callable[[Session], None]) -> None:
    """Let something be done and committed by another connection while an export has written and not committed."""

    def do() -> None:
        with world.engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            work(session)
            session.commit()

    with ThreadPoolExecutor(1) as threads:
        with world.engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            export_package(session, path, lambda: LATER)
            doing = threads.submit(do)
            wait([doing], timeout=0.3)
            session.commit()
        doing.result()


@pytest.mark.parametrize("state", [ACCEPTED, WITHDRAWN])
def test_what_is_decided_while_it_is_exported_comes_with_the_next_package(
    world: World, tmp_path: Path, state: ReadingState
) -> None:
    world.sent("R1")

    def decide(session: Session) -> None:
        session.execute(sa.update(Reading).where(col(Reading.id) == "R1").values(state=state))

    during_export(world, tmp_path / "package", decide)

    assert states(tmp_path / "package") == [("R1", "pending")]
    assert next_package(world, tmp_path) == [("R1", state.value)]
    assert next_package(world, tmp_path) == []


def test_what_is_sent_while_others_are_exported_comes_with_the_next_package(world: World, tmp_path: Path) -> None:
    world.sent("R2", minute=2)

    during_export(world, tmp_path / "package", lambda session: sent_earlier(session, world.meter))

    assert states(tmp_path / "package") == [("R2", "pending")]
    assert next_package(world, tmp_path) == [("R1", "pending")]


def sent_earlier(session: Session, meter: Meter) -> None:
    sent(session, meter, 1_000, id="R1", sent_at=NOW, taken_on=date(2026, 1, 1))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_export_waits_for_nobody_who_decides_and_leaves_that_to_the_next(world: World, tmp_path: Path) -> None:
    world.sent("R1")
    world.sent("R2", minute=1)
    with ThreadPoolExecutor(1) as threads, Session(world.engine) as deciding:
        deciding.execute(sa.update(Reading).where(col(Reading.id) == "R1").values(state=ACCEPTED))

        threads.submit(export_to, world.engine, tmp_path / "package").result(timeout=10)
        deciding.commit()

    assert states(tmp_path / "package") == [("R2", "pending")]
    assert next_package(world, tmp_path) == [("R1", "accepted")]


def test_memory_does_not_grow_with_the_rows(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 100)
    monkeypatch.setattr(sheets, "FLUSH_EVERY", 100)

    def peak(first: int, count: int) -> int:
        with Session(world.engine) as session:
            session.execute(sa.insert(Reading), [row(number) for number in range(first, first + count)])
            session.commit()
        tracemalloc.start()
        exported = export_to(world.engine, tmp_path / f"package-{first}")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert exported.rows["readings.csv"] == count
        return most

    def row(number: int) -> dict[str, Any]:
        sent_at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number)
        same = {"meter_id": "M1", "value": 1, "source": "portal", "state": PENDING, "reason": "", "flags": ""}
        return same | {"id": f"R{number}", "taken_on": sent_at.date(), "sent_at": sent_at}

    peak(0, 100)
    few = peak(1_000, 500)
    assert peak(2_000, 2_500) < few * 2
