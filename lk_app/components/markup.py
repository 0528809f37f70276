"""Texts people edit (`services/markup.py`), laid out: of a page that is built, or of what a state has loaded."""

import reflex as rx

from lk_app.services.markup import Block, Kind, Line, Span, blocks_of

el = rx.el


def written_text(text: str) -> tuple[rx.Component, ...]:
    """Return a text that is known when the page is built; search engines and browsers without JavaScript read it."""
    return written_blocks(blocks_of(text))


def written_blocks(blocks: list[Block]) -> tuple[rx.Component, ...]:
    """Return the parts of a text that was read already."""
    return tuple(BUILT[Kind(block.kind)](block) for block in blocks)


def loaded_text(blocks: rx.Var[list[Block]]) -> rx.Component:
    """Return a text that a state has loaded."""
    return rx.foreach(blocks, loaded_block)


def loaded_block(block: rx.Var[Block]) -> rx.Component:
    lines = block.lines
    return rx.match(
        block.kind,
        (Kind.HEADING.value, el.h3(rx.foreach(lines, loaded_line))),
        (Kind.LIST.value, el.ul(rx.foreach(lines, lambda line: el.li(loaded_line(line))))),
        (Kind.STEPS.value, el.ol(rx.foreach(lines, lambda line: el.li(loaded_line(line))))),
        el.p(rx.foreach(lines, loaded_line)),
    )


def loaded_line(line: rx.Var[Line]) -> rx.Component:
    return rx.fragment(rx.foreach(line.spans, loaded_span))


def loaded_span(span: rx.Var[Span]) -> rx.Component:
    words = rx.cond(span.strong, el.b(span.words), rx.fragment(span.words))
    return rx.cond(span.link, el.a(words, href=span.link, class_name="link"), words)


def built_items(block: Block) -> list[rx.Component]:
    return [el.li(*built_line(line)) for line in block.lines]


def built_line(line: Line) -> list[rx.Component]:
    return [built_span(span) for span in line.spans]


def built_span(span: Span) -> rx.Component:
    words = el.b(span.words) if span.strong else rx.fragment(span.words)
    return el.a(words, href=span.link, class_name="link") if span.link else words


BUILT = {
    Kind.PARAGRAPH: lambda block: el.p(*built_line(block.lines[0])),
    Kind.HEADING: lambda block: el.h3(*built_line(block.lines[0])),
    Kind.LIST: lambda block: el.ul(*built_items(block)),
    Kind.STEPS: lambda block: el.ol(*built_items(block)),
}
