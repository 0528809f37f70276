"""What both statements say alike: how a balance stands, and what a payment was."""

from lk_app import formats
from lk_app.models.values import Kopecks
from lk_app.services.payments.posted import CHANNELS, PostedPayment


def standing(balance: Kopecks) -> str:
    """Return a balance for a table: «Задолженность 1 469,08 ₽», «Аванс 200,00 ₽», «Задолженности нет»."""
    return formats.capital(outcome(balance).replace(" составляет", ""))


def outcome(balance: Kopecks) -> str:
    """Return how a sentence about a balance ends: «задолженность составляет 1 469,08 ₽», «задолженности нет»."""
    if not balance:
        return "задолженности нет"
    name = "задолженность" if balance > 0 else "аванс"
    return f"{name} составляет {formats.money(Kopecks(abs(balance)))}"


def payment_words(payment: PostedPayment) -> str:
    """Return a payment on one line: «02.10.2026, 652,73 ₽, на портале»."""
    return f"{formats.short_date(payment.paid_on)}, {formats.money(payment.amount)}, {CHANNELS[payment.channel]}"
