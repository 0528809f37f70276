"""What is said of readings, by the rules and on several screens."""

from datetime import date

from lk_app import formats
from lk_app.formats import NBSP
from lk_app.models import Flag, ReadingSource, ReadingState
from lk_app.models.values import Month, month_of, next_month
from lk_app.services.readings.window import Window

STATES = {
    ReadingState.PENDING: "в обработке",
    ReadingState.ACCEPTED: "принято",
    ReadingState.REFUSED: "отказано",
    ReadingState.WITHDRAWN: "отозвано",
}

SOURCES = {
    ReadingSource.PORTAL: "Кабинет",
    ReadingSource.PHONE: "Телефон",
    ReadingSource.OFFICE: "Абонентская служба",
    ReadingSource.INSPECTOR: "Контролёр",
    ReadingSource.REMOTE: "Счётчик сам",
}

FLAGS = {
    Flag.HIGH: "выше обычного",
    Flag.CEILING: "очень большой расход",
    Flag.ROLLED_OVER: "переход через ноль",
    Flag.ZERO: "нулевой расход",
}

EMPTY = "Введите показание"
AT_LEAST_ONE = "Введите показание хотя бы одного счётчика"
CONFIRM_ROLL_OVER = "Показание меньше прежнего. Отметьте, если счётчик перешёл через ноль, или исправьте цифры"
CONFIRM_UNUSUAL = f"Расход необычно большой. Отметьте, если всё верно, или исправьте цифры с{NBSP}барабана"
NO_METERS = "По этому лицевому счёту показания передавать не нужно."
ALREADY_DECIDED = "Это показание уже проверили или отозвали. Обновите страницу."
"""What is said when somebody was quicker."""
SINCE_WENT_BELOW = "Меньше последнего принятого показания {}: принять нельзя"

SENT = "Показания переданы. Обычно их проверяют в течение суток."
WITHDRAWN = "Показание отозвано."
TOO_EARLY = (
    "В квитанцию за {} войдут показания, переданные с {} по {} Передать их сейчас тоже можно: их примут и проверят, "
    "но в эти дни передайте ещё раз."
)
TOO_LATE = (
    "Приём показаний для квитанции за {} закончился {} Передать их можно и сейчас: они войдут в следующую квитанцию, "
    "за {}."
)
"""A date ends with a full stop of its own, «г.»."""


def outside(window: Window, today: date) -> str:
    """Return what it means that readings are sent on a day; nothing while the window is open."""
    if window.is_open:
        return ""
    if window.month == month_of(today.year, today.month):
        days = str(window.first_day.day), formats.long_date(window.last_day)
        return formats.tied(TOO_EARLY.format(month_name(window.month), *days))
    missed = next_month(window.month, -1)
    ended_on = date(missed // 100, missed % 100, window.last_day.day)
    names = month_name(missed), formats.long_date(ended_on), month_name(window.month)
    return formats.tied(TOO_LATE.format(*names))


def month_name(month: Month) -> str:
    """Return a month whose year goes without saying: «ноябрь»."""
    return formats.MONTHS[month % 100 - 1]
