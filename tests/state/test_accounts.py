"""Choosing an account, and «Подробнее» in words."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import reflex as rx
from reflex.state import OnLoadInternalState

from lk_app.models import MeterState, PremisesKind, UserSession
from lk_app.services.accounts import AttachedAccount, MeterCard, Verification
from lk_app.services.callers import Consumer
from lk_app.services.session import reading, writing
from lk_app.state.access import IdentityState
from lk_app.state.accounts import (
    AccountsState,
    AccountState,
    meter_facts,
    option_label,
    premises_summary,
    residents,
)
from tests import factories
from tests.factories import NOW
from tests.texts import plain

HOUSE = AttachedAccount("66010000017", "", NOW, "01", PremisesKind.HOUSE, "ул. Садовая, 5", 8640)
METER = MeterCard("02514876", "ВК-G4", "кухня", MeterState.WORKING, date(2030, 6, 1), Verification.FINE)


async def state_for(kind: Any, who: Consumer) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._consumer = who
    return await tab.get_state(kind)


@pytest.fixture
def two_accounts(portal: str) -> tuple[Consumer, str, str]:
    """A consumer and the numbers of their accounts."""
    with writing() as session:
        house, flat = factories.account(session), factories.account(session)
        return factories.consumer(session, house, flat), house.number, flat.number


async def test_choosing_an_account_is_stored_and_loads_the_page_again(two_accounts: Any) -> None:
    who, _, flat = two_accounts
    state = await state_for(AccountsState, who)

    then = await AccountsState.choose.fn(state, flat)

    assert then is OnLoadInternalState.on_load_internal
    with reading() as session:
        assert session.get(UserSession, who.session_id).account_number == flat


@pytest.mark.parametrize("number", ["66999999999", "", "дом", "\x00" * 11, None, 66010000017, [], {"number": 1}])
async def test_anything_else_leaves_the_choice_as_it_was(two_accounts: Any, number: object) -> None:
    who, house, _ = two_accounts
    state = await state_for(AccountsState, who)

    await AccountsState.choose.fn(state, number)

    page = await state_for(AccountState, who)
    await AccountState.load.fn(page)
    assert page.view.contract[0].text == house


async def test_details_mask_the_phone(two_accounts: Any) -> None:
    state = await state_for(AccountState, two_accounts[0])

    await AccountState.load.fn(state)

    told = {fact.term: plain(fact.text) for fact in (*state.view.contract, *state.view.premises)}
    assert told["Контактный телефон"] == "+7 912 ••• •• 01"
    assert told["Владелец"] == "Иванова Мария Петровна"
    assert told["Площадь"] == "86,4 м²"
    assert told["Проживает"] == "3 человека"
    assert told["Газовое отопление"] == "есть"
    assert state.view.office_anchor == "/contacts#office-07"


async def test_a_user_without_accounts_is_told_so(portal: str) -> None:
    with writing() as session:
        who = factories.consumer(session)
    state = await state_for(AccountState, who)

    await AccountState.load.fn(state)

    assert (state.loaded, state.empty) == (True, True)


@pytest.mark.parametrize(
    ("account", "label"),
    [
        (HOUSE, "66010000017 · дом"),
        (replace(HOUSE, kind=PremisesKind.FLAT), "66010000017 · квартира"),
        (replace(HOUSE, title="Дача"), "66010000017 · Дача"),
        (replace(HOUSE, kind=None), "66010000017"),
    ],
)
def test_accounts_can_be_told_apart(account: AttachedAccount, label: str) -> None:
    assert option_label(account) == label


def test_premises_are_described_as_far_as_they_are_known() -> None:
    assert plain(premises_summary(HOUSE)) == "Дом, 86,4 м²"
    assert premises_summary(replace(HOUSE, area=None)) == "Дом"
    assert premises_summary(replace(HOUSE, kind=None, area=None)) == ""


def test_residents_are_counted_in_words() -> None:
    assert [plain(residents(number)) for number in (0, 1, 2, 5, None)] == [
        "никто",
        "1 человек",
        "2 человека",
        "5 человек",
        "нет сведений",
    ]


def test_a_meter_says_how_it_is_and_until_when_it_is_verified() -> None:
    facts = meter_facts(METER)

    assert (facts.title, facts.state, facts.working, facts.verification) == ("ВК-G4", "исправен", True, "fine")
    assert plain(facts.verified_until) == "1 июня 2030 г."


def test_a_removed_meter_needs_no_verification() -> None:
    removed = replace(METER, state=MeterState.REMOVED, verification=Verification.UNKNOWN)

    assert meter_facts(removed).verified_until == ""
