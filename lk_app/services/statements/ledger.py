"""An account's history in one division, month by month: billing's charges, and the payments that explain them.

Nothing is corrected: every figure is billing's, and where its figures don't follow from each other, that is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from lk_app.models.values import Kopecks, Month
from lk_app.services.payments.posted import PostedPayment, total_of
from lk_app.services.settlements import Amounts, ChargedMonth


@dataclass(frozen=True)
class LedgerMonth:
    """A month in which something changed the balance."""

    month: Month
    charged: bool
    """A month without charges is here only for payments that billing counted between two charged ones."""
    amounts: Amounts
    payments: tuple[PostedPayment, ...]
    """What was paid, as far as billing posted it; the figure that counts is `amounts.paid`."""

    @property
    def is_explained(self) -> bool:
        """Whether the payments make up the figure billing counts."""
        return total_of(self.payments) == self.amounts.paid


def ledger(charges: Sequence[ChargedMonth], payments: Sequence[PostedPayment]) -> tuple[LedgerMonth, ...]:
    """Return the history from the first month to the last charged one.

    A payment posted in a month without charges is counted there if the next charged month begins with that much less;
    else it belongs to the payments of that next month. A month that begins with something else than the one before
    left is billing's own doing.
    """
    months: list[LedgerMonth] = []
    for charge in charges:
        last = months[-1].month if months else Month(0)
        posted = [payment for payment in payments if last < payment.month <= charge.month]
        between = [payment for payment in posted if payment.month < charge.month]
        opening, paid = charge.amounts.opening, charge.amounts.paid
        if months:
            closing = months[-1].amounts.closing
        else:
            # What was paid before the first charges is in its opening balance, unless the month itself counts it.
            closing = Kopecks(opening if total_of(posted) == paid else opening + total_of(between))
        if opening == closing - total_of(between):
            months += _months_without_charges(closing, between)
            posted = [payment for payment in posted if payment.month == charge.month]
        months.append(LedgerMonth(charge.month, True, charge.amounts, tuple(posted)))
    return tuple(months)


def _months_without_charges(opening: Kopecks, payments: Iterable[PostedPayment]) -> list[LedgerMonth]:
    months = []
    by_month = attrgetter("month")
    for month, group in groupby(sorted(payments, key=by_month), key=by_month):
        posted = tuple(group)
        paid = total_of(posted)
        closing = Kopecks(opening - paid)
        amounts = Amounts(opening, Kopecks(0), Kopecks(0), Kopecks(0), paid, closing)
        months.append(LedgerMonth(month, False, amounts, posted))
        opening = closing
    return months
