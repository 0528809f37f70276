"""A chart of the last days: bars without figures, a sentence that says it in words, and the figures as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from lk_app import formats

HEIGHT = 1000
"""Of the plot, in the units of its drawing; a day is COLUMN units wide, and its bar BAR."""
COLUMN, BAR = 10, 7
LOWEST = 12
"""Of a bar that is not nothing, however little it is."""
LINES = 4
"""How many lines of the grid there are at most, the ground not counted."""
WEEK = 7


@dataclass(frozen=True)
class DayBar:
    """The bar of a day."""

    x: str
    y: str
    height: str


@dataclass(frozen=True)
class Level:
    """A line of the grid: where it is in the drawing, and its figure."""

    y: str
    bottom: str
    words: str


@dataclass(frozen=True)
class Chart:
    """A chart and its table; where nothing has happened only the summary says so."""

    id: str = ""
    title: str = ""
    summary: str = ""
    unit: str = ""
    """The head of the table's figures."""
    bars: list[DayBar] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    """What stands under each day: mostly nothing."""
    rows: list[tuple[str, str]] = field(default_factory=list)
    """Days and figures, the latest first."""


def chart_of(
    identifier: str,
    title: str,
    unit: str,
    days: Sequence[tuple[date, int]],
    words: Callable[[int], str],
    level: Callable[[int], str],
    summary: str,
) -> Chart:
    """Put what happened on each day, the oldest first, into a chart; `words` and `level` write a figure."""
    highest = max((figure for _, figure in days), default=0)
    if not highest:
        return Chart(id=identifier, title=title, summary=summary)
    step, top = _scale(highest)
    return Chart(
        id=identifier,
        title=title,
        summary=summary,
        unit=unit,
        bars=[_bar(place, figure, top) for place, (_, figure) in enumerate(days) if figure],
        levels=[_level(value, top, level) for value in range(0, top + 1, step)],
        ticks=[f"{day:%d.%m}" if (len(days) - 1 - place) % WEEK == 0 else "" for place, (day, _) in enumerate(days)],
        rows=[(formats.short_date(day), words(figure)) for day, figure in reversed(days)],
    )


def most_of(days: Sequence[tuple[date, int]]) -> tuple[date, int]:
    """Return the day with the highest figure, the latest of several."""
    return max(reversed(days), key=lambda each: each[1])


def _scale(highest: int) -> tuple[int, int]:
    """Return how far apart the lines of the grid are, and what the plot is high enough for."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if highest <= LINES * step:
                return step, step * -(-highest // step)
        power *= 10


def _bar(place: int, figure: int, top: int) -> DayBar:
    height = max(LOWEST, figure * HEIGHT // top)
    return DayBar(str(place * COLUMN + (COLUMN - BAR) // 2), str(HEIGHT - height), str(height))


def _level(value: int, top: int, words: Callable[[int], str]) -> Level:
    up = value * HEIGHT // top
    return Level(str(HEIGHT - up), f"{up / 10:g}%", words(value))
