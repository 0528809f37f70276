"""The states of help: what a search shows, and that anybody may ask anything."""

from typing import Any

import pytest
import reflex as rx

from lk_app.services.session import writing
from lk_app.state.access import IdentityState
from lk_app.state.accounts import AccountsState
from lk_app.state.help import SEARCH_LENGTH, FaqState, HelpState, words_of
from tests import factories
from tests.texts import plain

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def entry(portal: str) -> int:
    """The id of the one question there is."""
    with writing() as session:
        factories.appeal_type(session)
        return factories.faq_entry(session, "Где квитанция?", "На экране «Взаиморасчёты».").id or 0


@ON_SQLITE
async def test_a_search_says_how_much_it_found(entry: int) -> None:
    state = await tab().get_state(HelpState)

    await HelpState.search.fn(state, {"words": "  квитанцию "})

    assert [found.address for found in state.found] == [f"/help/faq#faq-{entry}"]
    assert (plain(state.told), state.nothing_found) == ("«квитанцию»: 1 ответ", False)


@ON_SQLITE
@pytest.mark.usefixtures("entry")
async def test_a_search_that_finds_nothing_says_what_else_can_be_done() -> None:
    state = await tab().get_state(HelpState)

    await HelpState.search.fn(state, {"words": "абракадабра"})

    assert (state.found, state.nothing_found) == ([], True)
    assert "ничего не нашлось" in state.told


@ON_SQLITE
@pytest.mark.usefixtures("entry")
async def test_an_empty_search_takes_back_what_was_found() -> None:
    state = await tab().get_state(HelpState)
    await HelpState.search.fn(state, {"words": "квитанция"})

    await HelpState.search.fn(state, {"words": " "})

    assert (state.found, state.told, state.nothing_found) == ([], "", False)


@pytest.mark.parametrize("form", [None, [], "квитанция", {}, {"words": None}, {"words": 5}, {"words": ["a"]}, {5: "a"}])
def test_what_no_form_of_ours_sends_looks_for_nothing(form: Any) -> None:
    assert words_of(form) == ""


def test_a_search_is_cut_off() -> None:
    assert len(words_of({"words": "a" * 10_000})) == SEARCH_LENGTH


@ON_SQLITE
async def test_visitors_see_the_questions(entry: int) -> None:
    state = await tab().get_state(FaqState)

    await FaqState.load.fn(state)

    ((answer,),) = [group.answers for group in state.groups]
    assert (answer.id, answer.question) == (entry, "Где квитанция?")
    assert not (await state.get_state(AccountsState)).known


@ON_SQLITE
@pytest.mark.usefixtures("entry")
async def test_a_consumer_sees_the_cabinet_around_them() -> None:
    with writing() as session:
        who = factories.consumer(session, factories.account(session))
    root = tab()
    (await root.get_state(IdentityState))._consumer = who

    await FaqState.load.fn(await root.get_state(FaqState))

    assert (await root.get_state(AccountsState)).known


def tab() -> rx.State:
    return rx.State(_reflex_internal_init=True)
