"""The commands of `python -m lk_app`."""

import click

from lk_app.cli.backup import backup, restore
from lk_app.cli.db import db
from lk_app.cli.demo import demo
from lk_app.cli.doctor import doctor
from lk_app.cli.exchange import exchange
from lk_app.cli.payments import payments
from lk_app.cli.serve import serve
from lk_app.cli.staff import staff
from lk_app.cli.worker import worker
from lk_app.settings import checked_settings


@click.group(help="LK: the portal's commands. Settings come from LK_* variables and .env.")
@click.pass_context
def main(context: click.Context) -> None:
    # The doctor is who tells what is wrong with them.
    if context.invoked_subcommand != doctor.name:
        checked_settings()


main.add_command(backup)
main.add_command(db)
main.add_command(demo)
main.add_command(doctor)
main.add_command(exchange)
main.add_command(payments)
main.add_command(restore)
main.add_command(serve)
main.add_command(staff)
main.add_command(worker)
