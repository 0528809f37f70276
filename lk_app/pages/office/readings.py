"""«Очередь показаний»: the work of an operator."""

import reflex as rx

from lk_app.components import desk, queue
from lk_app.components.dialog import opens
from lk_app.components.forms import written
from lk_app.pages.office.inspection import REFUSAL, closer_look, keys_dialog, refusal_dialog
from lk_app.pages.office.queue_table import MARKED, nothing_waits, table_form
from lk_app.services.readings.finding import Kind
from lk_app.state.office.readings import QueueState

el = rx.el

SEARCH_WORDS = "Лицевой счёт, счётчик или фамилия"


def readings() -> rx.Component:
    """Return the screen."""
    return queue.screen(
        "/office/readings",
        "Очередь показаний",
        QueueState,
        tools(),
        queue.body(QueueState, table_form(), nothing_waits(), closer_look()),
        desk.foot(QueueState, QueueState.turn, about_marked(), queue.keys_button(), label="Страницы очереди"),
        dialogs=[refusal_dialog(), keys_dialog()],
        name="queue",
        of="reading",
    )


def tools() -> rx.Component:
    """Return what narrows the queue, and the way to accept what is in order."""
    return el.div(
        queue.kinds(
            "Какие показания",
            kind_button(Kind.ALL, "Все", QueueState.counts.all),
            kind_button(Kind.ATTENTION, "Требуют внимания", QueueState.counts.attention),
            kind_button(Kind.PHOTO, "С фото", QueueState.counts.photo),
        ),
        desk.search_form(SEARCH_WORDS, QueueState, QueueState.search),
        rx.cond(QueueState.offices.length() > 1, office_choice()),
        about_fine(),
        class_name="desk-tools",
    )


def kind_button(kind: Kind, label: str, count: rx.Var[str]) -> rx.Component:
    choose = QueueState.filter_by(kind.value, QueueState.office)
    return queue.kind_button(label, QueueState.kind == kind.value, choose, count)


def office_choice() -> rx.Component:
    return desk.choice(
        "Абонентская служба",
        QueueState.office,
        QueueState.offices,
        lambda code: QueueState.filter_by(QueueState.kind, code),
        every="Все абонентские службы",
    )


def about_fine() -> rx.Component:
    """Return the button that accepts what is unsuspicious of what is shown."""
    return el.button(
        f"Принять все в норме: {QueueState.fine.length()}",
        type="button",
        on_click=QueueState.accept(QueueState.fine),
        aria_disabled=rx.cond(QueueState.fine.length() > 0, "false", "true"),
        class_name="button secondary queue-fine",
        data_accepts_fine="",
    )


def about_marked() -> rx.Component:
    """Return what is done about the marked rows; the style shows it while there are any."""
    return el.div(
        written(el.span, class_name="num", data_count=""),
        el.button(
            "Отказать отмеченным",
            type="button",
            class_name="button quiet",
            data_refuses_marked="",
            **opens(REFUSAL, ids="", what=""),
        ),
        el.button(
            "Принять отмеченные", type="submit", form=MARKED, class_name="button primary", data_accepts_marked=""
        ),
        class_name="queue-marked",
        role="group",
        aria_label="Отмеченные показания",
    )
