"""The window of readings (`services/readings/window.py` tells what it means): one row, made by the first edit."""

from dataclasses import dataclass

from sqlmodel import Session

from lk_app.models import Content, ReadingWindow
from lk_app.services.content.kind import Kind, Typed
from lk_app.services.inserting import insert_into
from lk_app.services.readings.window import days_in_force, days_of_settings
from lk_app.services.typed import EMPTY, Reader, Refused

DAYS = range(1, 29)
"""Days that every month has."""
KEY = "1"
"""There is one."""

NO_DAY = "Нужно число от 1 до 28: такие дни есть в каждом месяце"
ENDS_BEFORE = "Последний день не может быть раньше первого"


@dataclass(frozen=True)
class Fields:
    """What of the window can be edited."""

    first_day: int
    last_day: int


def read(session: Session, typed: Typed) -> Fields:
    """Read the form of the window; raises FieldErrors."""
    reader = Reader(typed)
    first, last = reader.read("first_day", _day), reader.read("last_day", _day)
    if first and last and int(last) < int(first):
        reader.errors["last_day"] = ENDS_BEFORE
    reader.finish()
    return Fields(int(first), int(last))


def _day(text: str) -> str:
    digits = text.strip()
    if not digits:
        raise Refused(EMPTY)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 2 and int(digits) in DAYS):
        raise Refused(NO_DAY)
    return digits


def typed(fields: Fields) -> dict[str, str]:
    """Return the form of the window."""
    return {"first_day": str(fields.first_day), "last_day": str(fields.last_day)}


def rows(session: Session) -> list[ReadingWindow]:
    """Return the window that holds, stored or not."""
    days = days_in_force(session)
    return [ReadingWindow(first_day=days.first, last_day=days.last)]


def begin(session: Session) -> None:
    """Store the window of the settings, unless there is one of staff's; two who do it at once make one row."""
    days = days_of_settings()
    row = {"id": int(KEY), "first_day": days.first, "last_day": days.last}
    session.execute(insert_into(session, ReadingWindow).values(row).on_conflict_do_nothing())


KIND = Kind(content=Content.WINDOW, table=ReadingWindow, fields=Fields, read=read, typed=typed, rows=rows, begin=begin)
