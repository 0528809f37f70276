"""Opening hours as billing writes them: `1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00`."""

import re

from lk_app.services.exchange.issues import BadValue

DAYS = re.compile(r"([1-7])(?:-([1-7]))?", re.ASCII)
SPAN = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
LONGEST = 200


def hours(text: str) -> str:
    """Check the hours of a week, days by ISO number in order, and return them; raises `BadValue`."""
    last_day = 0
    for part in text.split("; "):
        days, _, spans = part.partition(" ")
        last_day = _day_after(days, last_day)
        _check_spans(spans)
    if len(text) > LONGEST:
        raise BadValue(f"ожидается текст до {LONGEST} знаков")
    return text


def _day_after(days: str, last_day: int) -> int:
    found = DAYS.fullmatch(days)
    if not found:
        raise BadValue("ожидаются часы работы, например 1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00")
    first, last = int(found[1]), int(found[2] or found[1])
    if not last_day < first <= last:
        raise BadValue("дни недели в часах работы идут не по порядку")
    return last


def _check_spans(spans: str) -> None:
    end = ""
    for span in spans.split(","):
        found = SPAN.fullmatch(span)
        if not found or not end < found[1] < found[2]:
            raise BadValue("время в часах работы записано неверно: ожидается, например, 08:00-12:00,13:00-17:00")
        end = found[2]
