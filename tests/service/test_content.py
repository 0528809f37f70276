"""What staff edit: how it is checked and stored, what of it is remembered, and two who edit at once."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from lk_app.models import (
    Action,
    AnswerTemplate,
    AppealType,
    AuditEvent,
    FaqEntry,
    LiveChange,
    Office,
    ReadingWindow,
    RefusalReason,
    Role,
)
from lk_app.services import live
from lk_app.services.callers import StaffCaller
from lk_app.services.contacts import Span, Week, parse_hours
from lk_app.services.content import KINDS, editing, history, hours, offices, types
from lk_app.services.content.kind import Kind
from lk_app.services.errors import FieldErrors, NotAllowed, NotFound, ServiceError
from lk_app.services.help import faq, search
from lk_app.services.readings.reasons import published_reasons
from lk_app.services.readings.window import Days, days_in_force
from tests import factories
from tests.factories import NOW
from tests.texts import plain

LATER = NOW + timedelta(hours=1)
OFFICE_FORM = {
    "name": "Участок",
    "address": "ул. Новая, 1",
    "phones": "",
    "directions": "",
    "hours_by": "line",
    "hours": "1 08:00-10:00,11:00-12:00,13:00-14:00",
}
FORMS: dict[str, dict[str, str]] = {
    "faq": {"type_code": "charges", "question": "Когда придёт квитанция?", "answer": "До 5-го числа."},
    "offices": OFFICE_FORM | {"code": "55"},
    "types": {"service": "technical", "name": "Утечка"},
    "templates": {"type_code": "", "title": "Приветствие", "text": "Здравствуйте.\n\nОтвечаем."},
    "reasons": {"text": "Снимите счётчик ещё раз. Цифр не видно."},
    "window": {"first_day": "10", "last_day": "20", "key": "1", "revision": "0"},
}


@pytest.fixture
def who(session: Session) -> StaffCaller:
    """A supervisor; there is one type of appeals."""
    factories.appeal_type(session)
    return factories.staff_caller(session, Role.SUPERVISOR)


def publish(session: Session, who: StaffCaller, slug: str, key: str = "", **typed: str) -> str:
    """Publish a form as the editor has it that was opened just now."""
    form = FORMS[slug] | {"key": key, "revision": str(history.latest(session, KINDS[slug].content, key))} | typed
    return editing.publish(session, who, KINDS[slug], form, NOW)


def errors_of(session: Session, who: StaffCaller, slug: str, **typed: str) -> dict[str, str]:
    with pytest.raises(FieldErrors) as refused:
        publish(session, who, slug, **typed)
    return {name: plain(text) for name, text in refused.value.errors.items()}


def audited(session: Session) -> list[tuple[str, str]]:
    rows = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CONTENT_CHANGED))
    return [(row.subject, row.detail) for row in rows]


@pytest.mark.parametrize("slug", KINDS)
def test_each_kind_is_stored_remembered_and_logged(session: Session, who: StaffCaller, slug: str) -> None:
    kind = KINDS[slug]

    key = publish(session, who, slug, **({"key": "1"} if kind.is_single else {}))

    row = kind.find(session, key)
    stored = {name: text for name, text in kind.typed(kind.fields_of(row)).items() if name in FORMS[slug]}
    assert stored == {name: text for name, text in FORMS[slug].items() if name in stored}
    newest = history.versions(session, kind.content, key)[0]
    assert (newest.by, newest.at, kind.typed(kind.fields(**newest.fields))) == (
        "Ольга Ветрова",
        NOW,
        kind.typed(kind.fields_of(row)),
    )
    assert audited(session) == [(f"{kind.content.value} {key}", "published" if kind.is_single else "created")]
    assert live.content_of(kind.content, key) in session.exec(select(LiveChange.topic)).all()


@pytest.mark.parametrize("slug", KINDS)
def test_operators_edit_nothing(session: Session, slug: str) -> None:
    operator, kind = factories.staff_caller(session), KINDS[slug]

    for act in (
        lambda: editing.open_list(session, operator, kind),
        lambda: editing.open_editor(session, operator, kind, "1"),
        lambda: editing.check(session, operator, kind, FORMS[slug]),
        lambda: editing.publish(session, operator, kind, FORMS[slug], NOW),
        lambda: editing.show(session, operator, kind, "1", False, NOW),
        lambda: editing.move(session, operator, kind, "1", 1, NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("slug", "typed", "wrong"),
    [
        ("faq", {"question": " \n "}, {"question": "Обязательное поле"}),
        ("faq", {"question": "щ" * 201}, {"question": "Не больше 200 знаков, а здесь 201"}),
        ("faq", {"answer": "щ" * 8001}, {"answer": "Не больше 8000 знаков, а здесь 8001"}),
        ("faq", {"type_code": "nothing"}, {"type_code": types.NOT_CHOSEN}),
        ("faq", {"type_code": "\0"}, {"type_code": types.NOT_CHOSEN}),
        ("types", {"service": "police", "name": ""}, {"service": types.NOT_CHOSEN, "name": "Обязательное поле"}),
        ("templates", {"type_code": "nothing"}, {"type_code": types.NOT_CHOSEN}),
        ("reasons", {"text": "щ" * 301}, {"text": "Не больше 300 знаков, а здесь 301"}),
        ("offices", {"phones": "2-10-10\nзвоните"}, {"phones": offices.BAD_PHONE.format(2)}),
        ("offices", {"phones": "2-10-10\n" * 11}, {"phones": plain(offices.TOO_MANY_PHONES)}),
        ("offices", {"hours": "с утра"}, {"hours": None}),
        ("offices", {"code": "а б"}, {"code": None}),
        ("window", {"first_day": "20", "last_day": "10"}, {"last_day": "Последний день не может быть раньше первого"}),
        ("window", {"first_day": "0", "last_day": "29"}, {"first_day": None, "last_day": None}),
        ("window", {"first_day": "", "last_day": "²"}, {"first_day": "Обязательное поле", "last_day": None}),
    ],
)
def test_what_is_typed_wrongly_is_refused_under_its_field(
    session: Session, who: StaffCaller, slug: str, typed: dict[str, str], wrong: dict[str, str | None]
) -> None:
    found = errors_of(session, who, slug, **typed | ({"key": "1"} if slug == "window" else {}))

    assert {name: text if wrong.get(name) else None for name, text in found.items()} == wrong
    assert audited(session) == []


def test_texts_keep_their_lines_and_lose_what_nobody_can_read(session: Session, who: StaffCaller) -> None:
    key = publish(session, who, "faq", question="  Как\t\0 платить? ", answer="Раз.\r\n\r\nДва.\x07  \r\n")

    entry = session.get_one(FaqEntry, int(key))
    assert (entry.question, entry.answer) == ("Как платить?", "Раз.\n\nДва.")


def test_an_entry_is_on_the_faq_and_in_the_search_until_it_is_put_away(session: Session, who: StaffCaller) -> None:
    key = publish(session, who, "faq", answer="Про **перерасчёты** за октябрь.")
    assert [each.question for each in faq.entries(session, "charges")] == [FORMS["faq"]["question"]]
    assert found_by(session, "перерасчёта") == [f"/help/faq#faq-{key}"]

    editing.show(session, who, KINDS["faq"], key, False, NOW)
    assert faq.entries(session, "charges") == []
    assert found_by(session, "перерасчёта") == []

    editing.show(session, who, KINDS["faq"], key, True, NOW)
    assert found_by(session, "перерасчёта") == [f"/help/faq#faq-{key}"]
    assert [detail for _, detail in audited(session)] == ["created", "put away", "published"]


def test_a_type_that_is_put_away_takes_its_entries_out_of_the_search(session: Session, who: StaffCaller) -> None:
    publish(session, who, "faq", answer="Про перерасчёты.")
    publish(session, who, "types")

    editing.show(session, who, KINDS["types"], "charges", False, NOW)

    assert found_by(session, "перерасчёт") == []


def test_the_last_type_stays(session: Session, who: StaffCaller) -> None:
    with pytest.raises(ServiceError, match="последний тип"):
        editing.show(session, who, KINDS["types"], "charges", False, NOW)

    assert session.get_one(AppealType, "charges").published


def found_by(session: Session, words: str) -> list[str]:
    return [hit.address for hit in search.find(session, words)]


def test_what_was_there_before_the_first_edit_is_kept(session: Session, who: StaffCaller) -> None:
    factories.office(session, "07")

    publish(session, who, "offices", "07", name="Новое имя")

    new, old = history.versions(session, KINDS["offices"].content, "07")
    assert (old.by, old.fields["name"], old.changed) == ("", "Абонентский участок № 7", ())
    assert (new.by, new.fields["name"]) == ("Ольга Ветрова", "Новое имя")
    assert set(new.changed) == {"name", "address", "phones", "hours"}
    assert session.get_one(Office, "07").edited


def test_putting_an_office_away_leaves_its_data_to_billing(session: Session, who: StaffCaller) -> None:
    office = factories.office(session, "07")
    editing.show(session, who, KINDS["offices"], "07", False, NOW)
    assert not office.edited

    office.name = "Как назвал биллинг"
    editing.show(session, who, KINDS["offices"], "07", True, LATER)

    found = history.versions(session, KINDS["offices"].content, "07")
    assert [(each.by, each.changed) for each in found] == [
        ("Ольга Ветрова", ("published",)),
        ("", ("name",)),
        ("Ольга Ветрова", ("published",)),
        ("", ()),
    ]


def test_a_version_is_made_anew_by_publishing_its_form(session: Session, who: StaffCaller) -> None:
    key, kind = publish(session, who, "faq", question="Первый?"), KINDS["faq"]
    publish(session, who, "faq", key, question="Второй?")
    first = history.versions(session, kind.content, key)[-1]

    publish(session, who, "faq", key, **kind.typed(kind.fields(**first.fields)))

    found = history.versions(session, kind.content, key)
    assert [each.fields["question"] for each in found] == ["Первый?", "Второй?", "Первый?"]


def test_the_second_of_two_editors_is_told_and_may_go_on(session: Session, who: StaffCaller) -> None:
    key, kind = publish(session, who, "faq"), KINDS["faq"]
    opened = str(editing.open_editor(session, who, kind, key).latest)
    colleague = factories.staff_caller(
        session, member=factories.staff(session, role=Role.ADMINISTRATOR), token="a colleague"
    )
    publish(session, colleague, "faq", key, question="Как у коллеги?")

    told = errors_of(session, who, "faq", key=key, revision=opened, seen=opened, overwrite="")
    assert told.keys() == {"overwrite"}
    assert "Ольга Ветрова, 22.11.2026 в 12:30" in told["overwrite"]
    assert errors_of(session, who, "faq", key=key, revision=opened, seen=opened, overwrite="yes").keys() == {
        "overwrite"
    }, "nobody overwrites what they have not seen"

    seen = str(history.latest(session, kind.content, key))
    publish(session, who, "faq", key, revision=opened, seen=seen, overwrite="yes", question="Как у меня?")
    assert session.get_one(FaqEntry, int(key)).question == "Как у меня?"


@pytest.mark.parametrize("slug", [slug for slug, kind in KINDS.items() if not kind.is_single])
def test_the_same_form_sent_again_makes_one_thing(session: Session, who: StaffCaller, slug: str) -> None:
    kind = KINDS[slug]
    before = len(kind.rows(session))

    first, again = publish(session, who, slug, sent="a" * 32), publish(session, who, slug, sent="a" * 32)

    assert first == again
    assert len(kind.rows(session)) == before + 1
    assert len(history.versions(session, kind.content, first)) == len(audited(session)) == 1


def test_another_form_makes_another_thing(session: Session, who: StaffCaller) -> None:
    colleague = factories.staff_caller(session, Role.SUPERVISOR)

    made = [
        publish(session, who, "faq", sent="a" * 32),
        publish(session, who, "faq", sent="b" * 32),
        publish(session, who, "faq", sent="a" * 32, question="Когда же?"),
        publish(session, colleague, "faq", sent="a" * 32),
        publish(session, who, "faq"),
        publish(session, who, "faq"),
    ]

    assert len(set(made)) == len(made)


def test_a_new_office_has_a_code_of_its_own(session: Session, who: StaffCaller) -> None:
    factories.office(session, "07")

    assert errors_of(session, who, "offices", code="07", name="") == {
        "code": offices.CODE_IS_TAKEN,
        "name": "Обязательное поле",
    }


@pytest.mark.parametrize("key", ["999999", "x", "²", "-1", "9" * 40, "\0", "\ud800"])
@pytest.mark.parametrize("slug", ["faq", "offices"])
def test_nothing_that_is_not_there_is_edited(session: Session, who: StaffCaller, slug: str, key: str) -> None:
    kind = KINDS[slug]

    for act in (
        lambda: editing.publish(session, who, kind, FORMS[slug] | {"key": key}, NOW),
        lambda: editing.open_editor(session, who, kind, key),
        lambda: editing.show(session, who, kind, key, False, NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_entries_change_places_within_their_type(session: Session, who: StaffCaller) -> None:
    factories.appeal_type(session, "payment", name="Оплата", position=2)
    one, two, other = (
        publish(session, who, "faq", type_code=code, question=f"Вопрос {number}?")
        for number, code in enumerate(("charges", "charges", "payment"))
    )

    assert order_of(session, who, "faq") == [one, two, other]
    editing.move(session, who, KINDS["faq"], two, -1, NOW)
    editing.move(session, who, KINDS["faq"], one, 1, NOW)
    editing.move(session, who, KINDS["faq"], other, -1, NOW)

    assert order_of(session, who, "faq") == [two, one, other]
    entries = editing.open_list(session, who, KINDS["faq"]).entries
    assert [(each.is_first, each.is_last) for each in entries] == [(True, False), (False, True), (True, True)]
    assert audited(session)[-1] == (f"faq {two}", "moved"), "what stays where it is leaves no trace"


def order_of(session: Session, who: StaffCaller, slug: str) -> list[str]:
    return [entry.key for entry in editing.open_list(session, who, KINDS[slug]).entries]


def test_an_entry_under_another_type_comes_last_there(session: Session, who: StaffCaller) -> None:
    factories.appeal_type(session, "payment", name="Оплата", position=2)
    moved = publish(session, who, "faq")
    stays = publish(session, who, "faq", type_code="payment")

    publish(session, who, "faq", moved, type_code="payment")

    assert order_of(session, who, "faq") == [stays, moved]


def test_a_reason_is_chosen_from_until_it_is_put_away(session: Session, who: StaffCaller) -> None:
    key = publish(session, who, "reasons")
    assert [(each.code, each.text) for each in published_reasons(session)] == [(key, FORMS["reasons"]["text"])]

    editing.show(session, who, KINDS["reasons"], key, False, NOW)

    assert published_reasons(session) == []
    assert session.get_one(RefusalReason, key).text


def test_the_window_begins_with_that_of_the_settings(session: Session, who: StaffCaller) -> None:
    kind = KINDS["window"]
    assert editing.open_editor(session, who, kind, "1").fields == kind.fields(15, 25)
    assert session.get(ReadingWindow, 1) is None

    publish(session, who, "window", "1")

    assert days_in_force(session) == Days(10, 20)
    assert [each.fields for each in history.versions(session, kind.content, "1")] == [
        {"first_day": 10, "last_day": 20},
        {"first_day": 15, "last_day": 25},
    ]


def test_a_template_may_be_for_all_appeals_or_one_type(session: Session, who: StaffCaller) -> None:
    for_all, for_one = publish(session, who, "templates"), publish(session, who, "templates", type_code="charges")

    assert session.get_one(AnswerTemplate, int(for_all)).type_code is None
    assert [entry.beside for entry in editing.open_list(session, who, KINDS["templates"]).entries] == ["", "charges"]
    assert for_all != for_one


def test_the_list_says_who_changed_what_last(session: Session, who: StaffCaller) -> None:
    factories.office(session, "01", name="А")
    factories.office(session, "07", name="Я")
    publish(session, who, "offices", "07", name="Я новый")

    by_key = {each.key: each.change for each in editing.open_list(session, who, KINDS["offices"]).entries}

    assert by_key == {"01": None, "07": history.Change(NOW, "Ольга Ветрова")}


DAY = "08:00-12:00,13:00-17:00"
WEEK = f"1-4 {DAY}"
HOURS_FORM: dict[str, str] = OFFICE_FORM | {"hours_by": "days"} | (hours.typed_days(WEEK) or {})


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({}, WEEK),
        ({"day5_off": "", "day5_from": "8", "day5_to": "1600"}, f"{WEEK}; 5 08:00-16:00"),
        ({"day2_break_from": "", "day2_break_to": " "}, f"1 {DAY}; 2 08:00-17:00; 3-4 {DAY}"),
        ({f"day{day}_off": "yes" for day in range(1, 5)}, ""),
        ({"day4_off": "yes", "day7_off": "", "day7_from": "0.00", "day7_to": "24"}, f"1-3 {DAY}; 7 00:00-24:00"),
    ],
)
def test_hours_are_typed_by_days(session: Session, who: StaffCaller, typed: dict[str, str], stored: str) -> None:
    key = publish(session, who, "offices", **HOURS_FORM | typed, code="55")

    assert session.get_one(Office, key).hours == stored


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"day1_from": ""}, hours.NOT_GIVEN),
        ({"day1_from": "25:00"}, hours.NO_TIME),
        ({"day1_to": "24:01"}, hours.NO_TIME),
        ({"day1_from": "утром"}, hours.NO_TIME),
        ({"day1_from": "18:00"}, hours.ENDS_BEFORE),
        ({"day1_break_to": ""}, hours.HALF_A_BREAK),
        ({"day1_break_to": "17:00"}, hours.BREAK_OUTSIDE),
        ({"day1_break_from": "14:00"}, hours.BREAK_OUTSIDE),
    ],
)
def test_hours_that_can_not_be_are_refused(
    session: Session, who: StaffCaller, typed: dict[str, str], error: str
) -> None:
    assert errors_of(session, who, "offices", **HOURS_FORM | typed) == {"day1": error}


def spans() -> st.SearchStrategy[tuple[Span, ...]]:
    minutes = st.lists(st.integers(0, 1440), min_size=2, max_size=4, unique=True).map(sorted)
    return minutes.map(lambda ends: tuple(Span(*ends[at : at + 2]) for at in range(0, len(ends) // 2 * 2, 2)))


@given(st.dictionaries(st.integers(1, 7), spans()))
def test_hours_come_back_from_the_form_as_they_were(week: Week) -> None:
    stored = hours.hours_of(week)
    form: Any = hours.typed_days(stored)
    reader = hours.Reader(form)

    assert parse_hours(stored) == week
    assert (hours.read_days(reader, form), reader.errors) == (stored, {})


@pytest.mark.parametrize("written", ["1 08:00-10:00,11:00-12:00,13:00-14:00", "по договорённости"])
def test_hours_that_days_can_not_say_stay_a_line(written: str) -> None:
    assert hours.typed_days(written) is None
    kind: Kind = KINDS["offices"]
    fields = kind.fields(name="", address="", phones=[], hours=written, directions="")
    assert (kind.typed(fields)["hours_by"], kind.typed(fields)["hours"]) == ("line", written)
