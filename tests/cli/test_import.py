"""`python -m lk_app exchange import`: what it says, and that its run is kept whatever becomes of it."""

import getpass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import col, select

from lk_app.cli import main
from lk_app.models import Direction, ExchangeRun, Outcome
from lk_app.services.session import reading
from tests.exchange_fixtures import generated, write_package


@pytest.fixture
def database() -> str:
    """What commands print does not depend on it."""
    return "sqlite"


def imported(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["exchange", "import", str(path)])
    return result.exit_code, result.output


def test_every_run_is_kept(portal: str, tmp_path: Path) -> None:
    sound = write_package(tmp_path / "sound", generated(2, 1), package="billing-1")
    rows = {name: [list(line) for line in lines] for name, lines in generated(2, 1, 2).items()}
    rows["accounts.csv"][2][0] = "a word"
    broken = write_package(tmp_path / "broken", rows, package="billing-2")

    status, loaded = imported(sound)
    assert (status, loaded.splitlines()[-1]) == (0, "Пакет billing-1 загружен.")
    assert imported(sound) == (0, "Пакет billing-1 уже загружен, ничего не изменилось.\n")
    status, refused = imported(broken)
    assert status == 1
    assert "accounts.csv, строка 3, number: ожидается 11 цифр" in refused
    status, missing = imported(tmp_path / "nothing")
    assert status == 1
    assert "не найдены" in missing

    with reading() as session:
        runs = list(session.exec(select(ExchangeRun).order_by(col(ExchangeRun.id))))
    assert [(run.package, run.outcome) for run in runs] == [
        ("billing-1", Outcome.DONE),
        ("billing-1", Outcome.UNCHANGED),
        ("billing-2", Outcome.REFUSED),
        ("", Outcome.REFUSED),
    ]
    assert {(run.direction, run.started_by) for run in runs} == {(Direction.IN, getpass.getuser())}
    assert runs[2].issues[0] | {"reason": ""} == {"file": "accounts.csv", "line": 3, "column": "number", "reason": ""}
