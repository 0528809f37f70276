"""The contact page in words: hours as people read them, and who sees what."""

from datetime import date, datetime

import pytest
import reflex as rx

from lk_app.services.contacts import Opening, parse_hours
from lk_app.services.session import writing
from lk_app.state.access import IdentityState
from lk_app.state.accounts import AccountsState
from lk_app.state.contacts import ContactsState, hours_by_days, opening_words
from tests import factories
from tests.texts import plain

SUNDAY = date(2026, 11, 22)


def week_in_words(hours: str) -> list[tuple[str, str]]:
    return [(line.days, plain(line.time)) for line in hours_by_days(parse_hours(hours))]


async def test_visitors_see_every_office(portal: str) -> None:
    with writing() as session:
        factories.office(session)
    state = await rx.State(_reflex_internal_init=True).get_state(ContactsState)

    await ContactsState.load.fn(state)

    (office,) = state.offices
    assert (office.anchor, office.serves_account) == ("office-07", False)
    assert not state.own_first
    assert office.phones[0].link == "tel:+73514020404"
    assert not (await state.get_state(AccountsState)).known


async def test_a_consumer_sees_their_office_marked(portal: str) -> None:
    with writing() as session:
        who = factories.consumer(session, factories.account(session))
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._consumer = who
    state = await tab.get_state(ContactsState)

    await ContactsState.load.fn(state)

    assert [office.serves_account for office in state.offices] == [True]
    assert state.own_first
    assert (await state.get_state(AccountsState)).known


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (
            "1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00",
            [("Пн–Чт", "08:00–17:00, перерыв 12:00–13:00"), ("Пт", "08:00–16:00"), ("Сб, Вс", "выходной")],
        ),
        ("1-7 00:00-24:00", [("Пн–Вс", "круглосуточно")]),
        ("1 09:00-18:00", [("Пн", "09:00–18:00"), ("Вт–Вс", "выходной")]),
        ("", []),
    ],
)
def test_days_of_the_same_hours_stand_together(hours: str, words: list[tuple[str, str]]) -> None:
    assert [(days, plain(open_hours)) for days, open_hours in week_in_words(hours)] == words


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (Opening(True, datetime(2026, 11, 22, 17, 0)), "Открыто до 17:00"),
        (Opening(True, None), "Открыто круглосуточно"),
        (Opening(False, datetime(2026, 11, 22, 13, 0)), "Закрыто, откроется в 13:00"),
        (Opening(False, datetime(2026, 11, 23, 8, 0)), "Закрыто, откроется завтра в 08:00"),
        (Opening(False, datetime(2026, 11, 24, 8, 0)), "Закрыто, откроется во вторник в 08:00"),
        (Opening(False, None), ""),
    ],
)
def test_opening_is_said_by_today(opening: Opening, words: str) -> None:
    assert opening_words(opening, SUNDAY) == words
