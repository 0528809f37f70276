"""Help pages: the same for everybody, beside the cabinet of whoever is signed in."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from lk_app import formats
from lk_app.services.accounts import open_cabinet
from lk_app.services.help import faq
from lk_app.services.help.faq import FaqGroup
from lk_app.services.help.search import Found, find
from lk_app.services.session import in_session
from lk_app.state.access import IdentityState, public
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen

SEARCH_LENGTH = 100


class HelpState(Screen, rx.State):
    """The cabinet around a page, and what was looked for in help."""

    searched: str = ""
    told: str = ""
    """How much was found."""
    found: list[Found] = []
    nothing_found: bool = False

    @rx.event
    @public
    async def load(self):
        """Load the accounts beside the page when somebody is signed in."""
        async with self._failures_shown():
            await show_cabinet_around(self)

    @rx.event
    @public
    async def search(self, form: dict):
        """Show what `words` of a form find in help and the FAQ."""
        words = words_of(form)
        async with self._failures_shown():
            self.found = await in_session(find, words) if words else []
            self.searched, self.nothing_found = words, bool(words) and not self.found
            self.told = found_words(words, len(self.found))


class FaqState(Screen, rx.State):
    """Every question that is answered for everybody."""

    groups: list[FaqGroup] = []

    @rx.event
    @public
    async def load(self):
        """Load the questions, and the accounts beside them when somebody is signed in."""
        async with self._failures_shown():
            await show_cabinet_around(self)
            self.groups = await in_session(faq.all_entries)


async def show_cabinet_around(state: rx.State) -> None:
    """Show the accounts of whoever is signed in beside a page that is open to all."""
    who = (await state.get_state(IdentityState))._consumer
    if who:
        await show_cabinet(state, await in_session(open_cabinet, who))


def words_of(form: Any) -> str:
    """Return what was typed into `words` of a form, with single spaces; nothing for what no form of ours sends."""
    typed = form.get("words") if isinstance(form, Mapping) else None
    return " ".join(typed[:SEARCH_LENGTH].split()) if isinstance(typed, str) else ""


def found_words(words: str, count: int) -> str:
    """Say how much was found."""
    if not words:
        return ""
    found = formats.counted(count, "ответ", "ответа", "ответов") if count else "ничего не нашлось"
    return f"«{words}»: {found}"
