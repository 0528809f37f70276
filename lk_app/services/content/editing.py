"""What staff do about content: look at it, publish what they have made of it, put it away, and put it in order.

The form of something new comes with a key that was made with it, as an appeal does: sent twice because an answer was
lost, it makes one thing; changed in between, another; and what others send under the same key is not in its way.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from lk_app import formats
from lk_app.models import Action, AppealType, Staff
from lk_app.services import live
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.content import history
from lk_app.services.content.history import Change, Version
from lk_app.services.content.kind import Kind, Typed
from lk_app.services.errors import FieldErrors, NotFound
from lk_app.services.staff import audit
from lk_app.services.staff.duties import CONTENT
from lk_app.settings import settings

SENT_LENGTH = 40
"""Letters of a digest that are kept."""

OVERTAKEN = (
    "Пока вы правили, опубликована другая версия: {by}, {at}. Она первая в истории изменений. То, что вы ввели, "
    "осталось в форме. Сверьте их; если всё равно публикуете своё, поставьте отметку."
)


@dataclass(frozen=True)
class Entry:
    """A row of a list."""

    key: str
    title: str
    beside: str
    published: bool
    is_first: bool
    """Among those it can change places with; so is the last."""
    is_last: bool
    change: Change | None
    """None for what nobody of the staff has edited."""


@dataclass(frozen=True)
class Listing:
    """All of a kind, with the names of types, by their codes, that its rows speak of."""

    entries: list[Entry]
    types: dict[str, str]


@dataclass(frozen=True)
class Editor:
    """What is edited, and its history."""

    key: str
    fields: Any | None
    """As they are stored; None for what is new."""
    published: bool
    latest: int
    """The newest version staff made, by which it is known whether a colleague has been faster."""
    versions: list[Version]
    types: dict[str, str]


def open_list(session: Session, who: StaffCaller, kind: Kind) -> Listing:
    """Return all of a kind in its order. Staff have made it by hand, so that it is as long as a person can read."""
    require_role(who, *CONTENT)
    changes, rows = history.last_changes(session, kind.content), kind.rows(session)
    entries = [_entry(kind, rows, place, changes) for place in range(len(rows))]
    return Listing(entries, type_names(session))


def open_editor(session: Session, who: StaffCaller, kind: Kind, key: str) -> Editor:
    """Return what can be edited of one, or of a new one when the key is empty; raises NotFound."""
    require_role(who, *CONTENT)
    if not key:
        return Editor("", None, published=True, latest=0, versions=[], types=type_names(session))
    row = kind.find(session, key) or _not_begun(session, kind)
    return Editor(
        key=key,
        fields=kind.fields_of(row),
        published=getattr(row, "published", True),
        latest=history.latest(session, kind.content, key),
        versions=history.versions(session, kind.content, key),
        types=type_names(session),
    )


def check(session: Session, who: StaffCaller, kind: Kind, typed: Typed) -> Any:
    """Return the fields of a form that is not published yet; raises FieldErrors."""
    require_role(who, *CONTENT)
    return kind.read(session, typed)


def publish(session: Session, who: StaffCaller, kind: Kind, typed: Typed, now: datetime) -> str:
    """Store a form with `key`, empty for what is new, and let it be seen from now on. Returns its key.

    What is new says by `sent` which form it comes from; the same form again returns the same key and does nothing.
    `revision` is the newest version when the form was opened; if a colleague has published another since, the form is
    refused until it says `overwrite`, by somebody who has `seen` that version. Raises FieldErrors and NotFound.
    """
    require_role(who, *CONTENT)
    key = typed.get("key", "")
    if not key:
        return _publish_new(session, who, kind, typed, now)
    kind.begin(session)
    row = kind.find(session, key, lock=True)
    if row is None:
        raise NotFound
    fields = kind.read(session, typed)
    _require_latest(session, kind, key, typed)
    history.keep_former(session, kind.content, key, kind.fields_of(row), now)
    if kind.within and getattr(row, kind.within) != getattr(fields, kind.within):
        row.position = _next_position(session, kind, getattr(fields, kind.within))
    row.sqlmodel_update(asdict(fields) | kind.marks(now))
    _store(session, who, kind, key, row, "published", now)
    return key


def show(session: Session, who: StaffCaller, kind: Kind, key: str, published: bool, now: datetime) -> str:
    """Put something away, or let it be seen again; return its title. Raises NotFound and ServiceError."""
    require_role(who, *CONTENT)
    row = kind.find(session, key, lock=True) if kind.can_be_put_away else None
    if row is None:
        raise NotFound
    if row.published != published:
        if not published:
            kind.may_put_away(session)
        history.keep_former(session, kind.content, key, kind.fields_of(row), now)
        row.published = published
        _store(session, who, kind, key, row, "published" if published else "put away", now)
    return str(getattr(row, kind.title))


def move(session: Session, who: StaffCaller, kind: Kind, key: str, step: int, now: datetime) -> None:
    """Let something change places with the one before it (`step` -1) or after it (1); at an end it stays."""
    require_role(who, *CONTENT)
    row = kind.find(session, key) if kind.has_position else None
    if row is None:
        raise NotFound
    peers = [each for each in kind.rows(session) if _are_peers(kind, each, row)]
    place = peers.index(row)
    if not 0 <= place + step < len(peers):
        return
    peers[place], peers[place + step] = peers[place + step], peers[place]
    for position, peer in enumerate(peers, 1):
        peer.position = position
        session.add(peer)
    session.flush()
    _record(session, who, kind, key, "moved", now)


def type_names(session: Session) -> dict[str, str]:
    """Return the names of all types of appeals by their codes, in their order."""
    rows = session.exec(select(AppealType).order_by(col(AppealType.position), col(AppealType.code)))
    return {row.code: row.name for row in rows}


def _entry(kind: Kind, rows: Sequence[Any], place: int, changes: dict[str, Change]) -> Entry:
    row, key = rows[place], str(getattr(rows[place], kind.key))
    before, after = rows[:place][-1:], rows[place + 1 :][:1]
    return Entry(
        key=key,
        title=str(getattr(row, kind.title, "")),
        beside=str(getattr(row, kind.beside, None) or ""),
        published=getattr(row, "published", True),
        is_first=not any(_are_peers(kind, row, other) for other in before),
        is_last=not any(_are_peers(kind, row, other) for other in after),
        change=changes.get(key),
    )


def _are_peers(kind: Kind, one: Any, other: Any) -> bool:
    return not kind.within or bool(getattr(one, kind.within) == getattr(other, kind.within))


def _not_begun(session: Session, kind: Kind) -> Any:
    """Return what holds of a kind that is not stored before its first edit."""
    if not kind.is_single:
        raise NotFound
    return kind.rows(session)[0]


def _publish_new(session: Session, who: StaffCaller, kind: Kind, typed: Typed, now: datetime) -> str:
    if kind.is_single:
        raise NotFound
    sent = _digest(who, kind, typed)
    # Whoever sends the same twice at once waits here for themselves.
    session.exec(select(Staff.id).where(Staff.id == who.staff_id).with_for_update(key_share=True)).one()
    made = history.made_by(session, sent) if sent else None
    if made is not None:
        return made
    fields, key = _read_new(session, kind, typed)
    values = asdict(fields) | kind.marks(now)
    if kind.has_position:
        values["position"] = _next_position(session, kind, values.get(kind.within))
    if key:
        values[kind.key] = key
    row: Any = kind.table(**values)
    session.add(row)
    session.flush()
    key = str(getattr(row, kind.key))
    _store(session, who, kind, key, row, "created", now, sent)
    return key


def _digest(who: StaffCaller, kind: Kind, typed: Typed) -> str | None:
    """Return by what a form is known when it comes again; None for one without a key, which is never taken for that."""
    if not typed.get("sent"):
        return None
    parts = (str(who.staff_id), kind.content.value, *(part for field in sorted(typed.items()) for part in field))
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:SENT_LENGTH]


def _read_new(session: Session, kind: Kind, typed: Typed) -> tuple[Any, str]:
    """Return the fields and the key of something new; raises FieldErrors with all that is wrong at once."""
    errors: dict[str, str] = {}
    fields, key = None, ""
    try:
        key = kind.new_key(session, typed) if kind.new_key else ""
    except FieldErrors as wrong:
        errors |= wrong.errors
    try:
        fields = kind.read(session, typed)
    except FieldErrors as wrong:
        errors |= wrong.errors
    if errors:
        raise FieldErrors(errors)
    return fields, key


def _next_position(session: Session, kind: Kind, group: Any) -> int:
    columns = kind.table.__table__.c  # type: ignore[attr-defined]  # each table's class has it
    last = select(func.max(columns.position))
    if kind.within:
        last = last.where(columns[kind.within] == group)
    return (session.exec(last).one() or 0) + 1


def _require_latest(session: Session, kind: Kind, key: str, typed: Typed) -> None:
    latest = str(history.latest(session, kind.content, key))
    if latest == typed.get("revision") or (typed.get("overwrite") and latest == typed.get("seen")):
        return
    change = history.last_changes(session, kind.content).get(key)
    if change is None:
        return
    at = change.at.astimezone(settings().zone)
    told = OVERTAKEN.format(by=change.by, at=f"{formats.short_date(at.date())} в{formats.NBSP}{at:%H:%M}")
    raise FieldErrors({"overwrite": told})


def _store(
    session: Session,
    who: StaffCaller,
    kind: Kind,
    key: str,
    row: Any,
    what: str,
    now: datetime,
    sent: str | None = None,
) -> None:
    session.add(row)
    session.flush()
    kind.stored(session, row)
    history.keep(session, kind.content, key, kind.fields_of(row), who, now, sent)
    live.publish(session, live.content_of(kind.content, key), now)
    _record(session, who, kind, key, what, now)


def _record(session: Session, who: StaffCaller, kind: Kind, key: str, what: str, now: datetime) -> None:
    audit.record(session, who, Action.CONTENT_CHANGED, now, subject=f"{kind.content.value} {key}", detail=what)
