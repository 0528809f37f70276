"""«История платежей»: its filters, pages and rows, in words."""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import reflex as rx

from lk_app import clock, formats
from lk_app.models.values import first_day, month_of, next_month
from lk_app.services.payments import history
from lk_app.services.payments.history import PAGE, Filter, HistoryScreen, PaymentLine, PaymentState
from lk_app.services.payments.words import STATE_WORDS, local_time, way_words
from lk_app.services.references import reference_of
from lk_app.services.session import in_session
from lk_app.state.access import caller, consumer
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen

TONES = {
    PaymentState.POSTED: "ok",
    PaymentState.PROCESSING: "",
    PaymentState.UNFINISHED: "",
    PaymentState.DECLINED: "danger",
    PaymentState.REFUNDED: "",
}
"""How the badge of a state looks."""

HALF_A_YEAR, A_YEAR, ALWAYS = "6", "12", "all"
EARLIER_YEARS = 3
YEAR = re.compile(r"20\d\d")
CODE = re.compile(r"[\w.:/-]{0,20}")
ORDER = re.compile(r"\d{6}-[2-9A-Z]{10}")
MOST_PAGES = 1_000


@dataclass(frozen=True)
class PaymentRow:
    """A payment as its row shows it."""

    key: str
    day: str
    time: str
    division: str
    what: str
    """What is paid if it is continued or repeated: the whole order it is a part of."""
    whole: str
    how: str
    number: str
    """What to quote on the phone, while the payment is not settled."""
    amount: str
    state: str
    tone: str
    remark: str
    """What was given back of it, if something was."""
    confirmation: str
    """Where its confirmation is; empty when it took no money."""
    order: str
    """What is continued or repeated; empty when nothing is."""
    can_continue: bool
    can_repeat: bool


@dataclass(frozen=True)
class Files:
    """Where the payments of the filter are as files."""

    xlsx: str = ""
    csv: str = ""


@dataclass(frozen=True)
class Paging:
    """Which page this is, and which are beside it."""

    words: str = ""
    page: int = 0
    has_earlier: bool = False
    has_later: bool = False


class PaymentsState(Screen, rx.State):
    """The payments of the chosen account."""

    rows: list[PaymentRow] = []
    empty: bool = False
    """Whether the user has no account at all."""
    span: str = ""
    """What the payments on the screen are from, in words."""
    totals: list[tuple[str, str]] = []
    paging: Paging = Paging()
    period: str = HALF_A_YEAR
    periods: list[tuple[str, str]] = []
    division: str = ""
    divisions: list[tuple[str, str]] = []
    files: Files = Files()
    settling: bool = False
    """Whether something on the screen may change by itself soon."""
    told: str = ""
    asks_email: bool = False
    """Whether we know no place for the fiscal receipt of a payment that is repeated."""

    @rx.event
    @consumer
    async def load(self):
        """Load the first page of the last half year."""
        self.period, self.division, self.told = HALF_A_YEAR, "", ""
        await self._show(0)

    @rx.event
    @consumer
    async def filter_by(self, period: str, division: str):
        """Show the payments of another period or division."""
        if isinstance(period, str) and isinstance(division, str) and CODE.fullmatch(division):
            self.period, self.division = period, division
            await self._show(0)
            self.told = self.paging.words or f"Найдено: {formats.counted(len(self.rows), *PAYMENTS)}"

    @rx.event
    @consumer
    async def turn(self, page: int):
        """Show another page."""
        if isinstance(page, int) and 0 <= page < MOST_PAGES:
            await self._show(page)
            self.told = self.paging.words

    @rx.event
    @consumer
    async def refresh(self):
        """Show the same page as it is now, and say what has changed."""
        before = {row.key: row.state for row in self.rows}
        await self._show(self.paging.page)
        changed = [row for row in self.rows if before.get(row.key, row.state) != row.state]
        if changed:
            self.told = "; ".join(f"{row.division}, {row.amount}: {row.state}" for row in changed)

    async def _show(self, page: int) -> None:
        async with self._failures_shown():
            now, today = clock.now(), clock.today()
            wanted = Filter(*days_of(self.period, today), self.division)
            screen = await in_session(history.open_history, await caller(self), wanted, page, now)
            await show_cabinet(self, screen.cabinet)
            self.periods = period_choices(today)
            self.empty = screen.history is None
            self.asks_email = screen.cabinet.has_no_contact
            self._put(screen, wanted, page)

    def _put(self, screen: HistoryScreen, wanted: Filter, page: int) -> None:
        found, chosen = screen.history, screen.cabinet.chosen
        if found is None or chosen is None:
            return
        account = reference_of(chosen.number)
        self.divisions = list(screen.divisions)
        self.rows = [payment_row(line, account) for line in found.lines]
        self.paging = paging_of(page, found.count)
        self.totals = totals_of(found)
        self.settling = found.is_settling
        self.files = files_of(account, wanted)
        self.span = span_of(wanted)


