"""The queue of readings in words, filtered, turned, looked at and decided about."""

from datetime import timedelta
from typing import Any

import pytest
import reflex as rx
from sqlmodel import Session, select

from lk_app import clock
from lk_app.models import Action, AuditEvent, Meter, Reading, ReadingState, RefusalReason
from lk_app.models.values import Volume
from lk_app.services import live as topics
from lk_app.services.callers import StaffCaller
from lk_app.services.paging import Count
from lk_app.services.readings import deciding, queue, reasons
from lk_app.services.readings.queue import PAGE
from lk_app.services.readings.reasons import FIRST_REASONS
from lk_app.services.session import reading, writing
from lk_app.state import live
from lk_app.state.access import IdentityState
from lk_app.state.office.inspection_words import NOTHING_LOOKED_AT
from lk_app.state.office.queue_words import count_words, time_words
from lk_app.state.office.readings import QueueState
from lk_app.state.screen import TRY_AGAIN
from tests import factories
from tests.factories import NOW, TODAY
from tests.texts import plain
from tests.waiting import meter_read, queue_of, waiting

HOUR = timedelta(hours=1)


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """An operator, on the day of the factories."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with writing() as session:
        return factories.staff_caller(session)


async def opened(who: StaffCaller) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._staff = who
    state = await tab.get_state(QueueState)
    await QueueState.load.fn(state)
    return state


def sent(length: int = 1, **values: Any) -> list[str]:
    with writing() as session:
        return [one.id for one in queue_of(session, length, **values)]


def ids(state: Any) -> list[str]:
    return [row.id for row in state.rows]


def looks(action: Action = Action.QUEUE_SEEN) -> int:
    with reading() as session:
        return len(session.exec(select(AuditEvent).where(AuditEvent.action == action)).all())


def state_of(reading_id: str) -> ReadingState:
    with reading() as session:
        return session.get_one(Reading, reading_id).state


async def test_the_screen_opens_with_what_waits_longest(who: StaffCaller) -> None:
    with writing() as session:
        account = factories.account(session, "66010000017")
        waiting(session, meter_read(session, account), sent_at=NOW - 72 * timedelta(minutes=1), photo=True)
        waiting(session, sent_at=NOW - 20 * HOUR, flags="zero", consumption=0)

    state = await opened(who)

    old, row = state.rows
    assert (row.sent, row.account, plain(row.holder)) == ("11:18", "66010000017", "Иванова М. П.")
    assert (plain(row.previous), plain(row.value), row.consumption) == ("5 214", "5 258", "44")
    assert (row.check, row.more_checks, row.has_photo, row.source, row.can_accept) == ("", "", True, "Кабинет", True)
    assert plain(row.about) == "Иванова М. П., 5 258 м³"
    assert (plain(old.sent), old.check, old.tone) == ("21.11, 16:30", "нулевой расход", "warn")
    assert plain(state.head) == "Принято сегодня 0, ждут 2. Самое старое ждёт 20 ч 0 мин."
    assert (state.counts.all, state.counts.attention, state.counts.photo) == ("2", "1", "1")
    assert plain(state.span) == "Показаны 2 из 2"
    assert state.fine == [row.id]
    assert (state.loaded, state.failure, state.told) == (True, "", "")


async def test_the_reasons_to_refuse_are_those_staff_have_published(who: StaffCaller) -> None:
    with writing() as session:
        reasons.load_first(session)
        session.get_one(RefusalReason, "typo").published = False

    state = await opened(who)

    assert [code for code, _ in state.reasons] == ["below", "photo", "unclear", "meter", "visit"]
    assert plain(state.reasons[0][1]) == FIRST_REASONS["below"]


async def test_an_empty_queue_says_so(who: StaffCaller) -> None:
    state = await opened(who)

    assert (state.rows, state.span, state.loaded) == ([], "", True)
    assert plain(state.head) == "Принято сегодня 0. Никто не ждёт."


async def test_what_is_unusual_is_said_with_how_much(who: StaffCaller) -> None:
    with writing() as session:
        waiting(session, value=5_628_000, flags="high ceiling", usual=Volume(90_000))
        waiting(session, value=5_628_000, flags="high", usual=None)
        waiting(session, meter_read(session, last=99_990_000), 20_000, flags="rolled-over high", usual=Volume(10_000))
        meter = meter_read(session)
        waiting(session, meter, 5_258_000, flags="zero")
        factories.reading(session, meter, 5_269_000, TODAY)

    rows = (await opened(who)).rows

    assert [(row.check, row.tone, row.more_checks) for row in rows] == [
        ("в 4,6 раза выше обычного", "warn", "+1"),
        ("выше обычного", "warn", ""),
        ("переход через ноль", "warn", "+1"),
        ("меньше предыдущего", "danger", "+1"),
    ]
    assert [row.consumption for row in rows] == ["414", "414", "30", "−11"]
    assert [row.can_accept for row in rows] == [True, True, True, False]


async def test_the_town_is_left_out_where_it_tells_nothing(who: StaffCaller) -> None:
    def living_at(address: str) -> None:
        with writing() as session:
            waiting(session, meter_read(session, factories.account(session, address=address)))

    living_at("г. Ясный, ул. Садовая, д. 5")
    assert [plain(row.address) for row in (await opened(who)).rows] == ["г. Ясный, ул. Садовая, д. 5"]
    living_at("г. Ясный, ул. Лесная, д. 14")
    assert [plain(row.address) for row in (await opened(who)).rows] == ["ул. Садовая, д. 5", "ул. Лесная, д. 14"]
    living_at("с. Новое")
    assert plain((await opened(who)).rows[0].address) == "г. Ясный, ул. Садовая, д. 5"


async def test_filters_narrow_and_say_what_they_found(who: StaffCaller) -> None:
    with writing() as session:
        factories.office(session, "12", name="Ясный участок")
        there = waiting(session, meter_read(session, factories.account(session, office_code="12"))).id
        unusual = waiting(session, flags="zero").id
    state = await opened(who)
    assert [code for code, _ in state.offices] == ["07", "12"]

    await QueueState.filter_by.fn(state, "attention", "")
    assert (ids(state), state.kind, state.told) == ([unusual], "attention", "Найдено: 1")

    await QueueState.filter_by.fn(state, "all", "12")
    assert (ids(state), state.office, state.counts.attention) == ([there], "12", "0")

    await QueueState.filter_by.fn(state, "photo", "12")
    assert (ids(state), state.told) == ([], "Найдено: 0")


async def test_a_search_is_forgotten_when_the_screen_opens_again(who: StaffCaller) -> None:
    with writing() as session:
        found = waiting(session, meter_read(session, factories.account(session, last_name="Салтыкова"))).id
        waiting(session)
    state = await opened(who)

    await QueueState.search.fn(state, {"search": "  салтыкова "})
    assert (ids(state), state.searched, state.told) == ([found], "салтыкова", "Найдено: 1")
    await QueueState.search.fn(state, {"search": ""})
    assert (len(state.rows), state.searched) == (2, "")

    await QueueState.search.fn(state, {"search": "Салтыкова"})
    await QueueState.load.fn(state)
    assert (len(state.rows), state.searched) == (2, "")


async def test_pages_are_turned(who: StaffCaller) -> None:
    expected = sent(PAGE + 10)
    state = await opened(who)
    assert (state.has_earlier, state.has_later, plain(state.span)) == (False, True, f"Показаны 50 из {PAGE + 10}")

    await QueueState.turn.fn(state, "later")
    assert (ids(state), state.has_earlier, state.has_later) == (expected[PAGE:], True, False)
    assert plain(state.told) == f"Показаны 10 из {PAGE + 10}"

    await QueueState.refresh.fn(state)
    assert ids(state) == expected[PAGE:]

    await QueueState.turn.fn(state, "earlier")
    assert (ids(state), state.has_earlier) == (expected[:PAGE], False)


async def test_what_is_accepted_goes_and_the_next_comes(who: StaffCaller) -> None:
    expected = sent(PAGE + 2)
    state = await opened(who)

    await QueueState.accept.fn(state, [expected[0]])

    assert ids(state) == expected[1 : PAGE + 1]
    assert (plain(state.told), state.told_as) == ("Принято: Иванова М. П., 5 258 м³.", "ok")
    assert plain(state.head).startswith("Принято сегодня 1, ждут 51.")
    assert state_of(expected[0]) is ReadingState.ACCEPTED


async def test_several_are_accepted_at_once_and_told_apart(who: StaffCaller) -> None:
    expected = sent(4)
    with writing() as session:
        below = waiting(session, sent_at=NOW - 9 * HOUR).id
    state = await opened(who)
    with writing() as session:
        meter = session.get_one(Meter, session.get_one(Reading, below).meter_id)
        factories.reading(session, meter, 6_000_000, TODAY)
        deciding.refuse(session, factories.staff_caller(session), [expected[3]], "Опечатка", NOW)

    await QueueState.accept_chosen.fn(state, {reading_id: "on" for reading_id in [*expected, below]})

    assert plain(state.told) == "Принято: 3. Уже решены или отозваны: 1. Ниже или раньше последнего принятого: 1."
    assert (ids(state), state.rows[0].check, state.told_as) == ([below], "меньше предыдущего", "ok")


async def test_one_that_a_colleague_has_decided_is_said(who: StaffCaller) -> None:
    [first] = sent()
    state = await opened(who)
    with writing() as session:
        deciding.accept(session, factories.staff_caller(session), [first], NOW)

    await QueueState.accept.fn(state, [first])

    assert (plain(state.told), state.told_as, ids(state)) == ("Уже решены или отозваны: 1.", "danger", [])


async def test_what_is_fine_is_accepted_together(who: StaffCaller) -> None:
    fine = sent(3)
    unusual = sent(2, flags="zero")
    state = await opened(who)

    await QueueState.accept.fn(state, state.fine)

    assert (ids(state), plain(state.told)) == (unusual, "Принято: 3.")
    assert {state_of(reading_id) for reading_id in fine} == {ReadingState.ACCEPTED}


async def test_what_colleagues_decide_goes_without_a_word(who: StaffCaller) -> None:
    expected = sent(3)
    state = await opened(who)
    await QueueState.accept.fn(state, [expected[2]])
    told, kept = state.told, looks()
    with writing() as session:
        deciding.accept(session, factories.staff_caller(session), [expected[0]], NOW)

    await QueueState.refresh.fn(state)

    assert (ids(state), state.told) == ([expected[1]], told)
    assert looks() == kept


async def test_the_tab_hears_of_changes(who: StaffCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[tuple[str, Any]] = []
    monkeypatch.setattr(live, "watch", lambda state, topic, handler: watched.append((topic, handler)))

    await opened(who)

    assert watched == [(topics.READING_QUEUE, QueueState.refresh)]


async def test_a_closer_look(who: StaffCaller) -> None:
    with writing() as session:
        meter = meter_read(session, factories.account(session, "66010000017"), place="кухня")
        factories.reading(
            session, meter, 5_000_000, TODAY - 9 * timedelta(days=1), state=ReadingState.REFUSED, reason="Опечатка"
        )
        reading_id = waiting(session, meter, 5_628_000, flags="high ceiling", usual=Volume(90_000), photo=True).id
    state = await opened(who)

    await QueueState.look.fn(state, reading_id)

    closer = state.closer
    assert (closer.id, plain(closer.holder), closer.account) == (reading_id, "Иванова М. П.", "66010000017")
    assert (plain(closer.previous), plain(closer.value), closer.consumption) == ("5 214", "5 628", "414")
    assert [check.words for check in closer.checks] == ["в 4,6 раза выше обычного", "очень большой расход"]
    assert (plain(closer.usual), closer.confirmed) == ("90 м³", "Потребитель подтвердил большой расход")
    assert plain(closer.sent) == "22 ноября 2026 г., 12:30"
    assert closer.photo.startswith("/api/office/photos/photo-")
    assert [
        (past.day, plain(past.value), past.consumption, past.state, past.tone, past.reason) for past in closer.past
    ] == [
        ("13.11.2026", "5 000", "—", "отказано", "danger", "Опечатка"),
        ("20.10.2026", "5 214", "60", "принято", "ok", ""),
    ]
    assert [(term, plain(words)) for term, words in closer.facts] == [
        ("Счётчик", "ВК-G4, 02514876, кухня"),
        ("Поверка", "до 01.06.2030"),
        ("Объект", "дом, 86,4 м²"),
        ("Отопление", "газовое"),
        ("Проживают", "3 человека"),
        ("Оборудование", "Газовая плита, Котёл"),
    ]
    assert (closer.fate, closer.can_accept) == ("", True)
    assert looks(Action.READING_SEEN) == 1

    await QueueState.put_away.fn(state)
    assert state.closer == NOTHING_LOOKED_AT


async def test_what_is_looked_at_and_decided_is_put_away(who: StaffCaller) -> None:
    accepted, refused = sent(2)
    state = await opened(who)

    await QueueState.look.fn(state, accepted)
    await QueueState.accept.fn(state, [accepted])
    assert state.closer == NOTHING_LOOKED_AT

    await QueueState.look.fn(state, refused)
    with writing() as session:
        deciding.refuse(session, who, [refused], "Опечатка", NOW)
    await QueueState.reload.fn(state)
    assert (state.closer, state.told, ids(state)) == (NOTHING_LOOKED_AT, "", [])


async def test_what_a_colleague_decides_stays_in_sight_with_its_fate(who: StaffCaller) -> None:
    [looked_at] = sent()
    state = await opened(who)
    await QueueState.look.fn(state, looked_at)
    with writing() as session:
        deciding.refuse(session, factories.staff_caller(session), [looked_at], "Опечатка", NOW)

    await QueueState.refresh.fn(state)

    assert (ids(state), state.closer.id, state.closer.can_accept) == ([], looked_at, False)
    assert plain(state.closer.fate) == "Уже не ждёт проверки: отказано в 12:30, Ольга Ветрова."
    assert looks(Action.READING_SEEN) == 1


async def test_what_is_looked_at_stays_while_another_page_is_shown(who: StaffCaller) -> None:
    first, *_ = sent(PAGE + 1)
    state = await opened(who)
    await QueueState.look.fn(state, first)

    await QueueState.turn.fn(state, "later")
    await QueueState.refresh.fn(state)

    assert (state.closer.id, state.closer.fate) == (first, "")


JUNK = [None, "", "два", -1, 10**30, 3.5, [], {"a": 1}, "\0", "'", "\ud800", [None], ["x" * 5_000], {"search": None}]


async def test_whatever_the_browser_sends_nothing_breaks(who: StaffCaller) -> None:
    [waits] = sent()
    state = await opened(who)

    for junk in JUNK:
        await QueueState.filter_by.fn(state, junk, "")
        await QueueState.filter_by.fn(state, "all", junk)
        await QueueState.search.fn(state, junk)
        await QueueState.search.fn(state, {"search": junk})
        await QueueState.turn.fn(state, junk)
        await QueueState.look.fn(state, junk)
        await QueueState.accept.fn(state, junk)
        await QueueState.accept_chosen.fn(state, junk)
        await QueueState.accept.fn(state, [waits, junk])
        assert (state.loaded, state.failure, state.closer) == (True, "", NOTHING_LOOKED_AT), junk
    await QueueState.search.fn(state, {"search": ""})
    assert (ids(state), state_of(waits)) == ([waits], ReadingState.PENDING)


async def test_no_more_are_accepted_at_once_than_a_page_has(who: StaffCaller) -> None:
    many = sent(PAGE + 1)
    state = await opened(who)

    await QueueState.accept.fn(state, many)

    assert {state_of(reading_id) for reading_id in many} == {ReadingState.PENDING}


async def test_a_reading_there_is_not_is_said(who: StaffCaller) -> None:
    state = await opened(who)

    await QueueState.look.fn(state, "R261122-NOBODYSXXX")

    assert (state.closer, state.told_as) == (NOTHING_LOOKED_AT, "danger")
    assert state.told.startswith("Ничего не найдено.")


async def test_a_failure_is_told_without_its_details(
    who: StaffCaller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: Session, *arguments: object, **others: object) -> None:
        raise RuntimeError("Иванова, 66010000017")

    [first] = sent()
    state = await opened(who)
    monkeypatch.setattr(queue, "open_queue", broken)

    await QueueState.refresh.fn(state)
    assert (ids(state), state.failure) == ([first], "")
    assert (state.told, state.told_as) == (TRY_AGAIN, "danger")

    await QueueState.load.fn(state)
    assert state.failure == TRY_AGAIN
    assert "Иванова" not in caplog.text

    monkeypatch.undo()
    await QueueState.refresh.fn(state)
    assert (state.loaded, state.failure) == (True, "")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "меньше минуты"),
        (-3, "меньше минуты"),
        (5, "5 мин"),
        (72, "1 ч 12 мин"),
        (24 * 60, "1 день"),
        (51 * 60, "2 дня 3 ч"),
        (5 * 24 * 60 + 59, "5 дней"),
    ],
)
def test_times_in_words(minutes: int, words: str) -> None:
    assert plain(time_words(timedelta(minutes=minutes))) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(Count(0), "0"), (Count(28), "28"), (Count(1_000, and_more=True), "1 000+"), (Count(0, and_more=True), "")],
)
def test_counts_in_words(count: Count, words: str) -> None:
    assert plain(count_words(count)) == words
