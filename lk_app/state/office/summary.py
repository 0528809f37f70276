"""«Сводка»: where staff begin their work. What waits for them, what happened today, and the last thirty days."""

import time
from dataclasses import dataclass

import reflex as rx

from lk_app import clock, formats
from lk_app.formats import NBSP
from lk_app.services.callers import StaffCaller
from lk_app.services.session import in_reading_thread, in_session
from lk_app.services.staff import passwords, summary
from lk_app.services.staff.duties import EVERYBODY
from lk_app.services.staff.summary import Day
from lk_app.settings import settings
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.chart import Chart
from lk_app.state.office.desk import REFUSED, Desk
from lk_app.state.office.summary_words import Tile, charts_of, figures_of, first_password_of, tiles_of
from lk_app.state.screen import message_of

KEPT_S = 300.0
"""How long the days before today are believed: a payment of yesterday may still be heard of."""


@dataclass(frozen=True)
class _Kept:
    """The days before today, as they were read for whoever came first."""

    key: tuple[str, str]
    until: float
    days: tuple[Day, ...]


_kept: _Kept | None = None


class SummaryState(Desk, rx.State):
    """How the portal stands."""

    at: str = ""
    """When that was."""
    first_password: str = ""
    """What to do about a password that an administrator has given; empty for one's own."""
    tiles: list[Tile] = []
    figures: list[tuple[str, str]] = []
    charts: list[Chart] = []

    @rx.event
    @staff(*EVERYBODY)
    async def load(self):
        """Show how it stands now."""
        self._say("")
        async with self._failures_shown():
            await self._show()

    @rx.event
    @staff(*EVERYBODY)
    async def refresh(self):
        """Show how it stands by now. What fails leaves the page as it was."""
        try:
            await self._show()
            self._say(self.at)
        except Exception as error:
            self._say(message_of(error), REFUSED)

    async def _show(self) -> None:
        who, now = await staff_caller(self), clock.now()
        first_until = await in_session(passwords.first_password_until, who)
        duties = await in_session(summary.duties_of, who)
        today = await in_session(summary.today, who, now)
        days = await past_days(who)
        self.first_password = first_password_of(first_until)
        self.tiles = tiles_of(duties, now)
        self.figures = figures_of(today)
        self.charts = charts_of(days, today, now)
        self.at = f"Данные на{NBSP}{now.astimezone(settings().zone):%H:%M}, {formats.long_date(clock.today())}"


async def past_days(who: StaffCaller) -> tuple[Day, ...]:
    """Return the days before today, of the database once in some minutes."""
    global _kept
    key = settings().database_url, str(clock.today())
    if _kept is None or _kept.key != key or time.monotonic() >= _kept.until:
        days = await in_reading_thread(summary.by_day, who, clock.now())
        _kept = _Kept(key, time.monotonic() + KEPT_S, days)
    return _kept.days
