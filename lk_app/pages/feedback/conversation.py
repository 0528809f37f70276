"""An appeal that is open: what was written, and the box for more."""

import reflex as rx

from lk_app.components.controls import button, link
from lk_app.components.dialog import filled_field, form_dialog, opens
from lk_app.components.forms import form_around, hidden, key_field, message_field, said_places
from lk_app.components.icons import icon
from lk_app.formats import tied
from lk_app.pages.feedback.parts import RELOAD, SAID, attachments
from lk_app.services.feedback.writing import TEXT_LENGTH
from lk_app.state.feedback import FeedbackState, FileLink, ShownMessage

el = rx.el

CLOSING = "closing"
MESSAGES = "messages"


def conversation() -> rx.Component:
    """Return what was written, oldest first, and what can be done about the appeal."""
    appeal = FeedbackState.opened
    return el.div(
        el.ol(
            rx.foreach(appeal.messages, message),
            id=MESSAGES,
            tab_index=-1,
            aria_label="Переписка",
            class_name="messages",
        ),
        rx.cond(appeal.is_closed, closed()),
    )


def message(shown: rx.Var[ShownMessage]) -> rx.Component:
    return el.li(
        el.p(el.b(shown.author), el.span(shown.at, class_name="hint num"), class_name="message-head"),
        el.p(shown.text, class_name="message-text"),
        rx.cond(shown.files.length() > 0, el.ul(rx.foreach(shown.files, file), class_name="files")),
        class_name=rx.cond(shown.by_staff, "card message by-staff", "card message"),
        key=shown.key,
    )


def file(attached: rx.Var[FileLink]) -> rx.Component:
    return el.li(
        icon("clip", small=True),
        link(attached.name, to=attached.address, target="_blank", reload_document=True),
        el.span(attached.about, class_name="hint num"),
        key=attached.address,
    )


def closed() -> rx.Component:
    return el.div(
        el.p(tied("Обращение закрыто, дописать в него уже нельзя."), class_name="muted"),
        link("Задать новый вопрос", to="/feedback", alone=True),
        class_name="appeal-over",
    )


def reply_box() -> rx.Component:
    """Return the form for another message; it stays where it is while the page loads anew, with what is typed."""
    appeal = FeedbackState.opened
    return el.section(
        el.h2("Дополнить обращение"),
        form_around(
            "/api/feedback/reply",
            *said_places(),
            hidden("appeal", appeal.id),
            key_field(),
            message_field("text", "Сообщение", TEXT_LENGTH, prefix="reply-", rows=4),
            attachments(),
            el.div(
                button("Отправить сообщение", "primary large", type="submit"),
                button(
                    "Вопрос решён",
                    "secondary large",
                    **opens(CLOSING, appeal=appeal.id, focuses=MESSAGES),
                ),
                class_name="reply-foot",
            ),
            then=RELOAD,
            data_replies_to=appeal.id,
            class_name="stack",
        ),
        hidden=(appeal.id == "") | appeal.is_closed,
        class_name="card card-body reply",
    )


def closing_dialog() -> rx.Component:
    return form_dialog(
        CLOSING,
        "Вопрос решён",
        filled_field("appeal", "appeal"),
        el.p(
            tied(
                "Обращение закроется: дописать в него будет нельзя, но переписка останется. Новый вопрос можно задать "
                "в любое время."
            )
        ),
        action="/api/feedback/closing",
        submit="Закрыть обращение",
        then=RELOAD,
        says=SAID,
    )
