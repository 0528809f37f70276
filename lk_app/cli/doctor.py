"""`doctor`: is everything there that the portal needs, and what to do if not."""

import click

from lk_app import clock, logs
from lk_app.services.doctor import Finding, Health, examine

MARKS = {
    Health.WELL: ("+", "green"),
    Health.AT_RISK: ("!", "yellow"),
    Health.ILL: ("x", "red"),
    Health.ABSENT: ("-", None),
}


@click.command(help="Look at all the portal needs, and say what to do; exit status 1 if something is wrong.")
def doctor() -> None:
    logs.set_up()
    findings = []
    for finding in examine(clock.now):
        findings.append(finding)
        click.echo(line_of(finding))
    if any(finding.health is Health.ILL for finding in findings):
        raise SystemExit(1)


def line_of(finding: Finding) -> str:
    """Return a line about a finding, and below it what to do."""
    mark, colour = MARKS[finding.health]
    line = f"{click.style(mark, fg=colour)} {finding.what}: {finding.words}"
    return f"{line}\n    {finding.advice}" if finding.advice else line
