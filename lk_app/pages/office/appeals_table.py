"""The rows of the queue of appeals: a table, which folds into cards where there is little room."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.desk import cell, column_head
from lk_app.components.dialog import opens
from lk_app.components.notices import plain_card
from lk_app.components.tables import row_header
from lk_app.formats import tied
from lk_app.pages.office.conversation import CLOSING
from lk_app.services.feedback.finding import Kind
from lk_app.state.office.appeal_words import AppealRow
from lk_app.state.office.appeals import AppealsState

el = rx.el


def appeals_table() -> rx.Component:
    """Return the table."""
    heads = [
        column_head(rx.cond(AppealsState.by_waiting, "Ждёт с", "Изменено")),
        column_head("Тема", "subject"),
        column_head("Абонент"),
        column_head("Лицевой счёт", "number"),
        column_head("Тип", "type"),
        column_head("Состояние"),
        column_head(el.span("Действия", class_name="unseen")),
    ]
    return desk.table("Обращения", heads, rx.foreach(AppealsState.rows, row))


def row(appeal: rx.Var[AppealRow]) -> rx.Component:
    return el.tr(
        cell(appeal.since, class_name="since num", data_label=rx.cond(AppealsState.by_waiting, "Ждёт с", "Изменено")),
        row_header(
            el.button(
                appeal.subject,
                type="button",
                on_click=AppealsState.look(appeal.id),
                title=appeal.subject,
                aria_label=f"Открыть: {appeal.about}",
                data_looks="",
                data_answers="",
            )
        ),
        cell(appeal.holder, class_name="holder", data_label="Абонент"),
        cell(appeal.account, class_name="number num", data_label="Лицевой счёт"),
        cell(appeal.type, class_name="type", title=appeal.type, data_label="Тип"),
        cell(
            el.span(
                el.span(appeal.state, class_name=f"badge {appeal.tone}"),
                rx.cond(appeal.taken_by, el.span(appeal.taken_by, class_name="taken-by")),
            ),
            class_name="state",
            data_label="Состояние",
        ),
        cell(actions(appeal), class_name="do"),
        key=appeal.id,
        role="row",
        tab_index=-1,
        data_appeal=appeal.id,
    )


def actions(appeal: rx.Var[AppealRow]) -> rx.Component:
    return rx.fragment(
        rx.cond(
            appeal.can_close,
            el.button(
                "Закрыть",
                type="button",
                class_name="button quiet",
                aria_label=f"Закрыть: {appeal.about}",
                data_ends="",
                **opens(CLOSING, number=appeal.id, seen=appeal.seen, what=appeal.about),
            ),
        ),
        rx.cond(
            appeal.can_take,
            el.button(
                "Взять",
                type="button",
                class_name="button tint",
                on_click=AppealsState.take(appeal.id),
                aria_label=f"Взять: {appeal.about}",
                data_takes="",
            ),
        ),
    )


def nothing_found() -> rx.Component:
    is_narrowed = (AppealsState.service != "") | (AppealsState.type_code != "") | (AppealsState.searched != "")
    return rx.cond(
        (AppealsState.kind == Kind.WAITING.value) & ~is_narrowed,
        plain_card("done", "Все обращения отвечены", el.p("Новые появятся здесь сами, обновлять страницу не нужно.")),
        plain_card(
            "help",
            "Ничего не нашлось",
            el.p(tied("Здесь таких обращений нет. Номер, телефон и фамилию нужно вводить целиком.")),
        ),
    )
