"""The search over help and the FAQ, on both databases."""

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, select

from lk_app.models import FaqEntry, SearchText, Source
from lk_app.services import first_content
from lk_app.services.help import index, pages
from lk_app.services.help.search import find
from tests import factories
from tests.factories import NOW
from tests.texts import plain

METERS = "Счётчики поверяют раз в несколько лет. Срок указан в паспорте прибора."
RECEIPT = "Квитанция появляется, когда закрыт месяц. Её можно открыть на экране «Взаиморасчёты»."


def found(session: Session, words: str, **options: str) -> list[str]:
    return [plain(each.title) for each in find(session, words, **options)]


@pytest.fixture
def faq(session: Session) -> list[FaqEntry]:
    factories.appeal_type(session, "meter", name="Счётчик")
    factories.appeal_type(session, "charges")
    return [
        factories.faq_entry(session, "Когда нужна поверка?", METERS, "meter"),
        factories.faq_entry(session, "Где квитанция?", RECEIPT, "charges"),
    ]


@pytest.mark.parametrize(
    "words", ["счётчика", "счетчик", "СЧЁТЧИКАМИ", "поверяет", "поверили", "сроки в паспорте", "счётч"]
)
@pytest.mark.usefixtures("faq")
def test_any_form_of_a_word_is_found(session: Session, words: str) -> None:
    assert found(session, words) == ["Когда нужна поверка?"]


@pytest.mark.usefixtures("faq")
def test_all_words_must_occur(session: Session) -> None:
    assert found(session, "открыть квитанцию") == ["Где квитанция?"]


@pytest.mark.usefixtures("faq")
def test_texts_with_most_of_the_words_are_found_when_none_has_all(session: Session) -> None:
    assert found(session, "квитанция за месяц и поверка") == ["Где квитанция?"]


@pytest.mark.usefixtures("faq")
def test_only_the_last_word_may_be_a_beginning(session: Session) -> None:
    assert found(session, "квит") == ["Где квитанция?"]
    assert found(session, "квит паспорт") == ["Когда нужна поверка?"]


def test_a_word_in_the_title_weighs_more(session: Session) -> None:
    factories.appeal_type(session, "charges")
    factories.faq_entry(session, "Газ и всё о нём", "Пени начисляют за просрочку. Пени растут с каждым днём.")
    factories.faq_entry(session, "Что такое пени?", "Так называют плату за просрочку. Её размер назван в договоре.")

    assert found(session, "пени") == ["Что такое пени?", "Газ и всё о нём"]


@pytest.mark.usefixtures("faq")
def test_the_faq_of_one_type_is_searched_alone(session: Session) -> None:
    assert found(session, "поверка", type_code="charges") == []
    assert found(session, "поверка", type_code="meter") == ["Когда нужна поверка?"]


def test_help_and_faq_lead_to_their_places(session: Session, faq: list[FaqEntry]) -> None:
    index.renew(session)

    (entry,) = find(session, "поверка")
    refund = find(session, "возврат денег")[0]

    assert (entry.address, entry.faq_id) == (f"/help/faq#faq-{faq[0].id}", faq[0].id)
    assert refund.address.startswith("/help/payment#")
    assert refund.faq_id is None


@pytest.mark.usefixtures("faq")
def test_an_excerpt_is_the_part_around_the_word(session: Session) -> None:
    (entry,) = find(session, "взаиморасчёт")

    assert entry.excerpt == "…Её можно открыть на экране «Взаиморасчёты»."
    assert [span.words for span in entry.marked if span.strong] == ["Взаиморасчёты"]


@pytest.mark.usefixtures("faq")
def test_an_excerpt_begins_at_the_beginning_when_only_the_title_has_the_word(session: Session) -> None:
    (entry,) = find(session, "нужна")

    assert plain(entry.excerpt) == METERS
    assert not any(span.strong for span in entry.marked)


