"""«Потребители»: staff find an account, and see what its consumers see."""

from typing import Any

import reflex as rx

from lk_app.components import desk
from lk_app.components.desk import cell, column_head
from lk_app.components.forms import reload_button, status
from lk_app.components.notices import arriving, plain_card
from lk_app.components.office import office
from lk_app.components.tables import row_header
from lk_app.formats import tied
from lk_app.pages.office.consumer import consumer
from lk_app.pages.office.consumer_dialogs import RELOAD, SAID, dialogs
from lk_app.state.office.consumers import ConsumersState
from lk_app.state.office.consumers_words import FoundRow

el = rx.el

ABOUT = tied("Поиск по номеру лицевого счёта, телефону, фамилии или имени пользователя. Каждый просмотр записывается.")
SEARCH_WORDS = "Лицевой счёт, телефон, фамилия или имя"


def consumers() -> rx.Component:
    """Return the screen."""
    state = ConsumersState
    return office(
        "/office/consumers",
        desk.screen(
            desk.head("Потребители", ABOUT, state, status(id=SAID)),
            el.div(desk.search_form(SEARCH_WORDS, state, state.search), class_name="desk-tools"),
            arriving(
                state.loaded,
                state.failure,
                state.load,
                placeholder=rx.fragment(),
                content=rx.cond(state.card.key, consumer(), found()),
            ),
            reload_button(RELOAD, state.reload),
            name="consumers",
        ),
        dialogs(),
    )


def found() -> rx.Component:
    """Return what was found, or what can be searched by."""
    state = ConsumersState
    return rx.cond(
        state.rows.length() > 0,
        el.div(table(), desk.foot(state, state.turn, label="Страницы найденного"), class_name="cards"),
        rx.cond(
            state.asked,
            plain_card(
                "alert",
                "Никого не нашлось",
                el.p("Номер, телефон, фамилию и имя пользователя нужно вводить целиком."),
            ),
            plain_card(
                "house",
                "Найдите потребителя",
                el.p(
                    tied(
                        "Введите номер лицевого счёта, телефон из договора или кабинета, фамилию владельца "
                        "(можно с именем) или имя пользователя. Список без поиска не показывается."
                    )
                ),
            ),
        ),
    )


def table() -> rx.Component:
    return desk.table(
        "Найденные потребители",
        [
            column_head("Лицевой счёт"),
            column_head("Абонент"),
            column_head("Адрес"),
            column_head("Телефон"),
            column_head("В кабинете"),
        ],
        rx.foreach(ConsumersState.rows, row),
    )


def row(found: rx.Var[FoundRow]) -> rx.Component:
    return el.tr(
        row_header(
            rx.cond(
                found.number,
                opening(found, found.number, ConsumersState.look(found.number), f"{found.number}, {found.holder}"),
                opening(found, "без счёта", ConsumersState.look_at_user(found.user_id), found.holder),
            )
        ),
        cell(found.holder),
        cell(found.address, data_label="Адрес"),
        cell(found.phone, class_name="num", data_label="Телефон"),
        cell(
            rx.cond(
                found.has_user,
                el.span("есть", class_name="badge ok"),
                el.span("нет", class_name="badge"),
            ),
            data_label="В кабинете",
        ),
        key=found.key,
        role="row",
    )


def opening(found: rx.Var[FoundRow], title: rx.Var | str, look: Any, who: rx.Var | str) -> rx.Component:
    """Return what opens a row; back in the list the focus returns to it."""
    return el.button(
        title,
        type="button",
        on_click=look,
        class_name="num",
        auto_focus=found.key == ConsumersState.came_from,
        title="Открыть",
        aria_label=f"Открыть: {who}",
    )
