"""«Часто задаваемые вопросы»."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.faq import questions
from lk_app.components.notices import arriving, bar, loading, plain_card
from lk_app.components.shell import open_to_all
from lk_app.pages.help.article import HELP
from lk_app.pages.help.search import search
from lk_app.services.help.faq import FaqGroup
from lk_app.state.help import FaqState

el = rx.el

PLAIN_PAGE = "/api/help/faq"
"""The same for browsers without JavaScript."""


def faq() -> rx.Component:
    """Return every question that is answered for everybody."""
    return open_to_all(
        HELP,
        el.div(el.h1("Часто задаваемые вопросы"), class_name="page-head"),
        el.noscript(el.p(el.a("Показать все вопросы и ответы", href=PLAIN_PAGE, class_name="link solo"))),
        search(),
        arriving(
            FaqState.loaded,
            FaqState.failure,
            FaqState.load,
            placeholder=loading(el.div(bar("w-14"), bar("w-10"), bar("w-14"), bar("w-10"), class_name="loading")),
            content=rx.cond(
                FaqState.groups,
                el.div(rx.foreach(FaqState.groups, group), class_name="faq"),
                plain_card("help", "Ответов пока нет", el.p("Задайте вопрос абонентской службе: мы ответим.")),
            ),
        ),
        el.p(
            "Не нашли ответа? ",
            link("Задайте вопрос", to="/feedback"),
            " или ",
            link("позвоните", to="/contacts"),
            ".",
            class_name="faq-end",
        ),
    )


def group(group: rx.Var[FaqGroup]) -> rx.Component:
    return el.section(
        el.h2(group.name, id=f"type-{group.type_code}", tab_index=-1),
        questions(group.answers),
        aria_labelledby=f"type-{group.type_code}",
    )
