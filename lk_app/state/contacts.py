"""The contact page: loaded for everybody, signed in or not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

import reflex as rx

from lk_app import clock, formats
from lk_app.services import contacts
from lk_app.services.contacts import WEEKDAYS, OfficeCard, Opening, Span, Week
from lk_app.services.session import in_session
from lk_app.settings import settings
from lk_app.state.access import IdentityState, public
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen

DAYS = ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")
ON_DAYS = (
    "в понедельник",
    "во вторник",
    "в среду",
    "в четверг",
    "в пятницу",
    "в субботу",
    "в воскресенье",
)
AROUND_THE_CLOCK = Span(0, 1440)


@dataclass(frozen=True)
class Phone:
    """A phone as it is printed, and the link that dials it."""

    text: str
    link: str


@dataclass(frozen=True)
class Hours:
    """The hours of some days of the week."""

    days: str
    time: str


@dataclass(frozen=True)
class OfficeView:
    """An office as the page shows it."""

    anchor: str
    name: str
    address: str
    phones: list[Phone]
    hours: list[Hours]
    is_open: bool
    opening: str
    directions: str
    serves_account: bool


class ContactsState(Screen, rx.State):
    """Every published office."""

    offices: list[OfficeView] = []
    own_first: bool = False
    """Whether the office of the chosen account is there, at the top."""

    @rx.event
    @public
    async def load(self):
        """Load the offices, and the cabinet beside them when somebody is signed in."""
        async with self._failures_shown():
            who = (await self.get_state(IdentityState))._consumer
            now = clock.now().astimezone(settings().zone)
            page = await in_session(contacts.open_page, who, now)
            if page.cabinet:
                await show_cabinet(self, page.cabinet)
            self.offices = [office_view(office, now) for office in page.offices]
            self.own_first = any(office.serves_account for office in self.offices)


def office_view(office: OfficeCard, now: datetime) -> OfficeView:
    """Put an office into words."""
    return OfficeView(
        anchor=f"office-{office.code}",
        name=office.name,
        address=formats.address(office.address),
        phones=[Phone(phone, formats.dialled_phone(phone)) for phone in office.phones],
        hours=hours_by_days(office.week),
        is_open=office.opening.is_open,
        opening=opening_words(office.opening, now.date()),
        directions=office.directions,
        serves_account=office.serves_account,
    )


def hours_by_days(week: Week) -> list[Hours]:
    """Return the week with days of the same hours together; days off last, as people read them."""
    if not week:
        return []
    runs = [(spans, list(days)) for spans, days in groupby(WEEKDAYS, key=lambda weekday: week.get(weekday, ()))]
    return [Hours(days_words(days), spans_words(spans)) for spans, days in runs]


def days_words(days: list[int]) -> str:
    """Return consecutive weekdays in short: «Пн–Чт»."""
    first, last = DAYS[days[0] - 1], DAYS[days[-1] - 1]
    if len(days) == 1:
        return first
    return f"{first}, {last}" if len(days) == 2 else f"{first}–{last}"


def spans_words(spans: tuple[Span, ...]) -> str:
    """Return the hours of a day, the gap between them as a break: «08:00–17:00, перерыв 12:00–13:00»."""
    if not spans:
        return "выходной"
    whole = formats.time_range(spans[0].opens, spans[-1].closes)
    if spans == (AROUND_THE_CLOCK,):
        return "круглосуточно"
    breaks = [formats.time_range(before.closes, after.opens) for before, after in pairwise(spans)]
    return f"{whole}, перерыв{formats.NBSP}{', '.join(breaks)}" if breaks else whole


def opening_words(opening: Opening, today: date) -> str:
    """Say whether an office is open, and until or since when."""
    if opening.changes_at is None:
        return "Открыто круглосуточно" if opening.is_open else ""
    at = f"{opening.changes_at:%H:%M}"
    if opening.is_open:
        return f"Открыто до {at}"
    day = opening.changes_at.date()
    if day == today:
        return f"Закрыто, откроется в {at}"
    when = "завтра" if day == today + timedelta(days=1) else ON_DAYS[day.weekday()]
    return f"Закрыто, откроется {when} в {at}"
