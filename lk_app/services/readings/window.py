"""The days of a month on which readings count for that month's receipt."""

from dataclasses import dataclass
from datetime import date

from lk_app.models.values import Month, month_of, next_month
from lk_app.settings import settings


@dataclass(frozen=True)
class Window:
    """The present window, or when none is open the next one; both days belong to it."""

    month: Month
    first_day: date
    last_day: date
    is_open: bool
    days_left: int
    """Days until it closes, today included, while it is open; until it opens otherwise."""


def window_of(today: date) -> Window:
    """Return the window that counts for what is read on a day of the company."""
    this = month_of(today.year, today.month)
    month = this if today.day <= settings().readings_to_day else next_month(this)
    first_day = date(month // 100, month % 100, settings().readings_from_day)
    last_day = date(month // 100, month % 100, settings().readings_to_day)
    is_open = today >= first_day
    days_left = (last_day - today).days + 1 if is_open else (first_day - today).days
    return Window(month, first_day, last_day, is_open, days_left)
