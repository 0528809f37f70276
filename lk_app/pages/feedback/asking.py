"""«Задать вопрос»: what it is about, the answers there are already, and the form."""

import reflex as rx

from lk_app.components.cards import card
from lk_app.components.controls import button, field
from lk_app.components.dialog import filled, filled_field, form_dialog, opens
from lk_app.components.forms import input_field, key_field, message_field
from lk_app.components.icons import icon
from lk_app.components.markup import loaded_text
from lk_app.formats import tied
from lk_app.pages.feedback.parts import LIST, RELOAD, SAID, attachments
from lk_app.services.feedback.writing import TEXT_LENGTH
from lk_app.services.help.faq import FaqAnswer
from lk_app.state.feedback import SEARCH_LENGTH, FeedbackState, TypeGroup

el = rx.el

ASKING = "asking"


def asking() -> rx.Component:
    """Return the card in which a question begins."""
    return card(
        "ask",
        "Задать вопрос",
        el.div(
            field("appeal-type", "Тип обращения", type_choice()),
            rx.cond(FeedbackState.type_code, chosen()),
            class_name="stack",
        ),
    )


def chosen() -> rx.Component:
    """Return what there is to be read about the chosen type, and the way to the form."""
    return rx.fragment(
        rx.cond((FeedbackState.answers.length() > 0) | (FeedbackState.searched != ""), answered_already()),
        el.div(
            el.p(tied("Опишите свой вопрос, на него ответит сотрудник."), class_name="muted"),
            button(
                "Продолжить",
                "primary large",
                **opens(
                    ASKING,
                    type=FeedbackState.type_code,
                    what=FeedbackState.type_name,
                    account=FeedbackState.account,
                    about=FeedbackState.about_account,
                ),
            ),
            class_name="go-on",
        ),
    )


def type_choice() -> rx.Component:
    return el.span(
        el.select(
            el.option("Выберите тип обращения", value=""),
            rx.foreach(FeedbackState.groups, types_of_service),
            id="appeal-type",
            value=FeedbackState.type_code,
            on_change=FeedbackState.choose_type,
            class_name="input",
        ),
        icon("chevron", small=True),
        class_name="select",
    )


def types_of_service(group: rx.Var[TypeGroup]) -> rx.Component:
    return el.optgroup(
        rx.foreach(group.types, lambda choice: el.option(choice[1], value=choice[0])),
        label=group.service,
        key=group.service,
    )


def answered_already() -> rx.Component:
    """Return the questions that are often asked about the chosen type, and the search over them."""
    return el.section(
        el.h3("Возможно, ответ уже есть", id="answers"),
        el.div(
            search_form(),
            el.p(
                FeedbackState.told_found,
                role="status",
                class_name=rx.cond(FeedbackState.answers.length() > 0, "hint", "muted"),
            ),
        ),
        el.div(rx.foreach(FeedbackState.answers, answer), class_name="faq"),
        aria_labelledby="answers",
        class_name="answered",
    )


def search_form() -> rx.Component:
    return el.form(
        el.input(
            name="words",
            type="search",
            placeholder="Найти среди ответов",
            aria_label="Найти среди ответов",
            max_length=SEARCH_LENGTH,
            auto_complete="off",
            class_name="input",
        ),
        rx.cond(
            FeedbackState.searched,
            button("Сбросить", "quiet", type="reset", on_click=FeedbackState.search({"words": ""})),
        ),
        button("Найти", "secondary", type="submit"),
        on_submit=FeedbackState.search,
        role="search",
        class_name="find",
        # Another type, another search.
        key=FeedbackState.type_code,
    )


def answer(known: rx.Var[FaqAnswer]) -> rx.Component:
    return el.details(
        el.summary(icon("chevron", small=True), el.span(known.question)),
        el.div(loaded_text(known.blocks), class_name="prose"),
        key=known.id.to(str),
    )


def asking_dialog() -> rx.Component:
    """Return the form; what it is about is told by the button that opens it."""
    return form_dialog(
        ASKING,
        "Новый вопрос",
        filled_field("type", "type"),
        filled_field("account", "account"),
        key_field(),
        input_field("subject", "Тема", prefix="ask-", hint="Коротко, о чём вопрос", auto_complete="off"),
        message_field("text", "Вопрос", TEXT_LENGTH, prefix="ask-", rows=7),
        attachments(),
        action="/api/feedback",
        submit="Отправить вопрос",
        lead=rx.fragment(filled("what"), el.br(), filled("about")),
        wide=True,
        then=RELOAD,
        says=SAID,
        focuses=LIST,
    )
