"""What the states of office screens have in common: what came of the last thing done, a search, and pages."""

from collections.abc import Mapping
from typing import Any

from lk_app.state.screen import Screen, message_of

SEARCH_LENGTH = 100
LATER, EARLIER = "later", "earlier"

DONE, REFUSED, UNSEEN = "ok", "danger", "unseen"
"""How what is told looks: as done, as not done, or only heard where the page shows it anyway."""


class Desk(Screen, mixin=True):
    """Mix this into the state of an office screen with a list."""

    told: str = ""
    """What came of the last thing that was done."""
    told_as: str = UNSEEN
    searched: str = ""
    span: str = ""
    """How many rows of how many are shown."""
    has_earlier: bool = False
    has_later: bool = False

    def _say(self, words: str, look: str = UNSEEN) -> None:
        self.told, self.told_as = words, look


class Pages(Desk, mixin=True):
    """Mix this into the state of a list with pages by key, and say how a page is found and what it shows."""

    _start: Any = None
    """After which row the page begins."""
    _ends: tuple[Any, Any] | None = None
    """The first and the last row of the page."""

    async def _page(self, after: Any, before: Any, *, again: bool) -> Any:
        """Return what `_put` shows: the page after a row, before one, or the first; `again` if it is on the screen."""
        raise NotImplementedError

    def _put(self, found: Any) -> None:
        """Show what `_page` returned, and call `_place`."""
        raise NotImplementedError

    async def _show_beside(self) -> None:
        """Show as it is now what stands beside the rows."""

    def _place(self, page: Any, first: Any, last: Any) -> None:
        """Keep where a page stands and between which rows."""
        self.loaded, self.failure = True, ""
        self.has_earlier, self.has_later = page.has_earlier, page.has_later
        self._start = page.start
        self._ends = (first, last) if first and last else None

    async def _show(self, after: Any = None, before: Any = None) -> None:
        async with self._failures_shown():
            self._put(await self._page(after, before, again=False))

    async def _show_again(self) -> None:
        """Show the same as it is now. What fails leaves the page as it was: somebody is at work on it."""
        try:
            self._put(await self._page(self._start, None, again=True))
            await self._show_beside()
        except Exception as error:
            self._say(message_of(error), REFUSED)

    async def _turn(self, where: object) -> None:
        """Show the page beside this one."""
        if self._ends and where == LATER:
            await self._show(after=self._ends[1])
        elif self._ends and where == EARLIER:
            await self._show(before=self._ends[0])
        self._say(self.span)


def search_of(form: Any) -> str | None:
    """Return what was typed into `search` of a form, with single spaces; None for what no form of ours sends."""
    typed = form.get("search") if isinstance(form, Mapping) else None
    if not isinstance(typed, str) or not typed.isprintable() or len(typed) > SEARCH_LENGTH:
        return None
    return " ".join(typed.split())
