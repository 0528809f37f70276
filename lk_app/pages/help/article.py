"""A page of help, built from its text."""

from collections.abc import Callable, Mapping

import reflex as rx

from lk_app.components.controls import leap
from lk_app.components.markup import written_blocks, written_text
from lk_app.components.shell import open_to_all
from lk_app.services.help.pages import HelpPage, Section
from lk_app.services.markup import Block, blocks_of

el = rx.el

HELP = "/help"
"""What the menu marks as open on every page of help."""

Layout = Callable[[list[Block]], tuple[rx.Component, ...]]


def article(page: HelpPage, *below: rx.Component, layouts: Mapping[str, Layout] | None = None) -> rx.Component:
    """Return a page; `layouts` by section id lay out what is more than text."""
    special = layouts or {}
    return open_to_all(
        HELP,
        el.article(
            el.h1(page.title),
            *written_text(page.opening),
            contents(page),
            *(part for section in page.sections for part in headed(section, special.get(section.id, written_blocks))),
            *below,
            class_name="prose article",
        ),
    )


def contents(page: HelpPage) -> rx.Component:
    """Return the list of sections."""
    return el.nav(
        el.ul(*(el.li(leap(section.id, section.title)) for section in page.sections)), aria_label="Содержание"
    )


def headed(section: Section, layout: Layout) -> tuple[rx.Component, ...]:
    return (el.h2(section.title, id=section.id, tab_index=-1), *layout(blocks_of(section.text)))
