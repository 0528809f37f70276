"""A closer look at an appeal in words."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from lk_app import formats
from lk_app.formats import NBSP
from lk_app.models import AppealState, Service
from lk_app.services.feedback import words
from lk_app.services.feedback.conversation import AttachmentLine, Message
from lk_app.services.feedback.inspection import CloserLook, OtherAppeal
from lk_app.services.feedback.queued import QueuedAppeal
from lk_app.services.feedback.replies import new_key
from lk_app.services.feedback.types import SERVICES
from lk_app.settings import settings
from lk_app.state.office.appeal_words import TONES, about, holder_of

ACCUSATIVES = {Service.SUBSCRIBER: "абонентскую службу", Service.TECHNICAL: "техническую службу"}
NOTE = "заметка для коллег"


@dataclass(frozen=True)
class FileLine:
    """A file that goes with a message."""

    address: str
    name: str
    size: str


@dataclass(frozen=True)
class Line:
    """A message of the conversation."""

    id: str
    author: str
    at: str
    text: str
    side: str
    """How it looks: `asked`, `answered` or `noted`."""
    mark: str
    """What else is said beside its author."""
    is_new: bool
    """Whether it came since the appeal was opened."""
    files: list[FileLine]


@dataclass(frozen=True)
class OtherRow:
    """Another appeal of the consumer."""

    id: str
    subject: str
    day: str
    state: str


@dataclass(frozen=True)
class Closer:
    """Everything about the appeal that is looked at; empty when none is."""

    id: str = ""
    holder: str = ""
    account: str = ""
    address: str = ""
    user: str = ""
    """Who writes."""
    subject: str = ""
    type: str = ""
    state: str = ""
    tone: str = ""
    at_it: str = ""
    """A warning that a colleague is at it."""
    lines: list[Line] = field(default_factory=list)
    others: list[OtherRow] = field(default_factory=list)
    templates: list[tuple[str, str]] = field(default_factory=list)
    """Titles and texts."""
    elsewhere: list[tuple[str, str]] = field(default_factory=list)
    """Codes and names of the types of the other service."""
    other_service: str = ""
    """The other service, in the accusative."""
    seen: str = ""
    """The last message when it was opened: an answer is refused that does not know what came after it."""
    last: int = 0
    """The last message that is shown."""
    key: str = ""
    """By which what a form sends twice is one."""
    can_take: bool = False
    can_release: bool = False
    can_answer: bool = False
    can_move: bool = False
    """Whether it can be handed over and closed."""
    about: str = ""


NOTHING_LOOKED_AT = Closer()


def closer_of(look: CloserLook, staff_id: int) -> Closer:
    """Put everything about an appeal into words, for a member of the staff."""
    appeal = look.appeal
    is_open = appeal.state is not AppealState.CLOSED
    last = max((message.id for message in look.messages), default=0)
    [other] = (service for service in Service if service is not appeal.service)
    return Closer(
        id=appeal.id,
        holder=holder_of(appeal),
        account=appeal.account_number,
        address=formats.address(appeal.address),
        user=appeal.user_name,
        subject=appeal.subject,
        type=f"{SERVICES[appeal.service]}: {appeal.type_name}",
        state=words.STATES[appeal.state],
        tone=TONES.get(appeal.state, ""),
        at_it=at_it_words(appeal, staff_id),
        lines=[line_of(message, appeal.user_name) for message in look.messages],
        others=[other_row(one) for one in look.others],
        templates=[(template.title, template.text) for template in look.templates],
        elsewhere=[(line.code, line.name) for line in look.elsewhere],
        other_service=ACCUSATIVES[other],
        seen=str(last),
        last=last,
        key=new_key(),
        can_take=appeal.state is AppealState.NEW,
        can_release=appeal.state is AppealState.TAKEN,
        can_answer=is_open,
        can_move=is_open,
        about=about(appeal),
    )


def refreshed(closer: Closer, newer: Closer) -> Closer:
    """Return a look that has been renewed while somebody may be writing: the form stays that of the one before."""
    lines = [replace(line, is_new=int(line.id) > int(closer.seen)) for line in newer.lines]
    return replace(newer, lines=lines, seen=closer.seen, key=closer.key, can_answer=closer.can_answer)


def at_it_words(appeal: QueuedAppeal, staff_id: int) -> str:
    """Say that a colleague is at an appeal; nothing when nobody or the caller is."""
    if appeal.state is not AppealState.TAKEN or appeal.taken_by == staff_id:
        return ""
    return f"В{NBSP}работе у{NBSP}коллеги: {appeal.taken_by_name}. Договоритесь, прежде чем отвечать."


def line_of(message: Message, user_name: str) -> Line:
    """Put a message into words."""
    side = "noted" if message.internal else "answered" if message.by_staff else "asked"
    return Line(
        id=str(message.id),
        author=message.author if message.by_staff else user_name,
        at=moment(message.at),
        text=message.text,
        side=side,
        mark=NOTE if message.internal else "",
        is_new=False,
        files=[file_line(attachment) for attachment in message.attachments],
    )


def file_line(attachment: AttachmentLine) -> FileLine:
    """Put a file into words."""
    kilobytes = max(1, round(attachment.size / 1024))
    return FileLine(f"/api/office/attachments/{attachment.id}", attachment.name, f"{kilobytes}{NBSP}КБ")


def other_row(appeal: OtherAppeal) -> OtherRow:
    """Put another appeal of the consumer into words."""
    day = formats.short_date(appeal.created_at.astimezone(settings().zone).date())
    return OtherRow(appeal.id, appeal.subject, day, words.STATES[appeal.state])


def moment(at: datetime) -> str:
    """Return a day and a time: «22.11.2026, 12:30»."""
    here = at.astimezone(settings().zone)
    return f"{formats.short_date(here.date())},{NBSP}{here:%H:%M}"
