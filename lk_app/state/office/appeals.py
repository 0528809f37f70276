"""The queue of appeals: what staff see of it, and what they do that needs no writing."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from lk_app import clock
from lk_app.formats import NBSP
from lk_app.models import Service
from lk_app.services.feedback import answering, inspection, queue
from lk_app.services.feedback.finding import Kind
from lk_app.services.feedback.queue import Cursor, Filter, QueuePage, is_appeal_id
from lk_app.services.feedback.types import SERVICES
from lk_app.services.live import APPEAL_QUEUE
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import APPEALS
from lk_app.state import live
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.appeal_words import (
    NO_COUNTS,
    AppealRow,
    Counts,
    counts_of,
    found_words,
    head_words,
    row_of,
    span_words,
)
from lk_app.state.office.conversation_words import NOTHING_LOOKED_AT, Closer, closer_of, refreshed
from lk_app.state.office.desk import DONE, REFUSED, Pages, search_of
from lk_app.state.screen import message_of

TAKEN = f"Вы{NBSP}взяли обращение в{NBSP}работу."
RELEASED = f"Обращение возвращено в{NBSP}очередь."

SERVICE_OPTIONS = [(service.value, name) for service, name in SERVICES.items()]


class AppealsState(Pages, rx.State):
    """A page of the queue, and the appeal that is looked at. What somebody is writing only the page itself knows."""

    rows: list[AppealRow] = []
    head: str = ""
    counts: Counts = NO_COUNTS
    kind: str = Kind.WAITING.value
    by_waiting: bool = True
    """Whether rows say since when somebody waits; otherwise when an appeal changed."""
    service: str = ""
    type_code: str = ""
    services: list[tuple[str, str]] = SERVICE_OPTIONS
    types: list[tuple[str, str]] = []
    """Those of the chosen service."""
    closer: Closer = NOTHING_LOOKED_AT
    _found: str = ""

    @rx.event
    @staff(*APPEALS)
    async def load(self):
        """Show the appeals that have waited longest, and watch for changes."""
        self.kind, self.service, self.type_code, self.searched = Kind.WAITING.value, "", "", ""
        self.closer = NOTHING_LOOKED_AT
        self._say("")
        await self._show()
        live.watch(self, APPEAL_QUEUE, AppealsState.refresh)

    @rx.event
    @staff(*APPEALS)
    async def filter_by(self, kind: str, service: str, type_code: str):
        """Show the appeals of another kind, service or type."""
        if kind not in list(Kind) or service not in ["", *Service] or not is_type_code(type_code):
            return
        if service != self.service:
            type_code = ""
        self.kind, self.service, self.type_code = kind, service, type_code
        await self._show()
        self._say(self._found)

    @rx.event
    @staff(*APPEALS)
    async def search(self, form: dict):
        """Show what `search` of a form finds, in whatever state it is; the queue again for nothing."""
        typed = search_of(form)
        if typed is None:
            return
        if typed != self.searched:
            self.kind = Kind.ALL.value if typed else Kind.WAITING.value
        self.searched = typed
        await self._show()
        self._say(self._found)

    @rx.event
    @staff(*APPEALS)
    async def turn(self, where: str):
        """Show the page beside this one."""
        await self._turn(where)

    @rx.event
    @staff(*APPEALS)
    async def look(self, appeal_id: str):
        """Show everything about an appeal."""
        if not is_appeal_id(appeal_id):
            return
        try:
            self.closer = await self._look(appeal_id)
        except Exception as error:
            self._say(message_of(error), REFUSED)

    @rx.event
    @staff(*APPEALS)
    async def put_away(self):
        """Forget what was looked at."""
        self.closer = NOTHING_LOOKED_AT

    @rx.event
    @staff(*APPEALS)
    async def take(self, appeal_id: str):
        """Let the caller be at an appeal."""
        await self._do(answering.take, appeal_id, TAKEN)

    @rx.event
    @staff(*APPEALS)
    async def release(self, appeal_id: str):
        """Give an appeal back to all."""
        await self._do(answering.release, appeal_id, RELEASED)

    @rx.event
    @staff(*APPEALS)
    async def reload(self):
        """Show the page after a form has answered, closed or handed over; the form itself says what came of that."""
        self._say("")
        self.closer = NOTHING_LOOKED_AT
        await self._show_again()

    @rx.event
    @staff(*APPEALS)
    async def reread(self):
        """Show the appeal anew after a note, or because somebody wrote: what is shown now counts as seen."""
        self._say("")
        if self.closer.id:
            try:
                self.closer = await self._look(self.closer.id, known=self.closer.last)
            except Exception as error:
                self._say(message_of(error), REFUSED)

    @rx.event
    @staff(*APPEALS)
    async def refresh(self):
        """Show what others have changed meanwhile."""
        await self._show_again()

    async def _do(self, act: Callable[..., None], appeal_id: object, words: str) -> None:
        if not is_appeal_id(appeal_id):
            return
        try:
            await in_transaction(act, await staff_caller(self), appeal_id, clock.now())
        except Exception as error:
            self._say(message_of(error), REFUSED)
        else:
            self._say(words, DONE)
        await self._show_again()

    async def _look(self, appeal_id: str, known: int = 0) -> Closer:
        who = await staff_caller(self)
        look = await in_transaction(inspection.look_closer, who, appeal_id, clock.now(), known=known)
        return closer_of(look, who.staff_id)

    async def _show_beside(self) -> None:
        if self.closer.id:
            self.closer = refreshed(self.closer, await self._look(self.closer.id, known=self.closer.last))

    async def _page(self, after: Cursor | None, before: Cursor | None, *, again: bool) -> QueuePage:
        service = Service(self.service) if self.service else None
        wanted = Filter(Kind(self.kind), service, self.type_code, self.searched)
        shown = [row.id for row in self.rows] if again else []
        beside: dict[str, Any] = {"after": after, "before": before, "shown": shown}
        return await in_transaction(queue.open_queue, await staff_caller(self), wanted, clock.now(), **beside)

    def _put(self, page: QueuePage) -> None:
        now, kind, appeals = clock.now(), Kind(self.kind), page.appeals
        self.by_waiting = kind.by_waiting
        self.rows = [row_of(appeal, kind, now) for appeal in appeals]
        self.head = head_words(page, now)
        self.counts = counts_of(page)
        self.span = span_words(page, kind)
        self._found = found_words(page, kind)
        self.types = [(line.code, line.name) for line in page.types if self.service in ("", line.service)]
        first, last = (Cursor.of(appeals[0], kind), Cursor.of(appeals[-1], kind)) if appeals else (None, None)
        self._place(page, first, last)


def is_type_code(text: object) -> bool:
    """Say whether something could be the code of a type, or none: it may come from anybody."""
    return isinstance(text, str) and len(text) <= 20 and text.isascii() and text.isprintable()
