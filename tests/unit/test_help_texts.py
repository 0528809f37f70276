"""The texts of help hold together: what they link exists, what they name is named so on the screens."""

from collections.abc import Iterator

import pytest

from lk_app.pages import PAGES
from lk_app.services.feedback.types import FIRST_TYPES
from lk_app.services.help import faq, pages
from lk_app.services.markup import Kind, blocks_of
from lk_app.services.payments.words import STATE_WORDS
from tests.factories import NOW
from tests.texts import plain

TYPES = [type_.code for type_ in FIRST_TYPES]


def links_of(text: str) -> Iterator[str]:
    return (span.link for block in blocks_of(text) for line in block.lines for span in line.spans if span.link)


def texts() -> list[str]:
    help_texts = [section.text for code in pages.PAGES for section in pages.read(code).sections]
    return help_texts + [entry.answer for code in TYPES for entry in faq.first_entries(code, NOW)]


def test_every_link_leads_somewhere() -> None:
    sections = {section.address for code in pages.PAGES for section in pages.read(code).sections}
    known = {page.address for page in PAGES} | sections | {"tel:104", "tel:112"}

    assert {link for text in texts() for link in links_of(text)} <= known


def test_no_markup_is_left_to_be_read() -> None:
    words = [line.words for text in texts() for block in blocks_of(text) for line in block.lines]

    assert not [each for each in words if "](" in each or "**" in each or "{" in each]


@pytest.mark.parametrize("code", TYPES)
def test_every_type_has_answers_to_begin_with(code: str) -> None:
    entries = faq.first_entries(code, NOW)

    assert len(entries) >= 3
    assert all(blocks_of(entry.answer) for entry in entries)
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))


def test_a_type_that_staff_made_has_none() -> None:
    assert faq.first_entries("nobodys", NOW) == []


@pytest.mark.parametrize("code", pages.PAGES)
def test_the_sections_of_a_page_can_be_told_apart(code: str) -> None:
    ids = [section.id for section in pages.read(code).sections]

    assert len(ids) == len(set(ids)) > 3


def test_help_explains_every_state_of_a_payment() -> None:
    (section,) = [section for section in pages.read("payment").sections if section.id == "states"]
    (states,) = [block for block in blocks_of(section.text) if block.kind == Kind.LIST]

    assert {plain(line.spans[0].words) for line in states.lines} == set(STATE_WORDS.values())


@pytest.mark.parametrize(
    "browser", ["Chrome", "Яндекс Браузер", "Firefox", "Safari на iPhone", "Safari на компьютере", "Edge", "Opera"]
)
def test_help_knows_the_three_settings_of_every_browser(browser: str) -> None:
    (section, *_) = [section for section in pages.read("browser").sections if browser in plain(section.title)]

    assert all(word in section.text for word in ("JavaScript", "ookie", "сплывающ"))
