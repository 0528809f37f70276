"""«Подтверждение платежа»: that money was taken, for whom and for what, and how far the payment has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from lk_app import formats
from lk_app.models import (
    Attempt,
    AttemptPart,
    AttemptState,
    Channel,
    Division,
    Payment,
    Posting,
    Refund,
    RefundState,
)
from lk_app.models.values import Kopecks
from lk_app.services.accounts import Contract, contract_of
from lk_app.services.acquiring.schedule import CREDITED
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.documents.words import Counterparty, Field, Head, counterparty, file_name, head_of
from lk_app.services.errors import NotFound
from lk_app.services.payments.history import PaymentState
from lk_app.services.payments.words import STATE_WORDS, at_company, way_words

TITLE = "Подтверждение платежа"
UNKNOWN = "нет сведений"
MOSCOW = ZoneInfo("Europe/Moscow")
TOOK_MONEY = (*CREDITED, AttemptState.REFUNDED)

AWAITED = "В обработке: деньги получены, в расчётах их обычно учитывают в течение суток."
NO_FISCAL_RECEIPT = "Это не кассовый чек."
FISCAL_RECEIPT_SENT = (
    "Кассовый чек (54-ФЗ) приходит отдельно, от оператора фискальных данных: на электронную почту или в SMS."
)
FISCAL_RECEIPT_GIVEN = "Кассовый чек выдают там, где принимают деньги."
ORIGIN = (
    "Подтверждение сформировано автоматически в личном кабинете и действительно как информация без подписи и печати. "
    "С печатью его выдаёт абонентская служба, её адрес и телефон указаны вверху."
)


class Part(NamedTuple):
    """What was paid for a division."""

    division: Division
    amount: Kopecks
    refunded: Kopecks
    state: PaymentState
    document: str | None
    """Billing's, once it is posted."""


@dataclass(frozen=True)
class PartRow:
    """A row of the table: a division, whom the money went to, and what became of it."""

    division: str
    payee: Counterparty
    document: str
    amount: str
    refunded: str
    state: str


@dataclass(frozen=True)
class ConfirmationPage:
    """What the template of a confirmation is filled with."""

    file_name: str
    head: Head
    total: str
    standing: list[str]
    """How the payment stands, in sentences."""
    parts: list[PartRow]
    sum: str
    refunded: str
    """In all; empty if nothing was given back."""
    facts: list[Field]
    fiscal: str
    origin: str


def of_order(session: Session, who: Consumer, account_number: str, order_number: str) -> ConfirmationPage:
    """Return the confirmation of what was paid here with one order; raises NotFound if it took no money."""
    contract = contract_of(session, who, account_number)
    attempt = session.exec(
        select(Attempt).where(
            Attempt.order_number == order_number,
            Attempt.account_number == account_number,
            col(Attempt.account_number).in_(account_numbers(who)),
            col(Attempt.state).in_(TOOK_MONEY),
        )
    ).one_or_none()
    if attempt is None:
        raise NotFound
    parts = _parts(session, who, attempt)
    # Only who paid may know by which card.
    card = attempt.card if attempt.user_id == who.user_id else ""
    return ConfirmationPage(
        file_name=file_name(f"{TITLE} {formats.short_date(attempt.day)}, заказ", order_number),
        head=head_of(contract, TITLE, f"от {formats.long_date(attempt.day)}"),
        total=formats.money(attempt.amount),
        standing=standing(parts, attempt.posted_at, _returned_on(session, who, attempt)),
        parts=[part_row(part) for part in parts],
        sum=formats.roubles(attempt.amount),
        refunded=formats.roubles(attempt.refunded) if attempt.refunded else "",
        facts=facts_of(attempt, card),
        fiscal=fiscal(Channel.ONLINE),
        origin=formats.tied(ORIGIN),
    )


