"""A closer look at one appeal: what was written in it, and what else its consumer has asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Action, Appeal, AppealState
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import NotFound
from lk_app.services.feedback.conversation import Message, messages_of
from lk_app.services.feedback.queued import QueuedAppeal, queued_appeal, queued_appeals
from lk_app.services.feedback.templates import Template, templates_for
from lk_app.services.feedback.types import TypeLine, published_types
from lk_app.services.staff import audit
from lk_app.services.staff.duties import APPEALS

MOST_OTHERS = 10
"""How many other appeals of the consumer are named."""


@dataclass(frozen=True)
class OtherAppeal:
    """Another appeal of the same consumer."""

    id: str
    subject: str
    state: AppealState
    created_at: datetime


@dataclass(frozen=True)
class CloserLook:
    """Everything that helps to answer an appeal."""

    appeal: QueuedAppeal
    messages: tuple[Message, ...]
    """With the notes among staff."""
    others: tuple[OtherAppeal, ...]
    """Changed last first."""
    templates: tuple[Template, ...]
    elsewhere: tuple[TypeLine, ...]
    """Types that the other service answers, to hand the appeal over."""


def look_closer(session: Session, who: StaffCaller, appeal_id: str, now: datetime, *, known: int = 0) -> CloserLook:
    """Return what is known about an appeal; raises NotFound.

    `known` is the last message that the caller sees already: without anything newer it is no new look.
    """
    require_role(who, *APPEALS)
    row = session.execute(queued_appeals(who).where(col(Appeal.id) == appeal_id)).one_or_none()
    if row is None:
        raise NotFound
    appeal = queued_appeal(row)
    messages = messages_of(session, appeal_id, with_notes=True)
    if not known or any(message.id > known for message in messages):
        audit.record(session, who, Action.APPEAL_SEEN, now, subject=appeal_id)
    return CloserLook(
        appeal=appeal,
        messages=messages,
        others=_others(session, who, appeal),
        templates=templates_for(session, who, appeal.type_code),
        elsewhere=tuple(line for line in published_types(session) if line.service is not appeal.service),
    )


def _others(session: Session, who: StaffCaller, appeal: QueuedAppeal) -> tuple[OtherAppeal, ...]:
    require_role(who, *APPEALS)
    rows = session.exec(
        select(Appeal)
        .where(Appeal.user_id == appeal.user_id, col(Appeal.id) != appeal.id)
        .order_by(col(Appeal.changed_at).desc())
        .limit(MOST_OTHERS)
    )
    return tuple(OtherAppeal(one.id, one.subject, one.state, one.created_at) for one in rows)
