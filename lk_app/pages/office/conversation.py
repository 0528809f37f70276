"""What lies beside the queue of appeals: the conversation, the answer, notes, handing over, and the keys."""

import reflex as rx

from lk_app.components import queue
from lk_app.components.controls import button
from lk_app.components.dialog import filled, filled_field, form_dialog, opens
from lk_app.components.forms import error, field_marks, form_around, hidden, input_field, said_places
from lk_app.components.icons import icon
from lk_app.components.notices import note
from lk_app.components.queue import RELOAD, SAID, keys
from lk_app.formats import NBSP, tied
from lk_app.services.feedback.replies import NO_ANSWER, NO_NOTE, NO_TYPE
from lk_app.state.office.appeals import AppealsState
from lk_app.state.office.conversation_words import FileLine, Line, OtherRow

el = rx.el

CLOSING = "closing"
NOTE = "note"
HAND_OVER = "hand-over"
REREAD = "reread-appeal"
"""An unseen button that scripts press."""
ANSWER = "answer-text"
TEMPLATE = "answer-template"
UP_TO = f"До{NBSP}4{NBSP}000{NBSP}знаков"


def closer_look() -> rx.Component:
    """Return the panel beside the table: what was written, and the answer."""
    look = AppealsState.closer
    return queue.closer_look(
        look,
        rx.cond(look.account, queue.account_of(look), el.p(tied("Без лицевого счёта"))),
        about(),
        rx.cond(look.at_it, note("warn", look.at_it)),
        el.ol(rx.foreach(look.lines, message), class_name="conversation", aria_label="Переписка"),
        rx.cond(look.can_answer, answer_form()),
        others(),
        foot=actions(),
    )


def about() -> rx.Component:
    """Return what is asked about, and how far it has come."""
    look = AppealsState.closer
    return el.div(
        el.h3(look.subject),
        el.p(look.type),
        el.p(
            el.span(look.state, class_name=f"badge {look.tone}"),
            el.span(look.id, class_name="num"),
            class_name="badges",
        ),
        class_name="appeal-about",
    )


def message(line: rx.Var[Line]) -> rx.Component:
    return el.li(
        el.p(
            el.b(line.author),
            rx.cond(line.mark, el.span(line.mark)),
            el.span(line.at, class_name="num"),
            rx.cond(line.is_new, el.span("новое", class_name="badge warn")),
            class_name="message-by",
        ),
        el.p(line.text, class_name="message-text"),
        rx.cond(
            line.files.length() > 0,
            el.ul(rx.foreach(line.files, attachment), class_name="message-files"),
        ),
        key=line.id,
        class_name=f"message {line.side}",
    )


def attachment(file: rx.Var[FileLine]) -> rx.Component:
    return el.li(el.a(file.name, href=file.address, target="_blank", class_name="link"), " ", el.span(file.size))


def answer_form() -> rx.Component:
    """Return the form of an answer; assets/office.js keeps what is written in it while other appeals are looked at."""
    look = AppealsState.closer
    return form_around(
        "/api/office/appeals/answer",
        *said_places(),
        hidden("appeal", look.id),
        hidden("seen", look.seen),
        form_key(),
        rx.cond(look.templates.length() > 0, templates()),
        input_field("text", "Ответ", el.textarea, hint=UP_TO, missing=NO_ANSWER, prefix="answer-", rows="6"),
        el.div(
            button("Ответить", "primary", type="submit"),
            button("Ответить и закрыть", "secondary", type="submit", name="closes", value="yes"),
            class_name="answer-buttons",
        ),
        then=RELOAD,
        says=SAID,
        data_stale=REREAD,
        class_name="stack answer",
        key=look.id,
    )


def form_key() -> rx.Component:
    """Return the field by which what a form sends twice is one."""
    return el.input(type="hidden", name="key", value=AppealsState.closer.key, data_key="")


def templates() -> rx.Component:
    """Return the templates to begin an answer with."""
    look = AppealsState.closer
    return el.div(
        el.span(
            el.select(
                el.option("Шаблон ответа", value=""),
                rx.foreach(look.templates, lambda template: el.option(template[0], value=template[1])),
                id=TEMPLATE,
                aria_label="Шаблон ответа",
                class_name="input",
            ),
            icon("chevron", small=True),
            class_name="select",
        ),
        button("Вставить", "secondary", data_inserts=""),
        class_name="templates",
    )


def others() -> rx.Component:
    """Return what else the consumer has asked, and the way to what they have."""
    look = AppealsState.closer
    return el.section(
        el.p("Пишет: ", look.user, ". ", el.a("Найти потребителя", href="/office/consumers", class_name="link")),
        rx.cond(
            look.others.length() > 0,
            rx.fragment(
                el.h3("Другие обращения"),
                el.ul(rx.foreach(look.others, other), class_name="others"),
            ),
        ),
        class_name="appeal-others",
        aria_label="О потребителе",
    )


