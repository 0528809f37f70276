"""What the portal keeps about the accounts of a user: whose they are, what was charged and paid."""

from collections.abc import Iterable

from sqlalchemy import select as columns
from sqlmodel import Session, col

from lk_app import formats
from lk_app.models import Account, AccountLink, Attempt, AttemptPart, Charge, ChargeKind, Payment, Premises
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.payments.history import STATES
from lk_app.services.payments.posted import CHANNELS
from lk_app.services.payments.words import STATE_WORDS
from lk_app.services.personal_data.sections import Column, Section, moment, rows

ATTEMPTS = {state: STATE_WORDS[called] for state, called in STATES.items()}


def sections(session: Session, who: Consumer) -> Iterable[Section]:
    """Yield what is kept about the caller's accounts, and what they paid."""
    own = account_numbers(who)
    yield Section(
        "accounts",
        "Лицевые счета",
        (
            Column("number", "Лицевой счёт"),
            Column("holder", "Владелец"),
            Column("phone", "Телефон"),
            Column("address", "Адрес"),
            Column("area_hundredths_of_m2", "Площадь", formats.area),
            Column("residents", "Проживает"),
            Column("title", "Ваше название"),
            Column("attached_at", "Присоединён", moment),
        ),
        [
            (number, " ".join(filter(None, holder)), *rest)
            for number, *holder, phone_, address, area, residents, title, attached_at in rows(
                session,
                columns(
                    col(Account.number), col(Account.last_name), col(Account.first_name), col(Account.middle_name),
                    col(Account.phone), col(Premises.address), col(Premises.area), col(Premises.residents),
                    col(AccountLink.title), col(AccountLink.attached_at),
                )
                .join(AccountLink, col(AccountLink.account_number) == col(Account.number))
                .outerjoin(Premises, col(Premises.account_number) == col(Account.number))
                .where(col(Account.number).in_(own), col(AccountLink.user_id) == who.user_id)
                .order_by(col(Account.number))
            )
            for rest in [(_masked(phone_), address, area, residents, title, attached_at)]
        ],
    )  # fmt: skip
    yield Section(
        "charges",
        "Начисления",
        (
            Column("account", "Лицевой счёт"),
            Column("month", "Период", formats.period),
            Column("kind", "Вид начисления"),
            Column("opening_kopecks", "Входящий остаток", formats.money),
            Column("accrued_kopecks", "Начислено", formats.money),
            Column("recalculation_kopecks", "Перерасчёт", formats.money),
            Column("penalty_kopecks", "Пени", formats.money),
            Column("paid_kopecks", "Оплачено", formats.money),
            Column("closing_kopecks", "Исходящий остаток", formats.money),
        ),
        rows(
            session,
            columns(
                col(Charge.account_number), col(Charge.month), col(ChargeKind.name), col(Charge.opening),
                col(Charge.accrued), col(Charge.recalculation), col(Charge.penalty), col(Charge.paid),
                col(Charge.closing),
            )
            .join(ChargeKind, col(ChargeKind.id) == col(Charge.kind_id))
            .where(col(Charge.account_number).in_(own))
            .order_by(col(Charge.account_number), col(Charge.month), col(ChargeKind.name))
        ),
    )  # fmt: skip
    yield Section(
        "payments",
        "Платежи",
        (
            Column("account", "Лицевой счёт"),
            Column("paid_on", "Дата", formats.short_date),
            Column("division", "Раздел"),
            Column("amount_kopecks", "Сумма", formats.money),
            Column("channel", "Способ", CHANNELS.__getitem__),
        ),
        rows(
            session,
            columns(
                col(Payment.account_number), col(Payment.paid_on), col(Payment.division_code), col(Payment.amount),
                col(Payment.channel),
            )
            .where(col(Payment.account_number).in_(own))
            .order_by(col(Payment.account_number), col(Payment.paid_on), col(Payment.id))
        ),
    )  # fmt: skip
    yield Section(
        "payment_attempts",
        "Оплата в личном кабинете",
        (
            Column("account", "Лицевой счёт"),
            Column("created_at", "Начата", moment),
            Column("order", "Номер заказа"),
            Column("division", "Раздел"),
            Column("amount_kopecks", "Сумма", formats.money),
            Column("refunded_kopecks", "Возвращено", formats.money),
            Column("card", "Карта"),
            Column("state", "Состояние", ATTEMPTS.__getitem__),
        ),
        rows(
            session,
            columns(
                col(Attempt.account_number), col(Attempt.created_at), col(Attempt.order_number),
                col(AttemptPart.division_code), col(AttemptPart.amount), col(AttemptPart.refunded), col(Attempt.card),
                col(Attempt.state),
            )
            .join(AttemptPart, col(AttemptPart.attempt_id) == col(Attempt.id))
            .where(col(Attempt.user_id) == who.user_id, col(Attempt.account_number).in_(own))
            .order_by(col(Attempt.id), col(AttemptPart.division_code))
        ),
    )  # fmt: skip


def _masked(phone: str | None) -> str | None:
    # The holder's, who need not be the caller: screens mask it too.
    return formats.masked_phone(phone) if phone else None
