"""The search over help and the FAQ, with what it found."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.icons import icon
from lk_app.services.help.search import Found
from lk_app.services.markup import Span
from lk_app.state.help import SEARCH_LENGTH, HelpState

el = rx.el

LABEL = "Поиск по помощи"


def search() -> rx.Component:
    """Return the field, and the texts that were found."""
    return el.section(
        el.form(
            el.label(LABEL, html_for="help-search"),
            el.div(
                el.input(
                    id="help-search",
                    name="words",
                    type="search",
                    # What was looked for still stands there for whoever comes back to it.
                    default_value=HelpState.searched,
                    placeholder="Например: не приходит SMS",
                    max_length=SEARCH_LENGTH,
                    auto_complete="off",
                    enter_key_hint="search",
                    class_name="input",
                ),
                el.button("Найти", type="submit", class_name="button primary"),
                class_name="search-line",
            ),
            on_submit=HelpState.search,
            role="search",
        ),
        el.p(HelpState.told, role="status", class_name="hint"),
        rx.cond(HelpState.failure, el.p(icon("alert"), el.span(HelpState.failure), class_name="note danger")),
        rx.cond(HelpState.found, el.ul(rx.foreach(HelpState.found, found), class_name="found")),
        rx.cond(HelpState.nothing_found, nothing()),
        class_name="help-search",
    )


def found(text: rx.Var[Found]) -> rx.Component:
    return el.li(link(text.title, to=text.address), el.p(rx.foreach(text.marked, marked)))


def marked(span: rx.Var[Span]) -> rx.Component:
    return rx.cond(span.strong, el.mark(span.words), rx.fragment(span.words))


def nothing() -> rx.Component:
    return el.p(
        "Попробуйте другие слова или короче. Ответа нет: ",
        link("задайте вопрос", to="/feedback"),
        " или ",
        link("позвоните нам", to="/contacts"),
        ".",
    )
