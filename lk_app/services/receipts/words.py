"""A receipt in words: every text the document shows, in the order it is read."""

from dataclasses import dataclass
from datetime import date

from lk_app import formats
from lk_app.models.values import Kopecks, Month, Volume, first_day, next_month
from lk_app.services.documents.words import Field, Head, balance_name, counterparty, file_name, head_of
from lk_app.services.payment_qr import Payer
from lk_app.services.payments.posted import total_of
from lk_app.services.receipts.content import MeterUse, Receipt
from lk_app.services.receipts.payment import payment_of, purpose_of
from lk_app.services.settlements import Amounts, ChargeLine

MOST_PAYMENTS_NAMED = 3

WITH_QR = "Наведите камеру в приложении банка: получатель и сумма заполнятся сами."
WITHOUT_AMOUNT = "Платить не нужно. Если хотите внести аванс, приложение банка спросит сумму."
MINUS = "Аванс — это деньги, внесённые вперёд."
PAST = "Это квитанция за прошлый период. Платите по последней: в ней сумма на сегодня."


@dataclass(frozen=True)
class ChargeRow:
    """A row of the table of charges."""

    kind: str
    volume: str
    tariff: str
    accrued: str
    recalculation: str
    penalty: str
    total: str


@dataclass(frozen=True)
class MeterRow:
    """A row of the table of readings."""

    meter: str
    place: str
    before: str
    after: str
    taken_on: str
    consumption: str


@dataclass(frozen=True)
class Bar:
    """A month of the chart."""

    label: str
    value: int
    words: str
    marked: bool


@dataclass(frozen=True)
class ReceiptPage:
    """What the template of a receipt is filled with."""

    file_name: str
    head: Head
    due: str
    """What the sum is: to be paid by a day, or once was."""
    to_pay: str
    to_pay_words: str
    """The same within a table and on the slip, without the day."""
    advice: str
    """What to do about the sum."""
    owed: bool
    """Whether this is a receipt to pay by."""
    charges: list[ChargeRow]
    total: ChargeRow
    measured: bool
    """Whether the table has volumes and tariffs."""
    balance: list[Field]
    minus: str
    """What an advance is, where there is one."""
    explanation: str
    readings: list[MeterRow]
    no_readings: str
    """What to say in place of the table of readings."""
    bars: list[Bar]
    past: str
    """The warning on the receipt of an earlier period."""
    purpose: str
    payment: str
    """The text of the payment QR."""
    payment_hint: str


def receipt_page(receipt: Receipt) -> ReceiptPage:
    """Put a receipt into words; raises RequisitesBroken when its payee can't be paid by them."""
    charges = receipt.charges
    measured = any(line.volume is not None for line in charges.lines)
    purpose = purpose_of(receipt.division, receipt.contract.account.number, charges.month)
    return ReceiptPage(
        file_name=file_name(
            "Квитанция",
            receipt.contract.account.number,
            receipt.division.name,
            formats.month_and_year(charges.month),
        ),
        head=head_of(
            receipt.contract,
            f"Квитанция: {receipt.division.name}",
            f"за {formats.period(charges.month)}",
            counterparty(receipt.division),
        ),
        due=due_words(receipt),
        to_pay=formats.money(receipt.to_pay),
        to_pay_words="К оплате" if receipt.is_last else "Было к оплате",
        advice=advice(receipt),
        owed=receipt.is_last and receipt.to_pay > 0,
        charges=[charge_row(line) for line in charges.lines],
        total=total_row(charges.month, charges.total),
        measured=measured,
        balance=balance_rows(receipt),
        minus=MINUS if min(charges.total.opening, charges.total.closing) < 0 else "",
        explanation=explanation(receipt),
        readings=[meter_row(use) for use in receipt.readings],
        no_readings="Показаний за этот месяц не поступало." if receipt.consumption and not receipt.readings else "",
        bars=[bar(month, volume, charges.month) for month, volume in receipt.consumption],
        past="" if receipt.is_last else PAST,
        purpose=purpose,
        payment=payment_of(
            receipt.division,
            receipt.contract.account.number,
            purpose,
            # Whoever pays by a receipt of last year must not pay what they paid then.
            receipt.to_pay if receipt.is_last else Kopecks(0),
            month=charges.month,
            payer=payer_of(receipt),
        ),
        payment_hint=payment_hint(receipt),
    )


def due_words(receipt: Receipt) -> str:
    """Return what the sum in the box is."""
    if not receipt.is_last:
        return f"Было к оплате до {formats.short_date(receipt.period.due_on)}"
    return f"К оплате до {formats.short_date(receipt.period.due_on)}" if receipt.to_pay else "К оплате"


def advice(receipt: Receipt) -> str:
    """Return what to do about the sum in the box."""
    if not receipt.is_last:
        return "Платите по последней квитанции"
    return "По QR-коду внизу страницы или в личном кабинете" if receipt.to_pay else "Оплата не требуется"


def payment_hint(receipt: Receipt) -> str:
    """Return what stands below the code."""
    if not receipt.is_last:
        return PAST
    return WITH_QR if receipt.to_pay else WITHOUT_AMOUNT


