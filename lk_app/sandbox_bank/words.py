"""How the bank's pages write sums, times and counts."""

from datetime import datetime, timedelta

from lk_app.sandbox_bank.order import Action, BankOrder, State
from lk_app.sandbox_bank.registration import MOSCOW

NBSP = "\u00a0"
STATES = {
    State.REGISTERED: "ждёт оплаты",
    State.ASKS_PASSWORD: "ждёт пароля",
    State.DEPOSITED: "оплачен",
    State.REFUNDED: "возвращён",
    State.DECLINED: "отклонён",
}
TONES = {State.DEPOSITED: "ok", State.DECLINED: "danger", State.REFUNDED: "warn"}


def money(kopecks: int) -> str:
    """Return a sum: «1 234,56 ₽»."""
    roubles, rest = divmod(kopecks, 100)
    return f"{roubles:,}".replace(",", NBSP) + f",{rest:02d}{NBSP}₽"


def time_left(left: timedelta) -> str:
    """Return how long one still has: «20 минут», «меньше минуты»."""
    minutes = -(-left // timedelta(minutes=1))
    if minutes <= 1 and left < timedelta(minutes=1):
        return "меньше минуты"
    hours, minutes = divmod(minutes, 60)
    parts = [counted(hours, "час", "часа", "часов")] if hours else []
    parts += [counted(minutes, "минута", "минуты", "минут")] if minutes else []
    return " ".join(parts)


def counted(number: int, one: str, few: str, many: str) -> str:
    """Return a number with the form of the word that goes with it: «1 минута», «2 минуты», «5 минут»."""
    last, last_two = number % 10, number % 100
    if last == 1 and last_two != 11:
        word = one
    elif last in (2, 3, 4) and last_two not in (12, 13, 14):
        word = few
    else:
        word = many
    return f"{number}{NBSP}{word}"


def moment(instant: datetime) -> str:
    """Return a moment by Moscow time: «22.11.2026, 12:30:05»."""
    return f"{instant.astimezone(MOSCOW):%d.%m.%Y, %H:%M:%S}"


def state(order: BankOrder) -> str:
    """Return the state of an order: «оплачен», «время истекло»."""
    if order.state is State.DECLINED and order.action is Action.TIME_IS_UP:
        return "время истекло"
    if order.state is State.REFUNDED and order.left:
        return "возвращён частично"
    return STATES[order.state]


def tone(order: BankOrder) -> str:
    """Return the class of the badge that says the state."""
    return TONES.get(order.state, "")
