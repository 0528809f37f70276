"""The bank: its books, and what may be done with an order."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lk_app.sandbox_bank import transitions
from lk_app.sandbox_bank.callbacks import Background, Notifier
from lk_app.sandbox_bank.cards import Card
from lk_app.sandbox_bank.faults import Faults
from lk_app.sandbox_bank.merchant import Merchant
from lk_app.sandbox_bank.order import BankOrder
from lk_app.sandbox_bank.refusal import Refusal, order_not_found
from lk_app.sandbox_bank.registration import Registration
from lk_app.sandbox_bank.store import Books, Store
from lk_app.sandbox_bank.transitions import Transition

ALL = -1
WAKES_LATE_BY_S = 0.05
FORM = "/payment/merchants/lk/payment_ru.html"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Bank:
    """The one who keeps the books; nothing is opened before the first call.

    `public_url` is where browsers reach the root of the app; try i of a callback waits `callback_waits[i]` seconds.
    """

    def __init__(
        self,
        store: Path,
        merchant: Merchant,
        public_url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        faults: Faults | None = None,
        callback_waits: tuple[float, ...] = (0, 60, 60),
    ) -> None:
        self.merchant = merchant
        self.public_url = public_url.rstrip("/")
        self.clock = clock
        self.faults = faults or Faults()
        self._store = Store(store)
        self._background = Background()
        self._notifier = Notifier(merchant, callback_waits, self._background)

    def form_url(self, order: BankOrder) -> str:
        return f"{self.public_url}{FORM}?mdOrder={order.order_id}"

    def orders(self, newest: int = ALL) -> list[BankOrder]:
        """Return the books, newest first, as of now."""
        now = self.clock()
        with self._store.reading() as books:
            return [transitions.let_time_pass(order, now).order for order in books.newest(newest)]

    def register(self, asked: Registration) -> BankOrder:
        """Open an order; refuses a number that was used before."""
        now = self.clock()
        order = asked.order(str(uuid.uuid4()), now)
        with self._store.writing() as books:
            before = books.by_number(order.order_number)
            if before:
                paid = "уже обработан" if not before.is_open else "был зарегистрирован, но не был оплачен"
                raise Refusal(1, f"Заказ с таким номером {paid}")
            books.add(order)
        self._look_again(order, order.expires_at)
        return order

    def order(self, order_id: str) -> BankOrder:
        """Return an order as of now; refuses an unknown one."""
        return self._change(lambda books: books.by_id(order_id), transitions.nothing)

    def order_by_number(self, order_number: str) -> BankOrder:
        return self._change(lambda books: books.by_number(order_number), transitions.nothing)

    def give_card(self, order_id: str, card: Card, expiry: str, ip: str) -> BankOrder:
        """Pay with a card that expires in a month written YYYYMM."""
        order = self._change(lambda books: books.by_id(order_id), transitions.give_card(card, expiry, ip))
        if order.pays_at:
            self._look_again(order, order.pays_at)
        return order

    def give_password(self, order_id: str, password: str) -> BankOrder:
        return self._change(lambda books: books.by_id(order_id), transitions.give_password(password))

    def refund(self, order_id: str, amount: int) -> BankOrder:
        """Give back an amount, all that is left for 0."""
        return self._change(lambda books: books.by_id(order_id), transitions.refund(amount))

    def _change(self, find: Callable[[Books], BankOrder | None], transition: Transition) -> BankOrder:
        now = self.clock()
        with self._store.writing() as books:
            order = find(books)
            if order is None:
                raise order_not_found()
            change = transitions.let_time_pass(order, now).then(transition, now)
            if change.order != order:
                books.save(change.order)
        self._notifier.tell(change.notices)
        return change.order

    def _look_again(self, order: BankOrder, moment: datetime) -> None:
        """Look at an order at a moment when something is due, so that the merchant is told of it in time."""
        wait = (moment - self.clock()).total_seconds() + WAKES_LATE_BY_S

        async def look() -> None:
            await asyncio.sleep(wait)
            self.order(order.order_id)

        self._background.start(look())
