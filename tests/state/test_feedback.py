"""«Обратная связь» in words: what is answered already, the list, a conversation; and what comes while it is open."""

from datetime import timedelta
from typing import Any

import pytest
from reflex.istate.data import RouterData
from sqlmodel import Session

from lk_app import clock
from lk_app.models import Appeal, AppealState, Attachment, AttachmentKind, FaqEntry, Service
from lk_app.services.callers import Consumer
from lk_app.services.feedback import appeals, machine
from lk_app.services.help import index
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from lk_app.state import live
from lk_app.state.feedback import NO_APPEAL, FeedbackState, TypeGroup
from lk_app.state.screen import TRY_AGAIN
from tests import factories
from tests.factories import NOW
from tests.state.test_accounts import state_for
from tests.texts import plain

OWN = "66010000017"
MINUTE = timedelta(minutes=1)
JUNK: list[Any] = [None, 1, [], {}, "", "no such type", "x" * 300, "\0", "'; --"]


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    """A consumer with an account, where there are two types of appeals, and two answers about the first."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with writing() as session:
        factories.appeal_type(session)
        factories.appeal_type(session, "meter", service=Service.TECHNICAL, name="Счётчик", position=2)
        for position, question in enumerate(("Почему сумма больше?", "Когда будет квитанция?")):
            entry = FaqEntry(
                type_code="charges", question=question, answer="- раз\n- **два**", position=position, changed_at=NOW
            )
            index.put_faq(session, factories.store(session, entry))
        return factories.consumer(session, factories.account(session, OWN))


def stored(who: Consumer, **fields: Any) -> str:
    with writing() as session:
        return factories.appeal(session, who, **fields).id


def answer(appeal_id: str, text: str = "Проверили.", **fields: Any) -> None:
    """Let staff answer an appeal a minute later."""
    with writing() as session:
        appeal = session.get_one(Appeal, appeal_id)
        member = factories.staff(session)
        factories.appeal_message(session, appeal, text=text, at=NOW + MINUTE, staff_id=member.id, **fields)
        machine.answered(session, appeal, member.id or 0, NOW + MINUTE)


async def opened(who: Consumer, appeal_id: str = "") -> Any:
    """The page as it has loaded; of an appeal if one is given."""
    state = await state_for(FeedbackState, who)
    address = f"/feedback?appeal={appeal_id}" if appeal_id else "/feedback"
    state._get_root_state().router = RouterData.from_router_data({"pathname": "/feedback", "asPath": address})
    await FeedbackState.load.fn(state)
    return state


async def test_types_stand_by_service_and_the_question_goes_with_the_account(who: Consumer) -> None:
    state = await opened(who)

    assert (state.loaded, state.failure) == (True, "")
    assert state.groups == [
        TypeGroup("Абонентская служба", [("charges", "Начисления")]),
        TypeGroup("Техническая служба", [("meter", "Счётчик")]),
    ]
    assert (state.account, plain(state.about_account)) == (reference_of(OWN), f"О лицевом счёте {OWN}")
    assert (state.rows, state.has_more, state.opened.id) == ([], False, "")


async def test_who_has_no_account_asks_all_the_same(portal: str) -> None:
    with writing() as session:
        alone = factories.consumer(session)

    state = await opened(alone)

    assert (state.account, state.about_account) == ("", "Без лицевого счёта")


async def test_a_type_shows_its_answers_and_a_search_those_that_fit(who: Consumer) -> None:
    state = await opened(who)

    await FeedbackState.choose_type.fn(state, "charges")
    assert (state.type_code, state.type_name) == ("charges", "Начисления")
    assert [known.question for known in state.answers] == ["Почему сумма больше?", "Когда будет квитанция?"]
    assert [block.kind for block in state.answers[0].blocks] == ["list"]

    await FeedbackState.search.fn(state, {"words": "  квитанция "})
    assert [known.question for known in state.answers] == ["Когда будет квитанция?"]
    assert (state.searched, plain(state.told_found)) == ("квитанция", "Найдено: 1 ответ")

    await FeedbackState.search.fn(state, {"words": "вертолёт"})
    assert (state.answers, state.told_found[:22]) == ([], "Ничего не нашлось. Поп")

    await FeedbackState.search.fn(state, {"words": ""})
    assert (len(state.answers), state.searched, state.told_found) == (2, "", "")
    await FeedbackState.choose_type.fn(state, "meter")
    assert (state.type_code, state.answers) == ("meter", [])


@pytest.mark.parametrize("junk", JUNK)
async def test_events_with_anything_in_them_show_nothing_new(who: Consumer, junk: Any) -> None:
    state = await opened(who)
    await FeedbackState.choose_type.fn(state, "charges")

    await FeedbackState.search.fn(state, junk)
    await FeedbackState.search.fn(state, {"words": junk})
    await FeedbackState.show_more.fn(state)
    assert len(state.answers) in (0, 2)
    await FeedbackState.choose_type.fn(state, junk)

    assert state.type_code in ("", "charges")
    assert (state.rows, state.failure) == ([], "")


async def test_the_list_has_states_and_marks_what_is_new(who: Consumer) -> None:
    answered = stored(who, subject="Сумма")
    answer(answered)
    stored(who, subject="Пломба", state=AppealState.CLOSED, closed_at=NOW, waiting_since=None)

    state = await opened(who)

    assert [(row.subject, row.state, row.tone, row.is_unread) for row in state.rows] == [
        ("Сумма", "отвечено", "ok", True),
        ("Пломба", "закрыто", "over", False),
    ]
    first = state.rows[0]
    assert (first.address, first.about) == (f"/feedback?appeal={answered}", "Начисления, 22.11.2026")
    assert first.changed == "22.11.2026, 12:31"


async def test_more_appeals_are_added_and_stay_when_something_changes(who: Consumer) -> None:
    with writing() as session:
        for number in range(appeals.PAGE + 5):
            factories.appeal(session, who, at=NOW - number * MINUTE)
    state = await opened(who)
    assert (len(state.rows), state.has_more) == (appeals.PAGE, True)

    await FeedbackState.show_more.fn(state)
    assert (len(state.rows), state.has_more) == (appeals.PAGE + 5, False)
    answer(state.rows[-1].id)
    await FeedbackState.refresh.fn(state)

    assert len({row.id for row in state.rows}) == appeals.PAGE + 5
    assert state.rows[0].is_unread
    assert state.told == "Пришёл ответ: Квитанция"


async def test_an_open_appeal_shows_what_was_written_and_is_read_then(who: Consumer) -> None:
    appeal_id = stored(who, account_number=OWN, text="Строка\n\n<b>вторая</b>")
    with writing() as session:
        attach(session, who, appeal_id)
    answer(appeal_id)
    answer(appeal_id, "Сложный человек", internal=True)

    state = await opened(who, appeal_id)

    shown = state.opened
    assert (shown.id, shown.subject, shown.state, shown.is_closed) == (appeal_id, "Квитанция", "отвечено", False)
    assert [plain(fact) for fact in shown.facts] == [f"№ {appeal_id}", "Начисления", f"лицевой счёт {OWN}"]
    assert [(message.author, message.by_staff, message.at, message.text) for message in shown.messages] == [
        ("Вы", False, "22.11.2026, 12:30", "Строка\n\n<b>вторая</b>"),
        ("Абонентская служба", True, "22.11.2026, 12:31", "Проверили."),
    ]
    [file] = shown.messages[0].files
    assert (file.address, file.name, plain(file.about)) == (
        f"/api/feedback/attachments/{'a' * 22}",
        "акт.pdf",
        "PDF, 2 КБ",
    )
    assert "Ветрова" not in str(shown)
    with reading() as session:
        assert not appeals.page_of(session, who, None).lines[0].is_unread


def attach(session: Session, who: Consumer, appeal_id: str) -> None:
    message = appeals.conversation_of(session, who, appeal_id).messages[0]
    file = Attachment(
        id="a" * 22, user_id=who.user_id, message_id=message.id, name="акт.pdf", kind=AttachmentKind.PDF, size=2_100,
        uploaded_at=NOW, content=b"",
    )  # fmt: skip
    factories.store(session, file)


async def test_an_answer_appears_by_itself_and_is_told(who: Consumer) -> None:
    appeal_id = stored(who)
    state = await opened(who, appeal_id)
    await FeedbackState.refresh.fn(state)
    assert state.told == ""

    answer(appeal_id)
    await FeedbackState.refresh.fn(state)

    assert [message.text for message in state.opened.messages] == ["Почему так много?", "Проверили."]
    assert (state.told, state.opened.state) == ("Пришёл ответ.", "отвечено")


async def test_that_staff_are_at_it_is_told(who: Consumer) -> None:
    appeal_id = stored(who)
    state = await opened(who, appeal_id)
    with writing() as session:
        machine.take(session, session.get_one(Appeal, appeal_id), factories.staff(session).id or 0, NOW)

    await FeedbackState.refresh.fn(state)

    assert state.told == "Состояние обращения: в работе."


async def test_what_one_has_done_oneself_is_told_by_its_form_alone(who: Consumer) -> None:
    appeal_id = stored(who)
    state = await opened(who, appeal_id)
    answer(appeal_id)
    await FeedbackState.refresh.fn(state)
    with writing() as session:
        machine.close(session, session.get_one(Appeal, appeal_id), NOW)

    await FeedbackState.show_sent.fn(state)

    assert (state.told, state.opened.state, state.opened.is_closed) == ("", "закрыто", True)


@pytest.mark.parametrize("appeal_id", ["Q261122-0000000000", "junk", "%00", "'"])
async def test_an_appeal_that_is_not_there_leaves_the_list(who: Consumer, appeal_id: str) -> None:
    stored(who)

    state = await opened(who, appeal_id)

    assert (state.missing, state.opened.id, len(state.rows)) == (NO_APPEAL, "", 1)


async def test_an_appeal_of_others_is_not_there(who: Consumer) -> None:
    with writing() as session:
        other = factories.consumer(session, session.get_one(factories.Account, OWN))
    appeal_id = stored(other, account_number=OWN)

    state = await opened(who, appeal_id)

    assert (state.missing, state.opened.id, state.rows) == (NO_APPEAL, "", [])


async def test_what_is_on_the_screen_stays_when_it_cannot_be_refreshed(
    who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal_id = stored(who)
    state = await opened(who, appeal_id)

    def fails(*args: object) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(appeals, "open_feedback", fails)
    await FeedbackState.refresh.fn(state)

    assert (state.opened.id, state.failure) == (appeal_id, "")
    await FeedbackState.load.fn(state)
    assert state.failure == TRY_AGAIN


async def test_the_page_watches_the_appeals_of_who_opened_it(who: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[tuple[str, Any]] = []
    monkeypatch.setattr(live, "watch", lambda state, topic, handler: watched.append((topic, handler)))

    await opened(who)

    assert watched == [(f"appeals {who.user_id}", FeedbackState.refresh)]
