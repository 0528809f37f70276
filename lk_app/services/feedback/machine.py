"""How an appeal goes from one state to the next, whoever moves it; open pages hear of it when the transaction commits.

new → taken → answered → closed. What a consumer adds makes it new again, or leaves it with whoever is at it; staff may
give it back, hand it over, answer without taking it, and close it from any state. What is closed stays closed.
"""

from datetime import datetime

from sqlmodel import Session, select

from lk_app.models import Appeal, AppealState
from lk_app.services import live
from lk_app.services.errors import NotFound, ServiceError

IS_CLOSED = "Это обращение закрыто. Если вопрос остался, создайте новое."


def locked(session: Session, appeal_id: str) -> Appeal:
    """Return an appeal that nobody else moves until the transaction ends; raises NotFound.

    Whoever asks for it has made sure that it is for their caller.
    """
    appeal = session.exec(
        select(Appeal).where(Appeal.id == appeal_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if appeal is None:
        raise NotFound
    return appeal


def wait(session: Session, appeal: Appeal, now: datetime) -> None:
    """Let an appeal wait for an answer, since the consumer wrote; raises ServiceError for a closed one."""
    require_open(appeal)
    if appeal.state is not AppealState.TAKEN:
        appeal.state = AppealState.NEW
    appeal.waiting_since = appeal.waiting_since or now
    changed(session, appeal, now)


def take(session: Session, appeal: Appeal, staff_id: int, now: datetime) -> None:
    """Let somebody of the staff be at it; raises ServiceError for a closed one."""
    require_open(appeal)
    appeal.waiting_since = appeal.waiting_since or now
    appeal.state, appeal.taken_by = AppealState.TAKEN, staff_id
    changed(session, appeal, now)


def release(session: Session, appeal: Appeal, now: datetime) -> None:
    """Give an appeal that somebody is at back to all."""
    require_open(appeal)
    if appeal.state is AppealState.TAKEN:
        appeal.state, appeal.taken_by = AppealState.NEW, None
        changed(session, appeal, now)


def hand_over(session: Session, appeal: Appeal, type_code: str, now: datetime) -> None:
    """Let whoever answers appeals of another type be the next; raises ServiceError for a closed one."""
    require_open(appeal)
    appeal.waiting_since = appeal.waiting_since or now
    appeal.type_code, appeal.state, appeal.taken_by = type_code, AppealState.NEW, None
    changed(session, appeal, now)


def answered(session: Session, appeal: Appeal, staff_id: int, now: datetime) -> None:
    """Note that the consumer has an answer; raises ServiceError for a closed one."""
    require_open(appeal)
    appeal.state, appeal.taken_by, appeal.waiting_since = AppealState.ANSWERED, staff_id, None
    changed(session, appeal, now)


def close(session: Session, appeal: Appeal, now: datetime) -> None:
    """End an appeal; one that is closed already stays as it is."""
    if appeal.state is not AppealState.CLOSED:
        appeal.state, appeal.waiting_since, appeal.closed_at = AppealState.CLOSED, None, now
        changed(session, appeal, now)


def require_open(appeal: Appeal) -> None:
    """Raise ServiceError for an appeal that is closed."""
    if appeal.state is AppealState.CLOSED:
        raise ServiceError(IS_CLOSED)


def changed(session: Session, appeal: Appeal, now: datetime) -> None:
    """Note that something was written or moved, and let open pages look again."""
    appeal.changed_at = now
    session.add(appeal)
    session.flush()
    live.publish(session, live.appeals_of(appeal.user_id), now)
    live.publish(session, live.APPEAL_QUEUE, now)
