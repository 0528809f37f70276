"""What content will look like to those it is for, before it is published."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from lk_app import formats
from lk_app.formats import NBSP, tied, typeset
from lk_app.models import Office
from lk_app.models.values import Month, next_month
from lk_app.services.contacts import card_of
from lk_app.services.feedback.types import SERVICES
from lk_app.services.help.faq import FaqAnswer
from lk_app.services.markup import blocks_of
from lk_app.services.readings.window import Days, window_within
from lk_app.state.contacts import OfficeView, office_view
from lk_app.state.sending import terms_of

MONTHS = 3
"""For how many months the dates of the window are shown."""


@dataclass(frozen=True)
class Preview:
    """What is seen: of the FAQ and of an office just what consumers see, of the rest a title and lines."""

    answers: list[FaqAnswer] = field(default_factory=list)
    offices: list[OfficeView] = field(default_factory=list)
    title: str = ""
    lines: list[str] = field(default_factory=list)
    is_there: bool = True


NOTHING = Preview(is_there=False)


def preview_of(slug: str, fields: Any, now: datetime) -> Preview:
    """Return the preview of the fields of a kind at an instant of the company's time."""
    return PREVIEWS[slug](fields, now)


def _faq(fields: Any, now: datetime) -> Preview:
    return Preview(answers=[FaqAnswer(0, typeset(fields.question), blocks_of(fields.answer))])


def _office(fields: Any, now: datetime) -> Preview:
    card = card_of(Office(code="", **asdict(fields)), now, False)
    return Preview(offices=[office_view(card, now)])


def _type(fields: Any, now: datetime) -> Preview:
    return Preview(title=str(SERVICES[fields.service]), lines=[tied(fields.name)])


def _template(fields: Any, now: datetime) -> Preview:
    return Preview(title=tied(fields.title), lines=[tied(fields.text)])


def _reason(fields: Any, now: datetime) -> Preview:
    return Preview(lines=[tied(fields.text)])


def _window(fields: Any, now: datetime) -> Preview:
    days, today = Days(fields.first_day, fields.last_day), now.date()
    first = window_within(days, today)
    months = [first.month]
    while len(months) < MONTHS:
        months.append(next_month(months[-1]))
    return Preview(title=terms_of(first, today).span, lines=[_days(days, month) for month in months])


def _days(days: Days, month: Month) -> str:
    last = formats.long_date(date(month // 100, month % 100, days.last))
    return f"С{NBSP}{days.first} по{NBSP}{last}"


PREVIEWS: Mapping[str, Any] = {
    "faq": _faq,
    "offices": _office,
    "types": _type,
    "templates": _template,
    "reasons": _reason,
    "window": _window,
}
