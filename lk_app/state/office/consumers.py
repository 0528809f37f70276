"""«Потребители»: what staff have found, and the account they look at. What they do about it is sent by forms."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from lk_app import clock
from lk_app.services.office import consumer, consumers
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import CONSUMERS
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.consumers_words import (
    NO_CARD,
    Card,
    FoundRow,
    card_of,
    found_row,
    found_words,
    payment_rows,
    user_card,
    user_row,
)
from lk_app.state.office.desk import EARLIER, LATER, REFUSED, Desk, search_of
from lk_app.state.payments import MOST_PAGES, paging_of
from lk_app.state.screen import message_of

CARD = "consumer"
"""The title of the account that is looked at, to which the focus goes."""

MOST_USERS = 2**31
"""More the database does not number."""
ACCOUNT_NUMBER = re.compile(r"[0-9]{11}")


class ConsumersState(Desk, rx.State):
    """A page of what was found; nothing is there before a search."""

    rows: list[FoundRow] = []
    asked: bool = False
    """Whether anything was searched for."""
    card: Card = NO_CARD
    came_from: str = ""
    """The account that was looked at last: its row gets the focus when the list is back."""
    _shown: frozenset[str] = frozenset()
    """What of the account is on the screen already."""

    @rx.event
    @staff(*CONSUMERS)
    async def load(self):
        """Show an empty list: nobody's data is shown unasked."""
        self._forget()
        self.loaded, self.failure = True, ""

    @rx.event
    @staff(*CONSUMERS)
    async def search(self, form: dict):
        """Show what `search` of a form finds."""
        typed = search_of(form)
        if typed is None:
            return
        self._forget()
        if typed:
            self.searched = typed
            await self._find()

    @rx.event
    @staff(*CONSUMERS)
    async def turn(self, where: str):
        """Show the page beside this one."""
        numbers = [row.number for row in self.rows if row.number]
        if numbers and where == LATER:
            await self._find(after=numbers[-1])
        elif numbers and where == EARLIER:
            await self._find(before=numbers[0])

    @rx.event
    @staff(*CONSUMERS)
    async def look(self, account_number: str):
        """Show what the consumers of an account see."""
        if not is_account_number(account_number):
            return None
        return await self._look(self._open, account_number)

    @rx.event
    @staff(*CONSUMERS)
    async def look_at_user(self, user_id: int):
        """Show a user who has no account."""
        if not isinstance(user_id, int) or not 0 < user_id < MOST_USERS:
            return None
        return await self._look(self._open_user, user_id)

    @rx.event
    @staff(*CONSUMERS)
    async def turn_payments(self, page: int):
        """Show another page of the payments of the account."""
        if not isinstance(page, int) or not 0 <= page < MOST_PAGES or not self.card.number:
            return
        try:
            who, number, now = await staff_caller(self), self.card.number, clock.now()
            found = await in_transaction(consumer.turn_payments, who, number, page, now)
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self.card = replace(self.card, payments=payment_rows(found), paging=paging_of(page, found.count))
        self._say(self.card.paging.words)

    @rx.event
    @staff(*CONSUMERS)
    async def put_away(self):
        """Go back to the list."""
        self.came_from, self.card, self._shown = self.card.key, NO_CARD, frozenset()
        self._say("")

    @rx.event
    @staff(*CONSUMERS)
    async def reload(self):
        """Show the same after a form has changed something about it; the form itself says what."""
        if self.card.number:
            self._say("")
            await self._open(self.card.number)
        elif self.card.user_id:
            self._say("")
            await self._open_user(self.card.user_id)

    async def _find(self, after: str = "", before: str = "") -> None:
        try:
            who, now = await staff_caller(self), clock.now()
            page = await in_transaction(consumers.find, who, self.searched, now, after=after, before=before)
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self.asked = True
        self.rows = [*map(user_row, page.users), *map(found_row, page.consumers)]
        self.has_earlier, self.has_later = page.has_earlier, page.has_later
        self.span = found_words(page)
        self._say(self.span)

    async def _look(self, show: Callable[[Any], Awaitable[None]], what: object) -> EventSpec | None:
        """Show something else than is shown; returns what moves the focus there."""
        self._say("")
        self._shown = frozenset()
        await show(what)
        return rx.set_focus(CARD) if self.card.key else None

    async def _open(self, account_number: str) -> None:
        try:
            who, now = await staff_caller(self), clock.now()
            view = await in_transaction(consumer.open_consumer, who, account_number, now, shown=self._shown)
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self.card, self._shown = card_of(view), view.shown

    async def _open_user(self, user_id: int) -> None:
        try:
            who, now = await staff_caller(self), clock.now()
            user = await in_transaction(consumer.open_user, who, user_id, now, shown=self._shown)
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self.card, self._shown = user_card(user), user.shown

    def _forget(self) -> None:
        self.rows, self.asked, self.searched, self.span = [], False, "", ""
        self.card, self.came_from, self._shown = NO_CARD, "", frozenset()
        self.has_earlier = self.has_later = False
        self._say("")


def is_account_number(text: object) -> bool:
    """Say whether something could be an account number: it may come from anybody."""
    return isinstance(text, str) and ACCOUNT_NUMBER.fullmatch(text) is not None
