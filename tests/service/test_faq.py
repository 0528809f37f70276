"""«Часто задаваемые вопросы»: which entries are shown, and what a new portal begins with."""

import pytest
from sqlmodel import Session, select

from lk_app.models import FaqEntry
from lk_app.services import first_content
from lk_app.services.feedback.types import FIRST_TYPES
from lk_app.services.help import faq
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_the_entries_of_a_type_stand_in_their_order(session: Session) -> None:
    factories.appeal_type(session, "charges")
    factories.appeal_type(session, "meter", name="Счётчик")
    factories.faq_entry(session, "Второй?", "Да.", position=2)
    factories.faq_entry(session, "Первый?", "Да.", position=1)
    factories.faq_entry(session, "Чужой?", "Да.", "meter")

    assert [entry.question for entry in faq.entries(session, "charges")] == ["Первый?", "Второй?"]


def test_what_is_not_published_is_not_shown(session: Session) -> None:
    factories.appeal_type(session, "charges")
    factories.appeal_type(session, "old", name="Прежнее", published=False)
    factories.faq_entry(session, "Черновик?", "Да.", published=False)
    factories.faq_entry(session, "О прежнем?", "Да.", "old")

    assert faq.entries(session, "charges") == faq.entries(session, "old") == []
    assert faq.all_entries(session) == []


def test_an_answer_is_read_as_markup(session: Session) -> None:
    factories.appeal_type(session, "charges")
    factories.faq_entry(session, "Где?", "Откройте:\n\n- «Показания»;\n- [помощь](/help).")

    (entry,) = faq.entries(session, "charges")

    assert [block.kind for block in entry.blocks] == ["paragraph", "list"]
    assert entry.blocks[1].lines[1].spans[0].link == "/help"


def test_the_page_has_types_in_the_order_of_the_choice(session: Session) -> None:
    first_content.load(session, NOW)

    assert [group.type_code for group in faq.all_entries(session)] == [type_.code for type_ in FIRST_TYPES]


def test_what_staff_made_of_the_first_entries_stays(session: Session) -> None:
    first_content.load(session, NOW)
    entry = session.exec(select(FaqEntry).where(FaqEntry.type_code == "payment")).first()
    assert entry is not None
    before, entry.question = len(session.exec(select(FaqEntry.id)).all()), "Другой вопрос?"
    session.flush()

    first_content.load(session, NOW)

    session.refresh(entry)
    assert entry.question == "Другой вопрос?"
    assert len(session.exec(select(FaqEntry.id)).all()) == before
