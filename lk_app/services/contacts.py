"""Offices: where a consumer can come or call, and when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import takewhile

from sqlmodel import Session, col, select

from lk_app.models import Office
from lk_app.services.accounts import Cabinet, open_cabinet
from lk_app.services.callers import Consumer

WEEKDAYS = range(1, 8)
"""ISO weekdays: Monday is 1."""

_TIME = r"(?:[01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)"
_RULE = re.compile(rf"([1-7])(?:-([1-7]))? +({_TIME}-{_TIME}(?:,{_TIME}-{_TIME})*)")

_SPACING = re.compile(r"[\s.]+")
_POSTCODE = re.compile(r"\d{6}")


@dataclass(frozen=True)
class Span:
    """From when to when an office is open, in minutes since midnight: 24:00 is 1,440."""

    opens: int
    closes: int


Week = dict[int, tuple[Span, ...]]
"""When an office is open on each ISO weekday; a day that is missing is a day off."""


@dataclass(frozen=True)
class Opening:
    """Whether an office is open, and when that changes next in the company's time: never, if always open or closed."""

    is_open: bool
    changes_at: datetime | None


@dataclass(frozen=True)
class OfficeCard:
    """An office as a consumer sees it; phones as they are printed."""

    code: str
    name: str
    address: str
    phones: tuple[str, ...]
    directions: str
    week: Week
    opening: Opening
    serves_account: bool
    """Whether it is the office of the caller's chosen account."""


@dataclass(frozen=True)
class ContactsPage:
    """The contact page: every office, and the cabinet around them when somebody is signed in."""

    cabinet: Cabinet | None
    offices: tuple[OfficeCard, ...]


def open_page(session: Session, who: Consumer | None, now: datetime) -> ContactsPage:
    """Return the contact page for a visitor or a consumer; `now` is in the company's time zone."""
    cabinet = open_cabinet(session, who) if who else None
    if cabinet is None or cabinet.chosen is None:
        return ContactsPage(cabinet, list_offices(session, now))
    offices = list_offices(session, now, first=cabinet.chosen.office_code, near=cabinet.chosen.address)
    return ContactsPage(cabinet, offices)


def list_offices(
    session: Session, now: datetime, *, first: str | None = None, near: str = ""
) -> tuple[OfficeCard, ...]:
    """Return every published office: the one with code `first`, those whose addresses begin like `near`, the rest.

    Nobody knows where a house or an office lies, so the more of its address is the same, the nearer an office counts:
    the same town, the same street. Those that are as near stand by name.
    """
    offices = session.exec(select(Office).where(col(Office.published)).order_by(col(Office.name), col(Office.code)))
    nearest_first = sorted(offices, key=lambda office: (office.code != first, -shared_parts(office.address, near)))
    return tuple(card_of(office, now, office.code == first) for office in nearest_first)


def shared_parts(address: str, other: str) -> int:
    """Return how many parts two addresses have in common before they differ: «г. Ясный» and «г. Ясный, ул. Садовая»."""
    pairs = zip(_parts(address), _parts(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _parts(address: str) -> list[str]:
    """Return the parts of an address as they can be compared: without the postcode, spaces and full stops."""
    parts = [_SPACING.sub("", part).lower().replace("ё", "е") for part in address.split(",")]
    return [part for part in parts if part and not _POSTCODE.fullmatch(part)]


def parse_hours(hours: str) -> Week:
    """Read opening hours such as `1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00`; raises ValueError."""
    week: Week = {}
    for rule in filter(None, (part.strip() for part in hours.split(";"))):
        match = _RULE.fullmatch(rule)
        if match is None:
            raise ValueError(f"opening hours are not as expected: {rule}")
        first, last, spans = match.groups()
        for weekday in range(int(first), int(last or first) + 1):
            week[weekday] = tuple(Span(*map(_minutes, span.split("-"))) for span in spans.split(","))
    return week


def opening_at(week: Week, now: datetime) -> Opening:
    """Say whether an office is open at an instant of the company's time, and when that changes next."""
    weeks_end = datetime.combine(now.date() + timedelta(days=len(WEEKDAYS) + 1), time(), now.tzinfo)
    for opens, closes in _open_times(week, now):
        if opens <= now < closes:
            return Opening(True, closes if closes < weeks_end else None)
        if now < opens:
            return Opening(False, opens)
    return Opening(False, None)


def _open_times(week: Week, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when an office is open within a week from now; midnight does not part what goes on."""
    begun: tuple[datetime, datetime] | None = None
    for days in range(len(WEEKDAYS) + 1):
        day = now.date() + timedelta(days=days)
        midnight = datetime.combine(day, time(), now.tzinfo)
        for span in week.get(day.isoweekday(), ()):
            opens, closes = midnight + timedelta(minutes=span.opens), midnight + timedelta(minutes=span.closes)
            if begun and begun[1] == opens:
                begun = begun[0], closes
                continue
            if begun:
                yield begun
            begun = opens, closes
    if begun:
        yield begun


def _minutes(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def card_of(office: Office, now: datetime, serves_account: bool) -> OfficeCard:
    """Return an office as consumers see it at an instant of the company's time."""
    week = parse_hours(office.hours)
    return OfficeCard(
        code=office.code,
        name=office.name,
        address=office.address,
        phones=tuple(office.phones),
        directions=office.directions,
        week=week,
        opening=opening_at(week, now),
        serves_account=serves_account,
    )
