"""«Потребители»: what staff have found, and the account they look at. What they do about it is sent by forms."""

import re
from dataclasses import replace

import reflex as rx

from lk_app import clock
from lk_app.services.office import consumer, consumers
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import CONSUMERS
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.consumers_words import NO_CARD, Card, FoundRow, card_of, found_row, found_words, payment_rows
from lk_app.state.office.desk import EARLIER, LATER, REFUSED, Desk, search_of
from lk_app.state.payments import MOST_PAGES, paging_of
from lk_app.state.screen import message_of

CARD = "consumer"
"""The title of the account that is looked at, to which the focus goes."""

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
        if self.rows and where == LATER:
            await self._find(after=self.rows[-1].number)
        elif self.rows and where == EARLIER:
            await self._find(before=self.rows[0].number)

    @rx.event
    @staff(*CONSUMERS)
    async def look(self, account_number: str):
        """Show what the consumers of an account see."""
        if not is_account_number(account_number):
            return None
        self._say("")
        self._shown = frozenset()
        await self._open(account_number)
        return rx.set_focus(CARD) if self.card.number else None

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
        self.came_from, self.card, self._shown = self.card.number, NO_CARD, frozenset()
        self._say("")

    @rx.event
    @staff(*CONSUMERS)
    async def reload(self):
        """Show the account after a form has changed something about it; the form itself says what."""
        if self.card.number:
            self._say("")
            await self._open(self.card.number)

    async def _find(self, after: str = "", before: str = "") -> None:
        try:
            who, now = await staff_caller(self), clock.now()
            page = await in_transaction(consumers.find, who, self.searched, now, after=after, before=before)
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self.asked = True
        self.rows = [found_row(found) for found in page.consumers]
        self.has_earlier, self.has_later = page.has_earlier, page.has_later
        self.span = found_words(page)
        self._say(self.span)

    async def _open(self, account_number: str) -> None:
        try:
            who, now = await staff_caller(self), clock.now()
            view = await in_transaction(consumer.open_consumer, who, account_number, now, shown=self._shown)
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return
        self.card, self._shown = card_of(view), view.shown

    def _forget(self) -> None:
        self.rows, self.asked, self.searched, self.span = [], False, "", ""
        self.card, self.came_from, self._shown = NO_CARD, "", frozenset()
        self.has_earlier = self.has_later = False
        self._say("")


def is_account_number(text: object) -> bool:
    """Say whether something could be an account number: it may come from anybody."""
    return isinstance(text, str) and ACCOUNT_NUMBER.fullmatch(text) is not None
