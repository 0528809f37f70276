"""The months of an invented package."""

from dataclasses import dataclass
from datetime import date, timedelta

from lk_app.models.values import Month, next_month
from lk_app.services.demo.sheets import iso_month


@dataclass(frozen=True)
class Calendar:
    """`charged` are the closed months with charges; `before` precedes them, `open` follows them."""

    charged: tuple[Month, ...]

    @property
    def all(self) -> tuple[Month, ...]:
        """The month before and the charged ones."""
        return (self.before, *self.charged)

    @property
    def before(self) -> Month:
        return next_month(self.charged[0], -1)

    @property
    def open(self) -> Month:
        return next_month(self.charged[-1])

    def day(self, month: Month, day: int) -> str:
        """A day of a month as the files write it."""
        return f"{iso_month(month)}-{day:02}"


def calendar(until: Month, months: int) -> Calendar:
    """Return `months` months, the last of them `until`."""
    return Calendar(tuple(next_month(until, step) for step in range(1 - months, 1)))


def last_closed_month(today: date) -> Month:
    """Return the month before the one `today` is in."""
    last_day = today.replace(day=1) - timedelta(days=1)
    return Month(last_day.year * 100 + last_day.month)