def payer_of(receipt: Receipt) -> Payer:
    account, premises = receipt.contract.account, receipt.contract.premises
    return Payer(
        last_name=account.last_name,
        first_name=account.first_name,
        middle_name=account.middle_name,
        address=premises.address if premises else "",
    )


def charge_row(line: ChargeLine) -> ChargeRow:
    amounts = line.amounts
    return ChargeRow(
        kind=line.kind,
        volume=formats.NO_FIGURE if line.volume is None else formats.decimal(line.volume, 3, 0),
        tariff=formats.NO_FIGURE if line.tariff is None else formats.decimal(line.tariff, 5, 2),
        accrued=formats.roubles(amounts.accrued),
        recalculation=formats.roubles(amounts.recalculation),
        penalty=formats.roubles(amounts.penalty),
        total=formats.roubles(amounts.charged),
    )


def total_row(month: Month, total: Amounts) -> ChargeRow:
    return ChargeRow(
        kind=f"Всего за {formats.period(month)}",
        volume="",
        tariff="",
        accrued=formats.roubles(total.accrued),
        recalculation=formats.roubles(total.recalculation),
        penalty=formats.roubles(total.penalty),
        total=formats.roubles(total.charged),
    )


def balance_rows(receipt: Receipt) -> list[Field]:
    """Return how the sum to pay comes about, line by line."""
    total, month = receipt.charges.total, receipt.charges.month
    rows = [
        balance_row(first_day(month), total.opening),
        Field("Начислено", formats.roubles(total.accrued)),
    ]
    if total.recalculation:
        rows.append(Field("Перерасчёт", formats.roubles(total.recalculation)))
    if total.penalty:
        rows.append(Field("Пени", formats.roubles(total.penalty)))
    rows += payment_rows(receipt)
    rows.append(balance_row(first_day(next_month(month)), total.closing))
    if receipt.paid_after:
        rows.append(Field("Оплачено после этого", formats.roubles(Kopecks(-receipt.paid_after))))
    return rows


def balance_row(day: date, balance: Kopecks) -> Field:
    """Return a balance by its right name; an advance keeps its minus, so that the column adds up."""
    return Field(f"{balance_name(balance)} на {formats.short_date(day)}", formats.roubles(balance))


def payment_rows(receipt: Receipt) -> list[Field]:
    """Return each payment when they are few and make up the figure billing counts, else that figure."""
    paid, payments = receipt.charges.total.paid, receipt.payments
    if not 0 < len(payments) <= MOST_PAYMENTS_NAMED or total_of(payments) != paid:
        return [Field("Оплачено", formats.roubles(Kopecks(-paid)))]
    return [
        Field(f"Оплачено {formats.short_date(payment.paid_on)}", formats.roubles(Kopecks(-payment.amount)))
        for payment in payments
    ]


def explanation(receipt: Receipt) -> str:
    """Return in one sentence how the sum came about."""
    total, start = receipt.charges.total, formats.long_date(first_day(receipt.charges.month))
    steps = [
        by_sign(total.opening, f"На {start} вы были должны {{}}", f"На {start} у вас был аванс {{}}")
        or f"На {start} долга не было",
        by_sign(total.accrued, "за месяц начислено {}", "за месяц начисления уменьшены на {}")
        or "за месяц ничего не начислено",
        by_sign(total.recalculation, "перерасчёт добавил {}", "перерасчёт уменьшил сумму на {}"),
        by_sign(total.penalty, "начислены пени {}", "пени уменьшены на {}"),
        by_sign(total.paid, "вы заплатили {}", "вам возвращено {}"),
        by_sign(receipt.paid_after, "позже вы заплатили ещё {}", "позже вам возвращено {}"),
    ]
    return f"{', '.join(filter(None, steps))} — {outcome(receipt)}."


def outcome(receipt: Receipt) -> str:
    """Return what came of it all."""
    if receipt.is_last:
        left = by_sign(receipt.balance, f"к оплате{formats.NBSP}{{}}", "остался аванс {}, платить не нужно")
        return left or "платить не нужно"
    left = by_sign(receipt.balance, "было к оплате {}", "оставался аванс {}") or "долга не было"
    return f"на {formats.long_date(first_day(next_month(receipt.charges.month)))} {left}"


def by_sign(amount: Kopecks, above: str, below: str) -> str:
    """Return the text for an amount above or below zero with the amount in it, or nothing for zero."""
    return (above if amount > 0 else below).format(formats.money(Kopecks(abs(amount)))) if amount else ""


def meter_row(use: MeterUse) -> MeterRow:
    def figure(value: Volume | None) -> str:
        return formats.NO_FIGURE if value is None else formats.decimal(value, 3, use.decimals)

    return MeterRow(
        meter=use.meter,
        place=use.place,
        before=figure(use.before),
        after=figure(use.after),
        taken_on=formats.short_date(use.taken_on),
        consumption=figure(use.consumption),
    )


def bar(month: Month, volume: Volume | None, last: Month) -> Bar:
    """Return a month of the chart; it and the same month of last year are marked."""
    marked = month % 100 == last % 100
    name = formats.short_month(month)
    return Bar(
        label=f"{name} {month // 100 % 100}" if marked else name,
        value=volume or 0,
        words=formats.NO_FIGURE if volume is None else formats.decimal((volume + 500) // 1000, 0, 0),
        marked=marked,
    )
