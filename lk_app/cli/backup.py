"""`backup` and `restore`: the whole portal in a folder, and back."""

from pathlib import Path

import click

from lk_app import clock, logs
from lk_app.cli.refusals import refusals_shown
from lk_app.services import backup as service
from lk_app.services import rights
from lk_app.settings import settings

NOT_REMEMBERED = (
    "В схеме копии ещё нет таблицы restorations: запишите в неё промежуток после обновления схемы (docs/recover.md)."
)
FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.command(help="Copy everything the portal keeps into FOLDER, a new one, while the portal goes on.")
@FOLDER
def backup(folder: Path) -> None:
    logs.set_up()
    with refusals_shown():
        manifest = service.back_up(settings().database_url, folder, clock.now())
    click.echo(f"Копия записана: {folder}, строк {manifest.rows}, схема {manifest.revision}.")


@click.command(help="Make the empty database of LK_DATABASE_URL what the backup in FOLDER was, and compare.")
@FOLDER
def restore(folder: Path) -> None:
    logs.set_up()
    with refusals_shown():
        restored = service.restore(folder, settings().schema_url, clock.now())
        rights.grant(settings().schema_url, settings().database_url)
    manifest, dropped = restored.manifest, restored.dropped
    click.echo(f"Восстановлено: копия от {manifest.made_at}, строк {manifest.rows}, все суммы сошлись.")
    click.echo(f"Завершено сеансов: {dropped.sessions}; отменено SMS, которые ждали отправки: {dropped.messages}.")
    if not restored.is_remembered:
        click.echo(NOT_REMEMBERED)
    click.echo("Если портал новее копии, обновите схему: python -m lk_app db upgrade")
