"""What holds for all commands: each is found by its name, and none imports what another needs."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from lk_app.cli import COMMANDS, main
from tests.servers import ROOT


def test_the_list_says_what_each_command_is_for() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output.partition("Commands:")[2]

    lines = dict(line.split(maxsplit=1) for line in shown.strip().splitlines())
    assert sorted(lines) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(main, [name, "--help"])

    assert told.exit_code == 0, told.output
    assert f" {name} [OPTIONS]" in told.output


def test_a_command_that_is_not_there_is_named() -> None:
    told = CliRunner().invoke(main, ["serv"])

    assert told.exit_code == 2
    assert "No such command 'serv'" in told.output


def test_a_command_imports_only_what_it_needs() -> None:
    listing = "import sys; from lk_app.cli import main; main(['serve', '--help'], standalone_mode=False)"
    program = f"{listing}; print(*(name for name in sys.modules if name.startswith('lk_app.services')))"

    printed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    assert printed.stdout.splitlines()[-1] == ""
