"""What a consumer does with their appeals: asks, adds, says that the question is settled.

What is written comes with a key that was made with its form. It is kept as a digest of the caller, the key and the
text: sent twice because an answer was lost, it is kept once; changed in between, it is another message; and what others
send under the same key is neither in its way nor found out about by it.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from lk_app.models import Appeal, AppealMessage, AppealState, AppealType
from lk_app.services import identity, rates, references, typed
from lk_app.services.callers import Consumer, appeals_of
from lk_app.services.errors import NotFound
from lk_app.services.feedback import attachments, machine
from lk_app.services.numbers import new_number
from lk_app.services.rates import Limit, Pace, Window
from lk_app.services.typed import Reader

SUBJECT_LENGTH = 200
TEXT_LENGTH = 4_000
KEY_LENGTH = 40

QUESTIONS = Pace(burst=5, interval=timedelta(minutes=10))
QUESTIONS_PER_DAY = Window(most=20, period=timedelta(days=1))
REPLIES = Pace(burst=10, interval=timedelta(minutes=2))
REPLIES_PER_DAY = Window(most=60, period=timedelta(days=1))

NO_TYPE = "Выберите тип обращения"


@dataclass(frozen=True)
class Written:
    """What a form brings besides what it is about."""

    text: str
    attachment_ids: tuple[str, ...]
    key: str


def ask(session: Session, who: Consumer, fields: Mapping[str, str], now: datetime) -> str:
    """Keep a new appeal and return its id; asked again with the same form, return the same.

    `fields` are `type`, `subject`, `text`, `attachment-1` to `-3`, `key`, and `account` as addresses call it; empty, it
    is about none. Raises FieldErrors, NotFound or TooManyAttempts.
    """
    # Who sends the same twice at once waits here for themselves.
    identity.user_of(session, who)
    reader = Reader(fields)
    type_code = reader.read("type", _published_type, session)
    subject = reader.read("subject", typed.one_line, SUBJECT_LENGTH)
    account = fields.get("account", "")
    written = _read(who, reader, fields, type_code, account, subject)
    known = _kept_before(session, who, written)
    if known is not None:
        return known.appeal_id
    rates.take(session, [_limit(who, "questions", QUESTIONS), _limit(who, "questions a day", QUESTIONS_PER_DAY)], now)
    appeal = Appeal(
        id=f"Q{new_number(now)}",
        user_id=who.user_id,
        account_number=references.account_of(session, who, account) if account else None,
        type_code=type_code,
        subject=subject,
        state=AppealState.NEW,
        created_at=now,
        changed_at=now,
        waiting_since=now,
        seen_at=now,
    )
    session.add(appeal)
    session.flush()
    _keep(session, who, appeal, written, now)
    return appeal.id


def reply(session: Session, who: Consumer, fields: Mapping[str, str], now: datetime) -> None:
    """Add a message to an appeal of the caller's; the same form sent again adds nothing.

    `fields` are `appeal`, `text`, `attachment-1` to `-3` and `key`. Raises FieldErrors, NotFound, TooManyAttempts, or
    ServiceError for a closed appeal.
    """
    identity.user_of(session, who)
    reader = Reader(fields)
    appeal_id = _own(session, who, fields.get("appeal", ""))
    written = _read(who, reader, fields, appeal_id)
    if _kept_before(session, who, written) is not None:
        return
    appeal = machine.locked(session, appeal_id)
    machine.require_open(appeal)
    rates.take(session, [_limit(who, "replies", REPLIES), _limit(who, "replies a day", REPLIES_PER_DAY)], now)
    _keep(session, who, appeal, written, now)


def close(session: Session, who: Consumer, appeal_id: str, now: datetime) -> None:
    """End an appeal of the caller's, since the question is settled; raises NotFound for any other."""
    machine.close(session, machine.locked(session, _own(session, who, appeal_id)), now)


def _keep(session: Session, who: Consumer, appeal: Appeal, written: Written, now: datetime) -> None:
    message = AppealMessage(appeal_id=appeal.id, text=written.text, at=now, key=written.key)
    session.add(message)
    session.flush()
    attachments.attach(session, who, written.attachment_ids, message.id or 0)
    machine.wait(session, appeal, now)


def _own(session: Session, who: Consumer, appeal_id: str) -> str:
    """Return the id of an appeal of the caller's; raises NotFound for any other text."""
    own = select(Appeal.id).where(Appeal.id == appeal_id, col(Appeal.id).in_(appeals_of(who)))
    found = session.exec(own).one_or_none() if appeal_id.isprintable() else None
    if found is None:
        raise NotFound
    return found


def _read(who: Consumer, reader: Reader, fields: Mapping[str, str], *about: str) -> Written:
    """Return what was written about something; raises FieldErrors about that too."""
    text = reader.read("text", typed.several_lines, TEXT_LENGTH)
    ids = attachments.named_in(fields)
    reader.finish()
    # A form without a key is never taken for one that was sent before.
    key = fields.get("key", "") or secrets.token_hex()
    parts = (str(who.user_id), key, *about, text, *ids)
    digest = hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
    return Written(text, tuple(ids), digest[:KEY_LENGTH])


def _kept_before(session: Session, who: Consumer, written: Written) -> AppealMessage | None:
    return session.exec(
        select(AppealMessage).where(AppealMessage.key == written.key, col(AppealMessage.appeal_id).in_(appeals_of(who)))
    ).one_or_none()


def _published_type(code: str, session: Session) -> str:
    known = session.get(AppealType, code) if code.isprintable() and code else None
    if known is None or not known.published:
        raise typed.Refused(NO_TYPE)
    return known.code


def _limit(who: Consumer, kind: str, pace: Pace | Window) -> Limit:
    return Limit(f"appeal {kind}", str(who.user_id), pace)
