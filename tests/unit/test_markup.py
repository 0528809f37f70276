"""The markup of texts people edit: what is understood of it, and that nothing harmful is left."""

import pytest

from lk_app.formats import NBSP
from lk_app.services.markup import Block, Line, Span, blocks_of, plain


def test_a_text_is_read_in_blocks() -> None:
    text = "Первый **важный** абзац\nдальше.\n\n## Заголовок\n\n- раз\n- два\n\n1. сначала\n2. потом"

    assert blocks_of(text) == [
        Block("paragraph", [Line([Span("Первый "), Span("важный", strong=True), Span(" абзац дальше.")])]),
        Block("heading", [Line([Span("Заголовок")])]),
        Block("list", [Line([Span("раз")]), Line([Span("два")])]),
        Block("steps", [Line([Span("сначала")]), Line([Span("потом")])]),
    ]


@pytest.mark.parametrize(
    "address", ["/help/payment#refunds", "https://example.org/x", "tel:104", "mailto:a@example.org"]
)
def test_links_lead_to_pages_sites_phones_and_addresses(address: str) -> None:
    assert blocks_of(f"[сюда]({address})") == [Block("paragraph", [Line([Span("сюда", link=address)])])]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//example.org", "http://example.org", "x"],
)
def test_other_links_lead_nowhere(address: str) -> None:
    links = [span.link for block in blocks_of(f"[сюда]({address})") for line in block.lines for span in line.spans]

    assert set(links) == {""}


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "<img src=x onerror=y>", "&lt;b&gt;", "![x](/x.png)", "`x`"]
)
def test_html_and_other_markup_stay_the_characters_that_were_typed(typed: str) -> None:
    assert plain(typed).replace(NBSP, " ") == typed.replace("![x](/x.png)", "!x")


def test_a_paragraph_within_an_item_is_a_line_of_the_list() -> None:
    [block] = blocks_of("- раз\n\n  ещё раз\n- два")

    assert (block.kind, [line.words for line in block.lines]) == ("list", ["раз", "ещё раз", "два"])


def test_one_letter_words_are_tied_to_what_follows() -> None:
    assert plain("Оплата в банке") == f"Оплата в{NBSP}банке"


@pytest.mark.parametrize("text", ["", "\n\n", "**", "[](", "#", "1.", "- "])
def test_nothing_is_refused(text: str) -> None:
    blocks_of(text)
