"""«Обращения»: the queue of what consumers ask. Its keys are in assets/office.js, which presses the buttons of here."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.dialog import opens
from lk_app.components.document import script
from lk_app.components.forms import reload_button, status
from lk_app.components.notices import arriving
from lk_app.components.office import office
from lk_app.pages.office.appeals_table import appeals_table, nothing_found
from lk_app.pages.office.conversation import (
    REREAD,
    closer_look,
    closing_dialog,
    hand_over_dialog,
    keys_dialog,
    note_dialog,
)
from lk_app.pages.office.inspection import KEYS, PUT_AWAY, RELOAD, SAID
from lk_app.services.feedback.finding import Kind
from lk_app.state.office.appeals import AppealsState

el = rx.el

SEARCH_WORDS = "Обращение, лицевой счёт, телефон или фамилия"


def appeals() -> rx.Component:
    """Return the screen."""
    return office(
        "/office/appeals",
        desk.screen(
            desk.head("Обращения", AppealsState.head, AppealsState, status(id=SAID)),
            tools(),
            arriving(
                AppealsState.loaded,
                AppealsState.failure,
                AppealsState.load,
                placeholder=desk.placeholder(),
                content=el.div(
                    rx.cond(AppealsState.rows.length() > 0, appeals_table(), nothing_found()),
                    closer_look(),
                    class_name="queue-body",
                ),
            ),
            below(),
            reload_button(RELOAD, AppealsState.reload),
            reload_button(REREAD, AppealsState.reread),
            reload_button(PUT_AWAY, AppealsState.put_away),
            name="queue appeals",
            data_queue="appeal",
        ),
        note_dialog(),
        hand_over_dialog(),
        closing_dialog(),
        keys_dialog(),
        script("office.js", at_leisure=True),
    )


def tools() -> rx.Component:
    """Return what narrows the queue."""
    return el.div(
        el.div(
            kind_button(Kind.WAITING, "Ждут ответа", AppealsState.counts.waiting),
            kind_button(Kind.MINE, "Мои", AppealsState.counts.mine),
            kind_button(Kind.ANSWERED, "Отвеченные"),
            kind_button(Kind.CLOSED, "Закрытые"),
            kind_button(Kind.ALL, "Все"),
            class_name="segments",
            role="group",
            aria_label="Какие обращения",
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
    return el.button(
        label,
        *([" ", el.span(count, class_name="num")] if count is not None else []),
        type="button",
        on_click=AppealsState.filter_by(kind.value, AppealsState.service, AppealsState.type_code),
        aria_pressed=rx.cond(AppealsState.kind == kind.value, "true", "false"),
    )


def below() -> rx.Component:
    """Return how much is shown, the pages, and the way to the list of keys."""
    return desk.foot(
        AppealsState,
        AppealsState.turn,
        el.button(el.kbd("?"), " Клавиши", type="button", class_name="button quiet queue-keys", **opens(KEYS)),
        label="Страницы обращений",
    )
