"""«Журнал»: who of the staff did what, for administrators."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import NativeForm, button, field
from lk_app.components.desk import cell, column_head
from lk_app.components.forms import hidden
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, plain_card
from lk_app.components.office import office
from lk_app.components.tables import row_header
from lk_app.formats import tied
from lk_app.services.office.audit_log import MOST_EXPORTED, NOBODY
from lk_app.services.office.audit_words import GROUPS
from lk_app.services.staff.audit import SUBJECT_LENGTH
from lk_app.state.office.audit import AuditRow, AuditState

el = rx.el

ABOUT = tied("Что сотрудники делали и что смотрели, сначала новое. Просмотр и выгрузка журнала тоже записываются.")
EXPORTED = f"Скачиваются все записи отбора, не больше {MOST_EXPORTED // 1000} 000"


def audit() -> rx.Component:
    """Return the screen."""
    state = AuditState
    return office(
        "/office/audit",
        desk.screen(
            desk.head("Журнал", ABOUT, state),
            filters(),
            arriving(
                state.loaded,
                state.failure,
                state.load,
                placeholder=desk.placeholder(),
                content=el.div(
                    rx.cond(
                        state.rows.length() > 0,
                        table(),
                        plain_card("history", "Записей нет", el.p("Измените отбор или период.")),
                    ),
                    desk.foot(state, state.turn, export(), label="Страницы журнала"),
                    class_name="cards",
                ),
            ),
            name="audit",
        ),
    )


def filters() -> rx.Component:
    """Return what narrows the log."""
    state = AuditState
    return el.form(
        chosen(
            "member",
            "Сотрудник",
            el.option("Все", value=""),
            el.option("Команды и неизвестные логины", value=str(NOBODY)),
            rx.foreach(state.members, lambda member: el.option(member[1], value=member[0])),
        ),
        chosen("action", "Действие", el.option("Все", value=""), *(group(title, words) for title, words in GROUPS)),
        field(
            "subject",
            "О чём",
            el.input(
                id="subject",
                name="subject",
                type="search",
                placeholder="Счёт, показание, обращение или логин",
                max_length=SUBJECT_LENGTH,
                auto_complete="off",
                class_name="input",
            ),
        ),
        day("from", "С"),
        day("to", "По"),
        el.div(
            button("Показать", "primary", type="submit"),
            el.button("Сбросить", type="reset", on_click=state.load, class_name="button quiet"),
            class_name="actions",
        ),
        on_submit=state.filter_by,
        role="search",
        class_name="desk-filters",
    )


def chosen(name: str, label: str, *options: rx.Component) -> rx.Component:
    return field(
        name,
        label,
        el.span(
            el.select(*options, id=name, name=name, class_name="input"),
            icon("chevron", small=True),
            class_name="select",
        ),
    )


def group(title: str, words: dict[str, str]) -> rx.Component:
    return el.optgroup(*(el.option(said, value=action) for action, said in words.items()), label=title)


def day(name: str, label: str) -> rx.Component:
    return field(name, label, el.input(id=name, name=name, type="date", class_name="input num"))


def table() -> rx.Component:
    titles = ("Когда", "Кто", "Действие", "О чём", "Подробности", "Откуда")
    return desk.table("Записи журнала", [column_head(title) for title in titles], rx.foreach(AuditState.rows, row))


def row(entry: rx.Var[AuditRow]) -> rx.Component:
    return el.tr(
        row_header(el.span(entry.at, class_name="num")),
        cell(entry.who, title=entry.name, data_label="Кто"),
        cell(entry.action, data_label="Действие"),
        cell(entry.subject, class_name="num", data_label="О чём"),
        cell(entry.detail, class_name="told", data_label="Подробности"),
        cell(entry.address, class_name="num", data_label="Откуда"),
        key=entry.id,
        role="row",
    )


def export() -> rx.Component:
    """Return the form that takes the filtered rows away; the browser sends it, into a tab of its own."""
    asked = AuditState.asked
    return NativeForm.create(
        hidden("member", asked.member),
        hidden("action", asked.action),
        hidden("subject", asked.subject),
        hidden("from", asked.first),
        hidden("to", asked.last),
        export_button("CSV", "csv"),
        export_button("Excel", "xlsx"),
        action="/api/office/audit/export",
        method="post",
        target="_blank",
        class_name="actions",
    )


def export_button(label: str, kind: str) -> rx.Component:
    return el.button(
        icon("document", small=True),
        f"Скачать {label}",
        type="submit",
        name="kind",
        value=kind,
        title=EXPORTED,
        class_name="button secondary",
    )
