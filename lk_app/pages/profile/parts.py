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


def asked_password(prefix: str, *, at_once: bool = True) -> rx.Component:
    """Return the field for the password, which a dangerous action asks for when it was given long ago: `at_once`, or
    only after the button was pressed, where the form is nothing but a button.
    """
    return password_field(
        "current_password",
        "Пароль",
        hint=tied("Вы вводили его давно. Введите ещё раз: так этого не сделает кто-то другой за вас."),
        auto_complete="current-password",
        asked=ProfileState.view.asks_password if at_once else rx.Var.create(False),
        prefix=prefix,
    )
