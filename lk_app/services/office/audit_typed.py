"""What the audit log is filtered by, as it is typed and chosen: it may come from anybody."""

import re
from collections.abc import Mapping
from datetime import date

from lk_app.models import Action
from lk_app.services.errors import ServiceError
from lk_app.services.office.audit_log import NOBODY, Filter
from lk_app.services.staff.audit import SUBJECT_LENGTH

MEMBER = re.compile(r"[0-9]{1,9}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

NO_CHOICE = "Такого в списке нет. Обновите страницу и выберите ещё раз."
NO_DAY = "Такой даты нет. Выберите день в календаре."
BACKWARDS = "Последний день раньше первого. Поменяйте их местами."
TOO_LONG = f"Не больше {SUBJECT_LENGTH} знаков: номер лицевого счёта, показания, обращения или логин целиком."


def read_filter(fields: Mapping[str, object]) -> Filter:
    """Return the filter of `member`, `action`, `subject`, `from` and `to`; raises ServiceError."""
    member, action, subject, first, last = (
        _text(fields.get(name, "")) for name in ("member", "action", "subject", "from", "to")
    )
    first_day, last_day = _day(first), _day(last)
    if first_day and last_day and first_day > last_day:
        raise ServiceError(BACKWARDS)
    return Filter(_member(member), _action(action), _subject(subject), first_day, last_day)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ServiceError(NO_CHOICE)
    return value.strip()


def _member(text: str) -> int | None:
    if not text:
        return None
    if not MEMBER.fullmatch(text):
        raise ServiceError(NO_CHOICE)
    return int(text) or NOBODY


def _action(text: str) -> Action | None:
    if not text:
        return None
    if text not in list(Action):
        raise ServiceError(NO_CHOICE)
    return Action(text)


def _subject(text: str) -> str:
    if len(text) > SUBJECT_LENGTH or not text.isprintable():
        raise ServiceError(TOO_LONG)
    return text


def _day(text: str) -> date | None:
    if not text:
        return None
    if not DAY.fullmatch(text):
        raise ServiceError(NO_DAY)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ServiceError(NO_DAY) from None
    if not 2000 <= day.year <= 2999:
        raise ServiceError(NO_DAY)
    return day
