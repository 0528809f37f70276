"""«Взаиморасчёты»: what is owed, in words, and the charges behind it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache

import reflex as rx

from lk_app import clock, formats
from lk_app.models.values import Kopecks, Month
from lk_app.services import mail, receipts, settlements
from lk_app.services.accounts import AttachedAccount
from lk_app.services.errors import NotFound
from lk_app.services.references import reference_of
from lk_app.services.session import in_session
from lk_app.services.settlements import Amounts, ChargeLine, DivisionBalance, PeriodCharges
from lk_app.settings import settings
from lk_app.state.access import caller, consumer
from lk_app.state.accounts import AccountsState, show_cabinet
from lk_app.state.paying import Offer, Till, offer_of, till_of
from lk_app.state.screen import Screen, message_of


class Standing(StrEnum):
    """On which side a balance is."""

    DEBT = "debt"
    ADVANCE = "advance"
    EVEN = "even"


STANDING_WORDS = {
    Standing.DEBT: "Задолженность",
    Standing.ADVANCE: "Аванс",
    Standing.EVEN: "Задолженности нет",
}


@dataclass(frozen=True)
class ChargeRow:
    """A row of the table of charges; every figure in roubles, the unit stands above the table."""

    kind: str
    quantity: str
    """Volume × tariff, where the charge is made by them."""
    opening: str
    accrued: str
    recalculation: str
    penalty: str
    paid: str
    closing: str


@dataclass(frozen=True)
class PeriodTable:
    """The charges of one period."""

    month: str
    caption: str
    rows: list[ChargeRow]
    total: ChargeRow
    remark: str
    """What a minus before a balance means, where there is one."""


@dataclass(frozen=True)
class DivisionCard:
    """A division of the bill as its card shows it."""

    code: str
    name: str
    description: str
    standing: str
    word: str
    amount: str
    """Without a sign: the word carries it; empty when nothing is owed."""
    accrued: str
    """What was charged last, or that nothing was yet."""
    posted: str
    """Payments that came after the last charges."""
    due: str
    """What to do about the balance, and by when."""
    charged: bool
    charges: PeriodTable
    periods: list[tuple[str, str]]
    """The periods to choose from, latest first: month and name."""
    receipt_from: str
    """The first of the periods that have a receipt, as a month; empty when none has."""
    receipt_to: str
    no_receipts: str
    """Why there is none yet, where that will change soon."""
    address: str
    """Where its receipts are asked for."""
    payment: str
    """What the payment code is for: how much, or that there is nothing to pay."""
    offer: Offer
    """What «Оплата онлайн» opens with."""
    period_failure: str = ""
    """Why the period that was asked for is not shown."""


RECEIPTS_TOMORROW = "Квитанции появятся завтра"
PAID_BY_CODE = "К оплате {}. Если вы уже заплатили, подождите: банк передаёт платёж до суток."
ADVANCE_BY_CODE = "Платить ничего не нужно. Если хотите внести аванс, сумму спросит приложение банка."
MONTHS_OF_A_STATEMENT = 12
"""As many as are asked for most."""
NOTHING_CHARGED = "За этот период начислений не было."
NO_ROW = ChargeRow("", "", "", "", "", "", "", "")
NO_CHARGES = PeriodTable("", "", [], NO_ROW, "")
MINUS_MEANS = "Остаток с минусом — это аванс: вы заплатили больше, чем начислено."


@dataclass(frozen=True)
class DocumentChoices:
    """What documents about the whole account can be asked for, and where they can be sent."""

    account: str = ""
    """What the chosen account is called in addresses."""
    statements: str = ""
    """Where statements about it are asked for."""
    divisions: list[tuple[str, str]] = field(default_factory=list)
    """The divisions an act of reconciliation can be about: code and name."""
    months: list[tuple[str, str]] = field(default_factory=list)
    """The months it can cover, latest first."""
    first_month: str = ""
    """Where its range begins unless another month is chosen."""
    mailed: bool = False
    """Whether letters are sent here."""
    email: str = ""
    """Where to, masked; empty when the user has given no address."""


class SettlementsState(Screen, rx.State):
    """The divisions of the chosen account."""

    today: str = ""
    divisions: list[DivisionCard] = []
    empty: bool = False
    """Whether the user has no account at all."""
    documents: DocumentChoices = DocumentChoices()
    till: Till = Till()
    told: str = ""
    """What a screen reader is told when another period is shown."""

    @rx.event
    @consumer
    async def load(self):
        """Load the balances and the last period of every division."""
        async with self._failures_shown():
            now, today = clock.now(), clock.today()
            overview = await in_session(settlements.open_overview, await caller(self), today)
            cabinet = overview.cabinet
            await show_cabinet(self, cabinet)
            self.today = formats.long_date(today)
            self.empty = cabinet.chosen is None
            account = reference_of(cabinet.chosen.number) if cabinet.chosen else ""
            self.divisions = [division_card(each, cabinet.chosen, account, now) for each in overview.divisions]
            self.told = ""
            email = formats.masked_email(cabinet.email) if cabinet.email else ""
            charged = tuple((each.code, each.name, each.closed_months) for each in overview.divisions)
            self.till = till_of(overview)
            documents = document_choices(account, charged, email, mailed=mail.is_available())
            # Seldom another one, and as long as all the rest: not sent again and again.
            if self.documents != documents:
                self.documents = documents

    @rx.event
    @consumer
    async def show_period(self, division_code: str, month: str):
        """Show the charges of another period in one division of the account on the screen."""
        card = next((card for card in self.divisions if card.code == division_code), None)
        if card is None or all(offered != month for offered, _ in card.periods):
            return
        account_number = (await self.get_state(AccountsState)).number
        try:
            charges = await in_session(
                settlements.charges_of_period, await caller(self), account_number, card.code, Month(int(month))
            )
            changed = replace(card, charges=period_table(charges), period_failure="")
            self.told = f"{card.name}: {changed.charges.caption}"
        except NotFound:
            changed = replace(card, period_failure=NOTHING_CHARGED)
        except Exception as error:
            changed = replace(card, period_failure=message_of(error))
        self.divisions = [changed if other.code == card.code else other for other in self.divisions]


@lru_cache
def document_choices(
    account: str, charged: tuple[tuple[str, str, tuple[Month, ...]], ...], email: str, *, mailed: bool
) -> DocumentChoices:
    """Return what documents an account can have; `charged` are code, name and closed months of each division."""
    months = sorted({month for _, _, closed in charged for month in closed}, reverse=True)
    return DocumentChoices(
        account=account,
        statements=f"/api/statements/{account}" if account else "",
        divisions=[(code, name) for code, name, closed in charged if closed],
        months=[period_choice(month) for month in months],
        first_month=str(months[:MONTHS_OF_A_STATEMENT][-1]) if months else "",
        mailed=mailed,
        email=email,
    )


def division_card(division: DivisionBalance, attached: AttachedAccount, account: str, now: datetime) -> DivisionCard:
    """Put the balance of a division into words; `account` is what the account is called in addresses."""
    today = now.astimezone(settings().zone).date()
    standing = standing_of(division.balance)
    attached_on = attached.attached_at.astimezone(settings().zone).date()
    offered = receipts.offered_months(division, attached_on, today)
    return DivisionCard(
        code=division.code,
        name=division.name,
        description=division.description,
        standing=standing.value,
        word=STANDING_WORDS[standing],
        amount=formats.money(Kopecks(abs(division.balance))) if division.balance else "",
        accrued=accrued(division.last),
        posted=posted(division.paid_since),
        due=due(division),
        charged=division.last is not None,
        charges=period_table(division.last) if division.last else NO_CHARGES,
        periods=[period_choice(month) for month in division.months],
        receipt_from=str(offered[-1]) if offered else "",
        receipt_to=str(offered[0]) if offered else "",
        no_receipts=RECEIPTS_TOMORROW if division.last and not offered and attached_on == today else "",
        address=f"/api/receipts/{account}/{division.code}",
        payment=PAID_BY_CODE.format(formats.money(division.to_pay)) if division.to_pay else ADVANCE_BY_CODE,
        offer=offer_of(division, now),
    )


@cache
def period_choice(month: Month) -> tuple[str, str]:
    """Return a period as the list to choose from has it; a screen has dozens."""
    return str(month), formats.period_title(month)


def standing_of(balance: Kopecks) -> Standing:
    """Say on which side a balance is."""
    if balance > 0:
        return Standing.DEBT
    return Standing.ADVANCE if balance < 0 else Standing.EVEN


def accrued(last: PeriodCharges | None) -> str:
    """Return the line about the last charges."""
    if last is None:
        return "Начислений ещё не было: они появятся здесь после закрытия первого месяца"
    return f"Начислено за{formats.NBSP}{formats.period(last.month)}: {formats.money(last.total.accrued)}"


def due(division: DivisionBalance) -> str:
    """Return what to do about a balance, and by when."""
    if division.balance <= 0:
        return "Оплата не требуется"
    if not division.to_pay:
        return "Платёж в обработке, платить ещё раз не нужно"
    if division.due_on is None:
        return ""
    if division.due_on < clock.today():
        return f"Срок оплаты был {formats.long_date(division.due_on)}"
    return f"Оплатите до{formats.NBSP}{formats.long_date(division.due_on)}"


def posted(paid_since: Kopecks) -> str:
    """Return the line about payments that came after the last charges."""
    return f"Оплачено после начислений: {formats.money(paid_since)}" if paid_since else ""


def period_table(charges: PeriodCharges) -> PeriodTable:
    """Put the charges of a period into words."""
    advance = any(min(line.amounts.opening, line.amounts.closing) < 0 for line in charges.lines)
    return PeriodTable(
        month=str(charges.month),
        caption=f"{formats.period_title(charges.month)}, в{formats.NBSP}рублях",
        rows=[charge_row(line.kind, quantity(line), line.amounts) for line in charges.lines],
        total=charge_row("Итого", "", charges.total),
        remark=MINUS_MEANS if advance else "",
    )


def quantity(line: ChargeLine) -> str:
    """Return what a charge was computed from, where that is a volume and its tariff."""
    if line.volume is None or line.tariff is None:
        return ""
    return f"{formats.volume(line.volume)} × {formats.tariff(line.tariff)}"


def charge_row(kind: str, computed_from: str, amounts: Amounts) -> ChargeRow:
    """Return a row of the table."""
    return ChargeRow(
        kind=kind,
        quantity=computed_from,
        opening=formats.roubles(amounts.opening),
        accrued=formats.roubles(amounts.accrued),
        recalculation=formats.roubles(amounts.recalculation),
        penalty=formats.roubles(amounts.penalty),
        paid=formats.roubles(amounts.paid),
        closing=formats.roubles(amounts.closing),
    )