def other(appeal: rx.Var[OtherRow]) -> rx.Component:
    return el.li(
        el.button(appeal.subject, type="button", on_click=AppealsState.look(appeal.id), class_name="link"),
        el.span(" ", appeal.day, ", ", appeal.state, class_name="num"),
        key=appeal.id,
    )


def actions() -> rx.Component:
    """Return what is done about the appeal besides answering."""
    look = AppealsState.closer
    return el.div(
        rx.cond(look.can_take, button("Взять", "tint", on_click=AppealsState.take(look.id))),
        rx.cond(look.can_release, button("Вернуть в очередь", "quiet", on_click=AppealsState.release(look.id))),
        button("Заметка", "quiet", **opens(NOTE, what=look.about)),
        rx.cond(
            look.can_move & (look.elsewhere.length() > 0),
            el.button(
                "Передать в ",
                look.other_service,
                type="button",
                class_name="button quiet",
                **opens(HAND_OVER, what=look.about),
            ),
        ),
        rx.cond(
            look.can_move,
            button("Закрыть обращение", "quiet", **opens(CLOSING, number=look.id, seen=look.seen, what=look.about)),
        ),
        class_name="dialog-foot",
    )


def note_dialog() -> rx.Component:
    """Return the dialog in which a note for colleagues is written."""
    look = AppealsState.closer
    return form_dialog(
        NOTE,
        "Заметка для коллег",
        hidden("appeal", look.id),
        form_key(),
        text_field("note-", "Заметка", missing=NO_NOTE),
        action="/api/office/appeals/note",
        submit="Добавить заметку",
        lead=filled("what"),
        then=REREAD,
        says=SAID,
        data_stale=REREAD,
        wide=True,
    )


def hand_over_dialog() -> rx.Component:
    """Return the dialog that leaves an appeal to the other service."""
    look = AppealsState.closer
    return form_dialog(
        HAND_OVER,
        "Передать обращение",
        hidden("appeal", look.id),
        form_key(),
        el.p("Обращение перейдёт в ", look.other_service, " и", NBSP, "снова встанет в", NBSP, "очередь."),
        type_field(),
        text_field("hand-over-", "Заметка для коллег (необязательно)", missing=""),
        action="/api/office/appeals/handover",
        submit="Передать",
        lead=filled("what"),
        then=RELOAD,
        says=SAID,
        data_stale=REREAD,
        wide=True,
    )


def text_field(prefix: str, label: str, *, missing: str) -> rx.Component:
    return input_field("text", label, el.textarea, hint=UP_TO, missing=missing, prefix=prefix, rows="4")


def type_field() -> rx.Component:
    """Return the choice of a type of the other service."""
    identifier = "hand-over-type"
    return el.div(
        el.label("О чём обращение", html_for=identifier),
        el.span(
            el.select(
                el.option("Выберите тип", value=""),
                rx.foreach(AppealsState.closer.elsewhere, lambda choice: el.option(choice[1], value=choice[0])),
                id=identifier,
                name="type",
                aria_describedby=f"{identifier}-error",
                class_name="input",
            ),
            icon("chevron", small=True),
            class_name="select",
        ),
        error(identifier),
        class_name="field",
        **field_marks("type", "О чём обращение", NO_TYPE),
    )


def closing_dialog() -> rx.Component:
    """Return the dialog that all rows share, and the panel."""
    return form_dialog(
        CLOSING,
        "Закрыть обращение",
        filled_field("appeal", "number"),
        filled_field("seen", "seen"),
        el.p(
            tied(
                "Потребитель увидит, что обращение закрыто, и не сможет в нём написать. Открыть его снова нельзя. "
                "Если ответа ещё не было, сначала ответьте."
            )
        ),
        action="/api/office/appeals/closing",
        submit="Закрыть обращение",
        lead=filled("what"),
        then=RELOAD,
        says=SAID,
        data_stale=REREAD,
    )


def keys_dialog() -> rx.Component:
    """Return the list of keys."""
    return queue.keys_dialog(
        keys("Открыть; ещё раз — перейти к переписке", "Enter"),
        keys("Взять", "в", "t"),
        keys("Ответить", "о", "r"),
        keys("Закрыть обращение", "з", "c"),
        keys("Отправить ответ", f"Ctrl{NBSP}+{NBSP}Enter"),
        keys("Из ответа к строке; закрыть панель или окно", "Esc"),
        lead="Действуют, пока выбрана строка. Чтобы начать, нажмите ↓.",
    )
