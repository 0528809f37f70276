"""`exchange key`: keys of programs for the exchange by HTTP."""

import getpass
from datetime import datetime, timedelta

import click

from lk_app import clock
from lk_app.cli.refusals import refusals_shown
from lk_app.models import KeyScope
from lk_app.services.exchange import keys
from lk_app.services.exchange.keys import KeyLine
from lk_app.services.session import reading, writing
from lk_app.settings import settings

NAME = click.argument("name")
DAYS = click.option("--days", type=click.IntRange(min=1), help="How long the key is good; for ever without it.")
SCOPE = click.Choice([scope.value for scope in KeyScope])


@click.group(help="Keys of programs for /api/exchange/v1. A key is shown once, when it is made.")
def key() -> None:
    pass


@key.command(help="Make a key: import lets a program send, export lets it be told.")
@NAME
@click.option("--scope", "scopes", type=SCOPE, multiple=True, required=True, help="May be given twice.")
@DAYS
def create(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    allowed = {KeyScope(scope) for scope in scopes}
    with refusals_shown(), writing() as session:
        made = keys.create(session, name, allowed, getpass.getuser(), clock.now(), lives(days))
    echo_key(made)


@key.command(name="list", help="List all keys, those that are good no more too.")
def list_() -> None:
    with reading() as session:
        found = keys.list_keys(session)
    for line in found:
        click.echo(words_of(line, clock.now()))
    if not found:
        click.echo("Ключей нет. Создать: python -m lk_app exchange key create")


@key.command(help="Make a new key of a name. The old one stays good meanwhile.")
@NAME
@click.option("--overlap", default=7, show_default=True, type=click.IntRange(min=0), help="Days the old one is good.")
@DAYS
def rotate(name: str, overlap: int, days: int | None) -> None:
    with refusals_shown(), writing() as session:
        made = keys.rotate(
            session, name, getpass.getuser(), clock.now(), overlap=timedelta(days=overlap), lives=lives(days)
        )
    echo_key(made)
    click.echo(f"Прежний ключ действует ещё дней: {overlap}.")


@key.command(help="Let no key of a name be good any more, at once.")
@NAME
def revoke(name: str) -> None:
    with refusals_shown(), writing() as session:
        revoked = keys.revoke(session, name, clock.now())
    click.echo(f"{name}: отозвано ключей {revoked}")


def lives(days: int | None) -> timedelta | None:
    return timedelta(days=days) if days else None


def echo_key(made: str) -> None:
    click.echo("Сохраните ключ там, где его возьмёт программа: больше он показан не будет.", err=True)
    click.echo(made)


def words_of(line: KeyLine, now: datetime) -> str:
    """Return a line of the list."""
    facts = [line.name, f"lk_{line.prefix}_…", " ".join(line.scopes), f"создан {day(line.created_at)}"]
    facts.append(f"использован {line.used_on:%d.%m.%Y}" if line.used_on else "не использован")
    if line.revoked_at:
        facts.append(f"отозван {day(line.revoked_at)}")
    elif line.expires_at:
        facts.append(f"{'истёк' if line.expires_at <= now else 'действует до'} {day(line.expires_at)}")
    return "  ".join(facts)


def day(instant: datetime) -> str:
    return f"{instant.astimezone(settings().zone):%d.%m.%Y}"
