"""«Акт сверки»: charges against payments over some months, in words and with every sum anybody can check."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from lk_app import formats
from lk_app.models import Division
from lk_app.models.values import Kopecks, Month, first_day, next_month
from lk_app.services.accounts import contract_of
from lk_app.services.callers import Consumer
from lk_app.services.documents.words import Counterparty, Head, balance_name, counterparty, file_name, head_of
from lk_app.services.errors import NotFound
from lk_app.services.payments.posted import CHANNELS, PostedPayment, posted_payments, total_of
from lk_app.services.settlements import Amounts, ChargedMonth, charged_months
from lk_app.services.statements.ledger import LedgerMonth, ledger
from lk_app.services.statements.months import covered
from lk_app.services.statements.words import outcome, payment_words

TITLE = "Акт сверки"
NOTHING_CHARGED = "По этому разделу ещё нет начислений, сверять пока нечего."


@dataclass(frozen=True)
class ActRow:
    """A line of the act; a figure that does not belong to it is empty."""

    day: str
    text: str
    balance: str
    """After it."""
    note: str = ""
    accrued: str = ""
    recalculation: str = ""
    penalty: str = ""
    paid: str = ""
    opens_month: bool = False


@dataclass(frozen=True)
class Turnover:
    """The sums of the act's columns."""

    accrued: str
    recalculation: str
    penalty: str
    paid: str
    charged: str
    """The first three together."""
    shift: str
    """What the balance changed by on its own, if it did."""


@dataclass(frozen=True)
class ReconciliationPage:
    """What the template of an act is filled with."""

    file_name: str
    head: Head
    preamble: str
    opened_on: str
    opening: str
    opening_name: str
    """Whether the balance is a debt or an advance, and beside it how much, without a sign."""
    opening_sum: str
    rows: list[ActRow]
    turnover: Turnover
    closed_on: str
    closing: str
    closing_name: str
    closing_sum: str
    conclusion: str
    afterwards: str
    """What was paid after the last charged month, if the act reaches it."""


def reconciliation_page(
    session: Session, who: Consumer, account_number: str, division_code: str, first: Month, last: Month, today: date
) -> ReconciliationPage:
    """Return the act of the months `first` to `last`, in words; raises NotFound, or FieldErrors about the months."""
    contract = contract_of(session, who, account_number)
    charges = _closed_months(session, who, account_number, division_code, today)
    division = session.get_one(Division, division_code)
    first, last = covered(first, last, [charge.month for charge in charges])
    payments = posted_payments(session, who, account_number, division_code)
    history = ledger(charges, payments)
    months = [month for month in history if first <= month.month <= last]
    opening, closing = opening_of(history, first), months[-1].amounts.closing
    ends_on = first_day(next_month(last))
    payee = counterparty(division)
    head = head_of(contract, f"{TITLE}: {division.name}", between(first, last), payee)
    return ReconciliationPage(
        file_name=file_name(TITLE, account_number, division.name, months_of(first, last)),
        head=head,
        preamble=preamble(head, payee, today),
        opened_on=formats.short_date(first_day(first)),
        opening=formats.roubles(opening),
        rows=list(rows(opening, months)),
        turnover=turnover(opening, months),
        opening_name=balance_name(opening),
        opening_sum=formats.money(Kopecks(abs(opening))),
        closed_on=formats.short_date(ends_on),
        closing=formats.roubles(closing),
        closing_name=balance_name(closing),
        closing_sum=formats.money(Kopecks(abs(closing))),
        conclusion=f"На {formats.long_date(ends_on)} {outcome(closing)}.",
        afterwards=afterwards(last, closing, payments) if last == charges[-1].month else "",
    )


def _closed_months(
    session: Session, who: Consumer, account_number: str, division_code: str, today: date
) -> list[ChargedMonth]:
    """Return the months an act may cover; the figures of a month still open may change."""
    charges = charged_months(session, who, account_number, division_code)
    closed = [charged for charged in charges if charged.is_closed(today)]
    if not closed:
        raise NotFound(NOTHING_CHARGED)
    return closed


def opening_of(history: Sequence[LedgerMonth], first: Month) -> Kopecks:
    """Return the balance at the beginning of a month, which may be one in which nothing happened."""
    before = [month for month in history if month.month < first]
    begun = history[len(before)]
    return begun.amounts.opening if begun.month == first else before[-1].amounts.closing


def months_of(first: Month, last: Month) -> str:
    """Return the months for a file name: «октябрь 2025 – октябрь 2026»."""
    return " – ".join(formats.month_and_year(month) for month in dict.fromkeys((first, last)))


