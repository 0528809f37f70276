"""The queue of readings in words: its rows and counts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lk_app import formats
from lk_app.formats import NBSP, NO_FIGURE
from lk_app.models import Flag
from lk_app.services.paging import Count
from lk_app.services.readings import words
from lk_app.services.readings.finding import Kind
from lk_app.services.readings.queue import QueuePage
from lk_app.services.readings.rules import dial_value
from lk_app.services.readings.waiting import WaitingReading
from lk_app.settings import settings

BELOW = "меньше предыдущего"
TIMES_USUAL = "в {} раза выше обычного"


@dataclass(frozen=True)
class Check:
    """Something unusual, and how its badge looks: `warn` or `danger`."""

    words: str
    tone: str


@dataclass(frozen=True)
class QueueRow:
    """A reading as its row shows it."""

    id: str
    sent: str
    account: str
    holder: str
    address: str
    serial: str
    previous: str
    value: str
    consumption: str
    check: str
    """The gravest of what is unusual, and how it looks; empty when nothing is."""
    tone: str
    more_checks: str
    """How many others there are: «+1»."""
    has_photo: bool
    source: str
    can_accept: bool
    about: str
    """What its buttons are about, for whoever hears them."""


@dataclass(frozen=True)
class Counts:
    """How many readings there are of each kind, in words."""

    all: str = ""
    attention: str = ""
    photo: str = ""


NO_COUNTS = Counts()


def row_of(reading: WaitingReading, now: datetime) -> QueueRow:
    """Put a reading of the queue into words."""
    checks = checks_of(reading)
    return QueueRow(
        id=reading.id,
        sent=sent_words(reading.sent_at, now),
        account=reading.account_number,
        holder=name_of(reading),
        address=formats.address(reading.address),
        serial=reading.serial,
        previous=last_of(reading),
        value=dial_value(reading.value, reading.dial),
        consumption=consumption_of(reading),
        check=checks[0].words if checks else "",
        tone=checks[0].tone if checks else "",
        more_checks=f"+{len(checks) - 1}" if len(checks) > 1 else "",
        has_photo=bool(reading.photo_id),
        source=words.SOURCES[reading.source],
        can_accept=not reading.is_below,
        about=about(reading),
    )


def without_town(rows: list[QueueRow]) -> list[QueueRow]:
    """Leave out what all addresses begin with, the town as a rule: a row has little room."""
    towns = {row.address.partition(", ")[0] for row in rows}
    if len(rows) < 2 or len(towns) > 1:
        return rows
    return [replace(row, address=row.address.partition(", ")[2] or row.address) for row in rows]


def checks_of(reading: WaitingReading) -> list[Check]:
    """Return what is unusual about a reading, the gravest first."""
    found = [Check(BELOW, "danger")] if reading.is_below else []
    times = times_usual(reading)
    for flag in (Flag.ROLLED_OVER, Flag.HIGH, Flag.CEILING, Flag.ZERO):
        if flag in reading.flags:
            found.append(Check(times if flag is Flag.HIGH and times else words.FLAGS[flag], "warn"))
    return found


def times_usual(reading: WaitingReading) -> str:
    """Return how many times the usual consumption this is; nothing where that can't be said."""
    burned, usual = reading.consumption, reading.usual
    if not usual or burned is None or burned <= usual:
        return ""
    tenths = (burned * 10 + usual // 2) // usual
    return TIMES_USUAL.format(formats.decimal(tenths, 1, 1))


def last_of(reading: WaitingReading) -> str:
    """Return the last accepted value, without a unit."""
    return NO_FIGURE if reading.last is None else dial_value(reading.last, reading.dial)


def consumption_of(reading: WaitingReading) -> str:
    """Return what was burned, without a unit."""
    burned = reading.consumption
    return NO_FIGURE if burned is None else formats.decimal(burned, 3, reading.dial.decimals)


def name_of(reading: WaitingReading) -> str:
    """Return a holder's surname with initials: «Иванова М. П.»."""
    return with_initials(reading.last_name, reading.first_name, reading.middle_name)


def with_initials(last_name: str, *names: str) -> str:
    """Return a surname with the initials of the other names: «Иванова М. П.»."""
    return NBSP.join([last_name, *(f"{name[0]}." for name in names if name)])


def about(reading: WaitingReading) -> str:
    """Return what tells a reading from others, for whoever hears of it: «Иванова М. П., 5 258 м³»."""
    return f"{name_of(reading)}, {dial_value(reading.value, reading.dial)}{NBSP}м³"


def sent_words(at: datetime, now: datetime) -> str:
    """Return when a reading was sent: the time of today, or the day as well."""
    here, today = at.astimezone(settings().zone), now.astimezone(settings().zone).date()
    return f"{here:%H:%M}" if here.date() == today else f"{here:%d.%m},{NBSP}{here:%H:%M}"


def head_words(page: QueuePage, now: datetime) -> str:
    """Return how the queue stands: «Принято сегодня 186, ждут 28. Самое старое ждёт 1 ч 12 мин.»."""
    accepted = f"Принято сегодня {formats.decimal(page.accepted_today, 0, 0)}"
    if page.oldest_at is None:
        return f"{accepted}. Никто не{NBSP}ждёт."
    waits = time_words(now - page.oldest_at)
    return f"{accepted}, ждут {count_words(page.waiting)}. Самое старое ждёт {waits}."


def time_words(passed: timedelta) -> str:
    """Return a time in its two largest units: «1 ч 12 мин», «2 дня 3 ч»."""
    minutes = max(0, int(passed.total_seconds() // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        in_days = formats.counted(days, "день", "дня", "дней")
        return f"{in_days}{NBSP}{hours}{NBSP}ч" if hours else in_days
    if hours:
        return f"{hours}{NBSP}ч{NBSP}{minutes}{NBSP}мин"
    return f"{minutes}{NBSP}мин" if minutes else "меньше минуты"


def count_words(count: Count) -> str:
    """Return how many there are: «28», «1 000+»; nothing where it is only known that there may be some."""
    if count.and_more:
        return f"{formats.decimal(count.number, 0, 0)}+" if count.number else ""
    return formats.decimal(count.number, 0, 0)


def counts_of(page: QueuePage) -> Counts:
    """Put the counts of all kinds into words."""
    return Counts(**{kind.value: count_words(count) for kind, count in page.counts.items()})


def span_words(page: QueuePage, kind: Kind) -> str:
    """Return how many of a kind are shown: «Показаны 50 из 1 000+»."""
    of = count_words(page.counts[kind])
    shown = len(page.readings)
    return f"Показаны {shown} из{NBSP}{of}" if shown and of else ""


def found_words(counts: Counts, kind: str, shown: int) -> str:
    """Return how many readings a filter or a search has found, at least those that are shown."""
    return f"Найдено: {getattr(counts, kind) or shown}"


def one_accepted(row: QueueRow) -> str:
    """Say which reading was accepted."""
    return f"Принято: {row.about}."
