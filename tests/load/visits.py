"""What a person does on the portal: sign in, look, read, send readings, pay, leave; and thinks in between."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lk_app.models.values import Month, next_month
from lk_app.services.payments.history import PaymentState
from lk_app.state.outcome import TITLES, ReturnState
from lk_app.state.settlements import SettlementsState
from tests.load.browser import Browser, Site
from tests.load.people import PASSWORD, Person
from tests.load.records import Failed, Record

GAS = "Природный газ"
VERDICT = "verdict_rx_state_"
PAID = (TITLES[PaymentState.PROCESSING], TITLES[PaymentState.POSTED])
CARD = {"pan": "4111111111111111", "expiry": "12/39", "cvc": "123"}
LOOKS_AGAIN_S, LOOKS_AGAIN = 3.0, 10
"""How often and how many times the page after a payment asks what came of it."""


@dataclass(frozen=True)
class Habits:
    """In what share of their visits people do what."""

    think_s: float = 30.0
    """How long they think between two steps, on average."""
    empty_cache: float = 0.3
    send_a_reading: float = 0.3
    open_a_receipt: float = 0.1
    pay: float = 0.2
    sign_out: float = 0.5

    async def think(self) -> None:
        await asyncio.sleep(random.uniform(0.5, 1.5) * self.think_s)


@dataclass
class Visit:
    """One person at the portal."""

    person: Person
    browser: Browser
    record: Record
    last_month: Month
    """The last closed period."""
    habits: Habits

    async def open_sign_in(self) -> None:
        with self.record.measured("open the sign-in page"):
            await self.browser.open("/login")

    async def sign_in(self) -> None:
        with self.record.measured("sign in"):
            await self.browser.post("/api/session", {"name": self.person.name, "password": PASSWORD, "next": "/"})
        await self.open_home()

    async def open_home(self) -> None:
        with self.record.measured("open «Взаиморасчёты»"):
            await self.browser.open("/", GAS)

    async def look_at_a_month(self) -> None:
        assert self.browser.tab
        month = str(next_month(self.last_month, -random.randint(1, 11)))
        with self.record.measured("look at another month"):
            await self.browser.tab.event(
                f"{SettlementsState.get_full_name()}.show_period",
                {"division_code": "gas", "month": month}, '"told_rx_state_"', hydrated=False,
            )  # fmt: skip

    async def look_at_payments(self) -> None:
        with self.record.measured("go to «История платежей»"):
            await self.browser.go("/payments", "payments_state")

    async def look_at_readings(self) -> None:
        with self.record.measured("go to «Показания»"):
            await self.browser.go("/readings", self.person.meter_id)

    async def send_a_reading(self) -> None:
        value = self.person.next_value
        self.person.next_value += random.randint(1, 3)
        form = {"account": self.person.account, f"value-{self.person.meter_id}": str(value)}
        with self.record.measured("see what a reading means"):
            await self.browser.post("/api/readings/preview", form)
        # Who is asked whether it is right says so: in summer every reading is unusual.
        form |= {f"confirm-{self.person.meter_id}": "yes"}
        with self.record.measured("send a reading"):
            await self.browser.post("/api/readings", form)
        self.person.readings.append(value)

    async def open_a_receipt(self) -> None:
        with self.record.measured("open a receipt"):
            await self.browser.get(f"/api/receipts/{self.person.account}/gas?period={self.last_month}")

    async def go_home(self) -> None:
        with self.record.measured("go to «Взаиморасчёты»"):
            await self.browser.go("/", GAS)

    async def pay(self) -> None:
        form = {"account": self.person.account, "amount-gas": str(random.randint(10, 5_000))}
        with self.record.measured("go to the bank"):
            bank = (
                (await self.browser.post("/api/payments", form)).json()["next"].removeprefix(self.browser.site.address)
            )
        await self.browser.leave()
        await self.browser.get(bank)
        back = (await self.browser.post(bank, CARD, form=False)).headers["location"]
        order = re.search(r"order=([\w-]+)", back)
        if not order:
            raise Failed("the bank did not lead back")
        self.person.orders.append(order[1])
        place = urlsplit(back)
        with self.record.measured("see that it is paid"):
            await self._see_what_came_of_it(f"{place.path}?{place.query}")

    async def _see_what_came_of_it(self, path: str) -> None:
        shown = await self.browser.open(path, VERDICT)
        assert self.browser.tab
        for _ in range(LOOKS_AGAIN):
            if any(title in shown for title in PAID):
                return
            await asyncio.sleep(LOOKS_AGAIN_S)
            refresh = f"{ReturnState.get_full_name()}.refresh"
            shown = await self.browser.tab.event(refresh, None, VERDICT, hydrated=False)
        raise Failed("not paid")

    async def sign_out(self) -> None:
        with self.record.measured("sign out"):
            await self.browser.post("/api/session/end", {}, form=False)

    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what this person will do, one thing after another."""
        return [
            self.open_sign_in,
            self.sign_in,
            self.look_at_a_month,
            self.look_at_payments,
            self.look_at_readings,
            *([self.send_a_reading] if random.random() < self.habits.send_a_reading else []),
            *([self.open_a_receipt] if random.random() < self.habits.open_a_receipt else []),
            self.go_home,
            *([self.pay] if random.random() < self.habits.pay else []),
            *([self.sign_out] if random.random() < self.habits.sign_out else []),
        ]


async def visit(
    site: Site, record: Record, person: Person, last_month: Month, habits: Habits, cookie: str = ""
) -> None:
    """Let a person do all of it; with a cookie they are in the middle of it already.

    A step that fails is tried once more, as people do; then they give up.
    """
    browser = Browser(site, record, cookie=cookie, empty_cache=random.random() < habits.empty_cache)
    one = Visit(person, browser, record, last_month, habits)
    steps = one.steps()
    try:
        if cookie:
            steps = [one.open_home, *steps[random.randint(2, len(steps)) :]]
        for step in steps:
            try:
                await step()
            except Failed:
                await habits.think()
                await step()
            await habits.think()
    except Failed:
        pass
    finally:
        await browser.close()
