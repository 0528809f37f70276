"""What is known of a meter: its last accepted value, and what was usual a year ago."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import col

from lk_app.models import Reading, ReadingState
from lk_app.models.values import Month, Volume, month_of, next_month
from lk_app.services.readings.rules import Basis
from lk_app.settings import settings

LATEST_FIRST = (col(Reading.taken_on).desc(), col(Reading.sent_at).desc().nulls_last(), col(Reading.id).desc())
"""The order in which readings of one meter are looked through."""

YEAR = 12


def basis_of(accepted: Sequence[Reading], heating: bool, today: date) -> Basis:
    """Return what a value read today is judged by; `accepted` are the meter's accepted readings, latest first."""
    last = accepted[0] if accepted else None
    months = _months_between(last.taken_on if last else None, today)
    ceiling = settings().readings_ceiling_heating if heating else settings().readings_ceiling
    return Basis(
        last=last.value if last else None,
        usual=_usual(burned_by_month(accepted), months),
        ceiling=Volume(ceiling * 1000 * len(months)),
        was_idle=last is not None and last.consumption == 0,
    )


def burned_by_month(accepted: Iterable[Reading]) -> dict[Month, Volume]:
    """Return what was burned by accepted readings, by the month in which they were taken."""
    burned: dict[Month, Volume] = defaultdict(lambda: Volume(0))
    for reading in accepted:
        if reading.consumption is not None:
            month = month_of(reading.taken_on.year, reading.taken_on.month)
            burned[month] = Volume(burned[month] + reading.consumption)
    return dict(burned)


def is_accepted() -> ColumnElement[bool]:
    """Return the condition of an accepted reading."""
    return col(Reading.state) == ReadingState.ACCEPTED


def _months_between(last: date | None, today: date) -> list[Month]:
    """Return the months a reading of today is about: those after that of the last reading, at least this one."""
    this = month_of(today.year, today.month)
    month = next_month(month_of(last.year, last.month)) if last else this
    months = []
    while month <= this:
        months.append(month)
        month = next_month(month)
    return months or [this]


def _usual(burned: dict[Month, Volume], months: Sequence[Month]) -> Volume | None:
    """Return what was burned in the same months of last year; None unless each of them is known."""
    a_year_ago = [burned.get(next_month(month, -YEAR)) for month in months]
    known = [volume for volume in a_year_ago if volume is not None]
    return Volume(sum(known)) if len(known) == len(months) else None
