"""What a row of `readings.csv` does to a reading that was sent here, which billing repeats under our id.

Billing is the master of what it has decided: then the reading is as billing has it, the value too, because charges and
the next reading go by that. «Pending» only says that billing has the reading; it takes back no decision of ours and no
withdrawal. A withdrawn reading that billing has accepted, before it heard of that, is accepted; its refusal means
nothing any more.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from lk_app.models import Reading, ReadingState


def is_replaced(new: Any) -> sa.ColumnElement[bool]:
    """Return the condition that billing's row replaces ours."""
    return sa.or_(
        col(Reading.sent_at).is_(None),
        new.state == ReadingState.ACCEPTED,
        sa.and_(new.state == ReadingState.REFUSED, col(Reading.state) != ReadingState.WITHDRAWN),
    )


def hold(connection: sa.Connection, ids: Iterable[sa.ColumnElement[Any]]) -> None:
    """Hold the sent readings whose ids stand in some staging columns; call before the merge, and after that of meters.

    Staff hold several at once too: in the same order, so that neither waits for the other for ever.
    """
    # A transaction that writes is alone on SQLite.
    if connection.dialect.name == "postgresql":
        staged = sa.union_all(*map(sa.select, ids))
        held = (
            sa.select(col(Reading.id))
            .where(col(Reading.sent_at).is_not(None), col(Reading.id).in_(staged))
            .order_by(col(Reading.taken_on), col(Reading.id))
            .with_for_update()
        )
        connection.execute(sa.select(sa.func.count()).select_from(held.subquery()))
