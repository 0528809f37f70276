"""What open pages have to hear of: said in the transaction that changes it, found by every process that serves pages.

A row is seen when its transaction commits, and that is not the order in which rows got their numbers. On PostgreSQL
whoever looks therefore remembers a snapshot, the transactions that had ended by then, and next time is told what all
others wrote: each change at the first look after its commit, and once, however long its transaction took. Rows carry
the number of their transaction for that; PostgreSQL's own mark (`xmin`) may be the number of a savepoint, which
snapshots do not know. SQLite has one writer at a time: there the numbers of the rows are in order.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, TextClause, bindparam, func, select, text
from sqlmodel import Session, col

from lk_app.models import LiveChange

READING_QUEUE = "reading queue"
"""The topic of the staff's queue: some reading is to be decided, or no longer."""

APPEAL_QUEUE = "appeal queue"
"""The topic of the staff's appeals: somebody wrote, or a state has changed."""

PAYMENTS = "payments needing attention"
"""The topic of the staff's payments: one came to need a person, or no longer, or a refund has ended."""

EXCHANGE = "exchange runs"
"""The topic of the exchange: a run has begun or ended."""


@dataclass(frozen=True)
class Look:
    """What has changed since the look before, and where the next one goes on."""

    topics: frozenset[str]
    seen: str


def readings_of(account_number: str) -> str:
    """Return the topic of the meters and readings of an account. It names the account, so it must not be logged."""
    return f"readings {account_number}"


def appeals_of(user_id: int) -> str:
    """Return the topic of the appeals of a user."""
    return f"appeals {user_id}"


def session_of(session_id: int) -> str:
    """Return the topic of the end of a consumer's session, unless it runs out by itself."""
    return f"session {session_id}"


def staff_session_of(session_id: int) -> str:
    """Return the topic of the end of a session of the staff, unless it runs out by itself."""
    return f"staff session {session_id}"


def is_session(topic: str) -> bool:
    """Say whether a topic is the end of somebody's session."""
    return topic.startswith(("session ", "staff session "))


def content_of(content: str, key: str) -> str:
    """Return the topic of one piece of what staff edit, for those who have its editor open."""
    return f"content {content} {key}"


def publish(session: Session, topic: str, now: datetime) -> None:
    """Let open pages that watch a topic look again, once this transaction commits."""
    session.add(LiveChange(topic=topic, at=now))


def changes_since(session: Session, seen: str | None) -> Look:
    """Return the topics that were published in transactions which have committed since the look that returned `seen`.

    The first look (None) finds all that is kept.
    """
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(_newer_rows(), {"seen": int(seen or 0)}).all()
        return Look(frozenset(row.topic for row in rows), str(max((row.last for row in rows), default=seen or 0)))
    row = session.execute(_OTHER_TRANSACTIONS, {"seen": seen or "1:1:"}).one()
    return Look(frozenset(row.topics), row.seen)


@cache
def _newer_rows() -> Select[*tuple[Any, ...]]:
    return (
        select(col(LiveChange.topic), func.max(col(LiveChange.id)).label("last"))
        .where(col(LiveChange.id) > bindparam("seen"))
        .group_by(col(LiveChange.topic))
    )


# One statement, so that it returns the very snapshot in which it found the topics. The first condition narrows by the
# index: all that is smaller had ended.
_OTHER_TRANSACTIONS: TextClause = text(
    """
    SELECT pg_current_snapshot()::text AS seen,
           ARRAY(
               SELECT DISTINCT topic FROM live_changes
               WHERE transaction_id >= pg_snapshot_xmin(CAST(:seen AS pg_snapshot))::text::bigint
                 AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, CAST(:seen AS pg_snapshot))
           ) AS topics
    """
)
