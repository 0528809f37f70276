"""When messages that nobody waits for may come: from nine in the morning to nine in the evening, company time."""

from datetime import date, datetime, time

from lk_app.settings import settings

BEGINS, ENDS = time(9), time(21)


def is_day(now: datetime) -> bool:
    """Say whether such a message may go out now."""
    return BEGINS <= now.astimezone(settings().zone).time() < ENDS


def midnight(now: datetime) -> datetime:
    """Return when the company's present day began."""
    return now.astimezone(settings().zone).replace(hour=0, minute=0, second=0, microsecond=0)


def midnight_of(day: date) -> datetime:
    """Return when a day of the company begins."""
    return datetime.combine(day, time(), settings().zone)


def evening(day: date) -> datetime:
    """Return when the last of such messages may go out on a day."""
    return datetime.combine(day, ENDS, settings().zone)
