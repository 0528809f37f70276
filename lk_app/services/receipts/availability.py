"""When there is a receipt: once the period is closed; for periods closed before, from the day after attaching."""

from datetime import date

from lk_app.models.values import Month
from lk_app.services.settlements import DivisionBalance


def is_available(closed_on: date | None, attached_on: date, today: date) -> bool:
    """Say whether a period's receipt may be had; all days are the company's."""
    if closed_on is None or closed_on > today:
        return False
    return attached_on < today or attached_on <= closed_on


def offered_months(division: DivisionBalance, attached_on: date, today: date) -> tuple[Month, ...]:
    """Return the months a consumer may choose from, latest first.

    A month between them may have no charges, or a period that billing opened again: its receipt says so.
    """
    if attached_on < today:
        return division.closed_months
    return tuple(month for month in division.months if month == division.closed_today)
