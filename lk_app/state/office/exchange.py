"""«Обмен»: the runs of the exchange, and the faults of one."""

import reflex as rx

from lk_app.models import Outcome
from lk_app.services import live as topics
from lk_app.services.errors import NotFound
from lk_app.services.exchange import history
from lk_app.services.exchange.history import RunLine
from lk_app.services.paging import Key, Page
from lk_app.services.session import in_session
from lk_app.services.staff.duties import EXCHANGE
from lk_app.state import live
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.desk import REFUSED, Desk, Pages
from lk_app.state.office.exchange_words import NOTHING_LOOKED_AT, Run, RunRow, row_of, run_of
from lk_app.state.screen import message_of

LONGEST_ID = 18
"""Digits; more the database does not take."""


class RunsState(Pages, rx.State):
    """A page of the runs, newest first."""

    rows: list[RunRow] = []
    outcome: str = ""

    @rx.event
    @staff(*EXCHANGE)
    async def load(self):
        """Show the newest runs, and watch for changes."""
        self.outcome = ""
        self._say("")
        await self._show()
        live.watch(self, topics.EXCHANGE, RunsState.refresh)

    @rx.event
    @staff(*EXCHANGE)
    async def filter_by(self, outcome: str):
        """Show the runs of one outcome, or all."""
        if outcome in ["", *Outcome]:
            self.outcome = outcome
            await self._show()
            self._say(self.span or "Таких запусков нет.")

    @rx.event
    @staff(*EXCHANGE)
    async def turn(self, where: str):
        """Show the page beside this one."""
        await self._turn(where)

    @rx.event
    @staff(*EXCHANGE)
    async def refresh(self):
        """Show what has begun or ended meanwhile."""
        await self._show_again()

    async def _page(self, after: Key | None, before: Key | None, *, again: bool) -> Page[RunLine]:
        outcome = Outcome(self.outcome) if self.outcome else None
        return await in_session(history.list_runs, await staff_caller(self), outcome, after=after, before=before)

    def _put(self, page: Page[RunLine]) -> None:
        self.rows = [row_of(run) for run in page.rows]
        self.span = f"Показаны {len(page.rows)}" if page.rows else ""
        self._place(page, page.first, page.last)


class RunState(Desk, rx.State):
    """The run in the page's address."""

    run: Run = NOTHING_LOOKED_AT

    @rx.event
    @staff(*EXCHANGE)
    async def load(self):
        """Show it with its faults, and watch for its end."""
        self.run, self.loaded = NOTHING_LOOKED_AT, False
        self._say("")
        number = self.router.url.query_parameters.get("run", "")
        async with self._failures_shown():
            if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_ID):
                raise NotFound("Такого запуска нет. Откройте его из списка.")
            await self._show(int(number))
        live.watch(self, topics.EXCHANGE, RunState.refresh)

    @rx.event
    @staff(*EXCHANGE)
    async def refresh(self):
        """Show what became of it meanwhile."""
        try:
            if self.run.id:
                await self._show(int(self.run.id))
        except Exception as error:
            self._say(message_of(error), REFUSED)

    async def _show(self, run_id: int) -> None:
        self.run = run_of(await in_session(history.look, await staff_caller(self), run_id))
