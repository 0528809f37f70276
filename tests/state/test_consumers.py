"""«Потребители» in words: what is found, what is seen of an account, and that each of it is kept."""

from typing import Any

import pytest
import reflex as rx
from sqlmodel import Session, col, select

from lk_app import clock
from lk_app.models import Action, AuditEvent, User
from lk_app.services.callers import StaffCaller
from lk_app.services.office import consumer, helping
from lk_app.services.office.consumers import PAGE
from lk_app.services.places import Place
from lk_app.services.session import reading, writing
from lk_app.state.access import IdentityState
from lk_app.state.office.consumers import ConsumersState
from lk_app.state.office.consumers_words import NO_CARD
from lk_app.state.screen import TRY_AGAIN
from tests import factories
from tests.factories import NOW
from tests.texts import plain

NUMBER, ADDRESS = "66010000017", "г. Ясный, ул. Садовая, д. 5"


@pytest.fixture
def database() -> str:
    """One is enough here: what depends on it is tested with the services."""
    return "sqlite"


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """An operator, on the day of the factories, and one account with a user."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with writing() as session:
        account = factories.account(session, NUMBER, address=ADDRESS)
        factories.charge(session, account, closing=146_908)
        factories.payment(session, account, 65_273, id="P202610-0000024")
        factories.reading(session, factories.meter(session, account), 5_214_000)
        user = factories.user(session, "Мария Иванова", "9120000001")
        factories.link(session, user, account)
        factories.session_token(session, user.id or 0, place=Place("203.0.113.7", "Chrome, Windows"))
        return factories.staff_caller(session)


async def opened(who: StaffCaller) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._staff = who
    state = await tab.get_state(ConsumersState)
    await ConsumersState.load.fn(state)
    return state


async def found(who: StaffCaller, typed: str = NUMBER) -> Any:
    state = await opened(who)
    await ConsumersState.search.fn(state, {"search": typed})
    return state


def kept() -> list[tuple[Action, str]]:
    with reading() as session:
        return [(row.action, row.subject) for row in session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))]


async def test_nothing_is_shown_or_kept_before_a_search(who: StaffCaller) -> None:
    state = await opened(who)

    assert (state.rows, state.asked, state.card, state.loaded) == ([], False, NO_CARD, True)
    assert kept() == []


async def test_what_was_found_is_masked_and_kept(who: StaffCaller) -> None:
    state = await found(who, " иванова  мария ")

    [row] = state.rows
    assert (row.number, plain(row.holder), plain(row.address)) == (
        NUMBER,
        "Иванова М. П.",
        "г. Ясный, ул. Садовая, д. 5",
    )
    assert (plain(row.phone), row.has_user) == ("+7 912 ••• •• 01", True)
    assert (state.searched, plain(state.told)) == ("иванова мария", "Найден 1 лицевой счёт")
    assert kept() == [(Action.CONSUMERS_SEARCHED, "")]


async def test_who_is_not_found_is_said(who: StaffCaller) -> None:
    state = await found(who, "Никто")

    assert (state.rows, state.asked, state.told) == ([], True, "Никого не нашлось")


async def test_what_finds_nothing_says_what_does(who: StaffCaller) -> None:
    state = await found(who, "6601")

    assert (state.rows, state.asked, state.told_as) == ([], False, "danger")
    assert "целиком" in state.told


async def test_another_search_puts_away_what_was_there(who: StaffCaller) -> None:
    state = await found(who)
    await ConsumersState.look.fn(state, NUMBER)

    await ConsumersState.search.fn(state, {"search": ""})

    assert (state.rows, state.asked, state.card, state.searched) == ([], False, NO_CARD, "")


async def test_pages_are_turned(who: StaffCaller) -> None:
    with writing() as session:
        numbers = [factories.account(session, last_name="Петрова").number for _ in range(PAGE + 10)]
    state = await found(who, "Петрова")
    assert (state.has_earlier, state.has_later, plain(state.span)) == (False, True, "На странице 50 лицевых счетов")

    await ConsumersState.turn.fn(state, "later")
    assert [row.number for row in state.rows] == numbers[PAGE:]
    await ConsumersState.turn.fn(state, "earlier")
    assert [row.number for row in state.rows] == numbers[:PAGE]
    assert len(kept()) == 3


async def test_a_user_without_an_account_is_found_and_opened(who: StaffCaller) -> None:
    with writing() as session:
        user_id = factories.user(session, "Анна Ветрова", "9120000005").id or 0
    state = await found(who, "Анна Ветрова")

    [row] = state.rows
    assert (row.number, row.user_id, row.holder, plain(row.phone)) == ("", user_id, "Анна Ветрова", "+7 912 ••• •• 05")
    assert plain(state.told) == "Найден 1 пользователь без лицевого счёта"
    await ConsumersState.look_at_user.fn(state, user_id)
    assert (state.card.key, state.card.number, state.card.holder) == (row.key, "", "Анна Ветрова")
    assert [user.user_id for user in state.card.users] == [user_id]
    await ConsumersState.reload.fn(state)
    await ConsumersState.put_away.fn(state)
    assert (state.card, state.came_from) == (NO_CARD, row.key)
    assert kept() == [(Action.CONSUMERS_SEARCHED, ""), (Action.CONSUMER_SEEN, "")]


async def test_a_user_who_has_an_account_is_seen_by_it_alone(who: StaffCaller) -> None:
    state = await opened(who)

    for user_id in (1, 0, -1, 10**30, "1", None):
        await ConsumersState.look_at_user.fn(state, user_id)

    assert state.card == NO_CARD
    assert kept() == []


async def test_an_account_is_seen_as_its_consumers_see_it(who: StaffCaller) -> None:
    state = await found(who)

    await ConsumersState.look.fn(state, NUMBER)

    card = state.card
    assert (card.number, card.holder, plain(card.address)) == (
        NUMBER,
        "Иванова Мария Петровна",
        "г. Ясный, ул. Садовая, д. 5",
    )
    terms = [fact.term for fact in card.account.contract]
    assert "Контактный телефон" in terms
    assert "В личном кабинете с" not in terms
    [division] = card.divisions
    assert (division.word, plain(division.amount), len(division.charges.rows)) == ("Задолженность", "1 469,08 ₽", 1)
    [payment] = card.payments
    assert (plain(payment.amount), payment.number, payment.state) == ("652,73 ₽", "P202610-0000024", "оплачено")
    assert (payment.confirmation, payment.can_continue, payment.can_repeat) == ("", False, False)
    assert [plain(row.value) for row in card.meters[0].rows] == ["5 214"]
    assert card.appeals == "не было"
    [user] = card.users
    assert (user.name, plain(user.phone)) == ("Мария Иванова", "+7 912 ••• •• 01")
    assert plain(user.sessions[0].place).startswith("203.0.113.* · вход ")
    assert user.events[0].what == "Вход"
    assert kept()[-1] == (Action.CONSUMER_SEEN, NUMBER)


async def test_no_phone_is_shown_whole(who: StaffCaller) -> None:
    state = await found(who)
    await ConsumersState.look.fn(state, NUMBER)

    assert "9120000001" not in repr((state.rows, state.card))


async def test_a_form_renews_what_is_seen_and_only_what_is_new_is_a_look(who: StaffCaller) -> None:
    state = await found(who)
    await ConsumersState.look.fn(state, NUMBER)
    before = len(kept())

    await ConsumersState.reload.fn(state)
    assert len(kept()) == before

    with writing() as session:
        user_id = session.exec(select(User.id)).one()
        helping.end_sessions(session, who, NUMBER, user_id or 0, NOW)
    await ConsumersState.reload.fn(state)

    assert state.card.users[0].sessions == []
    assert state.card.users[0].events[0].what == "Завершён сеанс на другом устройстве"
    assert kept()[-1] == (Action.CONSUMER_SEEN, NUMBER)


async def test_back_in_the_list_its_row_gets_the_focus(who: StaffCaller) -> None:
    state = await found(who)
    await ConsumersState.look.fn(state, NUMBER)

    await ConsumersState.put_away.fn(state)

    assert (state.card, state.came_from, len(state.rows)) == (NO_CARD, NUMBER, 1)


async def test_payments_have_pages(who: StaffCaller) -> None:
    with writing() as session:
        account = factories.account(session, "66010000025")
        for _ in range(25):
            factories.payment(session, account, 10_000)
    state = await found(who, "66010000025")
    await ConsumersState.look.fn(state, "66010000025")
    assert (len(state.card.payments), plain(state.card.paging.words)) == (20, "Показаны 1–20 из 25 платежей")

    await ConsumersState.turn_payments.fn(state, 1)

    assert (len(state.card.payments), state.card.paging.has_later) == (5, False)
    assert kept()[-1] == (Action.CONSUMER_SEEN, "66010000025")


JUNK = [None, "", "два", -1, 10**30, 3.5, [], {"a": 1}, "\0", "'", "\ud800", [None], ["x" * 5_000], "6601000001٧"]


async def test_whatever_the_browser_sends_nothing_breaks(who: StaffCaller) -> None:
    state = await opened(who)

    for junk in JUNK:
        await ConsumersState.search.fn(state, junk)
        await ConsumersState.search.fn(state, {"search": junk})
        await ConsumersState.turn.fn(state, junk)
        await ConsumersState.look.fn(state, junk)
        await ConsumersState.turn_payments.fn(state, junk)
        assert (state.loaded, state.failure, state.card) == (True, "", NO_CARD), junk
    assert [action for action, _ in kept() if action is Action.CONSUMER_SEEN] == []


async def test_a_number_nobody_has_is_said(who: StaffCaller) -> None:
    state = await opened(who)

    await ConsumersState.look.fn(state, "66010000099")

    assert (state.card, state.told_as) == (NO_CARD, "danger")


async def test_a_failure_is_told_without_its_details(
    who: StaffCaller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: Session, *arguments: object, **others: object) -> None:
        raise RuntimeError("Иванова, 66010000017")

    state = await found(who)
    monkeypatch.setattr(consumer, "open_consumer", broken)

    await ConsumersState.look.fn(state, NUMBER)

    assert (state.told, state.told_as) == (TRY_AGAIN, "danger")
    assert "Иванова" not in caplog.text
