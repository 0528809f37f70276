"""The days of a month on which readings count for that month's receipt: those staff have set, else the settings'."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from lk_app.models import ReadingWindow
from lk_app.models.values import Month, month_of, next_month
from lk_app.settings import settings


@dataclass(frozen=True)
class Days:
    """The first and the last day of the window of every month."""

    first: int
    last: int


@dataclass(frozen=True)
class Window:
    """The present window, or when none is open the next one; both days belong to it."""

    month: Month
    first_day: date
    last_day: date
    is_open: bool
    days_left: int
    """Days until it closes, today included, while it is open; until it opens otherwise."""


def window_of(session: Session, today: date) -> Window:
    """Return the window that counts for what is read on a day of the company."""
    return window_within(days_in_force(session), today)


def days_in_force(session: Session) -> Days:
    """Return the days that hold now."""
    row = session.get(ReadingWindow, 1)
    return Days(row.first_day, row.last_day) if row else days_of_settings()


def days_of_settings() -> Days:
    """Return the days that hold until staff set others."""
    return Days(settings().readings_from_day, settings().readings_to_day)


def window_within(days: Days, today: date) -> Window:
    """Return the window that counts on a day when windows are on such days."""
    this = month_of(today.year, today.month)
    month = this if today.day <= days.last else next_month(this)
    first_day = date(month // 100, month % 100, days.first)
    last_day = date(month // 100, month % 100, days.last)
    is_open = today >= first_day
    days_left = (last_day - today).days + 1 if is_open else (first_day - today).days
    return Window(month, first_day, last_day, is_open, days_left)
