"""What a payment is called by, on the screen, in files and in documents: its state, how and when it was made."""

from datetime import datetime, time

from lk_app.formats import MASK, NBSP
from lk_app.models import Channel
from lk_app.services.payments.history import PaymentLine, PaymentState
from lk_app.services.payments.posted import CHANNELS
from lk_app.settings import settings

STATE_WORDS = {
    PaymentState.PROCESSING: "в обработке",
    PaymentState.POSTED: "оплачено",
    PaymentState.UNFINISHED: "не завершён",
    PaymentState.DECLINED: "отклонён",
    PaymentState.REFUNDED: "возвращён",
}


def way_words(channel: Channel, card: str = "") -> str:
    """Return how a payment was made; `card` is the last digits, if who asks may know them: «картой •• 1111»."""
    if channel is Channel.ONLINE and card:
        return f"картой{NBSP}{MASK * 2}{NBSP}{card}"
    return CHANNELS[channel]


def local_time(line: PaymentLine) -> time | None:
    """Return the company's time of day of a payment, if it is known for the day that the line is listed under."""
    if line.at is None:
        return None
    local = at_company(line.at)
    return local.time() if local.date() == line.day else None


def at_company(instant: datetime) -> datetime:
    """Return an instant in the company's time zone."""
    return instant.astimezone(settings().zone)
