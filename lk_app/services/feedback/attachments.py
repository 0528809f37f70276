"""Files that go with messages of consumers: kept for a day on their own, then with the message they were sent with.

Only who uploaded a file sees it, and staff once it was sent, which is logged. What is kept was looked through before:
pictures are drawn anew (`lk_app.photos`), of PDFs only such as do nothing are let in (`lk_app.papers`).
"""

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select, update

from lk_app.models import Action, AppealMessage, Attachment, AttachmentKind
from lk_app.services import rates
from lk_app.services.callers import Consumer, StaffCaller, appeals_of, require_role
from lk_app.services.errors import NotFound
from lk_app.services.rates import Limit, Pace, Window
from lk_app.services.staff import audit
from lk_app.services.staff.duties import APPEALS

ID_BYTES = 16
ID = re.compile(r"[\w-]{22}", re.ASCII)

MOST_BYTES = 5 * 1024 * 1024
"""Of a file as it is uploaded."""
MOST_OF_MESSAGE = 3

UPLOADS = Pace(burst=30, interval=timedelta(minutes=10))
"""Of one user, whatever becomes of them."""
UNATTACHED = Window(most=20, period=timedelta(days=1))
"""Files of one user that went with no message."""

GONE = "Приложенного файла больше нет. Приложите его ещё раз."

NAME_LENGTH = 100
ENDINGS = {AttachmentKind.JPEG: ".jpg", AttachmentKind.PDF: ".pdf"}
KNOWN_ENDING = re.compile(r"\.(?:jpe?g|png|hei[cf]|pdf)$", re.IGNORECASE)
UNFIT = re.compile(r'[<>:"|?*]')
"""What a name of a file may not hold on some systems."""
UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
"""Categories of characters that can't be seen, or turn others round: «фото‮gpj.exe» reads as a photo."""
NAMELESS = {AttachmentKind.JPEG: "Фото", AttachmentKind.PDF: "Документ"}


@dataclass(frozen=True)
class File:
    """An attachment with what is in it."""

    name: str
    kind: AttachmentKind
    content: bytes = field(repr=False)


def admit(session: Session, who: Consumer, now: datetime) -> None:
    """Count an upload before anything is done about it; raises TooManyAttempts."""
    rates.take(session, [Limit("attachment uploads", str(who.user_id), UPLOADS)], now)


def keep(session: Session, who: Consumer, file: File, now: datetime) -> str:
    """Keep a file and return its id; raises TooManyAttempts."""
    rates.take(session, [_unattached(who)], now)
    row = Attachment(
        id=secrets.token_urlsafe(ID_BYTES),
        user_id=who.user_id,
        name=file.name,
        kind=file.kind,
        size=len(file.content),
        uploaded_at=now,
        content=file.content,
    )
    session.add(row)
    session.flush()
    return row.id


def named_in(fields: Mapping[str, str]) -> list[str]:
    """Return the ids of the files a form names; raises NotFound for what can be none."""
    ids = [fields.get(f"attachment-{place}", "") for place in range(1, MOST_OF_MESSAGE + 1)]
    return [_checked(attachment_id) for attachment_id in dict.fromkeys(ids) if attachment_id]


def attach(session: Session, who: Consumer, ids: Sequence[str], message_id: int) -> None:
    """Let files of the caller's go with their new message; raises NotFound for one that is not there to go with it."""
    own = [col(Attachment.id).in_(ids), col(Attachment.user_id) == who.user_id, col(Attachment.message_id).is_(None)]
    of_the_caller = select(AppealMessage.id).where(
        AppealMessage.id == message_id, col(AppealMessage.appeal_id).in_(appeals_of(who))
    )
    uploaded_at = session.exec(select(Attachment.uploaded_at).where(*own).with_for_update()).all()
    if len(uploaded_at) != len(ids) or session.exec(of_the_caller).one_or_none() is None:
        raise NotFound(GONE)
    session.exec(update(Attachment).where(*own).values(message_id=message_id))
    for moment in uploaded_at:
        rates.give_back(session, [_unattached(who)], moment)


def shown_to_consumer(session: Session, who: Consumer, attachment_id: str) -> File:
    """Return a file that the caller uploaded; raises NotFound for any other."""
    row = session.exec(
        select(Attachment)
        .outerjoin(AppealMessage, col(AppealMessage.id) == col(Attachment.message_id))
        .where(
            Attachment.id == _checked(attachment_id),
            Attachment.user_id == who.user_id,
            or_(col(Attachment.message_id).is_(None), col(AppealMessage.appeal_id).in_(appeals_of(who))),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return File(row.name, row.kind, row.content)


def shown_to_staff(session: Session, who: StaffCaller, attachment_id: str, now: datetime) -> File:
    """Return a file that was sent with a message, and log that it was seen; raises NotAllowed or NotFound."""
    require_role(who, *APPEALS)
    found = session.exec(
        select(Attachment, AppealMessage.appeal_id)
        .join(AppealMessage, col(AppealMessage.id) == col(Attachment.message_id))
        .where(Attachment.id == _checked(attachment_id))
    ).one_or_none()
    if found is None:
        raise NotFound
    row, appeal_id = found
    audit.record(session, who, Action.ATTACHMENT_SEEN, now, subject=appeal_id)
    return File(row.name, row.kind, row.content)


def harmless_name(name: str, kind: AttachmentKind) -> str:
    """Return what a file may be called: as its owner called it, of which no path, nothing unseen and no other ending
    than that of its content is left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(character for character in last if unicodedata.category(character) not in UNSEEN)
    stem = KNOWN_ENDING.sub("", UNFIT.sub(" ", seen).strip(" ."))
    short = " ".join(stem.split())[: NAME_LENGTH - len(ENDINGS[kind])].strip(" .")
    return f"{short or NAMELESS[kind]}{ENDINGS[kind]}"


def _unattached(who: Consumer) -> Limit:
    return Limit("attachments", str(who.user_id), UNATTACHED)


def _checked(attachment_id: str) -> str:
    """Return what may be the id of a file; raises NotFound for what can be none."""
    if not ID.fullmatch(attachment_id):
        raise NotFound(GONE)
    return attachment_id
