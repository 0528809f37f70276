"""What screens of the office are made of: head, search, rows, pages."""

from typing import Any

import reflex as rx

from lk_app.components.controls import button
from lk_app.components.icons import icon
from lk_app.components.notices import bar
from lk_app.state.office.desk import EARLIER, LATER, SEARCH_LENGTH, Desk

el = rx.el

ROWS = "rows"
"""The part that scrolls, and gets the focus when a page is turned."""


def screen(*content: rx.Component, name: str = "", **props: Any) -> rx.Component:
    """Return the frame of a screen, as high as its content."""
    return el.div(*content, class_name=f"desk-screen {name}".rstrip(), **props)


def head(title: str, about: rx.Var[str] | str, state: type[Desk], *beside: rx.Component) -> rx.Component:
    """Return the title, a line about what the screen shows, and what came of the last thing that was done."""
    return el.div(
        el.div(el.h1(title), el.p(about)),
        el.div(
            el.p(state.told, role="status", class_name=f"note {state.told_as} signed"),
            *beside,
            class_name="desk-told",
        ),
        class_name="page-head",
    )


def search_form(words: str, state: type[Desk], search: Any) -> rx.Component:
    """Return the field to look for something; `words` say by what, and `search` gets the form with `search`."""
    return el.form(
        el.input(
            name="search",
            type="search",
            placeholder=words,
            aria_label=words,
            max_length=SEARCH_LENGTH,
            auto_complete="off",
            class_name="input",
        ),
        rx.cond(
            state.searched,
            el.button(
                icon("close", small=True),
                type="reset",
                on_click=search({"search": ""}),
                class_name="icon-button",
                aria_label="Сбросить поиск",
                title="Сбросить поиск",
            ),
        ),
        el.button("Найти", type="submit", class_name="button quiet"),
        on_submit=search,
        role="search",
        class_name="desk-search",
    )


def choice(label: str, value: rx.Var[str], options: rx.Var, on_change: Any, every: str = "") -> rx.Component:
    """Return a drop-down over pairs of code and name; `every` is the choice of all of them."""
    return el.span(
        el.select(
            el.option(every, value="") if every else rx.fragment(),
            rx.foreach(options, lambda option: el.option(option[1], value=option[0])),
            value=value,
            on_change=on_change,
            aria_label=label,
            class_name="input",
        ),
        icon("chevron", small=True),
        class_name="select",
    )


def table(caption: str, heads: list[rx.Component], rows: rx.Component, identifier: str = ROWS) -> rx.Component:
    """Return a dense table whose rows fold where there is little room: cells carry their `data_label` for that.

    Where a page has several tables, each needs an `identifier`.
    """
    return el.div(
        el.table(
            el.caption(caption, class_name="unseen"),
            el.thead(el.tr(*heads, role="row"), role="rowgroup"),
            el.tbody(rows, role="rowgroup"),
            class_name="desk-table folds",
            role="table",
        ),
        id=identifier,
        tab_index=0,
        role="region",
        aria_label=caption,
        class_name="card desk-rows",
    )


def part(identifier: str, title: str, *content: rx.Component) -> rx.Component:
    """Return a part of a screen with its heading, which can get the focus."""
    return el.section(
        el.h2(title, id=identifier, tab_index=-1), *content, class_name="desk-part", aria_labelledby=identifier
    )


def column_head(title: str | rx.Component, name: str = "") -> rx.Component:
    return el.th(title, scope="col", role="columnheader", class_name=name)


def cell(*content: rx.Component | rx.Var[str], **props: rx.Var | str) -> rx.Component:
    return el.td(*content, role="cell", **props)


def foot(state: type[Desk], turn: Any, *beside: rx.Component, label: str) -> rx.Component:
    """Return how much is shown, the pages, and what else stands below the rows."""
    return el.div(
        el.p(state.span, class_name="num"),
        rx.cond(
            state.has_earlier | state.has_later,
            el.nav(
                turn_button("Назад", turn(EARLIER), state.has_earlier),
                turn_button("Дальше", turn(LATER), state.has_later),
                class_name="desk-pages",
                aria_label=label,
            ),
        ),
        *beside,
        class_name="desk-foot",
    )


def turn_button(label: str, turn: Any, is_there: rx.Var[bool]) -> rx.Component:
    """Return what leads to the page beside, and the focus to its rows."""
    return rx.cond(
        is_there,
        button(label, "secondary", on_click=[turn, rx.set_focus(ROWS)]),
        button(label, "secondary", aria_disabled="true"),
    )


def placeholder() -> rx.Component:
    """Return where rows will stand."""
    return el.div(
        *(el.div(bar("w-7"), bar("w-14"), bar("w-10")) for _ in range(14)),
        class_name="card desk-loading",
        aria_hidden="true",
    )
