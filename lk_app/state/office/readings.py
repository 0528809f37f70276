"""The queue of readings: what an operator sees of it, and what they decide."""

import reflex as rx

from lk_app import clock
from lk_app.formats import tied
from lk_app.models import ReadingState
from lk_app.services.live import READING_QUEUE
from lk_app.services.readings import deciding, inspection, queue, verdicts
from lk_app.services.readings.deciding import Decided
from lk_app.services.readings.finding import Kind
from lk_app.services.readings.queue import Cursor, Filter, QueuePage
from lk_app.services.readings.reasons import published_reasons
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff.duties import READINGS
from lk_app.state import live
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.desk import DONE, REFUSED, Pages, search_of
from lk_app.state.office.inspection_words import NOTHING_LOOKED_AT, Closer, closer_of, fate_words
from lk_app.state.office.queue_words import (
    NO_COUNTS,
    Counts,
    QueueRow,
    counts_of,
    found_words,
    head_words,
    one_accepted,
    row_of,
    span_words,
    without_town,
)
from lk_app.state.screen import message_of


class QueueState(Pages, rx.State):
    """A page of the queue. Which rows are marked only the page itself knows, until they are decided about."""

    rows: list[QueueRow] = []
    fine: list[str] = []
    """Ids of the rows about which nothing is unusual."""
    head: str = ""
    counts: Counts = NO_COUNTS
    kind: str = Kind.ALL.value
    office: str = ""
    offices: list[tuple[str, str]] = []
    reasons: list[tuple[str, str]] = []
    """Codes and texts of the reasons to refuse a reading by."""
    closer: Closer = NOTHING_LOOKED_AT

    @rx.event
    @staff(*READINGS)
    async def load(self):
        """Show the oldest readings that wait, and watch for changes."""
        self.kind, self.office, self.searched, self.closer = Kind.ALL.value, "", "", NOTHING_LOOKED_AT
        self._say("")
        await self._show()
        self.reasons = [(each.code, tied(each.text)) for each in await in_session(published_reasons)]
        live.watch(self, READING_QUEUE, QueueState.refresh)

    @rx.event
    @staff(*READINGS)
    async def filter_by(self, kind: str, office: str):
        """Show the readings of another kind, or of another office."""
        if kind in list(Kind) and isinstance(office, str) and office in ["", *(code for code, _ in self.offices)]:
            self.kind, self.office = kind, office
            await self._show()
            self._say(found_words(self.counts, self.kind, len(self.rows)))

    @rx.event
    @staff(*READINGS)
    async def search(self, form: dict):
        """Show what `search` of a form finds: an account number, a serial or a surname."""
        typed = search_of(form)
        if typed is not None:
            self.searched = typed
            await self._show()
            self._say(found_words(self.counts, self.kind, len(self.rows)))

    @rx.event
    @staff(*READINGS)
    async def turn(self, where: str):
        """Show the page beside this one."""
        await self._turn(where)

    @rx.event
    @staff(*READINGS)
    async def look(self, reading_id: str):
        """Show everything about a reading."""
        if not verdicts.is_reading_id(reading_id):
            return
        try:
            found = await in_transaction(inspection.look_closer, await staff_caller(self), reading_id, clock.now())
            self.closer = closer_of(found)
        except Exception as error:
            self._say(message_of(error), REFUSED)

    @rx.event
    @staff(*READINGS)
    async def put_away(self):
        """Forget what was looked at."""
        self.closer = NOTHING_LOOKED_AT

    @rx.event
    @staff(*READINGS)
    async def accept(self, reading_ids: list):
        """Accept readings, one or several."""
        await self._accept(reading_ids)

    @rx.event
    @staff(*READINGS)
    async def accept_chosen(self, form: dict):
        """Accept the readings whose boxes of a form are ticked: each is a field of its own."""
        await self._accept(list(form) if isinstance(form, dict) else form)

    @rx.event
    @staff(*READINGS)
    async def reload(self):
        """Show the page after a form has refused some of it; the form itself says what came of that."""
        self._say("")
        await self._show_again()
        if self.closer.fate:
            self.closer = NOTHING_LOOKED_AT

    @rx.event
    @staff(*READINGS)
    async def refresh(self):
        """Show what others have changed meanwhile."""
        await self._show_again()

    async def _accept(self, reading_ids: object) -> None:
        ids = reading_ids if isinstance(reading_ids, list) else []
        if not 0 < len(ids) <= verdicts.MOST or not all(map(verdicts.is_reading_id, ids)):
            return
        try:
            decided = await in_transaction(deciding.accept, await staff_caller(self), ids, clock.now())
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self._say(self._outcome(decided), DONE if decided.done else REFUSED)
        if self.closer.id in (*decided.done, *decided.gone):
            self.closer = NOTHING_LOOKED_AT
        await self._show_again()

    def _outcome(self, decided: Decided) -> str:
        by_id = {row.id: row for row in self.rows}
        if len(decided.done) == 1 and decided.done[0] in by_id and not decided.gone + decided.impossible:
            return one_accepted(by_id[decided.done[0]])
        return verdicts.told(decided, ReadingState.ACCEPTED)

    async def _show_beside(self) -> None:
        if self.closer.id and self.closer.id not in [row.id for row in self.rows]:
            fate = await in_session(inspection.fate_of, await staff_caller(self), self.closer.id)
            self.closer = fate_words(self.closer, fate)

    async def _page(self, after: Cursor | None, before: Cursor | None, *, again: bool) -> QueuePage:
        who, now, wanted = await staff_caller(self), clock.now(), Filter(Kind(self.kind), self.office, self.searched)
        shown = [row.id for row in self.rows] if again else []
        return await in_transaction(queue.open_queue, who, wanted, now, after=after, before=before, shown=shown)

    def _put(self, page: QueuePage) -> None:
        now, readings = clock.now(), page.readings
        self.rows = without_town([row_of(reading, now) for reading in readings])
        self.fine = [reading.id for reading in readings if reading.is_fine]
        self.head = head_words(page, now)
        self.counts = counts_of(page)
        self.span = span_words(page, Kind(self.kind))
        self.offices = list(page.offices)
        first, last = (Cursor.of(readings[0]), Cursor.of(readings[-1])) if readings else (None, None)
        self._place(page, first, last)
