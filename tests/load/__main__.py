"""`make load`: people at the portal, a hundred and two thousand of them, and what each thing they do takes.

`make load ARGS="--portal cluster --sessions 200 --minutes 30"` is a soak, `--kill` kills processes under load.
"""

import asyncio
import tempfile
from pathlib import Path

import click

from tests.load import report
from tests.load.checks import look_for
from tests.load.crowd import Crowd
from tests.load.people import settle
from tests.load.targets import TARGETS
from tests.load.visits import Habits

PEOPLE_A_SESSION = 2
"""Whoever leaves is followed by somebody else, so that nobody meets the limits of one person."""


@click.command(help=__doc__)
@click.option("--portal", "portals", type=click.Choice(list(TARGETS)), multiple=True, default=list(TARGETS))
@click.option("--sessions", type=click.IntRange(min=1), multiple=True, default=[100, 500, 1_000, 2_000])
@click.option("--minutes", type=float, default=2, show_default=True, help="How long to measure, once all are there.")
@click.option("--think", type=float, default=30, show_default=True, help="Seconds between two things a person does.")
@click.option("--kill", is_flag=True, help="Kill an app process and the worker meanwhile (cluster).")
@click.option("--seed", type=int, default=7, show_default=True)
def load(
    portals: tuple[str, ...], sessions: tuple[int, ...], minutes: float, think: float, kill: bool, seed: int
) -> None:
    for name in portals:
        with tempfile.TemporaryDirectory(prefix="lk-load-") as folder, TARGETS[name](Path(folder)) as target:
            people = settle(target.portal, Path(folder), max(sessions) * PEOPLE_A_SESSION, seed)
            crowd = Crowd(target, people, Habits(think))
            for many in sessions:
                level = asyncio.run(crowd.measure(many, minutes, kill))
                click.echo(report.of_level(target.name, level, look_for(target.portal, people)))


if __name__ == "__main__":
    load()
