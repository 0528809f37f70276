"""Opening hours by days, as a form has them: each day a day off, or from when to when, with one break at most."""

import re
from itertools import groupby

from lk_app import formats
from lk_app.services.contacts import WEEKDAYS, Span, Week, parse_hours
from lk_app.services.content.kind import Typed
from lk_app.services.typed import Reader, Refused

OFF = "off"
OPENS, CLOSES, BREAK_BEGINS, BREAK_ENDS = "from", "to", "break_from", "break_to"
TIMES = (OPENS, CLOSES, BREAK_BEGINS, BREAK_ENDS)

TIME = re.compile(r"(\d{1,2})(?:[:.\-]?(\d{2}))?", re.ASCII)
MIDNIGHT = 24 * 60

NOT_GIVEN = "Укажите, с какого и до какого часа открыто, или отметьте выходной"
NO_TIME = "Время записывают часами и минутами, например 8:00 или 17:30"
HALF_A_BREAK = "Укажите и начало, и конец перерыва"
ENDS_BEFORE = "Служба не может закрыться раньше, чем открылась"
BREAK_OUTSIDE = "Перерыв должен быть внутри рабочего времени"


def field_of(day: int, part: str = "") -> str:
    """Return the name of a field about an ISO weekday, or of all that is about it."""
    return f"day{day}_{part}" if part else f"day{day}"


def typed_days(hours: str) -> dict[str, str] | None:
    """Return the form of opening hours; None for what a form by days can't say."""
    try:
        week = parse_hours(hours)
    except ValueError:
        return None
    if any(len(spans) > 2 for spans in week.values()):
        return None
    form: dict[str, str] = {}
    for day in WEEKDAYS:
        form |= {field_of(day, part): text for part, text in _typed_day(week.get(day, ())).items()}
    return form


def _typed_day(spans: tuple[Span, ...]) -> dict[str, str]:
    if not spans:
        return {OFF: "yes"} | dict.fromkeys(TIMES, "")
    ends = {OPENS: formats.clock_time(spans[0].opens), CLOSES: formats.clock_time(spans[-1].closes), OFF: ""}
    if len(spans) == 1:
        return ends | {BREAK_BEGINS: "", BREAK_ENDS: ""}
    return ends | {
        BREAK_BEGINS: formats.clock_time(spans[0].closes),
        BREAK_ENDS: formats.clock_time(spans[1].opens),
    }


def read_days(reader: Reader, typed: Typed) -> str:
    """Return the opening hours a form by days says, nothing for a week of days off; the reader notes what is wrong."""
    week: Week = {}
    for day in WEEKDAYS:
        if not typed.get(field_of(day, OFF)):
            try:
                week[day] = _spans(*(typed.get(field_of(day, part), "").strip() for part in TIMES))
            except Refused as refusal:
                reader.errors[field_of(day)] = str(refusal)
    return hours_of(week)


def hours_of(week: Week) -> str:
    """Return opening hours as they are stored: consecutive days of the same hours together."""
    runs = [(spans, list(days)) for spans, days in groupby(WEEKDAYS, key=lambda day: week.get(day, ()))]
    return "; ".join(f"{_days(days)} {','.join(map(_span, spans))}" for spans, days in runs if spans)


def _days(days: list[int]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]}-{days[-1]}"


def _span(span: Span) -> str:
    return f"{formats.clock_time(span.opens)}-{formats.clock_time(span.closes)}"


def _spans(opens: str, closes: str, break_begins: str, break_ends: str) -> tuple[Span, ...]:
    if not opens or not closes:
        raise Refused(NOT_GIVEN)
    whole = Span(_minutes(opens), _minutes(closes))
    if whole.opens >= whole.closes:
        raise Refused(ENDS_BEFORE)
    if not break_begins and not break_ends:
        return (whole,)
    if not break_begins or not break_ends:
        raise Refused(HALF_A_BREAK)
    begins, ends = _minutes(break_begins), _minutes(break_ends)
    if not whole.opens < begins < ends < whole.closes:
        raise Refused(BREAK_OUTSIDE)
    return Span(whole.opens, begins), Span(ends, whole.closes)


def _minutes(text: str) -> int:
    found = TIME.fullmatch(text)
    hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (0, 60)
    if minutes > 59 or hours * 60 + minutes > MIDNIGHT:
        raise Refused(NO_TIME)
    return hours * 60 + minutes
