"""«Обратная связь»: what may be asked about with its answers, one's appeals, and the one that is open, in words."""

import re
from dataclasses import dataclass, field
from datetime import datetime

import reflex as rx
from sqlmodel import Session

from lk_app import formats
from lk_app.models import AppealState, AttachmentKind
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.feedback import appeals, words
from lk_app.services.feedback.appeals import After, AppealLine, Conversation, FeedbackScreen
from lk_app.services.feedback.conversation import AttachmentLine, Message
from lk_app.services.feedback.types import SERVICES
from lk_app.services.help import faq, search
from lk_app.services.help.faq import FaqAnswer
from lk_app.services.live import appeals_of
from lk_app.services.references import reference_of
from lk_app.services.session import in_session, in_transaction
from lk_app.settings import settings
from lk_app.state import live
from lk_app.state.access import caller, consumer
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen, message_of

TONES = {AppealState.ANSWERED: "ok", AppealState.CLOSED: "over"}
"""How the badge of a state looks; others are plain."""

TYPE_CODE = re.compile(r"[\w-]{1,20}")
SEARCH_LENGTH = 100
NO_APPEAL = "Такого обращения нет. Все ваши обращения есть в списке."
OWN = "Вы"
NOTHING_FOUND = "Ничего не нашлось. Попробуйте другие слова или задайте свой вопрос."


@dataclass(frozen=True)
class TypeGroup:
    """The types of one service, as pairs of code and name."""

    service: str
    types: list[tuple[str, str]]


@dataclass(frozen=True)
class AppealRow:
    """An appeal as its line shows it."""

    id: str
    address: str
    subject: str
    about: str
    """Its type and when it was asked."""
    changed: str
    state: str
    tone: str
    is_unread: bool


@dataclass(frozen=True)
class FileLink:
    """An attached file: where it is, and what it is called."""

    address: str
    name: str
    about: str
    """What it is and how large: «фото, 340 КБ»."""


@dataclass(frozen=True)
class ShownMessage:
    """A message as the conversation shows it."""

    key: str
    author: str
    by_staff: bool
    at: str
    text: str
    files: list[FileLink]


@dataclass(frozen=True)
class OpenAppeal:
    """The appeal that is open; none while the id is empty."""

    id: str = ""
    subject: str = ""
    facts: list[str] = field(default_factory=list)
    state: str = ""
    tone: str = ""
    is_closed: bool = False
    messages: list[ShownMessage] = field(default_factory=list)


NONE_OPEN = OpenAppeal()


class FeedbackState(Screen, rx.State):
    """The appeals of the caller, or the one in the page's address."""

    groups: list[TypeGroup] = []
    type_code: str = ""
    type_name: str = ""
    answers: list[FaqAnswer] = []
    """Those of the chosen type; of a search, those that were found."""
    searched: str = ""
    told_found: str = ""
    """What the search found, for those who listen."""
    account: str = ""
    """What the chosen account is called in forms; empty when there is none."""
    about_account: str = ""
    """Which account a question goes with, in words."""
    rows: list[AppealRow] = []
    has_more: bool = False
    opened: OpenAppeal = NONE_OPEN
    missing: str = ""
    """Why the appeal in the address is not shown."""
    told: str = ""
    """What has come since the page was opened."""
    _after: After | None = None
    _pages: int = 1

    @rx.event
    @consumer
    async def load(self):
        """Load the screen that the address asks for, and watch for answers."""
        self.told, self._pages = "", 1
        async with self._failures_shown():
            await self._show()

    @rx.event
    @consumer
    async def refresh(self):
        """Show the same as it is now, and say what has come; if that fails, what is on the screen stays."""
        before, unread = self.opened, {row.id for row in self.rows if row.is_unread}
        try:
            await self._show()
        except Exception as error:
            message_of(error)
            return
        self.told = news(before, self.opened) or unread_news(unread, self.rows) or self.told

    @rx.event
    @consumer
    async def show_sent(self):
        """Show the same with what the caller has just done, which its form has told of."""
        self.told = ""
        async with self._failures_shown():
            await self._show()

    @rx.event
    @consumer
    async def show_more(self):
        """Show the next page of appeals too."""
        if self.has_more:
            self._pages += 1
            async with self._failures_shown():
                self._put_page(await in_session(appeals.page_of, await caller(self), self._after), add=True)

    @rx.event
    @consumer
    async def choose_type(self, code: str):
        """Show the questions that are often asked about something."""
        if isinstance(code, str) and (not code or TYPE_CODE.fullmatch(code)):
            async with self._failures_shown():
                self._choose(code)
                await self._show_answers("")

    @rx.event
    @consumer
    async def search(self, form: dict):
        """Show which of those questions have to do with some words."""
        typed = form.get("words") if isinstance(form, dict) else None
        if isinstance(typed, str) and typed.isprintable() and len(typed) <= SEARCH_LENGTH and self.type_code:
            async with self._failures_shown():
                await self._show_answers(" ".join(typed.split()))

    async def _show(self) -> None:
        who = await caller(self)
        asked = self.router.url.query_parameters.get("appeal", "")
        screen = await self._read(who, asked)
        await show_cabinet(self, screen.cabinet)
        chosen = screen.cabinet.chosen
        self.account = reference_of(chosen.number) if chosen else ""
        self.about_account = f"О{formats.NBSP}лицевом счёте {chosen.number}" if chosen else "Без лицевого счёта"
        self.opened = open_appeal(screen.conversation) if screen.conversation else NONE_OPEN
        if screen.conversation:
            await self._mark_seen(who, screen.conversation)
        else:
            await self._put_list(who, screen)
        live.watch(self, appeals_of(who.user_id), FeedbackState.refresh)

    async def _read(self, who: Consumer, asked: str) -> FeedbackScreen:
        self.missing = ""
        if asked:
            try:
                return await in_session(appeals.open_feedback, who, asked, None)
            except NotFound:
                self.missing = NO_APPEAL
        return await in_session(appeals.open_feedback, who, "", None)

    async def _put_list(self, who: Consumer, screen: FeedbackScreen) -> None:
        self.groups = [
            TypeGroup(name, [(line.code, line.name) for line in screen.types if line.service is service])
            for service, name in SERVICES.items()
        ]
        if self.type_code:
            # Staff may have put it away meanwhile.
            self._choose(self.type_code)
        self._put_page(screen.page)
        for _ in range(1, self._pages):
            if self._after:
                self._put_page(await in_session(appeals.page_of, who, self._after), add=True)

    def _put_page(self, page: appeals.AppealsPage, *, add: bool = False) -> None:
        shown = [appeal_row(line) for line in page.lines]
        known = {row.id for row in shown}
        self.rows = ([row for row in self.rows if row.id not in known] if add else []) + shown
        self._after, self.has_more = page.after, page.after is not None

    async def _mark_seen(self, who: Consumer, shown: Conversation) -> None:
        if shown.line.is_unread:
            await in_transaction(appeals.mark_seen, who, shown.line.id, shown.messages[-1].at)

    def _choose(self, code: str) -> None:
        names = {known: name for group in self.groups for known, name in group.types}
        self.type_code, self.type_name = (code, names[code]) if code in names else ("", "")

    async def _show_answers(self, words: str) -> None:
        self.searched, self.told_found = words, ""
        if not self.type_code:
            self.answers = []
            return
        self.answers = await in_session(answers_to, self.type_code, words)
        if words:
            found = formats.counted(len(self.answers), "ответ", "ответа", "ответов")
            self.told_found = f"Найдено: {found}" if self.answers else NOTHING_FOUND


