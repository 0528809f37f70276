"""What staff do about appeals. Each first locks the appeal, so that who acts at once acts one after another."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.formats import NBSP
from lk_app.models import Action, Appeal, AppealMessage, AppealState, AppealType, Staff
from lk_app.services import live
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import FieldErrors, ServiceError
from lk_app.services.feedback import machine
from lk_app.services.notifications import answers
from lk_app.services.staff import audit
from lk_app.services.staff.duties import APPEALS

IS_TAKEN = "Обращение уже в работе: {}. Если нужно, верните его в очередь и возьмите сами."
NO_SUCH_TYPE = "Такого типа больше нет. Выберите другой"
SOMETHING_NEW = (
    f"Пока вы писали, в{NBSP}обращении появилось новое: оно отмечено в{NBSP}переписке. "
    f"Прочитайте его и{NBSP}отправьте ответ ещё раз. Ваш текст на{NBSP}месте."
)
CLOSED_TOO_SOON = (
    f"В{NBSP}обращении появилось новое, и{NBSP}оно не{NBSP}закрыто. Прочитайте переписку и{NBSP}попробуйте ещё раз."
)
WAS_SENT = (
    f"Из{NBSP}этой формы ответ уже ушёл, с{NBSP}другим текстом: он{NBSP}в{NBSP}переписке. "
    f"Если нужно добавить то, что вы написали, отправьте ещё раз."
)


class Stale(ServiceError):
    """What was done rests on a conversation that has gone on: the form has to show it first."""


@dataclass(frozen=True)
class Written:
    """What somebody of the staff has written in a form, and the key made with that form."""

    text: str
    key: str


def take(session: Session, who: StaffCaller, appeal_id: str, now: datetime) -> None:
    """Let the caller be at an appeal; raises ServiceError, with the name, when a colleague is."""
    require_role(who, *APPEALS)
    appeal = machine.locked(session, appeal_id)
    if appeal.state is AppealState.TAKEN and appeal.taken_by == who.staff_id:
        return
    if appeal.state is AppealState.TAKEN:
        raise ServiceError(IS_TAKEN.format(session.get_one(Staff, appeal.taken_by).name))
    machine.take(session, appeal, who.staff_id, now)
    audit.record(session, who, Action.APPEAL_TAKEN, now, subject=appeal_id)


def release(session: Session, who: StaffCaller, appeal_id: str, now: datetime) -> None:
    """Give an appeal back to all, whoever is at it: a colleague may be away."""
    require_role(who, *APPEALS)
    appeal = machine.locked(session, appeal_id)
    if appeal.state is AppealState.TAKEN:
        machine.release(session, appeal, now)
        audit.record(session, who, Action.APPEAL_RELEASED, now, subject=appeal_id)


def answer(
    session: Session,
    who: StaffCaller,
    appeal_id: str,
    written: Written,
    now: datetime,
    *,
    seen: int,
    closes: bool = False,
) -> None:
    """Answer an appeal, whoever is at it, and close it if that is wanted.

    Raises Stale if something was written after the message `seen`, and ServiceError for a closed appeal. Sent twice
    with one key it is one answer.
    """
    require_role(who, *APPEALS)
    appeal = machine.locked(session, appeal_id)
    if _is_sent(session, who, appeal_id, written):
        return
    machine.require_open(appeal)
    if _has_newer(session, who, appeal_id, seen):
        raise Stale(SOMETHING_NEW)
    _write(session, who, appeal_id, written, now, internal=False)
    machine.answered(session, appeal, who.staff_id, now)
    answers.note(session, appeal, now)
    audit.record(session, who, Action.APPEAL_ANSWERED, now, subject=appeal_id)
    if closes:
        _close(session, who, appeal, now)


def note(session: Session, who: StaffCaller, appeal_id: str, written: Written, now: datetime) -> None:
    """Leave a note for colleagues, also in a closed appeal. Sent twice with one key it is one note."""
    require_role(who, *APPEALS)
    machine.locked(session, appeal_id)
    if not _is_sent(session, who, appeal_id, written):
        _note(session, who, appeal_id, written, now)


def hand_over(
    session: Session, who: StaffCaller, appeal_id: str, type_code: str, written: Written | None, now: datetime
) -> None:
    """Let an appeal be of another type, which says who answers it, and wait for them; with a note if there is one.

    Raises FieldErrors for a type that consumers can't choose, ServiceError for a closed appeal.
    """
    require_role(who, *APPEALS)
    appeal = machine.locked(session, appeal_id)
    machine.require_open(appeal)
    chosen = session.get(AppealType, type_code)
    if chosen is None or not chosen.published:
        raise FieldErrors({"type": NO_SUCH_TYPE})
    if written and not _is_sent(session, who, appeal_id, written):
        _note(session, who, appeal_id, written, now)
    # A colleague may have been as quick, or the form was sent twice.
    if appeal.type_code != type_code:
        detail = f"{appeal.type_code} to {type_code}"
        machine.hand_over(session, appeal, type_code, now)
        audit.record(session, who, Action.APPEAL_HANDED_OVER, now, subject=appeal_id, detail=detail)


def close(session: Session, who: StaffCaller, appeal_id: str, now: datetime, *, seen: int) -> None:
    """End an appeal; one that is closed stays as it is. Raises Stale if something was written after `seen`."""
    require_role(who, *APPEALS)
    appeal = machine.locked(session, appeal_id)
    if appeal.state is AppealState.CLOSED:
        return
    if _has_newer(session, who, appeal_id, seen):
        raise Stale(CLOSED_TOO_SOON)
    _close(session, who, appeal, now)


def _close(session: Session, who: StaffCaller, appeal: Appeal, now: datetime) -> None:
    machine.close(session, appeal, now)
    audit.record(session, who, Action.APPEAL_CLOSED, now, subject=appeal.id)


def _note(session: Session, who: StaffCaller, appeal_id: str, written: Written, now: datetime) -> None:
    _write(session, who, appeal_id, written, now, internal=True)
    audit.record(session, who, Action.APPEAL_NOTED, now, subject=appeal_id)
    # Its consumer must not even learn that there is one: the appeal stays unchanged for them.
    live.publish(session, live.APPEAL_QUEUE, now)


def _write(
    session: Session, who: StaffCaller, appeal_id: str, written: Written, now: datetime, *, internal: bool
) -> None:
    session.add(
        AppealMessage(
            appeal_id=appeal_id,
            staff_id=who.staff_id,
            internal=internal,
            text=written.text,
            at=now,
            key=written.key,
        )
    )
    session.flush()


def _is_sent(session: Session, who: StaffCaller, appeal_id: str, written: Written) -> bool:
    """Say whether this very text was sent with this key; raises Stale if the key belongs to another one."""
    require_role(who, *APPEALS)
    there = session.exec(select(AppealMessage).where(AppealMessage.key == written.key)).one_or_none()
    if there is None:
        return False
    if (there.appeal_id, there.staff_id, there.text) != (appeal_id, who.staff_id, written.text):
        raise Stale(WAS_SENT)
    return True


def _has_newer(session: Session, who: StaffCaller, appeal_id: str, seen: int) -> bool:
    require_role(who, *APPEALS)
    newer = select(AppealMessage.id).where(AppealMessage.appeal_id == appeal_id, col(AppealMessage.id) > seen)
    return session.exec(newer.limit(1)).first() is not None
