"""Offices, their hours, and which of them comes first."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from lk_app.services.contacts import Opening, Span, list_offices, open_page, opening_at, parse_hours, shared_parts
from tests import factories

ZONE = ZoneInfo("Asia/Yekaterinburg")
HOURS = "1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00"


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026, whose 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def test_the_office_that_serves_the_account_comes_first(session: Session):
    factories.office(session, "07", name="Академический участок")
    factories.office(session, "12", name="Ясный участок")

    cards = list_offices(session, local(16, 9), first="12")

    assert [card.name for card in cards] == ["Ясный участок", "Академический участок"]
    assert [card.serves_account for card in cards] == [True, False]


def test_only_published_offices_are_shown(session: Session):
    factories.office(session, "07", published=False)

    assert list_offices(session, local(16, 9)) == ()


def test_visitors_see_the_offices_without_a_cabinet(session: Session):
    factories.office(session, "07")

    page = open_page(session, None, local(16, 9))

    assert page.cabinet is None
    assert [card.serves_account for card in page.offices] == [False]


def test_a_consumer_sees_the_office_of_the_chosen_account_first(session: Session):
    factories.office(session, "01", name="Академический участок")
    account = factories.account(session, office_code="07")

    page = open_page(session, factories.consumer(session, account), local(16, 9))

    assert page.cabinet.chosen.number == account.number
    assert [card.code for card in page.offices] == ["07", "01"]


def test_then_come_the_offices_whose_addresses_begin_like_that_of_the_account(session: Session):
    factories.office(session, "01", name="А", address="г. Ключи, ул. Мира, 1")
    factories.office(session, "02", name="Б", address="624030, г.Ясный, ул. Мира, 1")
    factories.office(session, "03", name="В", address="г. Ясный, ул. Садовая, 1")
    factories.office(session, "04", name="Г", address="г. Полевой, ул. Садовая, 5")
    account = factories.account(session, office_code="04", address="г. Ясный, ул. Садовая, 5")

    page = open_page(session, factories.consumer(session, account), local(16, 9))

    assert [card.code for card in page.offices] == ["04", "03", "02", "01"]


def test_offices_as_near_as_one_another_stand_by_name(session: Session):
    factories.office(session, "01", name="Ясный участок")
    factories.office(session, "02", name="Академический участок")

    assert [card.code for card in list_offices(session, local(16, 9), near="г. Ключи, ул. Мира, 1")] == ["02", "01"]


@pytest.mark.parametrize(
    ("address", "other", "shared"),
    [
        ("г. Ясный, ул. Садовая, 5", "г. Ясный, ул. Мира, 5", 1),
        ("624030, г. Берёзовый, ул. Садовая, 5", "г.березовый,ул.Садовая, 7", 2),
        ("г. Ясный", "", 0),
        ("", "", 0),
        ("обл. Южная, г. Ясный", "г. Ясный", 0),
    ],
)
def test_addresses_are_compared_part_by_part_from_the_beginning(address: str, other: str, shared: int):
    assert shared_parts(address, other) == shared


def test_hours_are_read_by_weekday():
    week = parse_hours(HOURS)

    assert sorted(week) == [1, 2, 3, 4, 5]
    assert week[1] == week[4] == (Span(480, 720), Span(780, 1020))
    assert week[5] == (Span(480, 960),)
    assert parse_hours("") == {}


@pytest.mark.parametrize("hours", ["8-9", "1-4", "0 08:00-09:00", "1 08:00-25:00", "круглосуточно"])
def test_hours_in_another_form_are_refused(hours: str):
    with pytest.raises(ValueError, match="opening hours"):
        parse_hours(hours)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (local(16, 7, 59), Opening(False, local(16, 8))),
        (local(16, 8), Opening(True, local(16, 12))),
        (local(16, 12), Opening(False, local(16, 13))),
        (local(16, 16, 59), Opening(True, local(16, 17))),
        (local(16, 17), Opening(False, local(17, 8))),
        (local(20, 16), Opening(False, local(23, 8))),
        (local(22, 12), Opening(False, local(23, 8))),
    ],
)
def test_an_office_is_open_by_the_clock_of_the_company(now: datetime, expected: Opening):
    assert opening_at(parse_hours(HOURS), now) == expected


def test_an_office_that_opens_once_a_week_opens_again_in_a_week():
    assert opening_at(parse_hours("1 08:00-09:00"), local(16, 10)) == Opening(False, local(23, 8))


def test_an_office_without_hours_never_opens():
    assert opening_at({}, local(16, 10)) == Opening(False, None)


def test_an_office_that_never_closes_is_open():
    week = parse_hours("1-7 00:00-24:00")

    assert opening_at(week, local(16, 10)) == Opening(True, None)


def test_midnight_does_not_close_an_office_that_works_through_it():
    week = parse_hours("1 08:00-24:00; 2 00:00-06:00")

    assert opening_at(week, local(16, 23)) == Opening(True, local(17, 6))
