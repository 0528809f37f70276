"""`worker`: the periodic work in a process of its own."""

import asyncio

import click

from lk_app import logs, metrics, telemetry
from lk_app.worker import until_told


@click.command(help="Do the periodic work, such as sending messages, until SIGTERM or Ctrl+C.")
def worker() -> None:
    logs.set_up()
    metrics.started("worker")
    telemetry.set_up("worker")
    asyncio.run(until_told())