PAYMENTS = ("платёж", "платежа", "платежей")


def days_of(period: str, today: date) -> tuple[date | None, date | None]:
    """Return the first and the last day of a choice; of an unknown one, of the last half year."""
    if period == ALWAYS:
        return None, None
    if YEAR.fullmatch(period):
        return date(int(period), 1, 1), date(int(period), 12, 31)
    months = int(A_YEAR if period == A_YEAR else HALF_A_YEAR)
    return first_day(next_month(month_of(today.year, today.month), 1 - months)), None


def period_choices(today: date) -> list[tuple[str, str]]:
    """Return the periods to choose from."""
    years = [(str(year), f"{year} год") for year in range(today.year, today.year - EARLIER_YEARS, -1)]
    return [(HALF_A_YEAR, "Последние 6 месяцев"), (A_YEAR, "Последние 12 месяцев"), *years, (ALWAYS, "За всё время")]


def span_of(wanted: Filter) -> str:
    """Return what days payments are from, in words."""
    if wanted.first_day is None:
        return "За всё время"
    if wanted.last_day is not None:
        return f"За {wanted.first_day.year} год"
    return f"С {formats.long_date(wanted.first_day)}".replace(" ", formats.NBSP, 1)


def payment_row(line: PaymentLine, account: str) -> PaymentRow:
    """Put a payment into words; `account` is what the account is called in addresses."""
    open_or_failed, at = line.can_continue or line.can_repeat, local_time(line)
    return PaymentRow(
        key=f"{line.order_number or line.payment_id}-{line.division_code}",
        day=formats.short_date(line.day),
        time=f"{at:%H:%M}" if at else "",
        division=line.division,
        what=line.division if line.whole == line.amount else "Несколько разделов одним платежом",
        whole=formats.money(line.whole),
        how=formats.capital(way_words(line.channel, line.card)),
        number=f"Заказ {line.order_number}" if line.is_own and line.order_number and not line.payment_id else "",
        amount=formats.money(line.amount),
        state=STATE_WORDS[line.state],
        tone=TONES[line.state],
        remark=f"возвращено {formats.money(line.refunded)}" if 0 < line.refunded < line.amount else "",
        confirmation=confirmation_of(line, account),
        order=line.order_number or "" if open_or_failed else "",
        can_continue=line.can_continue,
        can_repeat=line.can_repeat,
    )


def confirmation_of(line: PaymentLine, account: str) -> str:
    """Return where the confirmation of a payment is; nothing for one that took no money."""
    if line.state in (PaymentState.UNFINISHED, PaymentState.DECLINED):
        return ""
    named = {"order": line.order_number} if line.order_number else {"document": line.payment_id}
    return f"/api/payments/{account}/confirmation?{urlencode(named)}"


def totals_of(found: history.History) -> list[tuple[str, str]]:
    """Return what the payments come to, state by state."""
    totals = [("Оплачено", formats.money(found.posted))]
    return totals + ([("В обработке", formats.money(found.processing))] if found.processing else [])


def paging_of(page: int, count: int) -> Paging:
    """Return which page this is, if there are several."""
    if count <= PAGE:
        return Paging()
    first, last = page * PAGE + 1, min((page + 1) * PAGE, count)
    return Paging(f"Показаны {first}–{last} из {formats.counted(count, *PAYMENTS_OF)}", page, page > 0, last < count)


PAYMENTS_OF = ("платежа", "платежей", "платежей")


def files_of(account: str, wanted: Filter) -> Files:
    """Return where the payments of a filter are as files."""
    asked = {
        "from": wanted.first_day.isoformat() if wanted.first_day else "",
        "to": wanted.last_day.isoformat() if wanted.last_day else "",
        "division": wanted.division_code,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    base = f"/api/payments/{account}/history"
    return Files(*(f"{base}.{kind}?{query}".rstrip("?") for kind in ("xlsx", "csv")))