def test_an_excerpt_of_a_long_text_is_short_and_has_whole_words(session: Session) -> None:
    factories.appeal_type(session, "charges")
    factories.faq_entry(session, "Много слов?", f"{'слово ' * 500}иголка {'слово ' * 500}".strip())

    (entry,) = find(session, "иголки")

    assert 100 < len(entry.excerpt) < 250
    assert set(entry.excerpt.strip("…").split()) == {"слово", "иголка"}


@pytest.mark.parametrize(
    "words",
    [
        '"', "'", "''", '"квитанция', "квитанция*", "* : ^ -", "( квитанция ) OR ) NEAR(", "AND OR NOT",
        "title_stems : x", "квитанция' | 'x", "a & b | ! c <-> d", "квитанция:*", "квитанция:A", "\\", "%", "\0",
        "квитанция\0\0", "\ud800", "💡", "и", "если не на", "", "   ", "ｆｕｌｌ", "١٢٣", "Ⅻ ½ ª", "a" * 10_000,
        "квитанция " * 1_000, "(" * 10_000, "'; DROP TABLE search_texts; --",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("faq")
def test_nothing_that_is_typed_becomes_a_query(session: Session, words: str) -> None:
    titles = found(session, words)

    assert set(titles) <= {"Где квитанция?"}
    assert bool(titles) == ("квитанция" in words)


def test_a_find_of_a_beginning_of_letters_is_one_of_words(session: Session, faq: list[FaqEntry]) -> None:
    assert found(session, "нет_такого к-в-и-т") == []


def test_what_is_edited_is_found_as_it_is_now(session: Session, faq: list[FaqEntry]) -> None:
    entry = faq[0]
    entry.question, entry.answer, entry.type_code = "Как отключить газ?", "Подайте заявление.", "charges"
    index.put_faq(session, entry)

    assert found(session, "поверка") == []
    assert found(session, "заявлением", type_code="charges") == ["Как отключить газ?"]


def test_what_is_put_away_or_deleted_is_not_found(session: Session, faq: list[FaqEntry]) -> None:
    faq[0].published = False
    index.put_faq(session, faq[0])
    index.drop_faq(session, faq[1].id or 0)

    assert found(session, "поверка") == found(session, "квитанция") == []


@pytest.mark.usefixtures("faq")
def test_the_faq_of_a_type_that_was_put_away_is_not_found(session: Session) -> None:
    factories.appeal_type(session, "meter").published = False
    session.flush()

    assert found(session, "поверка") == []


def test_a_new_release_brings_its_help_and_takes_back_what_it_no_longer_says(session: Session) -> None:
    index.renew(session)
    old = session.exec(select(SearchText).where(SearchText.address == "/help/payment#refund")).one()
    old.title_stems, old.text_stems = "стар", "стар"
    session.add(
        SearchText(
            source=Source.HELP, address="/help/gone#x", title="Телеграф", text="", title_stems="телеграф", text_stems=""
        )
    )
    session.flush()

    index.renew(session)

    assert found(session, "телеграф") == []
    assert pages.read("payment").sections[0].title in found(session, "что понадобится для оплаты картой")
    assert "Как вернуть деньги" in found(session, "вернуть деньги")


def test_renewing_writes_only_what_has_changed(session: Session) -> None:
    first_content.load(session, NOW)
    written: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE"):
            written.append(statement)

    event.listen(session.connection().engine, "before_cursor_execute", note)
    try:
        index.renew(session)
    finally:
        event.remove(session.connection().engine, "before_cursor_execute", note)

    assert written == []


@pytest.mark.usefixtures("faq")
def test_the_index_serves_the_search(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "EXPLAIN SELECT id FROM search_stems WHERE stems @@ to_tsquery('simple', '''повер'':*')"
        assert "ix_search_stems_stems" in str(session.execute(text(plan)).all())
    else:
        plan = "EXPLAIN QUERY PLAN SELECT rowid FROM search_stems WHERE search_stems MATCH '\"повер\"*'"
        assert "VIRTUAL TABLE INDEX" in str(session.execute(text(plan)).all())
