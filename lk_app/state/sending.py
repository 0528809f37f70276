"""«Передать показания»: what its dialog opens with."""

from dataclasses import dataclass
from datetime import date

from lk_app import formats
from lk_app.formats import NBSP
from lk_app.services.readings import words
from lk_app.services.readings.overview import MeterView
from lk_app.services.readings.previewed import CONSUMPTION, COST
from lk_app.services.readings.rules import Dial, dial_value
from lk_app.services.readings.sending import CONFIRM, PHOTO, ROLL_OVER, VALUE
from lk_app.services.readings.window import Window

DAYS = ("день", "дня", "дней")
REPLACES = "Сегодня уже передано {}. Новое показание заменит его."


@dataclass(frozen=True)
class Terms:
    """When readings are taken, and what that means today."""

    span: str = ""
    """Under the title of the screen."""
    today: str = ""
    """Under the title of the dialog: of which day the readings are."""
    outside: str = ""
    """What it means that the window is not open; empty when it is."""


@dataclass(frozen=True)
class MeterEntry:
    """A meter as the form asks for its reading: the names of its fields and places, and what is known of it."""

    id: str
    name: str
    title: str
    about: str
    """Its number and place."""
    value: str
    roll_over: str
    confirm: str
    photo: str
    consumption: str
    cost: str
    previous: str
    previous_day: str
    digits: str
    """Which digits of the dial are asked for."""
    keyboard: str
    """The keys a phone shows: `numeric` or `decimal`."""
    replaces: str
    """What was sent today already."""


def terms_of(window: Window, today: date) -> Terms:
    """Put the days of a window into words."""
    return Terms(
        span=f"Приём показаний за{NBSP}{words.month_name(window.month)} {_days(window)}",
        today=f"На{NBSP}сегодня, {formats.long_date(today)}{_left_of(window)}",
        outside=words.outside(window, today),
    )


def entry_of(meter: MeterView, name: str, title: str) -> MeterEntry:
    """Return what the form asks of a meter."""
    return MeterEntry(
        id=meter.id,
        name=name,
        title=title,
        about=about(meter),
        value=VALUE + meter.id,
        roll_over=ROLL_OVER + meter.id,
        confirm=CONFIRM + meter.id,
        photo=PHOTO + meter.id,
        consumption=CONSUMPTION + meter.id,
        cost=COST + meter.id,
        previous=dial_value(meter.last.value, meter.dial) if meter.last else "нет",
        previous_day=formats.short_date(meter.last.taken_on) if meter.last else "",
        digits=_digits(meter.dial),
        keyboard="decimal" if meter.dial.decimals else "numeric",
        replaces=REPLACES.format(dial_value(meter.sent_today.value, meter.dial)) if meter.sent_today else "",
    )


def about(meter: MeterView) -> str:
    """Return what tells a meter apart from others of its model: «№ 02514876, кухня»."""
    return ", ".join(filter(None, (f"№{NBSP}{meter.serial}", meter.place)))


def _days(window: Window) -> str:
    until = formats.long_date(window.last_day)
    if window.is_open:
        return f"до{NBSP}{until}, {_days_left(window.days_left)}"
    begins = "завтра" if window.days_left == 1 else f"через {formats.counted(window.days_left, *DAYS)}"
    return f"с{NBSP}{window.first_day.day} по{NBSP}{until}, начнётся {begins}"


def _left_of(window: Window) -> str:
    """Return how long readings of today count, in a sentence of its own."""
    if not window.is_open:
        return ""
    return f" Приём за{NBSP}{words.month_name(window.month)}, {_days_left(window.days_left)}"


def _days_left(days: int) -> str:
    if days == 1:
        return "сегодня последний день"
    left = "остался" if days % 10 == 1 and days != 11 else "осталось"
    return f"{left} {formats.counted(days, *DAYS)}"


def _digits(dial: Dial) -> str:
    if dial.decimals:
        return f"Вместе с{NBSP}цифрами после запятой"
    return f"Только цифры до{NBSP}запятой, без красных"
