"""«Сотрудники»: who works in the office, for administrators."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import button
from lk_app.components.desk import cell, column_head
from lk_app.components.dialog import opens
from lk_app.components.forms import reload_button, status
from lk_app.components.notices import arriving
from lk_app.components.office import office
from lk_app.components.tables import row_header
from lk_app.formats import tied
from lk_app.pages.office.member_dialogs import (
    CREATING,
    DISABLING,
    ENABLING,
    ENDING,
    PASSWORD,
    RELOAD,
    ROLE,
    SAID,
    SECOND_FACTOR,
    dialogs,
)
from lk_app.state.office.members import MemberRow, MembersState

el = rx.el

ABOUT = tied("Роль действует со следующего действия. Новые пароль и второй фактор завершают сеансы сотрудника.")


def members() -> rx.Component:
    """Return the screen."""
    state = MembersState
    return office(
        "/office/members",
        desk.screen(
            desk.head("Сотрудники", ABOUT, state, status(id=SAID)),
            el.div(button("Создать сотрудника", "primary", **opens(CREATING)), class_name="desk-tools"),
            arriving(
                state.loaded,
                state.failure,
                state.load,
                placeholder=desk.placeholder(),
                content=el.div(table(), el.p(state.span, class_name="hint num"), class_name="cards"),
            ),
            reload_button(RELOAD, state.reload),
            name="members",
        ),
        dialogs(),
    )


def table() -> rx.Component:
    heads = [column_head(title) for title in ("Логин", "Имя", "Роль", "Второй фактор", "Создан", "Сеансы", "Состояние")]
    actions = column_head(el.span("Что можно сделать", class_name="unseen"))
    return desk.table("Сотрудники", [*heads, actions], rx.foreach(MembersState.rows, row))


def row(member: rx.Var[MemberRow]) -> rx.Component:
    return el.tr(
        row_header(member.login),
        cell(member.name),
        cell(member.role, data_label="Роль"),
        cell(
            el.span(member.second_factor, class_name=f"badge {member.second_factor_tone}"),
            data_label="Второй фактор",
        ),
        cell(member.since, class_name="num", data_label="Создан"),
        cell(rx.cond(member.sessions, member.sessions, "нет"), class_name="num", data_label="Сеансы"),
        cell(
            rx.cond(
                member.disabled,
                el.span(member.disabled, class_name="badge danger"),
                el.span("работает", class_name="badge ok"),
            ),
            rx.cond(member.first_password, el.p(member.first_password, class_name="hint")),
            data_label="Состояние",
        ),
        cell(actions(member), class_name="do"),
        key=member.login,
        role="row",
    )


def actions(member: rx.Var[MemberRow]) -> rx.Component:
    return el.div(
        rx.cond(member.is_self, rx.fragment(), action("Роль", ROLE, member)),
        action("Пароль", PASSWORD, member),
        action("Второй фактор", SECOND_FACTOR, member),
        rx.cond(member.sessions, action("Завершить сеансы", ENDING, member)),
        rx.cond(
            member.is_self,
            rx.fragment(),
            rx.cond(member.disabled, action("Включить", ENABLING, member), action("Отключить", DISABLING, member)),
        ),
        class_name="member-actions",
    )


def action(label: str, dialog: str, member: rx.Var[MemberRow]) -> rx.Component:
    return button(
        label, "quiet", aria_label=f"{label}: {member.about}", **opens(dialog, login=member.login, who=member.about)
    )
