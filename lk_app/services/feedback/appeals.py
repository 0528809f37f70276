"""«Обратная связь»: the appeals of a consumer, the latest change first, and one of them with what was written."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import String, and_, bindparam, exists, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, update

from lk_app.models import Appeal, AppealMessage, AppealState, AppealType
from lk_app.models.values import Instant
from lk_app.services.accounts import Cabinet, open_cabinet
from lk_app.services.callers import CALLER, Consumer, appeals_of
from lk_app.services.errors import NotFound
from lk_app.services.feedback import conversation
from lk_app.services.feedback.conversation import Message
from lk_app.services.feedback.types import TypeLine, published_types

PAGE = 20
ID = re.compile(r"Q[0-9]{6}-[0-9A-Z]{10}")


@dataclass(frozen=True)
class After:
    """The last appeal of a page, after which the next one begins."""

    changed_at: datetime
    id: str


@dataclass(frozen=True)
class AppealLine:
    """An appeal as its line in the list shows it."""

    id: str
    subject: str
    type_name: str
    state: AppealState
    created_at: datetime
    changed_at: datetime
    is_unread: bool
    """Whether there is an answer its owner has not seen."""


@dataclass(frozen=True)
class AppealsPage:
    """Some appeals in the order of their latest change, and where the next ones begin if there are more."""

    lines: tuple[AppealLine, ...]
    after: After | None


@dataclass(frozen=True)
class Conversation:
    """An appeal with all that was written for its owner to read."""

    line: AppealLine
    account_number: str | None
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class FeedbackScreen:
    """The whole screen: the cabinet, what may be asked about, and the appeals, or the one that is open."""

    cabinet: Cabinet
    types: tuple[TypeLine, ...]
    page: AppealsPage
    conversation: Conversation | None


def open_feedback(session: Session, who: Consumer, appeal_id: str, after: After | None) -> FeedbackScreen:
    """Return the screen with a page of appeals, or with the appeal that is asked for.

    Raises NotFound for an appeal that is not the caller's.
    """
    cabinet = open_cabinet(session, who)
    if appeal_id:
        return FeedbackScreen(cabinet, (), AppealsPage((), None), conversation_of(session, who, appeal_id))
    return FeedbackScreen(cabinet, tuple(published_types(session)), page_of(session, who, after), None)


def page_of(session: Session, who: Consumer, after: After | None) -> AppealsPage:
    """Return the caller's appeals after one of them; the first ones for None."""
    asked: dict[str, Any] = {"user_id": who.user_id, "session_id": who.session_id}
    if after:
        asked |= {"changed_at": after.changed_at, "id": after.id}
    rows = session.connection().execute(_page_statement(after is not None), asked).all()
    lines = tuple(_line(row) for row in rows[:PAGE])
    return AppealsPage(lines, After(lines[-1].changed_at, lines[-1].id) if len(rows) > PAGE else None)


def conversation_of(session: Session, who: Consumer, appeal_id: str) -> Conversation:
    """Return an appeal of the caller's; raises NotFound for any other."""
    if not ID.fullmatch(appeal_id):
        raise NotFound
    row = (
        session.connection()
        .execute(_lines(who).add_columns(col(Appeal.account_number)).where(col(Appeal.id) == appeal_id))
        .one_or_none()
    )
    if row is None:
        raise NotFound
    messages = conversation.messages_of(session, appeal_id, with_notes=False)
    return Conversation(_line(row), row.account_number, messages)


def mark_seen(session: Session, who: Consumer, appeal_id: str, up_to: datetime) -> None:
    """Note that the caller has read what was written in an appeal of theirs up to a moment."""
    own = (col(Appeal.id) == appeal_id, col(Appeal.id).in_(appeals_of(who)))
    session.exec(update(Appeal).where(*own, col(Appeal.seen_at) < up_to).values(seen_at=up_to))


@cache
def _page_statement(goes_on: bool) -> Any:
    """Build the query of the list once: building it anew would take longer than running it."""
    statement = _lines(CALLER).order_by(col(Appeal.changed_at).desc(), col(Appeal.id).desc()).limit(PAGE + 1)
    if not goes_on:
        return statement
    changed_at, last = bindparam("changed_at", type_=Instant()), bindparam("id", type_=String())
    return statement.where(
        col(Appeal.changed_at) <= changed_at,
        or_(col(Appeal.changed_at) < changed_at, and_(col(Appeal.changed_at) == changed_at, col(Appeal.id) < last)),
    )


def _lines(who: Consumer) -> Any:
    is_unread = exists().where(
        col(AppealMessage.appeal_id) == col(Appeal.id),
        col(AppealMessage.staff_id).is_not(None),
        col(AppealMessage.internal).is_(False),
        col(AppealMessage.at) > col(Appeal.seen_at),
    )
    return (
        columns(
            col(Appeal.id), col(Appeal.subject), col(AppealType.name).label("type_name"), col(Appeal.state),
            col(Appeal.created_at), col(Appeal.changed_at), is_unread.label("is_unread"),
        )
        .join(AppealType, col(AppealType.code) == col(Appeal.type_code))
        .where(col(Appeal.user_id) == who.user_id, col(Appeal.id).in_(appeals_of(who)))
    )  # fmt: skip


def _line(row: Any) -> AppealLine:
    return AppealLine(
        row.id, row.subject, row.type_name, row.state, row.created_at, row.changed_at, bool(row.is_unread)
    )
