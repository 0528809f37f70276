"""«Очередь показаний»: the work of an operator. Its keys are in assets/office.js, which presses the buttons of here."""

import reflex as rx

from lk_app.components.controls import button
from lk_app.components.dialog import opens
from lk_app.components.document import script
from lk_app.components.forms import reload_button, status, written
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, bar
from lk_app.components.office import office
from lk_app.pages.office.inspection import (
    KEYS,
    PUT_AWAY,
    REFUSAL,
    RELOAD,
    SAID,
    closer_look,
    keys_dialog,
    refusal_dialog,
)
from lk_app.pages.office.queue_table import MARKED, ROWS, nothing_waits, table_form
from lk_app.services.readings.finding import Kind
from lk_app.state.office.readings import EARLIER, LATER, SEARCH_LENGTH, QueueState

el = rx.el

SEARCH_WORDS = "Лицевой счёт, счётчик или фамилия"


def readings() -> rx.Component:
    """Return the screen."""
    return office(
        "/office/readings",
        el.div(
            head(),
            tools(),
            arriving(
                QueueState.loaded,
                QueueState.failure,
                QueueState.load,
                placeholder=placeholder(),
                content=el.div(
                    rx.cond(QueueState.rows.length() > 0, table_form(), nothing_waits()),
                    closer_look(),
                    class_name="queue-body",
                ),
            ),
            below(),
            reload_button(RELOAD, QueueState.reload),
            reload_button(PUT_AWAY, QueueState.put_away),
            class_name="queue",
            data_queue="",
        ),
        refusal_dialog(),
        keys_dialog(),
        script("office.js", at_leisure=True),
    )


def head() -> rx.Component:
    """Return the title, how the queue stands, and what came of the last thing that was done."""
    return el.div(
        el.div(el.h1("Очередь показаний"), el.p(QueueState.head)),
        el.div(
            el.p(
                QueueState.told,
                role="status",
                class_name=f"note {QueueState.told_as} signed",
            ),
            status(id=SAID),
            class_name="queue-told",
        ),
        class_name="page-head",
    )


def tools() -> rx.Component:
    """Return what narrows the queue, and the way to accept what is in order."""
    return el.div(
        el.div(
            kind_button(Kind.ALL, "Все", QueueState.counts.all),
            kind_button(Kind.ATTENTION, "Требуют внимания", QueueState.counts.attention),
            kind_button(Kind.PHOTO, "С фото", QueueState.counts.photo),
            class_name="segments",
            role="group",
            aria_label="Какие показания",
        ),
        search_form(),
        rx.cond(QueueState.offices.length() > 1, office_choice()),
        about_fine(),
        class_name="queue-tools",
    )


def kind_button(kind: Kind, label: str, count: rx.Var[str]) -> rx.Component:
    return el.button(
        label,
        " ",
        el.span(count, class_name="num"),
        type="button",
        on_click=QueueState.filter_by(kind.value, QueueState.office),
        aria_pressed=rx.cond(QueueState.kind == kind.value, "true", "false"),
    )


def search_form() -> rx.Component:
    return el.form(
        el.input(
            name="search",
            type="search",
            placeholder=SEARCH_WORDS,
            aria_label=SEARCH_WORDS,
            max_length=SEARCH_LENGTH,
            auto_complete="off",
            class_name="input",
        ),
        rx.cond(
            QueueState.searched,
            el.button(
                icon("close", small=True),
                type="reset",
                on_click=QueueState.search({"search": ""}),
                class_name="icon-button",
                aria_label="Сбросить поиск",
                title="Сбросить поиск",
            ),
        ),
        el.button("Найти", type="submit", class_name="button quiet"),
        on_submit=QueueState.search,
        role="search",
        class_name="queue-search",
    )


def office_choice() -> rx.Component:
    return el.span(
        el.select(
            el.option("Все абонентские службы", value=""),
            rx.foreach(QueueState.offices, lambda choice: el.option(choice[1], value=choice[0])),
            value=QueueState.office,
            on_change=lambda code: QueueState.filter_by(QueueState.kind, code),
            aria_label="Абонентская служба",
            class_name="input",
        ),
        icon("chevron", small=True),
        class_name="select",
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


def placeholder() -> rx.Component:
    return el.div(
        *(el.div(bar("w-7"), bar("w-14"), bar("w-10")) for _ in range(14)),
        class_name="card queue-loading",
        aria_hidden="true",
    )


def below() -> rx.Component:
    """Return how much is shown, the pages, what is done about marked rows, and the way to the list of keys."""
    return el.div(
        el.p(QueueState.span, class_name="num"),
        rx.cond(
            QueueState.has_earlier | QueueState.has_later,
            el.nav(
                turn_button("Назад", EARLIER, QueueState.has_earlier),
                turn_button("Дальше", LATER, QueueState.has_later),
                class_name="queue-pages",
                aria_label="Страницы очереди",
            ),
        ),
        about_marked(),
        el.button(el.kbd("?"), " Клавиши", type="button", class_name="button quiet queue-keys", **opens(KEYS)),
        class_name="queue-foot",
    )


def turn_button(label: str, where: str, is_there: rx.Var[bool]) -> rx.Component:
    """Return what leads to the page beside, and the focus to its rows."""
    return rx.cond(
        is_there,
        button(label, "secondary", on_click=[QueueState.turn(where), rx.set_focus(ROWS)]),
        button(label, "secondary", aria_disabled="true"),
    )
