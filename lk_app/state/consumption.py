"""The chart on «Показания»: what was burned month by month, beside the year before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lk_app import formats
from lk_app.formats import NO_FIGURE
from lk_app.models.values import Volume
from lk_app.services.readings.overview import MonthOfUse

MONTHS = ("месяц", "месяца", "месяцев")
NO_DATA = "нет данных"

HEIGHT = 1000
"""Of the plot, in the units of its drawing; a month is COLUMN units wide, and a bar BAR."""
COLUMN, BAR, MARGIN = 100, 30, 18
LOWEST = 12
"""What was burned is seen, however little it was."""
HAIRLINE = 6
"""A month in which nothing was burned, to tell it from one of which nothing is known."""
LINES = 4
"""How many lines of the grid there are at most, the ground not counted."""


@dataclass(frozen=True)
class Bar:
    """A bar of the drawing; `kind` is `now` or `before`."""

    kind: str
    x: str
    y: str
    height: str


@dataclass(frozen=True)
class UseRow:
    """A month in words and figures."""

    key: str
    month: str
    short_month: str
    volume: str
    year_before: str
    is_known: bool
    figure: str
    """What stands over its bars: whole m³."""
    own: str
    """How high its own bar is."""
    highest: str
    """How high the higher one of its bars is."""


@dataclass(frozen=True)
class Use:
    """The chart and its table; without rows there is nothing to show."""

    summary: str = ""
    rows: list[UseRow] = field(default_factory=list)
    latest_first: list[UseRow] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Where the lines of the grid are."""
    has_year_before: bool = False
    is_tight: bool = False
    """Whether the figures are too long to stand side by side on a phone."""


NO_USE = Use()


def use_of(months: Sequence[MonthOfUse]) -> Use:
    """Put a year of consumption into a chart."""
    if not months:
        return NO_USE
    step, top = _scale(_known(volume for month in months for volume in (month.volume, month.year_before)))
    rows = [_row(month, top) for month in months]
    return Use(
        summary=_summary(months),
        rows=rows,
        latest_first=rows[::-1],
        bars=[bar for place, month in enumerate(months) for bar in _bars(place, month, top)],
        lines=[str(HEIGHT - _scaled(level, top)) for level in range(0, top + 1, step)],
        has_year_before=any(month.year_before is not None for month in months),
        is_tight=any(len(row.figure) > 3 for row in rows),
    )


def _scale(volumes: Sequence[Volume]) -> tuple[int, int]:
    """Return how far apart the lines of the grid are, and what the plot is high enough for."""
    highest = max(1000, *volumes)
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if highest <= LINES * step:
                return step, highest + highest // 16
        power *= 10


def _row(month: MonthOfUse, top: int) -> UseRow:
    heights = [_height(volume, top) for volume in (month.volume, month.year_before)]
    return UseRow(
        key=str(month.month),
        month=formats.period_title(month.month),
        short_month=formats.short_month(month.month),
        volume=NO_DATA if month.volume is None else formats.decimal(month.volume, 3, 0),
        year_before=NO_DATA if month.year_before is None else formats.decimal(month.year_before, 3, 0),
        is_known=month.volume is not None,
        figure=NO_FIGURE if month.volume is None else formats.decimal((month.volume + 500) // 1000, 0, 0),
        own=str(heights[0]),
        highest=str(max(heights)),
    )


def _bars(place: int, month: MonthOfUse, top: int) -> list[Bar]:
    left = place * COLUMN + MARGIN
    both = (("before", left, month.year_before), ("now", left + COLUMN - 2 * MARGIN - BAR, month.volume))
    return [
        Bar(kind, str(x), str(HEIGHT - _height(volume, top)), str(_height(volume, top)))
        for kind, x, volume in both
        if volume is not None
    ]


def _height(volume: Volume | None, top: int) -> int:
    if not volume:
        return 0 if volume is None else HAIRLINE
    return max(LOWEST, _scaled(volume, top))


def _scaled(volume: int, top: int) -> int:
    return volume * HEIGHT // top


def _summary(months: Sequence[MonthOfUse]) -> str:
    """Compare what is known of this year with the same months of the last one, if those are known."""
    read = [month for month in months if month.volume is not None]
    before = _known(month.year_before for month in read)
    burned = formats.volume(Volume(sum(_known(month.volume for month in read))))
    span = formats.counted(len(read), *MONTHS)
    if not read:
        return f"За последний год показаний не было, годом раньше израсходовано {_all_before(months)}"
    if len(before) < len(read):
        return f"За{formats.NBSP}{span}: {burned}"
    same = "годом раньше" if len(read) == len(months) else "за те же месяцы годом раньше"
    return f"За{formats.NBSP}{span}: {burned}, {same} {formats.volume(Volume(sum(before)))}"


def _all_before(months: Sequence[MonthOfUse]) -> str:
    return formats.volume(Volume(sum(_known(month.year_before for month in months))))


def _known(volumes: Iterable[Volume | None]) -> list[Volume]:
    return [volume for volume in volumes if volume is not None]
