"""Rows of billing's about orders and readings that are lost: made after the copy that the portal was restored from.

Billing knows them and goes on naming them; the portal never will. Their numbers tell the day on which they were made.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import col

from lk_app.models import Restoration
from lk_app.services import numbers
from lk_app.services.exchange import staging
from lk_app.settings import settings

NUMBERED = {"postings.csv": "", "decisions.csv": "R"}
"""Files whose first column refers to what may have been made here, and what stands before the day in its number."""


def pass_over(connection: sa.Connection, stages: Mapping[str, staging.Stage]) -> dict[str, int]:
    """Take the rows about what is lost out of the staged ones; return how many, by file.

    To be called when duplicates were looked for. What neither the package nor the database has counts as lost if its
    number is of a day on which something may be.
    """
    about_ours = [stages[name] for name in NUMBERED if name in stages]
    days = _days(connection) if about_ours else []
    return {stage.file.name: _remove(connection, stage, stages, days) for stage in about_ours if days}


def _days(connection: sa.Connection) -> list[date]:
    spans = connection.execute(sa.select(col(Restoration.copied_at), col(Restoration.restored_at))).all()
    days = set()
    for span in spans:
        first, last = (moment.astimezone(settings().zone).date() for moment in span)
        days |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return sorted(days)


def _remove(
    connection: sa.Connection, stage: staging.Stage, stages: Mapping[str, staging.Stage], days: list[date]
) -> int:
    column, letter = stage.file.columns[0], NUMBERED[stage.file.name]
    parents = stages.get(column.refers_to)
    if parents is not None:
        staging.index_key(connection, parents)
    beginnings = [letter + numbers.beginning(day) for day in days]
    of_those_days = sa.and_(
        sa.func.length(stage.key) == len(letter) + numbers.LENGTH,
        sa.func.substr(stage.key, 1, len(beginnings[0])).in_(beginnings),
    )
    return staging.remove_orphans(connection, stage, column, parents, of_those_days)
