"""The figures of one division of one household, month after month, as billing would keep them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from lk_app.services.demo.payers import Habit

KEY_RATE = 16
"""Per cent a year. A delay costs 1/300 of it a day from day 31 (ст. 155 ЖК РФ): 20 days in the month it begins."""
PENALTY_DAYS = 20


@dataclass(frozen=True)
class Accrual:
    """What a month adds to a charge kind; volume and tariff are for gas only."""

    kind: str
    cost: int
    volume: int | None = None
    tariff: int | None = None


@dataclass(frozen=True)
class Line:
    """A row of `charges.csv` but for its account, month and division; kopecks."""

    accrual: Accrual
    opening: int
    recalculation: int
    penalty: int
    paid: int
    closing: int


@dataclass
class Ledger:
    """The balances of the charge kinds of a division between two months."""

    balances: dict[str, int] = field(default_factory=dict)
    last_bill: int = 0
    """What the month before added."""

    @property
    def debt(self) -> int:
        return sum(self.balances.values())

    def post(self, accruals: list[Accrual], recalculation: int, habit: Habit, chance: Random) -> tuple[int, list[Line]]:
        """Post a month: return what was paid in it and its lines.

        `recalculation` goes to the first accrual, a penalty for what is older than the last bill to the first kind
        that owes.
        """
        added = sum(accrual.cost for accrual in accruals) + recalculation
        overdue = max(0, self.debt - max(0, self.last_bill))
        penalty = overdue * KEY_RATE * PENALTY_DAYS // 30_000
        paid = habit(self.debt, added + penalty, chance)
        known = {accrual.kind: accrual for accrual in accruals}
        kinds = [known.get(kind) or Accrual(kind, 0) for kind in {**known, **self.balances}]
        openings = [self.balances.get(accrual.kind, 0) for accrual in kinds]
        shares = spread(paid, openings, [accrual.cost for accrual in kinds])
        lines = []
        for accrual, opening, share in zip(kinds, openings, shares, strict=True):
            fine = penalty if penalty and opening > 0 else 0
            penalty -= fine
            change = recalculation if accrual is accruals[0] else 0
            closing = opening + accrual.cost + change + fine - share
            lines.append(Line(accrual, opening, change, fine, share, closing))
            self.balances[accrual.kind] = closing
        self.last_bill = added
        return paid, lines


def spread(paid: int, debts: list[int], costs: list[int]) -> list[int]:
    """Divide a payment among charge kinds: debts first, in order, the rest in proportion to what the month costs."""
    to_debts = []
    for debt in debts:
        to_debts.append(min(paid, max(0, debt)))
        paid -= to_debts[-1]
    total = sum(costs)
    ahead = [paid * cost // total if total else 0 for cost in costs]
    ahead[0] += paid - sum(ahead)
    return [debt + part for debt, part in zip(to_debts, ahead, strict=True)]


def worth_a_line(lines: list[Line]) -> Iterator[Line]:
    """Yield the first line and those that say something."""
    for place, line in enumerate(lines):
        if place == 0 or line.accrual.volume or line.opening or line.accrual.cost or line.paid or line.closing:
            yield line
