"""What is merged part by part arrives as if it were merged at once."""

from copy import deepcopy

import pytest

from lk_app.services.exchange import import_package, staging
from tests.exchange_fixtures import everything, generated, load, refusal, write_package
from tests.factories import NOW
from tests.statements import statements_of

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def parts_of_a_page(monkeypatch):
    monkeypatch.setattr(staging, "PAGES", 1)


@pytest.fixture
def rows():
    return {name: deepcopy(lines) for name, lines in generated(20, 6).items() if len(lines) > 1}


def test_a_file_takes_a_statement_for_each_part(engine, rows, tmp_path):
    package = write_package(tmp_path, rows)

    statements = statements_of(engine, lambda session: import_package(session, package, NOW))

    assert sum(statement.startswith("INSERT INTO charges ") for statement in statements) > 3
    assert sum(statement.startswith("INSERT INTO charge_kinds ") for statement in statements) == 1


def test_every_row_of_every_part_arrives_once(engine, rows, tmp_path):
    report = load(engine, write_package(tmp_path, rows))

    stored = everything(engine)
    for name in ("accounts", "charges", "payments", "readings"):
        lines = rows[f"{name}.csv"][1:]
        assert len(stored[name]) == len(lines)
        # The number of an account, of a payment or of a reading.
        assert {row[0] for row in stored[name]} == {line[0] for line in lines}
    changed = {file.name: file.changed for file in report.files}
    assert changed["payments.csv"] == len(stored["payments"])
    assert changed["charges.csv"] == len(stored["charges"]) + len(stored["charge_kinds"])


def test_a_changed_row_of_the_last_part_is_the_only_one_that_changes(engine, rows, tmp_path):
    load(engine, write_package(tmp_path / "first", rows))
    rows["payments.csv"][-1][5] = "1.23"

    report = load(engine, write_package(tmp_path / "second", rows))

    assert [(file.name, file.changed) for file in report.files if file.changed] == [("payments.csv", 1)]


def test_a_row_of_the_last_part_that_refers_to_nothing_leaves_nothing_of_the_parts_before(engine, rows, tmp_path):
    before = everything(engine)
    rows["charges.csv"][-1][1] = "2035-01"

    refused = refusal(engine, write_package(tmp_path, rows))

    assert [(issue.line, issue.column) for issue in refused.issues] == [(len(rows["charges.csv"]), "month")]
    assert everything(engine) == before
