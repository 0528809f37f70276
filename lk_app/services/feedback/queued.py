"""An appeal as it stands in the queue of the staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func
from sqlalchemy import select as columns
from sqlmodel import col

from lk_app.models import Account, Appeal, AppealMessage, AppealState, AppealType, Premises, Service, Staff, User
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.staff.duties import APPEALS


@dataclass(frozen=True)
class QueuedAppeal:
    """An appeal, who asks, and who of the staff is at it."""

    id: str
    user_id: int
    user_name: str
    account_number: str
    """Empty, as the holder's name and the address are, for a user who had no account."""
    last_name: str
    first_name: str
    middle_name: str
    address: str
    type_code: str
    type_name: str
    service: Service
    subject: str
    state: AppealState
    created_at: datetime
    changed_at: datetime
    waiting_since: datetime | None
    taken_by: int | None
    taken_by_name: str
    """Empty when nobody is at it, or ever was."""
    last_message: int
    """The id of what was written last, notes among staff included."""


def queued_appeals(who: StaffCaller) -> Select[*tuple[Any, ...]]:
    """Select what `queued_appeal` makes of a row; which ones, the caller adds."""
    require_role(who, *APPEALS)
    last_message = columns(func.max(col(AppealMessage.id))).where(col(AppealMessage.appeal_id) == col(Appeal.id))
    return (
        columns(
            col(Appeal.id),
            col(Appeal.user_id),
            col(User.name).label("user_name"),
            col(Appeal.account_number),
            col(Account.last_name),
            col(Account.first_name),
            col(Account.middle_name),
            col(Premises.address),
            col(Appeal.type_code),
            col(AppealType.name).label("type_name"),
            col(AppealType.service),
            col(Appeal.subject),
            col(Appeal.state),
            col(Appeal.created_at),
            col(Appeal.changed_at),
            col(Appeal.waiting_since),
            col(Appeal.taken_by),
            col(Staff.name).label("taken_by_name"),
            last_message.correlate(Appeal).scalar_subquery().label("last_message"),
        )
        .select_from(Appeal)
        .join(User, col(User.id) == col(Appeal.user_id))
        .join(AppealType, col(AppealType.code) == col(Appeal.type_code))
        .outerjoin(Account, col(Account.number) == col(Appeal.account_number))
        .outerjoin(Premises, col(Premises.account_number) == col(Account.number))
        .outerjoin(Staff, col(Staff.id) == col(Appeal.taken_by))
    )


def queued_appeal(row: Row[Any]) -> QueuedAppeal:
    """Return the appeal of a row that was selected by `queued_appeals`."""
    return QueuedAppeal(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        account_number=row.account_number or "",
        last_name=row.last_name or "",
        first_name=row.first_name or "",
        middle_name=row.middle_name or "",
        address=row.address or "",
        type_code=row.type_code,
        type_name=row.type_name,
        service=row.service,
        subject=row.subject,
        state=row.state,
        created_at=row.created_at,
        changed_at=row.changed_at,
        waiting_since=row.waiting_since,
        taken_by=row.taken_by,
        taken_by_name=row.taken_by_name or "",
        last_message=row.last_message or 0,
    )
