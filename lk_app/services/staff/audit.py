"""The audit log: what staff did, or tried. Services add to it in the transaction of what they do."""

from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Action, AuditEvent, StaffSession
from lk_app.services.callers import Author, Command

SUBJECT_LENGTH = 60
DETAIL_LENGTH = 300


def record(
    session: Session, who: Author, action: Action, now: datetime, *, subject: str = "", detail: str = ""
) -> None:
    """Add what the caller did to `subject`: the id of a reading, an account number, a login.

    A command has no member and no address; who ran it stands in the detail.
    """
    if isinstance(who, Command):
        by = f"by {who.user}"
        add(session, None, action, now, subject=subject, detail=f"{detail}; {by}" if detail else by)
        return
    address = session.exec(select(col(StaffSession.address)).where(col(StaffSession.id) == who.session_id)).one()
    add(session, who.staff_id, action, now, subject=subject, detail=detail, address=address)


def add(
    session: Session,
    staff_id: int | None,
    action: Action,
    now: datetime,
    *,
    subject: str = "",
    detail: str = "",
    address: str = "",
) -> None:
    """Add what somebody did outside a session: signed in or out; `address` must be masked."""
    session.add(
        AuditEvent(
            staff_id=staff_id,
            action=action,
            at=now,
            subject=subject[:SUBJECT_LENGTH],
            detail=detail[:DETAIL_LENGTH],
            address=address,
        )
    )
