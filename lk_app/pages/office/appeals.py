"""«Обращения»: the queue of what consumers ask."""

import reflex as rx

from lk_app.components import desk, queue
from lk_app.components.forms import reload_button
from lk_app.pages.office.appeals_table import appeals_table, nothing_found
from lk_app.pages.office.conversation import (
    REREAD,
    closer_look,
    closing_dialog,
    hand_over_dialog,
    keys_dialog,
    note_dialog,
)
from lk_app.services.feedback.finding import Kind
from lk_app.state.office.appeals import AppealsState

el = rx.el

SEARCH_WORDS = "Обращение, лицевой счёт, телефон или фамилия"


def appeals() -> rx.Component:
    """Return the screen."""
    return queue.screen(
        "/office/appeals",
        "Обращения",
        AppealsState,
        tools(),
        queue.body(AppealsState, appeals_table(), nothing_found(), closer_look()),
        desk.foot(AppealsState, AppealsState.turn, queue.keys_button(), label="Страницы обращений"),
        reload_button(REREAD, AppealsState.reread),
        dialogs=[note_dialog(), hand_over_dialog(), closing_dialog(), keys_dialog()],
        name="queue appeals",
        of="appeal",
    )


def tools() -> rx.Component:
    """Return what narrows the queue."""
    return el.div(
        queue.kinds(
            "Какие обращения",
            kind_button(Kind.WAITING, "Ждут ответа", AppealsState.counts.waiting),
            kind_button(Kind.MINE, "Мои", AppealsState.counts.mine),
            kind_button(Kind.ANSWERED, "Отвеченные"),
            kind_button(Kind.CLOSED, "Закрытые"),
            kind_button(Kind.ALL, "Все"),
        ),
        desk.search_form(SEARCH_WORDS, AppealsState, AppealsState.search),
        desk.choice(
            "Служба",
            AppealsState.service,
            AppealsState.services,
            lambda service: AppealsState.filter_by(AppealsState.kind, service, AppealsState.type_code),
            every="Обе службы",
        ),
        desk.choice(
            "Тип обращения",
            AppealsState.type_code,
            AppealsState.types,
            lambda code: AppealsState.filter_by(AppealsState.kind, AppealsState.service, code),
            every="Все типы",
        ),
        class_name="desk-tools",
    )


def kind_button(kind: Kind, label: str, count: rx.Var[str] | None = None) -> rx.Component:
    choose = AppealsState.filter_by(kind.value, AppealsState.service, AppealsState.type_code)
    return queue.kind_button(label, AppealsState.kind == kind.value, choose, count)
