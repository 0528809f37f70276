"""Loading a billing package: what arrives, what a second time changes, what is refused as a whole."""

import json
import random
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from lk_app.cli import main
from lk_app.models import Charge, ChargeKind, ExchangeBatch, Meter, Office, Payment, Premises
from lk_app.services.exchange import PackageRefused, expected_rows, rows
from lk_app.services.exchange.files import FILES
from lk_app.services.exchange.issues import KEPT
from lk_app.settings import settings
from tests import factories
from tests.exchange_fixtures import (
    everything,
    generated,
    load,
    refusal,
    sample,
    store_ours,
    text_of,
    write_files,
    write_package,
)

ACCOUNT = "66010000017"


@pytest.fixture(autouse=True)
def ours(engine: Engine) -> None:
    store_ours(engine)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package(tmp_path / "package", sample())


def zipped(package: Path) -> Path:
    path = package.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in package.iterdir():
            archive.write(file, file.name)
    return path


def reasons(refused: PackageRefused) -> list[str]:
    return [str(issue) for issue in refused.issues]


def test_every_kind_of_value_arrives(engine, package):
    load(engine, package)

    with Session(engine) as session:
        office = session.get_one(Office, "01")
        assert office.phones == ["+7 (34300) 2-10-10", "+7 (34300) 2-10-11"]
        assert office.published
        premises = session.get_one(Premises, ACCOUNT)
        assert (premises.kind, premises.area, premises.heating) == ("house", 9640, True)
        assert premises.equipment[0] == "Плита газовая 4-конфорочная"
        assert session.get_one(Meter, f"M{ACCOUNT}-2").state == "faulty"
        charge = session.exec(
            select(Charge)
            .join(ChargeKind)
            .where(Charge.account_number == ACCOUNT, ChargeKind.name == "Газ по счётчику")
        ).first()
        assert charge is not None
        assert charge.volume is not None
        assert charge.tariff is not None
        assert charge.accrued == (charge.volume * charge.tariff + 500_000) // 1_000_000
        assert session.exec(select(Payment)).first() is not None
        batch = session.exec(select(ExchangeBatch)).one()
        assert batch.rows == {name: len(lines) - 1 for name, lines in sample().items()}


def test_the_same_package_twice_changes_nothing(engine, package):
    first = load(engine, package)
    before = everything(engine)

    second = load(engine, package)

    assert (first.already_loaded, second.already_loaded) == (False, True)
    assert everything(engine) == before


def test_the_same_rows_in_another_package_change_no_row(engine, package, tmp_path):
    load(engine, package)
    before = everything(engine)

    report = load(engine, write_package(tmp_path / "again", sample(), package="again"))

    assert [file.changed for file in report.files] == [0] * len(FILES)
    after = everything(engine)
    assert after.pop("exchange_batches") != before.pop("exchange_batches")
    assert after == before


def test_rows_present_are_updated_and_rows_absent_are_left_alone(engine, package, tmp_path):
    load(engine, package)
    offices = sample()["offices.csv"][:2]
    offices[1][1] = "Новое название"

    report = load(engine, write_package(tmp_path / "offices", {"offices.csv": offices}))

    assert [(file.name, file.rows, file.changed) for file in report.files] == [("offices.csv", 1, 1)]
    with Session(engine) as session:
        assert session.get_one(Office, "01").name == "Новое название"
        assert len(session.exec(select(Office)).all()) == 5 + 1, "one is of the account that the package does not have"


def test_an_office_hidden_by_hand_stays_hidden(engine, package, tmp_path):
    load(engine, package)
    with Session(engine) as session:
        session.get_one(Office, "01").published = False
        session.commit()

    load(engine, write_package(tmp_path / "again", sample(), package="again"))

    with Session(engine) as session:
        assert not session.get_one(Office, "01").published


def test_an_office_edited_here_stays_as_staff_made_it(engine, package, tmp_path):
    load(engine, package)
    with Session(engine) as session:
        office = session.get_one(Office, "01")
        office.name, office.edited = "Как назвали здесь", True
        session.commit()
    offices = sample()["offices.csv"][:3]
    offices[1][1], offices[2][1] = "Как назвал биллинг", "Другое название"

    report = load(engine, write_package(tmp_path / "offices", {"offices.csv": offices}))

    assert [(file.rows, file.changed) for file in report.files] == [(2, 1)]
    with Session(engine) as session:
        assert session.get_one(Office, "01").name == "Как назвали здесь"
        assert session.get_one(Office, "02").name == "Другое название"