def of_document(session: Session, who: Consumer, account_number: str, payment_id: str) -> ConfirmationPage:
    """Return the confirmation of a payment that billing has posted; one made here is shown whole, as its order.

    Raises NotFound.
    """
    contract = contract_of(session, who, account_number)
    order_here = and_(
        col(Attempt.order_number) == col(Posting.order_number),
        col(Attempt.account_number) == col(Payment.account_number),
        col(Attempt.state).in_(TOOK_MONEY),
    )
    row = session.exec(
        select(Payment, Division, Attempt.order_number)
        .join(Division, col(Division.code) == col(Payment.division_code))
        .outerjoin(Posting, col(Posting.payment_id) == col(Payment.id))
        .outerjoin(Attempt, order_here)
        .where(
            Payment.id == payment_id,
            Payment.account_number == account_number,
            col(Payment.account_number).in_(account_numbers(who)),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    payment, division, order_number = row
    if order_number:
        return of_order(session, who, account_number, order_number)
    return _of_payment(contract, payment, division)


def _of_payment(contract: Contract, payment: Payment, division: Division) -> ConfirmationPage:
    part = Part(division, payment.amount, Kopecks(0), PaymentState.POSTED, payment.id)
    return ConfirmationPage(
        file_name=file_name(f"{TITLE} {formats.short_date(payment.paid_on)}, документ", payment.id),
        head=head_of(contract, TITLE, f"от {formats.long_date(payment.paid_on)}"),
        total=formats.money(payment.amount),
        standing=standing([part], None, None),
        parts=[part_row(part)],
        sum=formats.roubles(payment.amount),
        refunded="",
        facts=[
            Field("Дата", formats.long_date(payment.paid_on)),
            Field("Способ оплаты", formats.capital(way_words(payment.channel))),
            Field("Учтён в расчётах", f"за {formats.period(payment.month)}"),
        ],
        fiscal=fiscal(payment.channel),
        origin=formats.tied(ORIGIN),
    )


def standing(parts: Sequence[Part], posted_at: datetime | None, returned_on: date | None) -> list[str]:
    """Return how a payment stands: whether billing has all of it, and what was given back."""
    kept = [part for part in parts if part.state is not PaymentState.REFUNDED]
    refunded = Kopecks(sum(part.refunded for part in parts))
    said = []
    if any(part.state is PaymentState.PROCESSING for part in kept):
        said.append(formats.tied(AWAITED))
    elif kept:
        posted_on = f" {formats.long_date(at_company(posted_at).date())}" if posted_at else "."
        said.append(f"Оплачено: платёж принят к учёту{posted_on}")
    if refunded:
        how_much = formats.money(refunded) if kept else f"всё: {formats.money(refunded)}"
        said.append(f"Возвращено {how_much}{f', {formats.long_date(returned_on)}' if returned_on else '.'}")
    return said


def facts_of(attempt: Attempt, card: str) -> list[Field]:
    """Return how an attempt was paid, and the numbers by which we and the bank know it."""
    facts = [
        Field("Дата и время", moment(attempt.paid_at) if attempt.paid_at else formats.long_date(attempt.day)),
        Field("Способ оплаты", formats.capital(online_words(card))),
        Field("Номер заказа", attempt.order_number),
        Field("Номер заказа в банке", attempt.bank_order_id or UNKNOWN),
    ]
    if 0 < attempt.refunded < attempt.amount:
        facts.insert(0, Field("За вычетом возврата", formats.money(Kopecks(attempt.amount - attempt.refunded))))
    return facts


def online_words(card: str) -> str:
    """Return how it was paid here: «в личном кабинете, картой •• 1111»."""
    here = way_words(Channel.ONLINE)
    return f"{here}, {way_words(Channel.ONLINE, card)}" if card else here


def part_row(part: Part) -> PartRow:
    return PartRow(
        division=part.division.name,
        payee=counterparty(part.division),
        document=part.document or "",
        amount=formats.roubles(part.amount),
        refunded=formats.roubles(part.refunded),
        state=STATE_WORDS[part.state],
    )


def fiscal(channel: Channel) -> str:
    """Return that this is not the fiscal receipt, and where that one is to be had."""
    where = FISCAL_RECEIPT_SENT if channel is Channel.ONLINE else FISCAL_RECEIPT_GIVEN
    return formats.tied(f"{NO_FISCAL_RECEIPT} {where}")


def moment(instant: datetime) -> str:
    """Return an instant with the company's zone as people in Russia name it: «22 ноября 2026 г., 12:30 (МСК+2)»."""
    local = at_company(instant)
    return f"{formats.long_date(local.date())}, {local:%H:%M} ({zone_name(local)})"


def zone_name(local: datetime) -> str:
    """Return by how much a local time is ahead of Moscow's."""
    ahead = (local.utcoffset() or timedelta()) - (local.astimezone(MOSCOW).utcoffset() or timedelta())
    minutes = abs(ahead) // timedelta(minutes=1)
    if not minutes:
        return "МСК"
    sign = formats.MINUS if ahead < timedelta() else "+"
    return f"МСК{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")


def _parts(session: Session, who: Consumer, attempt: Attempt) -> list[Part]:
    posted_here = and_(
        col(Payment.id) == col(Posting.payment_id), col(Payment.account_number) == col(Attempt.account_number)
    )
    rows = session.execute(
        columns(Division, col(AttemptPart.amount), col(AttemptPart.refunded), col(Payment.id).label("document"))
        .select_from(AttemptPart)
        .join(Attempt, col(Attempt.id) == col(AttemptPart.attempt_id))
        .join(Division, col(Division.code) == col(AttemptPart.division_code))
        .outerjoin(
            Posting,
            and_(
                col(Posting.order_number) == col(Attempt.order_number),
                col(Posting.division_code) == col(AttemptPart.division_code),
            ),
        )
        .outerjoin(Payment, posted_here)
        .where(col(Attempt.id) == attempt.id, col(Attempt.account_number).in_(account_numbers(who)))
        .order_by(col(Division.position), col(Division.code))
    )
    return [_part(row, attempt.state) for row in rows]


def _part(row: Row[Any], attempt: AttemptState) -> Part:
    if row.refunded == row.amount:
        state = PaymentState.REFUNDED
    elif row.document or attempt is AttemptState.POSTED:
        state = PaymentState.POSTED
    else:
        state = PaymentState.PROCESSING
    return Part(row.Division, Kopecks(row.amount), Kopecks(row.refunded), state, row.document)


def _returned_on(session: Session, who: Consumer, attempt: Attempt) -> date | None:
    """Return the day of the last refund, if all that was given back is known by days."""
    refunds = session.exec(
        select(Refund.amount, Refund.settled_at)
        .join(Attempt, col(Attempt.id) == col(Refund.attempt_id))
        .where(
            Refund.attempt_id == attempt.id,
            Refund.state == RefundState.DONE,
            col(Attempt.account_number).in_(account_numbers(who)),
        )
    ).all()
    known = sum(amount for amount, _ in refunds) == attempt.refunded
    days = [at_company(settled_at).date() for _, settled_at in refunds if settled_at]
    return max(days) if known and days else None
