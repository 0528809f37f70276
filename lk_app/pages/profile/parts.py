"""What the cards of «Настройки» are made of."""

from typing import Any

import reflex as rx

from lk_app.components.controls import button
from lk_app.components.dialog import form_dialog
from lk_app.components.forms import password_field, sent_form
from lk_app.formats import tied
from lk_app.state.profile import ProfileState

el = rx.el

RELOAD = "profile-reload"
SAID = "profile-said"
"""The page's own line that says that all went well."""


def card(identifier: str, title: str, *content: rx.Component, below: rx.Component | None = None) -> rx.Component:
    """Return a card; its title can get the focus, and `below` stands under a line of its own."""
    return el.section(
        el.div(el.h2(title, id=identifier, tab_index=-1), *content, class_name="card-body"),
        below or rx.fragment(),
        class_name="card",
        aria_labelledby=identifier,
    )


def item(*lines: rx.Component, actions: rx.Component | None = None, **props: Any) -> rx.Component:
    """Return a line of a list with what can be done about it."""
    return el.li(
        el.div(*lines, class_name="lines"),
        actions or rx.fragment(),
        **{"class_name": "item"} | props,
    )


def own_form(action: str, *content: rx.Component, **form: Any) -> rx.Component:
    """Return a form after which the screen loads anew."""
    return sent_form(action, *content, then=RELOAD, says=SAID, **form)


def own_dialog(identifier: str, title: str, *fields: rx.Component, **form: Any) -> rx.Component:
    """Return a dialog after which the screen loads anew."""
    return form_dialog(identifier, title, *fields, then=RELOAD, says=SAID, **form)


def small_form(
    action: str, label: str, *fields: rx.Component, kind: str = "secondary", named: str = "", **form: Any
) -> rx.Component:
    """Return a form of one button; `named` tells apart those with the same label."""
    name = {"aria_label": named} if named else {}
    return own_form(action, *fields, button(label, kind, type="submit", **name), **form)


def asked_password(prefix: str) -> rx.Component:
    """Return the field for the password, which a dangerous action asks for when it was given long ago."""
    return password_field(
        "current_password",
        "Пароль",
        hint=tied("Вы вводили его давно. Введите ещё раз: так этого не сделает кто-то другой за вас."),
        auto_complete="current-password",
        asked=ProfileState.view.asks_password,
        prefix=prefix,
    )
