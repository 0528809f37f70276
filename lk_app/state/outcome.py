"""What came of a payment: the page to which the bank sends people back, which asks the bank itself."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

import reflex as rx

from lk_app import clock, formats
from lk_app.services.accounts import open_cabinet
from lk_app.services.acquiring import desk
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.numbers import is_order_number
from lk_app.services.payments import outcome
from lk_app.services.payments.history import PaymentState
from lk_app.services.payments.outcome import Outcome
from lk_app.services.payments.words import at_company
from lk_app.services.references import reference_of
from lk_app.services.session import in_session
from lk_app.state.access import caller, consumer
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen

WAITS_S = 2.5
"""How long an event waits for the bank: longer than it mostly takes, shorter than until the page asks again."""


@dataclass(frozen=True)
class Verdict:
    """What came of an attempt, in words."""

    kind: str = ""
    """`ok`, `wait`, `danger` or nothing: how it looks."""
    title: str = ""
    text: str = ""
    amount: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    order: str = ""
    can_continue: bool = False
    can_repeat: bool = False
    confirmation: str = ""
    awaited: bool = False
    """Whether the bank may say more within minutes."""


class ReturnState(Screen, rx.State):
    """What came of the attempt in the page's address."""

    verdict: Verdict = Verdict()
    asks_email: bool = False
    """Whether we know no place for the fiscal receipt of a payment that is repeated."""

    @rx.event
    @consumer
    async def load(self):
        """Ask the bank, and say what is known."""
        self.verdict = Verdict()
        cabinet = await in_session(open_cabinet, await caller(self))
        await show_cabinet(self, cabinet)
        self.asks_email = cabinet.has_no_contact
        await self._ask()

    @rx.event
    @consumer
    async def refresh(self):
        """The same again, while the page waits."""
        await self._ask()

    async def _ask(self) -> None:
        async with self._failures_shown():
            who, order = await caller(self), self.router.url.query_parameters.get("order", "")
            if not is_order_number(order):
                self.verdict = UNKNOWN
                return
            try:
                await self._ask_bank(who, order)
                self.verdict = verdict_of(await in_session(outcome.outcome_of, who, order, clock.now()))
            except NotFound:
                self.verdict = UNKNOWN

    async def _ask_bank(self, who: Consumer, order: str) -> None:
        # Its silence is no news: what is known is said all the same, and an answer that comes later is kept.
        with suppress(desk.BankBusy, TimeoutError):
            asked = desk.at_the_desk(who.user_id, outcome.ask_for_outcome, who, order, desk.bank(), clock.now)
            await asyncio.wait_for(asyncio.shield(asked), WAITS_S)


UNKNOWN = Verdict(
    title="Такого платежа нет",
    text="Возможно, адрес открыт не полностью. Все ваши платежи есть в истории: там видно, что с каждым.",
)
TITLES = {
    PaymentState.POSTED: "Оплачено",
    PaymentState.PROCESSING: "Оплата прошла",
    PaymentState.UNFINISHED: "Платёж не завершён",
    PaymentState.DECLINED: "Банк отклонил платёж",
    PaymentState.REFUNDED: "Деньги возвращены",
}
TEXTS = {
    PaymentState.POSTED: "Платёж учтён, баланс уже изменился.",
    PaymentState.PROCESSING: (
        "Деньги получены, платить ещё раз не нужно. Платёж в обработке: баланс изменится, когда его учтут в расчётах, "
        "обычно в течение суток."
    ),
    PaymentState.UNFINISHED: (
        "Время на оплату вышло, и банк не сообщил, что списал деньги. Если о списании придёт сообщение, не платите "
        "второй раз: мы учтём эти деньги."
    ),
    PaymentState.DECLINED: (
        "Деньги не списаны. Проверьте данные карты и остаток на ней или заплатите другой картой. Причину знает только "
        "банк, который выпустил карту."
    ),
    PaymentState.REFUNDED: "Они отправлены на карту, с которой вы платили. Обычно приходят за несколько дней.",
}
SILENT = (
    "Ждём ответа банка",
    "Банк пока не ответил, списаны ли деньги. Платить ещё раз не нужно. Страница обновится сама; её можно закрыть: "
    "платёж появится в истории.",
)
NOT_YET = (
    "Платёж ещё не завершён",
    "Банк пока не списал деньги. Если вы ввели данные карты, подождите: страница обновится сама. Если нет, продолжите "
    "оплату.",
)
"""Title and text while the bank may say more."""
KINDS = {
    PaymentState.POSTED: "ok",
    PaymentState.PROCESSING: "ok",
    PaymentState.REFUNDED: "ok",
    PaymentState.DECLINED: "danger",
}


def verdict_of(found: Outcome) -> Verdict:
    """Put what came of an attempt into words."""
    at = at_company(found.at)
    one = len(found.parts) == 1
    facts = [
        ("Лицевой счёт", found.account_number),
        *(("Раздел", name) if one else (name, formats.money(amount)) for name, amount in found.parts),
        ("Время", f"{formats.long_date(at.date())}, {at:%H:%M}"),
        ("Номер заказа", found.order_number),
    ]
    if found.card:
        facts.insert(-1, ("Карта", f"••{formats.NBSP}{found.card}"))
    if 0 < found.refunded < found.amount:
        facts.insert(-1, ("Возвращено", formats.money(found.refunded)))
    paid = found.state in (PaymentState.POSTED, PaymentState.PROCESSING, PaymentState.REFUNDED)
    waits = found.is_awaited
    awaited = SILENT if found.is_bank_silent else NOT_YET
    title, text = awaited if waits else (TITLES[found.state], TEXTS[found.state])
    return Verdict(
        kind="wait" if waits else KINDS.get(found.state, ""),
        title=title,
        text=formats.tied(text),
        amount=formats.money(found.amount),
        facts=facts,
        order=found.order_number,
        can_continue=found.can_continue,
        can_repeat=not paid and not waits,
        confirmation=confirmation_of(found) if paid else "",
        awaited=found.may_change,
    )


def confirmation_of(found: Outcome) -> str:
    """Return where the confirmation of a payment is."""
    query = urlencode({"order": found.order_number})
    return f"/api/payments/{reference_of(found.account_number)}/confirmation?{query}"
