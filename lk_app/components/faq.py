"""Questions that open where they stand."""

from typing import Any

import reflex as rx

from lk_app.components.icons import icon
from lk_app.components.markup import loaded_text
from lk_app.services.help.faq import FaqAnswer

el = rx.el


def questions(answers: rx.Var[list[FaqAnswer]]) -> rx.Component:
    """Return questions with their answers folded away; a link to `#faq-<id>` opens one."""
    return el.div(rx.foreach(answers, lambda entry: question(entry)), class_name="card questions")


def question(entry: rx.Var[FaqAnswer], **props: Any) -> rx.Component:
    """Return a question with its answer below."""
    return el.details(
        el.summary(el.span(entry.question), icon("chevron", small=True)),
        el.div(loaded_text(entry.blocks), class_name="prose"),
        id=f"faq-{entry.id}",
        **props,
    )
