"""The queue of appeals in words, filtered, turned, looked at, taken; what a form that is open keeps."""

from datetime import timedelta
from typing import Any

import pytest
import reflex as rx
from sqlmodel import Session, col, select

from lk_app import clock
from lk_app.models import Action, Appeal, AppealMessage, AppealState, Attachment, AttachmentKind, AuditEvent, Service
from lk_app.services import live as topics
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.feedback import answering, machine, queue
from lk_app.services.feedback.answering import Written
from lk_app.services.feedback.queue import PAGE
from lk_app.services.session import reading, writing
from lk_app.state import live
from lk_app.state.access import IdentityState
from lk_app.state.office.appeals import AppealsState
from lk_app.state.office.conversation_words import NOTHING_LOOKED_AT
from lk_app.state.screen import TRY_AGAIN
from tests import factories
from tests.factories import NOW
from tests.texts import plain

MINUTE = timedelta(minutes=1)


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """An operator, on the day of the factories."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with writing() as session:
        return factories.staff_caller(session)


@pytest.fixture
def consumer(portal: str) -> Consumer:
    with writing() as session:
        factories.appeal_type(session)
        factories.appeal_type(session, "meter", service=Service.TECHNICAL, name="Счётчик", position=2)
        return factories.consumer(session, factories.account(session, "66010000017"))


async def opened(who: StaffCaller) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._staff = who
    state = await tab.get_state(AppealsState)
    await AppealsState.load.fn(state)
    return state


def asked(consumer: Consumer, length: int = 1, **fields: Any) -> list[str]:
    """Ids of so many appeals, each a minute after the one before."""
    with writing() as session:
        moments = [NOW - MINUTE * (length - 1 - number) for number in range(length)]
        return [factories.appeal(session, consumer, at=at, **{"waiting_since": at} | fields).id for at in moments]


def add(appeal_id: str, **fields: Any) -> None:
    """Let the consumer, or whoever `staff_id` says, have written."""
    with writing() as session:
        appeal = machine.locked(session, appeal_id)
        factories.appeal_message(session, appeal, **fields)
        machine.wait(session, appeal, NOW)


def ids(state: Any) -> list[str]:
    return [row.id for row in state.rows]


def looks(action: Action = Action.APPEALS_SEEN) -> int:
    with reading() as session:
        return len(session.exec(select(AuditEvent).where(AuditEvent.action == action)).all())


def stored(appeal_id: str) -> Appeal:
    with reading() as session:
        return session.get_one(Appeal, appeal_id)


async def test_the_screen_opens_with_what_waits_longest(who: StaffCaller, consumer: Consumer) -> None:
    [old] = asked(consumer, waiting_since=NOW - 20 * 60 * MINUTE, account_number="66010000017")
    with writing() as session:
        answering.take(session, who, old, NOW)
        nobodys = factories.appeal(session, factories.consumer(session), subject="Без счёта").id

    state = await opened(who)

    first, second = state.rows
    assert (plain(first.since), first.subject, plain(first.holder)) == ("21.11, 16:30", "Квитанция", "Иванова М. П.")
    assert (first.account, first.type, first.state, first.tone) == ("66010000017", "Начисления", "в работе", "")
    assert (first.taken_by, first.can_take, first.can_close) == ("Ольга Ветрова", False, True)
    assert plain(first.about) == "Иванова М. П., Квитанция"
    assert (second.id, second.state, second.tone, second.taken_by) == (nobodys, "новое", "warn", "")
    assert (second.account, second.can_take, second.holder[:12]) == ("", True, "Пользователь")
    assert plain(state.head) == "Ждут ответа: 2. Самое давнее ждёт с 21.11, 16:30."
    assert (state.counts.waiting, state.counts.mine, plain(state.span)) == ("2", "1", "Показаны 2 из 2")
    assert [code for code, _ in state.types] == ["charges", "meter"]
    assert (state.loaded, state.failure, state.told, state.by_waiting) == (True, "", "", True)


async def test_an_empty_queue_says_so(who: StaffCaller) -> None:
    state = await opened(who)

    assert (state.rows, state.span, plain(state.head)) == ([], "", "Никто не ждёт ответа.")


async def test_filters_narrow_and_say_what_they_found(who: StaffCaller, consumer: Consumer) -> None:
    [bill] = asked(consumer)
    [meter] = asked(consumer, type_code="meter")
    [done] = asked(consumer, state=AppealState.ANSWERED, waiting_since=None)
    state = await opened(who)

    await AppealsState.filter_by.fn(state, "waiting", "technical", "")
    assert (ids(state), state.told, state.types) == ([meter], "Найдено: 1", [("meter", "Счётчик")])
    await AppealsState.filter_by.fn(state, "waiting", "technical", "meter")
    assert (ids(state), state.type_code) == ([meter], "meter")

    await AppealsState.filter_by.fn(state, "waiting", "subscriber", "meter")
    assert (ids(state), state.type_code) == ([bill], "")

    await AppealsState.filter_by.fn(state, "answered", "", "")
    assert (ids(state), state.told, state.by_waiting) == ([done], "Найдено: 1", False)
    assert state.span == "Показаны 1"


async def test_a_search_looks_among_all_and_leads_back_to_the_queue(who: StaffCaller, consumer: Consumer) -> None:
    [closed] = asked(consumer, state=AppealState.CLOSED, waiting_since=None, closed_at=NOW)
    [waits] = asked(consumer)
    state = await opened(who)

    await AppealsState.search.fn(state, {"search": f" {closed.lower()} "})
    assert (ids(state), state.kind, state.told) == ([closed], "all", "Найдено: 1")
    await AppealsState.filter_by.fn(state, "waiting", "", "")
    assert (ids(state), state.searched) == ([], closed.lower())
    await AppealsState.search.fn(state, {"search": ""})
    assert (ids(state), state.kind, state.searched) == ([waits], "waiting", "")


async def test_pages_are_turned(who: StaffCaller, consumer: Consumer) -> None:
    expected = asked(consumer, PAGE + 10)
    state = await opened(who)
    assert (state.has_earlier, state.has_later, plain(state.span)) == (False, True, f"Показаны 50 из {PAGE + 10}")

    await AppealsState.turn.fn(state, "later")
    assert (ids(state), state.has_earlier, state.has_later) == (expected[PAGE:], True, False)
    await AppealsState.refresh.fn(state)
    assert ids(state) == expected[PAGE:]
    await AppealsState.turn.fn(state, "earlier")
    assert (ids(state), state.has_earlier) == (expected[:PAGE], False)

    await AppealsState.filter_by.fn(state, "all", "", "")
    assert state.told == "Найдено: 50+"
    await AppealsState.turn.fn(state, "later")
    assert ids(state) == expected[:10][::-1]


async def test_one_takes_and_the_other_hears_who(who: StaffCaller, consumer: Consumer) -> None:
    [first] = asked(consumer)
    state = await opened(who)

    await AppealsState.take.fn(state, first)
    assert (plain(state.told), state.told_as) == ("Вы взяли обращение в работу.", "ok")
    assert (state.rows[0].state, state.counts.mine) == ("в работе", "1")

    with writing() as session:
        colleague = factories.staff_caller(session)
    other = await opened(colleague)
    await AppealsState.take.fn(other, first)
    assert (other.told_as, other.rows[0].taken_by) == ("danger", "Ольга Ветрова")
    assert other.told.startswith("Обращение уже в работе: Ольга Ветрова.")

    await AppealsState.release.fn(other, first)
    assert (plain(other.told), other.rows[0].can_take) == ("Обращение возвращено в очередь.", True)
    assert stored(first).taken_by is None


async def test_a_closer_look(who: StaffCaller, consumer: Consumer) -> None:
    with writing() as session:
        appeal = factories.appeal(session, consumer, account_number="66010000017", text="Почему?\nПроверьте.")
        question = session.exec(select(AppealMessage.id)).one()
        factories.store(
            session,
            Attachment(
                id="a" * 22, user_id=consumer.user_id, message_id=question, name="чек.pdf", kind=AttachmentKind.PDF,
                size=20_480, uploaded_at=NOW, content=b"%PDF",
            ),
        )  # fmt: skip
        answering.note(session, who, appeal.id, Written("Проверю", "a note"), NOW)
        factories.appeal(session, consumer, subject="Раньше", at=NOW - 90 * MINUTE)
        appeal_id = appeal.id
        answering.take(session, factories.staff_caller(session), appeal_id, NOW)
    state = await opened(who)

    await AppealsState.look.fn(state, appeal_id)

    closer = state.closer
    assert (closer.id, plain(closer.holder), closer.account) == (appeal_id, "Иванова М. П.", "66010000017")
    assert (closer.subject, closer.type) == ("Квитанция", "Абонентская служба: Начисления")
    assert plain(closer.at_it) == "В работе у коллеги: Ольга Ветрова. Договоритесь, прежде чем отвечать."
    assert [(line.side, line.text, line.is_new) for line in closer.lines] == [
        ("asked", "Почему?\nПроверьте.", False),
        ("noted", "Проверю", False),
    ]
    assert (closer.lines[0].author, plain(closer.lines[0].at)) == (closer.user, "22.11.2026, 12:30")
    assert (closer.lines[1].author, closer.lines[1].mark) == ("Ольга Ветрова", "заметка для коллег")
    [file] = closer.lines[0].files
    assert (file.address, file.name, plain(file.size)) == (f"/api/office/attachments/{'a' * 22}", "чек.pdf", "20 КБ")
    assert [(other.subject, other.day, other.state) for other in closer.others] == [("Раньше", "22.11.2026", "новое")]
    assert (closer.elsewhere, closer.other_service) == ([("meter", "Счётчик")], "техническую службу")
    assert (closer.can_take, closer.can_release, closer.can_answer, closer.can_move) == (False, True, True, True)
    assert looks(Action.APPEAL_SEEN) == 1

    await AppealsState.put_away.fn(state)
    assert state.closer == NOTHING_LOOKED_AT


async def test_what_comes_while_one_writes_is_marked_and_not_taken_for_seen(
    who: StaffCaller, consumer: Consumer
) -> None:
    [first] = asked(consumer)
    state = await opened(who)
    await AppealsState.look.fn(state, first)
    opened_as = state.closer
    add(first, text="И ещё")

    await AppealsState.refresh.fn(state)

    assert [(line.text, line.is_new) for line in state.closer.lines] == [("Почему так много?", False), ("И ещё", True)]
    assert (state.closer.seen, state.closer.key) == (opened_as.seen, opened_as.key)
    assert looks(Action.APPEAL_SEEN) == 2

    await AppealsState.refresh.fn(state)
    assert [line.is_new for line in state.closer.lines] == [False, True]
    assert looks(Action.APPEAL_SEEN) == 2

    await AppealsState.reread.fn(state)
    assert [line.is_new for line in state.closer.lines] == [False, False]
    assert int(state.closer.seen) == state.closer.last == int(state.closer.lines[-1].id)
    assert state.closer.key != opened_as.key
    assert looks(Action.APPEAL_SEEN) == 2


async def test_a_form_stays_when_a_colleague_closes_the_appeal(who: StaffCaller, consumer: Consumer) -> None:
    [first] = asked(consumer)
    state = await opened(who)
    await AppealsState.look.fn(state, first)
    with writing() as session:
        answering.close(session, factories.staff_caller(session), first, NOW, seen=10**9)

    await AppealsState.refresh.fn(state)
    assert (ids(state), state.closer.state, state.closer.can_answer) == ([], "закрыто", True)
    assert (state.closer.can_move, state.closer.can_take) == (False, False)

    await AppealsState.look.fn(state, first)
    assert state.closer.can_answer is False


async def test_what_was_answered_is_put_away(who: StaffCaller, consumer: Consumer) -> None:
    first, second = asked(consumer, 2)
    state = await opened(who)
    await AppealsState.look.fn(state, first)
    with writing() as session:
        answering.answer(session, who, first, Written("Ответ", "a key"), NOW, seen=int(state.closer.seen))

    await AppealsState.reload.fn(state)

    assert (state.closer, ids(state), state.told) == (NOTHING_LOOKED_AT, [second], "")


async def test_what_colleagues_do_is_shown_without_a_word_or_a_look(who: StaffCaller, consumer: Consumer) -> None:
    first, second, third = asked(consumer, 3)
    state = await opened(who)
    await AppealsState.take.fn(state, second)
    told, kept = state.told, looks()
    with writing() as session:
        colleague = factories.staff_caller(session)
        answering.take(session, colleague, third, NOW)
        answering.close(session, colleague, first, NOW, seen=10**9)

    await AppealsState.refresh.fn(state)

    assert (ids(state), state.told, looks()) == ([second, third], told, kept)
    assert state.rows[1].taken_by == "Ольга Ветрова"


async def test_the_tab_hears_of_changes(who: StaffCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[tuple[str, Any]] = []
    monkeypatch.setattr(live, "watch", lambda state, topic, handler: watched.append((topic, handler)))

    await opened(who)

    assert watched == [(topics.APPEAL_QUEUE, AppealsState.refresh)]


JUNK = [None, "", "два", -1, 10**30, 3.5, [], {"a": 1}, "\0", "'", "\ud800", [None], ["x" * 5_000], {"search": None}]


async def test_whatever_the_browser_sends_nothing_breaks(who: StaffCaller, consumer: Consumer) -> None:
    [waits] = asked(consumer)
    state = await opened(who)

    for junk in JUNK:
        await AppealsState.filter_by.fn(state, junk, "", "")
        await AppealsState.filter_by.fn(state, "waiting", junk, "")
        await AppealsState.filter_by.fn(state, "waiting", "", junk)
        await AppealsState.search.fn(state, junk)
        await AppealsState.search.fn(state, {"search": junk})
        await AppealsState.turn.fn(state, junk)
        await AppealsState.look.fn(state, junk)
        await AppealsState.take.fn(state, junk)
        await AppealsState.release.fn(state, junk)
        assert (state.loaded, state.failure, state.closer) == (True, "", NOTHING_LOOKED_AT), junk
    await AppealsState.load.fn(state)
    assert (ids(state), stored(waits).state) == ([waits], AppealState.NEW)


async def test_an_appeal_there_is_not_is_said(who: StaffCaller) -> None:
    state = await opened(who)

    for act in (AppealsState.look, AppealsState.take, AppealsState.release):
        state.told = ""
        await act.fn(state, "Q261122-NOBODYSXXX")
        assert (state.closer, state.told_as) == (NOTHING_LOOKED_AT, "danger")
        assert state.told.startswith("Ничего не найдено.")


async def test_a_failure_is_told_without_its_details(
    who: StaffCaller, consumer: Consumer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: Session, *arguments: object, **others: object) -> None:
        raise RuntimeError("Иванова, 66010000017")

    [first] = asked(consumer)
    state = await opened(who)
    monkeypatch.setattr(queue, "open_queue", broken)

    await AppealsState.refresh.fn(state)
    assert (ids(state), state.failure, state.told, state.told_as) == ([first], "", TRY_AGAIN, "danger")

    await AppealsState.load.fn(state)
    assert state.failure == TRY_AGAIN
    assert "Иванова" not in caplog.text


async def test_no_text_reaches_the_audit_log(who: StaffCaller, consumer: Consumer) -> None:
    [first] = asked(consumer)
    state = await opened(who)
    await AppealsState.search.fn(state, {"search": "Иванова"})
    await AppealsState.look.fn(state, first)
    await AppealsState.take.fn(state, first)

    with reading() as session:
        kept = session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
    assert [event.action for event in kept if event.action is not Action.APPEALS_SEEN] == [
        Action.APPEAL_SEEN,
        Action.APPEAL_TAKEN,
    ]
    assert not any("Почему" in event.detail or "Иванова" in event.detail for event in kept)
