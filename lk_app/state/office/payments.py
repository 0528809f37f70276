"""«Платежи»: those that need a person, others that are searched for, and all about one of them."""

import asyncio
from typing import Any

import reflex as rx

from lk_app import clock
from lk_app.services import live as topics
from lk_app.services.acquiring import desk
from lk_app.services.errors import NotFound
from lk_app.services.numbers import is_order_number
from lk_app.services.paging import Key, Page
from lk_app.services.payments import inspection, queue, settling
from lk_app.services.payments.queue import PaymentRow, Standing
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff.duties import PAYMENTS
from lk_app.state import live
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.desk import DONE, REFUSED, Desk, Pages, search_of
from lk_app.state.office.payment_words import (
    NOTHING_LOOKED_AT,
    Look,
    Row,
    head_words,
    look_of,
    row_of,
    span_words,
)
from lk_app.state.screen import message_of

WAITS_S = 12.0
"""How long somebody who asked the bank is kept waiting: longer than it mostly takes to answer or to time out."""

ANSWERED = "Банк ответил. На экране то, что известно теперь."
SILENT = "Банк не ответил. Попробуйте ещё раз через несколько минут."
NO_SUCH_PAYMENT = "Заказа с таким номером нет. Проверьте номер или найдите платёж по лицевому счёту."
NO_BANK = "Банк в настройках портала не указан: спросить некого."

Found = tuple[Page[PaymentRow], Standing]


class PaymentQueueState(Pages, rx.State):
    """A page of the payments that need a person, or of what a search finds."""

    rows: list[Row] = []
    head: str = ""

    @rx.event
    @staff(*PAYMENTS)
    async def load(self):
        """Show what needs a person, and watch for changes."""
        self.searched = ""
        self._say("")
        await self._show()
        live.watch(self, topics.PAYMENTS, PaymentQueueState.refresh)

    @rx.event
    @staff(*PAYMENTS)
    async def search(self, form: dict):
        """Show what `search` of a form finds: an order number, the bank's one, or an account number."""
        typed = search_of(form)
        if typed is not None:
            self.searched = typed
            await self._show()
            self._say(f"Найдено: {len(self.rows)}" if typed else self.head)

    @rx.event
    @staff(*PAYMENTS)
    async def turn(self, where: str):
        """Show the page beside this one."""
        await self._turn(where)

    @rx.event
    @staff(*PAYMENTS)
    async def refresh(self):
        """Show what has changed meanwhile."""
        await self._show_again()

    async def _page(self, after: Key | None, before: Key | None, *, again: bool) -> Found:
        who, now, shown = await staff_caller(self), clock.now(), [row.order for row in self.rows] if again else []
        place: dict[str, Any] = {"after": after, "before": before, "shown": shown}
        if self.searched:
            page = await in_transaction(queue.find, who, self.searched, now, **place)
        else:
            page = await in_transaction(queue.open_queue, who, now, **place)
        return page, await in_session(queue.standing, who)

    def _put(self, found: Found) -> None:
        page, standing = found
        self.rows = [row_of(row) for row in page.rows]
        self.head = head_words(standing, clock.now())
        self.span = span_words(page, None if self.searched else standing)
        self._place(page, page.first, page.last)


class PaymentLookState(Desk, rx.State):
    """The payment in the page's address."""

    look: Look = NOTHING_LOOKED_AT

    @rx.event
    @staff(*PAYMENTS)
    async def load(self):
        """Show all that is known of it, and watch for changes."""
        self.look, self.loaded = NOTHING_LOOKED_AT, False
        self._say("")
        order = self.router.url.query_parameters.get("order", "")
        async with self._failures_shown():
            if not is_order_number(order):
                raise NotFound(NO_SUCH_PAYMENT)
            await self._show(order)
        live.watch(self, topics.PAYMENTS, PaymentLookState.refresh)

    @rx.event
    @staff(*PAYMENTS)
    async def ask_bank(self):
        """Ask the bank about it, and show what it says."""
        if not self.look.order:
            return
        if not desk.is_available():
            self._say(NO_BANK, REFUSED)
            return
        try:
            who = await staff_caller(self)
            asked = desk.at_the_desk(
                ("staff", who.staff_id), settling.ask_bank, who, self.look.order, desk.bank(), clock.now
            )
            # Who stops waiting does not end it: an answer that comes later is kept.
            answered = await asyncio.wait_for(asyncio.shield(asked), WAITS_S)
            await self._show(self.look.order, again=True)
            self._say(ANSWERED if answered else SILENT, DONE if answered else REFUSED)
        except TimeoutError:
            self._say(SILENT, REFUSED)
        except Exception as error:
            self._say(message_of(error), REFUSED)

    @rx.event
    @staff(*PAYMENTS)
    async def reload(self):
        """Show it after a form has changed it; the form itself says what came of that."""
        self._say("")
        await self._show_again()

    @rx.event
    @staff(*PAYMENTS)
    async def refresh(self):
        """Show what has changed meanwhile."""
        await self._show_again()

    async def _show_again(self) -> None:
        try:
            if self.look.order:
                await self._show(self.look.order, again=True)
        except Exception as error:
            self._say(message_of(error), REFUSED)

    async def _show(self, order: str, *, again: bool = False) -> None:
        found = await in_transaction(inspection.look_closer, await staff_caller(self), order, clock.now(), again=again)
        self.look = look_of(found)