def test_an_office_made_here_stays_when_billing_sends_its_code(engine, package, tmp_path):
    with Session(engine) as session:
        factories.office(session, "01", name="Как назвали здесь", edited=True)
        session.commit()

    load(engine, package)

    with Session(engine) as session:
        assert session.get_one(Office, "01").name == "Как назвали здесь"
        assert len(session.exec(select(Office)).all()) == 5 + 1, "the others have come"


def test_a_package_may_refer_to_rows_loaded_before(engine, package, tmp_path):
    load(engine, package)
    rows = sample()
    payments = [rows["payments.csv"][0], ["new", *rows["payments.csv"][1][1:]]]

    assert load(engine, write_package(tmp_path / "payments", {"payments.csv": payments})).files[0].changed == 1


def test_rows_may_come_in_any_order(engine, package, tmp_path):
    load(engine, package)
    before = everything(engine)
    shuffled = sample()
    for lines in shuffled.values():
        body = lines[1:]
        random.Random(1).shuffle(body)
        lines[1:] = body

    report = load(engine, write_package(tmp_path / "shuffled", shuffled))

    assert sum(file.changed for file in report.files) == 0
    assert everything(engine)["charges"] == before["charges"]


def test_a_zip_is_the_same_as_a_folder(engine, package):
    report = load(engine, zipped(package))

    assert sum(file.rows for file in report.files) == expected_rows(package)
    assert load(engine, package).already_loaded


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated(engine, tmp_path):
    files = {name: b"\xef\xbb\xbf" + text_of(lines).replace(b"\n", b"\r\n") for name, lines in sample().items()}

    assert len(load(engine, write_files(tmp_path / "windows", files)).files) == len(FILES)


def test_a_line_break_may_be_missing_at_the_end(engine, tmp_path):
    files = {name: text_of(lines).removesuffix(b"\n") for name, lines in sample().items()}

    assert len(load(engine, write_files(tmp_path / "short", files)).files) == len(FILES)


@pytest.mark.parametrize("block", [1_100, 1_501, 4_096])
def test_lines_are_counted_across_blocks(engine, tmp_path, monkeypatch, block):
    monkeypatch.setattr(rows, "BLOCK", block)
    broken = generated(40, 2)["payments.csv"]
    broken = [list(row) for row in broken]
    broken[-1][5] = "0.00"
    package = write_package(tmp_path / "package", generated(40, 2) | {"payments.csv": broken})

    refused = refusal(engine, package)

    assert [(issue.file, issue.line, issue.column) for issue in refused.issues] == [
        ("payments.csv", len(broken), "amount")
    ]


def test_only_so_many_issues_are_kept_and_all_are_counted(engine, tmp_path):
    rows = sample()
    payment = rows["payments.csv"][1]
    rows["payments.csv"][1:] = [[f"P{number}", *payment[1:5], "-1.00", payment[6]] for number in range(KEPT + 500)]
    del rows["postings.csv"]

    refused = refusal(engine, write_package(tmp_path / "package", rows))

    assert (len(refused.issues), refused.total) == (KEPT, KEPT + 500)


def test_a_rule_of_the_database_that_nobody_checked_is_no_sql_error(engine, package):
    with engine.begin() as connection:
        connection.execute(text("CREATE UNIQUE INDEX one_payment_a_day ON payments (paid_on)"))
    before = everything(engine)

    refused = refusal(engine, package)

    assert "база данных отклонила" in str(refused.issues[0])
    assert "INSERT" not in str(refused.issues[0])
    assert everything(engine) == before


# What is wrong with a package as a whole.


def test_a_digest_that_does_not_fit_is_refused(engine, package):
    path = package / "offices.csv"
    path.write_bytes(path.read_bytes().replace("Заречный".encode(), "Заречная".encode()))

    assert reasons(refusal(engine, package)) == [
        "offices.csv: файл изменён или повреждён: SHA-256 не совпадает с manifest.json"
    ]


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_count_that_does_not_fit_is_refused(engine, package, difference):
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["files"]["payments.csv"]["rows"] += difference
    (package / "manifest.json").write_text(json.dumps(manifest))

    refused = refusal(engine, package)

    assert [(issue.file, issue.line) for issue in refused.issues] == [("payments.csv", 0)]


