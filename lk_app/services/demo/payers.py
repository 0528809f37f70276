"""How people pay: what they give a division in a month, by its debt and by their habits."""

from collections.abc import Callable
from random import Random

Habit = Callable[[int, int, Random], int]
"""What is paid, by the debt at the month's beginning and what the month adds; kopecks."""


def nothing(debt: int, added: int, chance: Random) -> int:
    """Pays nothing."""
    return 0


def in_time(debt: int, added: int, chance: Random) -> int:
    """Pays the bill to the kopeck."""
    return max(0, debt)


def in_round_sums(debt: int, added: int, chance: Random) -> int:
    """Pays the bill in steps of 50 roubles, so that a little stays for the next one."""
    return max(0, -(-debt // 5_000) * 5_000)


def now_and_then(debt: int, added: int, chance: Random) -> int:
    """Pays everything, but not every month."""
    return max(0, debt) if chance.random() < 0.45 else 0


def hardly(debt: int, added: int, chance: Random) -> int:
    """Pays a third of the debt twice a year."""
    return max(0, debt // 3) if chance.random() < 0.17 else 0


def in_advance(debt: int, added: int, chance: Random) -> int:
    """Pays 250 roubles or a multiple, so that between 50 and 300 roubles stay ahead."""
    wanted = debt + added + 5_000
    return max(0, -(-wanted // 25_000) * 25_000)


def invent_habit(chance: Random) -> Habit:
    """Return how one household pays."""
    dice = chance.random()
    if dice < 0.66:
        return in_time
    if dice < 0.80:
        return in_round_sums
    if dice < 0.91:
        return now_and_then
    return in_advance if dice < 0.96 else hardly
