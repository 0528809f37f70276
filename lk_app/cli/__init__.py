"""The commands of `python -m lk_app`."""

from importlib import import_module

import click

from lk_app.settings import checked_settings

COMMANDS = {
    "backup": "backup",
    "db": "db",
    "demo": "demo",
    "doctor": "doctor",
    "exchange": "exchange",
    "payments": "payments",
    "reencrypt": "reencrypt",
    "restore": "backup",
    "serve": "serve",
    "staff": "staff",
    "worker": "worker",
}
"""Commands and the modules they are in."""


class Commands(click.Group):
    """Imports a command when it is asked for: importing all of them takes longer than most need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"lk_app.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=Commands, help="LK: the portal's commands. Settings come from LK_* variables and .env.")
@click.pass_context
def main(context: click.Context) -> None:
    # The doctor is who tells what is wrong with them.
    if context.invoked_subcommand != "doctor":
        checked_settings()
