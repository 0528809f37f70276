"""«Оплата онлайн»: what its dialogs open with."""

from dataclasses import dataclass
from datetime import datetime

from lk_app import formats
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import desk
from lk_app.services.payments.paying import AMOUNT
from lk_app.services.settlements import DivisionBalance, Overview
from lk_app.settings import settings

DEBT = "Подставлена задолженность. Можно заплатить больше: остаток станет авансом."
DEBT_LESS_PROCESSING = "Подставлена задолженность за вычетом платежей в обработке. Можно заплатить больше."
NO_DEBT = "Платить ничего не нужно. Если внесёте деньги, они станут авансом."
PROCESSING = "В обработке уже {}: в балансе этих денег ещё нет. Проверьте, нужно ли платить ещё."
PAYING = "Вы уже начали платить: страница банка открыта до {}. Чтобы продолжить, откройте историю платежей."


@dataclass(frozen=True)
class Offer:
    """How the payment of one division is offered."""

    field: str
    """The name of the field for the amount."""
    amount: str
    """What is typed there already, in roubles; nothing when nothing is owed."""
    hint: str
    note: str
    """The same in short, where several divisions stand together."""
    warning: str
    """Why paying now may be paying twice."""
    processing: str
    """The line on the card about what is on its way."""
    owes: bool


@dataclass(frozen=True)
class Till:
    """What all payments of the account have in common."""

    is_open: bool = False
    """Whether one can pay online here at all."""
    contact: str = ""
    """Where the fiscal receipt goes, masked; empty when we know no place."""
    several: bool = False
    """Whether there are several divisions to pay for."""
    debts: str = ""
    """What is owed in all, where several divisions are owed for."""
    total: str = ""
    """The sum that the fields for all divisions open with."""


def offer_of(division: DivisionBalance, now: datetime) -> Offer:
    """Return how paying for a division is offered."""
    owed = DEBT_LESS_PROCESSING if division.processing else DEBT
    return Offer(
        field=AMOUNT + division.code,
        amount=typed(division.to_pay) if division.to_pay else "",
        hint=formats.tied(owed if division.to_pay else NO_DEBT),
        note=f"К{formats.NBSP}оплате {formats.money(division.to_pay)}" if division.to_pay else "Можно внести аванс",
        warning=formats.tied(_warning(division, now)),
        processing=f"В{formats.NBSP}обработке: {formats.money(division.processing)}" if division.processing else "",
        owes=division.to_pay > 0,
    )


def till_of(overview: Overview) -> Till:
    """Return what the payments of an account have in common."""
    cabinet = overview.cabinet
    charged = [division for division in overview.divisions if division.last]
    owed = [division.to_pay for division in charged if division.to_pay]
    phone = formats.masked_phone(cabinet.phone) if cabinet.phone else ""
    return Till(
        is_open=desk.is_available(),
        contact=formats.masked_email(cabinet.email) if cabinet.email else phone,
        several=len(charged) > 1,
        debts=formats.money(Kopecks(sum(owed))) if len(owed) > 1 else "",
        total=formats.money(Kopecks(sum(owed))),
    )


def typed(amount: Kopecks) -> str:
    """Return an amount as a person types it: «1843,56»."""
    return f"{amount // 100},{amount % 100:02}"


def _warning(division: DivisionBalance, now: datetime) -> str:
    if division.processing:
        return PROCESSING.format(formats.money(division.processing))
    if division.paying_until and now < division.paying_until:
        return PAYING.format(f"{division.paying_until.astimezone(settings().zone):%H:%M}")
    return ""
