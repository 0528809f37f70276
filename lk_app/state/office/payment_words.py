"""Payments that need a person in words: the rows of their list, and all that is known of one."""

from dataclasses import dataclass, field
from datetime import datetime

from lk_app import formats
from lk_app.formats import NBSP, NO_FIGURE
from lk_app.models import AttemptState, RefundState
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import words
from lk_app.services.acquiring.attention import ConcernLine, MessageLine, RefundLine
from lk_app.services.paging import Page
from lk_app.services.payments.inspection import PaymentLook
from lk_app.services.payments.queue import PaymentRow, Standing
from lk_app.services.payments.settling import PART
from lk_app.settings import settings
from lk_app.state.office.queue_words import count_words, time_words

TONES = {
    AttemptState.PAID: "ok",
    AttemptState.EXPORTED: "ok",
    AttemptState.POSTED: "ok",
    AttemptState.DECLINED: "danger",
}
"""How the badge of a state looks; others are plain."""

REFUND_TONES = {RefundState.DONE: "ok", RefundState.REFUSED: "danger"}
ATTENTION = "требует внимания"
OF_ALL = "весь остаток"
FORGED = "подпись неверна: не учтено"


@dataclass(frozen=True)
class Row:
    """A payment as its row shows it."""

    key: str
    order: str
    address: str
    """Where all about it is."""
    at: str
    amount: str
    state: str
    tone: str
    reason: str


@dataclass(frozen=True)
class ConcernCard:
    """Why the payment needs a person, and what to do."""

    key: str
    title: str
    since: str
    detail: str
    advice: str


@dataclass(frozen=True)
class PartRow:
    """How much of the payment is for which division."""

    name: str
    amount: str
    refunded: str
    choice: str
    """The value by which a form chooses it."""
    label: str
    """What it is called in that choice."""
    has_rest: bool


@dataclass(frozen=True)
class RefundRow:
    """Money that was to be given back."""

    key: str
    at: str
    amount: str
    of: str
    state: str
    tone: str
    error: str
    by: str
    reason: str


@dataclass(frozen=True)
class MessageRow:
    """What the bank said."""

    key: str
    at: str
    kind: str
    said: str
    forged: str


@dataclass(frozen=True)
class Look:
    """All that is known of the payment that is looked at; empty when none is."""

    order: str = ""
    about: str = ""
    concerns: list[ConcernCard] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)
    refunds: list[RefundRow] = field(default_factory=list)
    messages: list[MessageRow] = field(default_factory=list)
    rest: str = ""
    """What can still be given back."""
    obstacle: str = ""
    """Why nothing can."""
    last_refund: str = ""


NOTHING_LOOKED_AT = Look()


def row_of(row: PaymentRow) -> Row:
    """Put a payment of the list into words."""
    return Row(
        key=f"{row.order_number} {row.reason or ''}",
        order=row.order_number,
        address=f"/office/payments/order?order={row.order_number}",
        at=moment(row.at, seconds=False),
        amount=formats.money(row.amount),
        state=words.STATES[row.state],
        tone=TONES.get(row.state, ""),
        reason=formats.capital(words.REASONS[row.reason]) if row.reason else ATTENTION * row.needs_attention,
    )


def head_words(standing: Standing, now: datetime) -> str:
    """Return how the list stands: «Требуют внимания 3. Самое старое ждёт 2 дня 3 ч.»."""
    if standing.oldest_at is None:
        return f"Ничто не{NBSP}требует внимания."
    return f"Требуют внимания {count_words(standing.waiting)}. Дольше всех ждёт {time_words(now - standing.oldest_at)}."


def span_words(page: Page[PaymentRow], standing: Standing | None) -> str:
    """Return how much of the list is shown."""
    shown = len(page.rows)
    if not shown:
        return ""
    return f"Показаны {shown} из{NBSP}{count_words(standing.waiting)}" if standing else f"Показаны {shown}"


def look_of(look: PaymentLook) -> Look:
    """Put all that is known of a payment into words."""
    report = look.report
    several = len(report.parts) > 1
    return Look(
        order=report.order_number,
        about=f"{formats.money(report.amount)}, {words.STATES[report.state]}",
        concerns=[_concern(concern, look) for concern in report.concerns],
        facts=_facts(look),
        parts=[_part(look, code, amount, refunded, several) for code, amount, refunded in report.parts],
        refunds=[_refund(line, look) for line in report.refunds][::-1],
        messages=[_message(number, line) for number, line in enumerate(report.messages)][::-1],
        rest=formats.money(look.left),
        obstacle=look.obstacle,
        last_refund=str(look.last_refund),
    )


def moment(instant: datetime, *, seconds: bool = True) -> str:
    """Return a moment for a table, by the company's clock."""
    here = instant.astimezone(settings().zone)
    return f"{here:%d.%m.%Y}{NBSP}{here:%H:%M:%S}" if seconds else f"{here:%d.%m.%Y}{NBSP}{here:%H:%M}"


def _concern(concern: ConcernLine, look: PaymentLook) -> ConcernCard:
    detail = words.explained(concern.reason, concern.detail, look.divisions)
    return ConcernCard(
        key=concern.reason,
        title=formats.capital(words.REASONS[concern.reason]),
        since=f"с{NBSP}{moment(concern.since, seconds=False)}",
        detail=formats.capital(detail) + "." if detail else "",
        advice=words.WHAT_TO_DO[concern.reason],
    )


def _facts(look: PaymentLook) -> list[tuple[str, str]]:
    report = look.report
    initials = [f"{name[0]}." for name in (look.first_name, look.middle_name) if name]
    moments = (
        ("Создан", report.created_at),
        ("Оплачен", report.paid_at),
        ("Передан в биллинг", report.exported_at),
        ("Учтён биллингом", report.posted_at),
        ("Портал спросит банк", report.next_ask_at),
    )
    return [
        ("Лицевой счёт", look.account_number),
        ("Абонент", NBSP.join([look.last_name, *initials])),
        ("Сумма", formats.money(report.amount)),
        ("Возвращено", formats.money(report.refunded)),
        *((term, moment(at)) for term, at in moments if at),
        ("Номер заказа в банке", report.bank_order_id or NO_FIGURE),
    ]


def _part(look: PaymentLook, code: str, amount: Kopecks, refunded: Kopecks, several: bool) -> PartRow:
    name = look.divisions.get(code, code)
    left = Kopecks(min(amount - refunded, look.left))
    of = f"Часть: {name}, осталось {formats.money(left)}"
    return PartRow(
        name=name,
        amount=formats.money(amount),
        refunded=formats.money(refunded),
        choice=PART + code,
        label=of if several else "Часть этой суммы",
        has_rest=left > 0,
    )


def _refund(line: RefundLine, look: PaymentLook) -> RefundRow:
    return RefundRow(
        key=str(line.id),
        at=moment(line.asked_at),
        amount=formats.money(line.amount),
        of=look.divisions.get(line.division_code, line.division_code) if line.division_code else OF_ALL,
        state=words.REFUNDS[line.state],
        tone=REFUND_TONES.get(line.state, ""),
        error=f"код {line.error}" if line.error else "",
        by=line.asked_by,
        reason=line.reason,
    )


def _message(number: int, line: MessageLine) -> MessageRow:
    return MessageRow(
        key=str(number),
        at=moment(line.at),
        kind=words.KINDS[line.kind],
        said=formats.capital(words.said(line.kind, line.content)),
        forged="" if line.genuine else FORGED,
    )
