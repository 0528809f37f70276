"""«Журнал»: a page of the audit log, and what it is filtered by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import reflex as rx

from lk_app import clock
from lk_app.services.errors import ServiceError
from lk_app.services.office import audit_log
from lk_app.services.office.audit_log import AuditPage, Entry, Filter
from lk_app.services.office.audit_typed import read_filter
from lk_app.services.office.audit_words import words_of
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import AUDIT
from lk_app.settings import settings
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.desk import REFUSED, Pages
from lk_app.state.screen import message_of

NOTHING = "Таких записей нет"


@dataclass(frozen=True)
class AuditRow:
    """A row of the log, in words."""

    id: int
    at: str
    who: str
    name: str
    action: str
    subject: str
    detail: str
    address: str


@dataclass(frozen=True)
class Asked:
    """What the page is filtered by, as forms send it."""

    member: str = ""
    action: str = ""
    subject: str = ""
    first: str = ""
    last: str = ""


NOT_ASKED = Asked()


class AuditState(Pages, rx.State):
    """A page of the log."""

    rows: list[AuditRow] = []
    members: list[tuple[str, str]] = []
    asked: Asked = NOT_ASKED
    _wanted: Filter = Filter()

    @rx.event
    @staff(*AUDIT)
    async def load(self):
        """Show the newest rows."""
        self._say("")
        await self._show(wanted=Filter())

    @rx.event
    @staff(*AUDIT)
    async def filter_by(self, form: dict):
        """Show the newest rows that `member`, `action`, `subject`, `from` and `to` of a form ask for."""
        if not isinstance(form, Mapping):
            return
        try:
            wanted = read_filter(form)
        except ServiceError as refusal:
            self._say(refusal.message, REFUSED)
            return
        await self._show(wanted=wanted)
        self._say(self.span or NOTHING)

    @rx.event
    @staff(*AUDIT)
    async def turn(self, where: str):
        """Show the page beside this one."""
        await self._turn(where)

    @rx.event
    @staff(*AUDIT)
    async def refresh(self):
        """Show the same page as it is now."""
        await self._show(after=self._start, shown=[row.id for row in self.rows])
        self._say(self.span or NOTHING)

    async def _show(
        self,
        after: int | None = None,
        before: int | None = None,
        *,
        wanted: Filter | None = None,
        shown: Sequence[int] = (),
    ) -> None:
        asked = self._wanted if wanted is None else wanted
        try:
            who, now = await staff_caller(self), clock.now()
            page = await in_transaction(audit_log.open_log, who, asked, now, after=after, before=before, shown=shown)
        except Exception as error:
            self._fail(error)
            return
        self._wanted, self.asked = asked, asked_of(asked)
        self._put(page)

    def _fail(self, error: Exception) -> None:
        """Say what is wrong: in place of the page that never came, or above the one that stays."""
        message = message_of(error)
        if self.loaded:
            self._say(message, REFUSED)
        else:
            self.failure = message

    def _put(self, page: AuditPage) -> None:
        self.rows = [row_of(entry) for entry in page.entries]
        self.members = [(str(staff_id), words) for staff_id, words in page.members]
        self.span = span_of(page)
        first, last = (self.rows[0].id, self.rows[-1].id) if self.rows else (None, None)
        self._place(page, first, last)


def row_of(entry: Entry) -> AuditRow:
    """Put a row into words."""
    words, at = words_of(entry), entry.at.astimezone(settings().zone)
    return AuditRow(
        id=entry.id,
        at=f"{at:%d.%m.%Y %H:%M:%S}",
        who=words.who,
        name=words.name,
        action=words.action,
        subject=words.subject,
        detail=words.detail,
        address=words.address,
    )


def span_of(page: AuditPage) -> str:
    """Return from when to when the rows on the page are; nothing without rows."""
    if not page.entries:
        return ""
    newest, oldest = (entry.at.astimezone(settings().zone) for entry in (page.entries[0], page.entries[-1]))
    return f"Записей: {len(page.entries)}, с {oldest:%d.%m.%Y %H:%M} по {newest:%d.%m.%Y %H:%M}"


def asked_of(wanted: Filter) -> Asked:
    """Return a filter as forms send it."""
    return Asked(
        member="" if wanted.staff_id is None else str(wanted.staff_id),
        action=wanted.action or "",
        subject=wanted.subject,
        first=wanted.first_day.isoformat() if wanted.first_day else "",
        last=wanted.last_day.isoformat() if wanted.last_day else "",
    )
