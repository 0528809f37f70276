"""Whether the steps of a tariff begin at zero, so that every volume has a price."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import col

from lk_app.models import TariffStep
from lk_app.services.exchange.staging import Stage


def find_baseless(connection: sa.Connection, tariffs: Stage) -> Iterator[int]:
    """Yield the first line of each tariff that begins above zero, in the package and in the database.

    A tariff is what has the same `heating` and `starts_on`. Nothing is yielded when a key could not be read: it may be
    the one that is missed.
    """
    staged = tariffs.table.c
    unread = sa.or_(*(staged[name].is_(None) for name in tariffs.file.key))
    if connection.scalar(sa.select(sa.exists().where(unread))):
        return
    stored = sa.exists().where(
        col(TariffStep.heating) == staged.heating,
        col(TariffStep.starts_on) == staged.starts_on,
        col(TariffStep.above) == 0,
    )
    first_line = sa.func.min(staged.line)
    query = (
        sa.select(first_line)
        .group_by(staged.heating, staged.starts_on)
        .having(sa.func.min(staged.above) > 0, ~stored)
        .order_by(first_line)
    )
    yield from connection.scalars(query)
