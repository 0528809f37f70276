"""The rows of the queue: a table, which folds into cards where there is little room."""

import reflex as rx

from lk_app.components.desk import ROWS, cell, column_head
from lk_app.components.dialog import opens
from lk_app.components.icons import icon
from lk_app.components.notices import plain_card
from lk_app.components.tables import row_header
from lk_app.formats import tied
from lk_app.pages.office.inspection import REFUSAL
from lk_app.services.readings.finding import Kind
from lk_app.state.office.queue_words import QueueRow
from lk_app.state.office.readings import QueueState

el = rx.el

MARKED = "marked"
"""The form of the marked rows."""
MUST_BE_REFUSED = tied("Меньше последнего принятого показания: можно только отказать")


def table_form() -> rx.Component:
    """Return the table; its boxes make a form, so that all that is marked is accepted in one event."""
    return el.form(
        el.div(
            el.table(
                el.caption("Показания, которые ждут проверки", class_name="unseen"),
                column_heads(),
                el.tbody(rx.foreach(QueueState.rows, row), role="rowgroup"),
                class_name="desk-table queue-table",
                role="table",
            ),
            id=ROWS,
            tab_index=0,
            role="region",
            aria_label="Очередь показаний",
            class_name="card desk-rows",
        ),
        id=MARKED,
        on_submit=QueueState.accept_chosen,
        class_name="queue-form",
    )


def column_heads() -> rx.Component:
    mark_all = el.label(
        el.input(type="checkbox", aria_label="Отметить все на странице", data_marks_all=""), class_name="box"
    )
    return el.thead(
        el.tr(
            column_head(mark_all, "mark"),
            column_head("Передано"),
            column_head("Лицевой счёт"),
            column_head("Абонент"),
            column_head("Адрес", "address"),
            column_head("Счётчик", "serial"),
            column_head("Было", "figure"),
            column_head("Стало", "figure"),
            column_head("Расход, м³", "figure"),
            column_head("Проверка"),
            column_head("Источник", "source"),
            column_head(el.span("Решение", class_name="unseen")),
            role="row",
        ),
        role="rowgroup",
    )


def row(reading: rx.Var[QueueRow]) -> rx.Component:
    return el.tr(
        cell(mark(reading), class_name="mark"),
        cell(reading.sent, class_name="sent num"),
        row_header(
            el.button(
                reading.account,
                type="button",
                on_click=QueueState.look(reading.id),
                class_name="num",
                title="Подробнее",
                aria_label=f"Подробнее: {reading.account}, {reading.about}",
                data_looks="",
            )
        ),
        cell(reading.holder, class_name="holder"),
        cell(reading.address, class_name="address", title=reading.address),
        cell(reading.serial, class_name="serial num"),
        cell(reading.previous, class_name="previous figure num", data_label="Было"),
        cell(reading.value, class_name="value figure num", data_label="Стало"),
        cell(reading.consumption, class_name="burned figure num", data_label="Расход, м³"),
        cell(check(reading), class_name="check-cell"),
        cell(source(reading), class_name="source"),
        cell(decisions(reading), class_name="do"),
        key=reading.id,
        role="row",
        tab_index=-1,
        class_name=rx.cond(reading.check, "unusual", ""),
        data_reading=reading.id,
    )


def mark(reading: rx.Var[QueueRow]) -> rx.Component:
    return el.label(
        el.input(type="checkbox", name=reading.id, aria_label=f"Отметить: {reading.about}", data_mark=""),
        class_name="box",
    )


def check(reading: rx.Var[QueueRow]) -> rx.Component:
    return rx.cond(
        reading.check,
        rx.fragment(
            el.span(reading.check, class_name=f"badge {reading.tone}"),
            rx.cond(
                reading.more_checks,
                el.span(reading.more_checks, class_name="more-checks", title="Остальное в подробностях"),
            ),
        ),
        el.span("в норме", class_name="fine"),
    )


def source(reading: rx.Var[QueueRow]) -> rx.Component:
    return rx.fragment(
        reading.source,
        rx.cond(
            reading.has_photo,
            el.span(icon("camera", small=True), el.span(", есть фото", class_name="unseen"), title="Есть фото"),
        ),
    )


def decisions(reading: rx.Var[QueueRow]) -> rx.Component:
    return rx.fragment(
        el.button(
            "Отказать",
            type="button",
            class_name="button quiet",
            aria_label=f"Отказать: {reading.about}",
            data_refuses="",
            **opens(REFUSAL, ids=reading.id, what=reading.about),
        ),
        rx.cond(
            reading.can_accept,
            el.button(
                "Принять",
                type="button",
                class_name="button tint",
                on_click=QueueState.accept([reading.id]),
                aria_label=f"Принять: {reading.about}",
                data_accepts="",
            ),
            el.button(
                "Принять",
                type="button",
                class_name="button tint",
                aria_disabled="true",
                aria_label=f"Принять: {reading.about}. {MUST_BE_REFUSED}",
                title=MUST_BE_REFUSED,
            ),
        ),
    )


def nothing_waits() -> rx.Component:
    is_whole = (QueueState.kind == Kind.ALL.value) & (QueueState.office == "") & (QueueState.searched == "")
    return rx.cond(
        is_whole,
        plain_card("done", "Все показания проверены", el.p("Новые появятся здесь сами, обновлять страницу не нужно.")),
        plain_card(
            "meter",
            "Ничего не нашлось",
            el.p("Среди показаний, которые ждут проверки, таких нет. Номер и фамилию нужно вводить целиком."),
        ),
    )
