"""What the office's queues have in common: the frame, and the panel beside the rows that says all about one of them.

Their keys are in assets/office.js, which presses the buttons of here.
"""

from typing import Any

import reflex as rx

from lk_app.components import desk
from lk_app.components.dialog import dialog, opens
from lk_app.components.document import script
from lk_app.components.forms import reload_button, status
from lk_app.components.icons import icon
from lk_app.components.notices import arriving
from lk_app.components.office import office
from lk_app.formats import tied

el = rx.el

CLOSER = "closer"
KEYS = "keys"
SAID = "said"
"""Where forms say what came of them."""
RELOAD = "reload-queue"
PUT_AWAY = "put-closer-away"
"""Unseen buttons that scripts press."""


def screen(
    section: str, title: str, state: Any, *content: rx.Component, dialogs: list[rx.Component], name: str, of: str
) -> rx.Component:
    """Return the screen of a queue around its tools, `body` and foot; scripts know by `of` what is queued."""
    return office(
        section,
        desk.screen(
            desk.head(title, state.head, state, status(id=SAID)),
            *content,
            reload_button(RELOAD, state.reload),
            reload_button(PUT_AWAY, state.put_away),
            name=name,
            data_queue=of,
        ),
        *dialogs,
        script("office.js", at_leisure=True),
    )


def kinds(label: str, *buttons: rx.Component) -> rx.Component:
    """Return the choice between parts of the queue."""
    return el.div(*buttons, class_name="segments", role="group", aria_label=label)


def kind_button(label: str, is_chosen: rx.Var[bool], choose: Any, count: rx.Var[str] | None = None) -> rx.Component:
    return el.button(
        label,
        *([" ", el.span(count, class_name="num")] if count is not None else []),
        type="button",
        on_click=choose,
        aria_pressed=rx.cond(is_chosen, "true", "false"),
    )


def body(state: Any, rows: rx.Component, nothing: rx.Component, closer: rx.Component) -> rx.Component:
    """Return the rows, or that there are none, with the panel beside."""
    return arriving(
        state.loaded,
        state.failure,
        state.load,
        placeholder=desk.placeholder(),
        content=el.div(rx.cond(state.rows.length() > 0, rows, nothing), closer, class_name="queue-body"),
    )


def closer_look(look: Any, about: rx.Component, *content: rx.Component, foot: rx.Component) -> rx.Component:
    """Return the panel beside the table; assets/office.js opens it, as a dialog where there is no room beside.

    It is open as long as it has content, and empties when it is closed. `about` stands below the holder's name.
    """
    return el.dialog(
        rx.cond(
            look.id,
            el.div(
                closer_head(look.holder, about),
                el.div(*content, class_name="dialog-body", tab_index=-1),
                foot,
                class_name="dialog-box",
                data_looked_at=look.id,
            ),
        ),
        id=CLOSER,
        class_name="dialog closer",
        aria_labelledby=f"{CLOSER}-title",
    )


def closer_head(title: rx.Var[str], about: rx.Component) -> rx.Component:
    return el.div(
        el.div(el.h2(title, id=f"{CLOSER}-title", tab_index=-1), about),
        el.button(
            icon("close"),
            type="button",
            class_name="icon-button",
            aria_label="Закрыть панель",
            title="Закрыть панель (Esc)",
            data_closes="",
        ),
        class_name="dialog-head",
    )


def account_of(look: Any) -> rx.Component:
    """Return the account of what is looked at, for the head of its panel."""
    return el.p(el.span("Лицевой счёт ", look.account, class_name="num"), el.br(), look.address)


def keys_button() -> rx.Component:
    """Return the way to the list of keys."""
    return el.button(el.kbd("?"), " Клавиши", type="button", class_name="button quiet queue-keys", **opens(KEYS))


def keys_dialog(*lines: rx.Component, lead: str) -> rx.Component:
    """Return the list of keys, in which what all queues have comes first and last."""
    return dialog(
        KEYS,
        "Клавиши",
        el.dl(
            keys("Строка ниже, выше", "↓", "↑", "j", "k"),
            *lines,
            keys("Этот список", "?"),
            class_name="keys",
        ),
        lead=tied(lead),
    )


def keys(what: str, *names: str) -> rx.Component:
    return el.div(el.dt(what), el.dd(*(el.kbd(name) for name in names)))
