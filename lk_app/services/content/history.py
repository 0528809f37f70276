"""What content was made by each edit: revisions are added and never changed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from lk_app.models import Content, Revision, Staff
from lk_app.services.callers import StaffCaller

MOST = 50
"""How many versions are shown."""


@dataclass(frozen=True)
class Version:
    """What something was from a moment on."""

    id: int
    at: datetime
    by: str
    """The member's name; empty for what it was before staff edited it, or became without them."""
    fields: dict[str, Any]
    before: dict[str, Any]
    """What it was before that: empty for the first version."""

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of what this version changed; of nothing for the first one."""
        return tuple(name for name in self.fields if self.before and self.fields[name] != self.before.get(name))


@dataclass(frozen=True)
class Change:
    """When something was last edited, and by whom."""

    at: datetime
    by: str


def keep(
    session: Session, content: Content, key: str, fields: Any, who: StaffCaller, now: datetime, sent: str | None = None
) -> None:
    """Keep what a member has made of something; `sent` tells the form by which it was made new."""
    _add(session, content, key, fields, who.staff_id, now, sent)


def made_by(session: Session, sent: str) -> str | None:
    """Return the key of what a form has made new already."""
    return session.exec(select(Revision.key).where(Revision.sent == sent)).one_or_none()


def keep_former(session: Session, content: Content, key: str, fields: Any, now: datetime) -> None:
    """Keep what something is before it is edited, without a member, if that is not what the history says already.

    So it is before the first edit, and when billing has changed an office that was put away here.
    """
    last = session.exec(_of(content, key).limit(1)).first()
    if last is None or last.fields != asdict(fields):
        _add(session, content, key, fields, None, now)


def latest(session: Session, content: Content, key: str) -> int:
    """Return the id of the newest version of something that staff made; 0 if they have made none."""
    made = select(func.max(Revision.id)).where(
        Revision.content == content, Revision.key == key, col(Revision.staff_id).is_not(None)
    )
    return session.exec(made).one() or 0


def versions(session: Session, content: Content, key: str) -> list[Version]:
    """Return the versions of something, newest first."""
    rows = session.exec(
        select(Revision, Staff.name)
        .outerjoin(Staff, col(Staff.id) == col(Revision.staff_id))
        .where(Revision.content == content, Revision.key == key)
        .order_by(col(Revision.id).desc())
        .limit(MOST + 1)
    ).all()
    older = [revision.fields for revision, _ in rows[1:]] + [{}]
    return [
        Version(revision.id or 0, revision.at, name or "", dict(revision.fields), dict(before))
        for (revision, name), before in zip(rows[:MOST], older, strict=False)
    ]


def last_changes(session: Session, content: Content) -> dict[str, Change]:
    """Return for each key of a kind what staff did last."""
    newest = (
        select(func.max(Revision.id))
        .where(Revision.content == content, col(Revision.staff_id).is_not(None))
        .group_by(col(Revision.key))
    )
    rows = session.exec(
        select(Revision.key, Revision.at, Staff.name)
        .join(Staff, col(Staff.id) == col(Revision.staff_id))
        .where(col(Revision.id).in_(newest))
    )
    return {key: Change(at, name) for key, at, name in rows}


def _of(content: Content, key: str) -> Any:
    return select(Revision).where(Revision.content == content, Revision.key == key).order_by(col(Revision.id).desc())


def _add(
    session: Session,
    content: Content,
    key: str,
    fields: Any,
    staff_id: int | None,
    now: datetime,
    sent: str | None = None,
) -> None:
    session.add(Revision(content=content, key=key, at=now, staff_id=staff_id, fields=asdict(fields), sent=sent))
    session.flush()
