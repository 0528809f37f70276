"""A member sets another password of their own: the first one was given to them by an administrator, who knows it."""

import reflex as rx

from lk_app.components.controls import button
from lk_app.components.dialog import form_dialog, opens
from lk_app.components.forms import hidden_input, input_field, password_field, status
from lk_app.formats import NBSP, tied
from lk_app.services.staff.members import PASSWORD_LENGTH

DIALOG = "own-password"
SAID = "own-password-said"


def own_password_button() -> rx.Component:
    """Return the button that opens the dialog, and where it is said what came of it."""
    return rx.fragment(status(id=SAID), button("Сменить пароль", "secondary", **opens(DIALOG)))


def own_password_dialog(*, then: str) -> rx.Component:
    """Return the dialog; `then` is the id of the button it presses when all went well."""
    prefix = f"{DIALOG}-"
    return form_dialog(
        DIALOG,
        "Сменить пароль",
        password_field("current_password", "Текущий пароль", auto_complete="current-password", prefix=prefix),
        password_field(
            "password",
            "Новый пароль",
            hint=f"От{NBSP}{PASSWORD_LENGTH}{NBSP}знаков, любых. Его не будет знать никто, кроме вас",
            auto_complete="new-password",
            also=f"{prefix}confirmation",
            prefix=prefix,
        ),
        input_field("confirmation", "Подтвердить пароль", hidden_input, auto_complete="new-password", prefix=prefix),
        action="/api/office/password",
        submit="Сменить пароль",
        lead=tied("На других устройствах нужно будет войти заново."),
        then=then,
        says=SAID,
    )
