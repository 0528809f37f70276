"""Content in its lists and editors: what is shown, filled in, looked at before it is published; and to whom."""

from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from sqlmodel import col, select

import lk_app.lk_app as portal_module
from lk_app import clock
from lk_app.models import Action, AuditEvent, Role
from lk_app.services.callers import StaffCaller
from lk_app.services.content import KINDS, editing, history
from lk_app.services.session import reading, writing
from lk_app.state.access import Guard, IdentityState
from lk_app.state.office.content import LONGEST, ContentState
from lk_app.state.office.content_preview import NOTHING
from lk_app.state.office.content_words import changed_words, words_of
from tests import factories
from tests.factories import NOW
from tests.texts import plain

FAQ = {"type_code": "charges", "question": "Когда придёт квитанция?", "answer": "До **5-го** числа."}


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """A supervisor, on the day of the factories; there is one type of appeals."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with writing() as session:
        factories.appeal_type(session)
        return factories.staff_caller(session, Role.SUPERVISOR)


def published(who: StaffCaller, slug: str = "faq", **typed: str) -> str:
    """Publish as the editor does that was opened just now."""
    with writing() as session:
        revision = history.latest(session, KINDS[slug].content, typed.get("key", ""))
        return editing.publish(session, who, KINDS[slug], {"revision": str(revision)} | typed, NOW)


async def opened(who: StaffCaller, path: str) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    address = f"/office/content/{path}"
    tab.router = RouterData.from_router_data(
        {"headers": {"origin": "http://localhost:3000"}, "pathname": address, "asPath": address, "token": ""}
    )
    (await tab.get_state(IdentityState))._staff = who
    state = await tab.get_state(ContentState)
    await ContentState.load.fn(state)
    return state


def titles(state: Any) -> list[str]:
    return [row.title for row in state.rows]


async def test_a_list_says_where_a_row_belongs_and_who_changed_it(who: StaffCaller) -> None:
    key = published(who, **FAQ)

    state = await opened(who, f"faq?added={key}")

    [row] = state.rows
    assert (row.title, row.beside, row.state) == ("Когда придёт квитанция?", "Начисления", "на портале")
    assert (plain(row.changed), row.is_first, row.is_last) == ("22.11.2026, Ольга Ветрова", True, True)
    assert row.address == f"/office/content/faq?edit={key}"
    assert (state.loaded, state.editing, state.failure) == (True, False, "")
    assert state.told == "Добавлено: Когда придёт квитанция?"


async def test_rows_are_put_away_brought_back_and_moved(who: StaffCaller) -> None:
    one, two = published(who, **FAQ), published(who, **FAQ | {"question": "Второй?"})
    state = await opened(who, "faq")

    await ContentState.put_away.fn(state, one)
    assert ([row.state for row in state.rows], state.told) == (
        ["убрано", "на портале"],
        "Убрано с портала: Когда придёт квитанция?",
    )
    await ContentState.bring_back.fn(state, one)
    assert [row.published for row in state.rows] == [True, True]
    await ContentState.move.fn(state, two, -1)
    assert titles(state) == ["Второй?", "Когда придёт квитанция?"]


async def test_what_can_not_be_put_away_says_why(who: StaffCaller) -> None:
    state = await opened(who, "types")

    await ContentState.put_away.fn(state, "charges")

    assert (state.told_as, "последний тип" in state.told) == ("danger", True)
    assert [row.published for row in state.rows] == [True]


async def test_an_editor_has_the_form_the_preview_and_the_history(who: StaffCaller) -> None:
    key = published(who, **FAQ)
    published(who, key=key, **FAQ | {"question": "Когда?"})

    state = await opened(who, f"faq?edit={key}")

    assert (state.editing, state.key, state.values) == (True, key, FAQ | {"question": "Когда?"})
    [answer] = state.preview.answers
    assert (answer.question, plain(answer.blocks[0].lines[0].words)) == ("Когда?", "До 5-го числа.")
    new, old = state.versions
    assert (plain(new.when), new.by, new.what) == ("22.11.2026, 12:30", "Ольга Ветрова", "Изменено: вопрос")
    assert [(line.label, line.before, line.after) for line in new.changes] == [
        ("Вопрос", "Когда придёт квитанция?", "Когда?")
    ]
    assert (old.what, old.is_current, new.is_current) == ("Добавлено", False, True)
    assert state.revision == state.seen == str(new.id)


async def test_something_new_begins_empty_but_for_the_usual_week(who: StaffCaller) -> None:
    assert (await opened(who, "faq?add=1")).values == {}
    office = await opened(who, "offices?add=1")

    assert (office.editing, office.key, office.preview) == (True, "", NOTHING)
    assert [office.values[name] for name in ("hours_by", "day1_from", "day6_off")] == ["days", "08:00", "yes"]


async def test_what_is_typed_is_seen_before_it_is_published(who: StaffCaller) -> None:
    key = published(who, **FAQ)
    state = await opened(who, f"faq?edit={key}")

    await ContentState.look.fn(state, FAQ | {"question": "Другой?"})
    assert (state.preview.answers[0].question, state.wrong) == ("Другой?", [])

    await ContentState.look.fn(state, FAQ | {"question": ""})
    assert state.wrong == ["Вопрос: Обязательное поле"]
    with reading() as session:
        assert len(history.versions(session, KINDS["faq"].content, key)) == 1, "looking stores nothing"


@pytest.mark.parametrize(
    ("slug", "form", "title", "lines"),
    [
        ("types", {"service": "technical", "name": "Утечка"}, "Техническая служба", ["Утечка"]),
        ("templates", {"title": "Привет", "text": "Здравствуйте.\nОтвечаем."}, "Привет", ["Здравствуйте.\nОтвечаем."]),
        ("reasons", {"text": "Нет цифр. Снимите ещё раз."}, "", ["Нет цифр. Снимите ещё раз."]),
        (
            "window",
            {"first_day": "20", "last_day": "28"},
            "Приём показаний за ноябрь до 28 ноября 2026 г., осталось 7 дней",
            ["С 20 по 28 ноября 2026 г.", "С 20 по 28 декабря 2026 г.", "С 20 по 28 января 2027 г."],
        ),
    ],
)
async def test_each_kind_is_seen_as_its_readers_will(
    who: StaffCaller, slug: str, form: dict[str, str], title: str, lines: list[str]
) -> None:
    state = await opened(who, f"{slug}?add=1")

    await ContentState.look.fn(state, form)

    assert (plain(state.preview.title), [plain(line) for line in state.preview.lines]) == (title, lines)


async def test_an_office_is_seen_as_on_the_contacts_page(who: StaffCaller) -> None:
    with writing() as session:
        factories.office(session)

    state = await opened(who, "offices?edit=07")

    [card] = state.preview.offices
    assert (card.name, card.phones[0].link) == ("Абонентский участок № 7", "tel:+73514020404")
    assert (card.hours[0].days, plain(card.hours[0].time)) == ("Пн–Чт", "08:00–17:00, перерыв 12:00–13:00")
    await ContentState.look.fn(state, state.values | {"day2_to": ""})
    assert state.wrong[0].startswith("Часы работы, вторник: Укажите")


async def test_an_earlier_version_fills_the_form_and_waits_to_be_published(who: StaffCaller) -> None:
    key = published(who, **FAQ)
    published(who, key=key, **FAQ | {"question": "Когда?"})
    state = await opened(who, f"faq?edit={key}")
    filling, revision = state.filling, state.revision

    await ContentState.restore.fn(state, state.versions[1].id, FAQ | {"question": "Не дописанный"})

    assert (state.values, state.preview.answers[0].question) == (FAQ, FAQ["question"])
    assert (state.filling, state.revision) == (filling + 1, revision)
    assert plain(state.told).startswith("Форма заполнена версией от 22.11.2026, 12:30.")

    assert state.has_typed
    await ContentState.retype.fn(state)
    assert (state.values["question"], state.has_typed) == ("Не дописанный", False)


async def test_a_colleagues_version_comes_into_the_history_and_leaves_the_form(who: StaffCaller) -> None:
    key = published(who, **FAQ)
    state = await opened(who, f"faq?edit={key}")
    filling, revision = state.filling, state.revision

    published(who, key=key, **FAQ | {"question": "Как у коллеги?"})
    await ContentState.refresh.fn(state)

    assert state.versions[0].changes[0].before == FAQ["question"]
    assert (state.values, state.filling, state.revision) == (FAQ, filling, revision)
    assert state.seen == str(state.versions[0].id) != revision

    await ContentState.saved.fn(state)
    assert (state.revision, state.filling) == (state.seen, filling)


@pytest.mark.parametrize("junk", [None, 7, [], {}, "x", {"a": 1}, {1: "a"}, {"a": "щ" * (LONGEST + 1)}])
async def test_raw_arguments_break_nothing(who: StaffCaller, junk: Any) -> None:
    key = published(who, **FAQ)
    for path in ("faq", f"faq?edit={key}", "faq?edit=junk", "../office", ""):
        state = await opened(who, path)
        for handler in (ContentState.put_away, ContentState.bring_back, ContentState.look):
            await handler.fn(state, junk)
        await ContentState.restore.fn(state, junk, junk)
        await ContentState.retype.fn(state)
        await ContentState.move.fn(state, junk, junk)
        await ContentState.move.fn(state, key, 2)
        await ContentState.saved.fn(state)
        await ContentState.refresh.fn(state)
    with reading() as session:
        assert len(history.versions(session, KINDS["faq"].content, key)) == 1


HANDLERS = ("load", "move", "put_away", "bring_back", "look", "restore", "retype", "saved", "refresh")


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_an_operators_raw_event_is_refused_and_logged(portal: str, handler: str) -> None:
    token = "an operator's token"
    with writing() as session:
        factories.staff_caller(session, token=token, at=clock.now())
    tab = rx.State(_reflex_internal_init=True)
    tab.router = RouterData.from_router_data(
        {"headers": {"cookie": f"lk-staff={token}"}, "pathname": "/office/readings", "asPath": "", "token": "t"}
    )

    event = Event(name=f"{ContentState.get_full_name()}.{handler}", payload={})
    update = await Guard().preprocess(portal_module.app, tab, event)

    assert update is not None
    with reading() as session:
        [logged] = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
    assert (logged.action, logged.subject) == (Action.EVENT_REFUSED, f"ContentState.{handler}")


def test_values_are_read_by_people() -> None:
    assert plain(words_of("hours", "1-4 08:00-17:00", {})) == "Пн–Чт 08:00–17:00; Пт–Вс выходной"
    assert words_of("hours", "как договоримся", {}) == "как договоримся"
    assert words_of("service", "technical", {}) == "Техническая служба"
    assert words_of("type_code", None, {}) == "Все обращения"
    assert words_of("phones", ["2-10-10", "2-10-11"], {}) == "2-10-10, 2-10-11"
    assert changed_words(None) == ""