def answers_to(session: Session, type_code: str, words: str) -> list[FaqAnswer]:
    """Return the answers of a type; if words are given, those that have to do with them, the best first."""
    known = {answer.id: answer for answer in faq.entries(session, type_code)}
    if not words:
        return list(known.values())
    found = search.find(session, words, type_code=type_code)
    return [known[each.faq_id] for each in found if each.faq_id in known]


def news(before: OpenAppeal, now: OpenAppeal) -> str:
    """Return what has come into the open appeal: an answer, or another state."""
    if not before.id or before.id != now.id:
        return ""
    known = {message.key for message in before.messages}
    if any(message.by_staff and message.key not in known for message in now.messages):
        return "Пришёл ответ."
    return f"Состояние обращения: {now.state}." if before.state != now.state else ""


def unread_news(before: set[str], rows: list[AppealRow]) -> str:
    """Return which appeal has an answer that was not there before."""
    fresh = [row.subject for row in rows if row.is_unread and row.id not in before]
    return f"Пришёл ответ: {'; '.join(fresh)}" if fresh else ""


def appeal_row(line: AppealLine) -> AppealRow:
    """Put an appeal into words."""
    return AppealRow(
        id=line.id,
        address=f"/feedback?appeal={line.id}",
        subject=line.subject,
        about=f"{line.type_name}, {day_of(line.created_at)}",
        changed=moment(line.changed_at),
        state=words.STATES[line.state],
        tone=TONES.get(line.state, ""),
        is_unread=line.is_unread,
    )


def open_appeal(shown: Conversation) -> OpenAppeal:
    """Put an appeal with what was written into words."""
    line = shown.line
    account = f"лицевой счёт {shown.account_number}" if shown.account_number else ""
    return OpenAppeal(
        id=line.id,
        subject=line.subject,
        facts=[fact for fact in (f"№{formats.NBSP}{line.id}", line.type_name, account) if fact],
        state=words.STATES[line.state],
        tone=TONES.get(line.state, ""),
        is_closed=line.state is AppealState.CLOSED,
        messages=[shown_message(message) for message in shown.messages],
    )


def shown_message(message: Message) -> ShownMessage:
    """Put a message into words."""
    return ShownMessage(
        key=str(message.id),
        author=message.author if message.by_staff else OWN,
        by_staff=message.by_staff,
        at=moment(message.at),
        text=message.text,
        files=[file_link(line) for line in message.attachments],
    )


def file_link(line: AttachmentLine) -> FileLink:
    """Put an attached file into words."""
    kind = "PDF" if line.kind is AttachmentKind.PDF else "фото"
    return FileLink(f"/api/feedback/attachments/{line.id}", line.name, f"{kind}, {formats.file_size(line.size)}")


def day_of(instant: datetime) -> str:
    """Return the company's day of an instant."""
    return formats.short_date(instant.astimezone(settings().zone).date())


def moment(instant: datetime) -> str:
    """Return an instant as a person reads it."""
    return f"{day_of(instant)}, {instant.astimezone(settings().zone):%H:%M}"