def test_a_missing_and_an_unlisted_file_are_named(engine, package):
    (package / "meters.csv").rename(package / "meters.old.csv")

    assert reasons(refusal(engine, package)) == [
        "meters.csv: файл указан в manifest.json, но его нет в пакете",
        "meters.old.csv: файл есть в пакете, но не указан в manifest.json",
    ]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"format": 2}, ""),
        ({"format": "1"}, "format"),
        ({"package": ""}, "package"),
        ({"made_at": "2026-11-01T06:00:00"}, "made_at"),
        ({"made_at": "вчера"}, "made_at"),
        ({"files": {"offices.csv": {"rows": -1, "sha256": "0" * 64}}}, "files.offices.csv.rows"),
        ({"files": {"offices.csv": {"rows": 1, "sha256": "no"}}}, "files.offices.csv.sha256"),
        ({"files": {"../offices.csv": {"rows": 1, "sha256": "0" * 64}}}, "files"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_manifest_that_is_none_is_refused(engine, tmp_path, changes, place):
    package = write_package(tmp_path / "package", sample(), **changes)

    issue = refusal(engine, package).issues[0]

    assert (issue.file, issue.column) == ("manifest.json", place)


def test_what_is_no_package_is_refused(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 not really")

    for name in ("empty", "broken.zip", "nowhere"):
        assert refusal(engine, tmp_path / name).total == 1


def test_a_damaged_zip_is_refused(engine, package):
    path = zipped(package)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("charges.csv")
    middle = info.header_offset + 30 + info.compress_size // 2
    content[middle : middle + 8] = b"\x00" * 8
    path.write_bytes(content)

    assert {issue.file for issue in refusal(engine, path).issues} == {"charges.csv"}


def test_a_zip_bomb_stops_at_the_rows_the_manifest_promises(engine, tmp_path):
    files = {"offices.csv": text_of(sample()["offices.csv"])}
    package = write_files(tmp_path / "bomb", files)
    (package / "offices.csv").write_bytes(files["offices.csv"] + b"\n" * 50_000_000)
    path = zipped(package)
    assert path.stat().st_size < 200_000

    refused = refusal(engine, path)

    assert reasons(refused) == ["offices.csv: строк больше, чем указано в manifest.json (5)"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_archive_that_unpacks_to_too_much_or_to_too_many_is_not_read(engine, tmp_path, monkeypatch):
    package = write_files(tmp_path / "bomb", {"offices.csv": text_of(sample()["offices.csv"])})
    large, many = zipped(package), zipped(package).rename(tmp_path / "many.zip")
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 21_000_000)
    with zipfile.ZipFile(many, "a") as archive:
        for number in range(100):
            archive.writestr(f"{number}.csv", b"")

    monkeypatch.setenv("LK_EXCHANGE_UPLOAD_MB", "1")
    settings.cache_clear()
    try:
        refusals = [reasons(refusal(engine, path))[0] for path in (large, many)]
    finally:
        settings.cache_clear()
    assert all("больше 100 файлов или больше 20 МБ данных" in refused for refused in refusals)


def test_a_line_without_an_end_is_refused(engine, tmp_path):
    package = write_files(tmp_path / "long", {"offices.csv": b"x" * 1_000_000})

    assert reasons(refusal(engine, package)) == ["offices.csv: строка длиннее 262144 байт"]


# The command.


def test_the_command_says_what_it_loaded(portal, package):
    result = CliRunner().invoke(main, ["exchange", "import", str(package)])

    assert result.exit_code == 0
    assert "offices.csv: строк 5, новых и изменённых записей 5" in result.stdout
    assert "уже загружен" in CliRunner().invoke(main, ["exchange", "import", str(package)]).stdout


def test_the_command_names_bad_rows_and_fails(portal, engine, tmp_path):
    rows = sample()
    rows["charges.csv"][16][-1] = "13.00"
    rows["charges.csv"][16][4:11] = ["12.00", "", "", "0.00", "0.00", "0.00", "0.00"]
    before = everything(engine)

    result = CliRunner().invoke(main, ["exchange", "import", str(write_package(tmp_path / "package", rows))])

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "charges.csv, строка 17, closing: сумма не сходится: ожидалось 12.00, указано 13.00",
        "Пакет не загружен, ошибок: 1.",
    ]
    # That it was tried is all that remains.
    assert everything(engine) | {"exchange_runs": [], "live_changes": []} == before
