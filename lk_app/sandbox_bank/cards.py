"""The test cards, and what the bank does with each."""

from dataclasses import dataclass
from enum import StrEnum


class Behaviour(StrEnum):
    """What happens after a card was given."""

    PAYS = "pays"
    ASKS_PASSWORD = "asks password"  # noqa: S105 - the name of a behaviour
    DECLINES = "declines"
    FALLS_SILENT = "falls silent"
    """Paid, but questions about the order are answered too late to be heard."""
    REPEATS_CALLBACKS = "repeats callbacks"
    PAYS_LATE = "pays late"
    """The session ends, and the money is taken after that."""
    NEVER_CALLS = "never calls"


@dataclass(frozen=True)
class Card:
    """A test card; `does` tells people what to expect of it."""

    pan: str
    behaviour: Behaviour
    does: str

    @property
    def number(self) -> str:
        """Its number as it stands on a card: «4111 1111 1111 1111»."""
        return " ".join(self.pan[start : start + 4] for start in range(0, len(self.pan), 4))

    @property
    def masked(self) -> str:
        """What may be kept of its number: «411111**1111»."""
        return f"{self.pan[:6]}**{self.pan[-4:]}"

    @property
    def payment_system(self) -> str:
        return {"4": "VISA", "5": "MASTERCARD", "2": "MIR"}[self.pan[0]]


PASSWORD = "123456"  # noqa: S105 - printed on the page that asks for it
PASSWORD_TRIES = 3

CARDS = (
    Card("4111111111111111", Behaviour.PAYS, "Оплата проходит сразу."),
    Card("5555555555555599", Behaviour.ASKS_PASSWORD, f"Запрашивает пароль из SMS. Пароль: {PASSWORD}."),
    Card("4000000000000002", Behaviour.DECLINES, "Банк отклоняет оплату: на карте не хватает денег."),
    Card("4000000000000119", Behaviour.FALLS_SILENT, "Оплата проходит, но банк минуту не отвечает о ней магазину."),
    Card("4000000000000259", Behaviour.REPEATS_CALLBACKS, "Оплата проходит, уведомления повторяются и путаются."),
    Card("4000000000000341", Behaviour.PAYS_LATE, "Время оплаты истекает, но через 30 секунд деньги списываются."),
    Card("2200000000000004", Behaviour.NEVER_CALLS, "Оплата проходит, но банк не уведомляет об этом магазин."),
)


def find_card(pan: str) -> Card | None:
    return next((card for card in CARDS if card.pan == pan), None)


def passes_luhn(pan: str) -> bool:
    """Tell whether the last digit of a number fits the others."""
    digits = [int(digit) for digit in reversed(pan)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
