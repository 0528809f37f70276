"""`db`: the database's schema."""

from pathlib import Path

import click
from sqlalchemy.engine import make_url

from lk_app import clock
from lk_app.cli.refusals import refusals_shown
from lk_app.services import first_content, migrations, rights
from lk_app.services.session import writing
from lk_app.settings import settings


@click.group(help="The database's schema.")
def db() -> None:
    pass


@db.command(help="Bring the schema up to date; makes an SQLite file that is not there yet.")
def upgrade() -> None:
    url = make_url(settings().database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(settings().schema_url)
    with refusals_shown():
        rights.grant(settings().schema_url, settings().database_url)
    with writing() as session:
        first_content.load(session, clock.now())


@db.command(help="Take the schema back to REVISION; `base` deletes everything.")
@click.argument("revision")
@click.confirmation_option(prompt="This deletes data. Go on?")
def downgrade(revision: str) -> None:
    migrations.downgrade(settings().schema_url, revision)
