"""`python -m lk_app exchange export` as a process of its own: what it says, and that it may be killed at any step."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import select

from lk_app import clock
from lk_app.cli import main
from lk_app.models import Attempt, AttemptState, Reading, ReadingState
from lk_app.services.exchange import export, export_package
from lk_app.services.session import reading, writing
from tests import attempts, factories
from tests.exchange_fixtures import Rows, read_package, sent
from tests.factories import NOW, TODAY
from tests.servers import ROOT

NEXT_DAY = TODAY + timedelta(days=1)
LIVES_AT_MOST_S = 60


@pytest.fixture
def world(portal: str) -> None:
    """A payment and two readings that billing knows nothing of."""
    with writing() as session:
        account = factories.account(session)
        meter = factories.meter(session, account, id="M1")
        sent(session, meter, 1_000, id="R1")
        sent(session, meter, 2_000, NEXT_DAY, id="R2", sent_at=NOW + timedelta(days=1))
        attempts.attempt(session, factories.consumer(session, account), account, {"gas": 100}, at=clock.now())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder that packages are written to."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def doomed(path: str, step: str) -> None:
    """Export as the command does, and be killed at a step."""

    def die(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if step == "written":
        export._put_in_place = die
    with writing() as session:
        export_package(session, Path(path), clock.now)
        die()


def killed(path: Path, step: str) -> None:
    code = "import sys; from tests.cli.test_export import doomed; doomed(*sys.argv[1:])"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path), step], cwd=ROOT, timeout=LIVES_AT_MOST_S, check=False,
        capture_output=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2_000:]


def marks() -> tuple[list[ReadingState | None], AttemptState]:
    with reading() as session:
        return list(session.exec(select(Reading.exported))), session.exec(select(Attempt.state)).one()


def exported(path: Path) -> Rows:
    result = CliRunner().invoke(main, ["exchange", "export", str(path)])
    assert result.exit_code == 0, result.output
    return read_package(path)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("step", ["written", "in place"])
def test_killed_before_the_commit_it_has_told_nothing_and_the_next_tells_the_same(out: Path, step: str) -> None:
    lost = out / "lost"
    killed(lost, step)

    assert marks() == ([None, None], AttemptState.PAID)
    assert lost.exists() == (step == "in place")
    again = exported(out / "package")
    assert [row[0] for row in again["readings.csv"]] == ["id", "R1", "R2"]
    assert len(again["payments.csv"]) == 2
    if step == "in place":
        assert read_package(lost) == again
    assert marks() == ([ReadingState.PENDING] * 2, AttemptState.EXPORTED)
    with writing() as session:
        session.get_one(Reading, "R2").state = ReadingState.ACCEPTED
    head, row = exported(out / "next")["readings.csv"]
    assert (row[head.index("id")], row[head.index("state")]) == ("R2", "accepted")


@pytest.mark.usefixtures("world")
def test_of_two_processes_each_row_is_told_by_one(out: Path) -> None:
    command = [sys.executable, "-m", "lk_app", "exchange", "export"]
    paths = [out / "one", out / "other"]
    running = [subprocess.Popen([*command, str(path)], cwd=ROOT, stdout=subprocess.PIPE) for path in paths]
    said = [process.communicate(timeout=LIVES_AT_MOST_S)[0].decode() for process in running]

    assert [process.returncode for process in running] == [0, 0]
    told = [row[0] for path in paths if path.exists() for row in read_package(path)["readings.csv"][1:]]
    assert sorted(told) == ["R1", "R2"]
    assert sum("Пакет записан" in text for text in said) == sum(path.exists() for path in paths)


@pytest.mark.usefixtures("world")
def test_the_command_says_what_it_wrote(out: Path) -> None:
    path = out / "package.zip"

    def said(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["exchange", "export", *arguments])
        return result.exit_code, result.output

    assert said(str(path)) == (0, f"payments.csv: строк 1\nreadings.csv: строк 2\nПакет записан: {path}\n")
    assert said(str(path)) == (1, f"Error: {path} уже существует: укажите другое имя.\n")
    assert said(str(out / "next")) == (0, "Новых платежей и показаний нет: пакет не записан.\n")
    assert [file.name for file in out.iterdir()] == ["package.zip"]