def between(first: Month, last: Month) -> str:
    """Return the act's months: «октябрь 2025 г. – октябрь 2026 г.»."""
    return f"за {formats.period(first)}" if first == last else f"{formats.period(first)} – {formats.period(last)}"


def preamble(head: Head, payee: Counterparty, today: date) -> str:
    """Return who compares what with whom."""
    return (
        f"Акт составлен {formats.long_date(today)} Организация: {payee.name}, ИНН / КПП {payee.inn_and_kpp}. "
        f"Потребитель: {head.holder}, лицевой счёт {head.account}."
    )


def rows(opening: Kopecks, months: Iterable[LedgerMonth]) -> Iterator[ActRow]:
    """Yield the lines of the act, each with the balance after it."""
    balance = opening
    for month in months:
        amounts = month.amounts
        if amounts.opening != balance:
            yield shift_row(month.month, Kopecks(amounts.opening - balance), amounts.opening)
        balance = Kopecks(amounts.opening + amounts.charged)
        if month.charged:
            yield charge_row(month.month, amounts, balance)
        if month.is_explained:
            for payment in month.payments:
                balance = Kopecks(balance - payment.amount)
                yield payment_row(payment, balance)
        else:
            balance = amounts.closing
            yield paid_row(month, balance)


def charge_row(month: Month, amounts: Amounts, balance: Kopecks) -> ActRow:
    return ActRow(
        day=formats.period_title(month),
        text="Начислено за месяц",
        accrued=formats.roubles(amounts.accrued),
        recalculation=formats.roubles(amounts.recalculation),
        penalty=formats.roubles(amounts.penalty),
        balance=formats.roubles(balance),
        opens_month=True,
    )


def payment_row(payment: PostedPayment, balance: Kopecks) -> ActRow:
    return ActRow(
        day=formats.short_date(payment.paid_on),
        text=f"Оплата {CHANNELS[payment.channel]}",
        paid=formats.roubles(payment.amount),
        balance=formats.roubles(balance),
    )


def paid_row(month: LedgerMonth, balance: Kopecks) -> ActRow:
    """Return what billing says was paid, with the payments that don't make it up."""
    payments = "; ".join(payment_words(payment) for payment in month.payments)
    return ActRow(
        day=formats.period_title(month.month),
        text="Оплачено по данным расчётов",
        note=f"Поступившие платежи: {payments}" if payments else "",
        paid=formats.roubles(month.amounts.paid),
        balance=formats.roubles(balance),
    )


def shift_row(month: Month, shift: Kopecks, balance: Kopecks) -> ActRow:
    """Return the line about a balance that changed between two months: billing says by how much, not why."""
    return ActRow(
        day=formats.short_date(first_day(month)),
        text="Остаток изменён по данным расчётов",
        note=f"на {formats.money(shift)}",
        balance=formats.roubles(balance),
        opens_month=True,
    )


def turnover(opening: Kopecks, months: Sequence[LedgerMonth]) -> Turnover:
    accrued = sum(month.amounts.accrued for month in months)
    recalculation = sum(month.amounts.recalculation for month in months)
    penalty = sum(month.amounts.penalty for month in months)
    paid = sum(month.amounts.paid for month in months)
    total = accrued + recalculation + penalty
    shift = Kopecks(months[-1].amounts.closing - opening - total + paid)
    return Turnover(
        accrued=formats.roubles(Kopecks(accrued)),
        recalculation=formats.roubles(Kopecks(recalculation)),
        penalty=formats.roubles(Kopecks(penalty)),
        paid=formats.roubles(Kopecks(paid)),
        charged=formats.roubles(Kopecks(total)),
        shift=formats.roubles(shift) if shift else "",
    )


def afterwards(last: Month, closing: Kopecks, payments: Iterable[PostedPayment]) -> str:
    """Return what came in after the last charged month, and how the account stands with it."""
    later = [payment for payment in payments if payment.month > last]
    if not later:
        return ""
    paid = total_of(later)
    month = f"{formats.MONTHS_OF_DATES[last % 100 - 1]}{formats.NBSP}{last // 100}{formats.NBSP}г."
    listed = "; ".join(payment_words(payment) for payment in later)
    return formats.tied(
        f"После {month} поступило {formats.money(paid)} ({listed}). В акт это не вошло; "
        f"с учётом поступившего {outcome(Kopecks(closing - paid))}."
    )
