"""The schema of the database: brought up to date by Alembic."""

from alembic import command
from alembic.config import Config

from lk_app.settings import ROOT


def configuration(url: str) -> Config:
    """Return Alembic's configuration for one database."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to `revision`."""
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to `revision`; `base` leaves nothing."""
    command.downgrade(configuration(url), revision)
