"""«Электронная почта»: where letters go."""

import reflex as rx

from lk_app.components.cards import item
from lk_app.components.controls import button
from lk_app.components.dialog import opens
from lk_app.components.forms import email_field
from lk_app.components.notices import note
from lk_app.formats import tied
from lk_app.pages.profile.parts import asked_password, own_dialog
from lk_app.state.profile import ProfileState

el = rx.el

EMAIL, REMOVAL = "email", "email-removal"
HEADING = "email-heading"


def email() -> rx.Component:
    """Return the address with what can be done about it."""
    view = ProfileState.view
    return item(
        el.h3("Электронная почта", id=HEADING, tab_index=-1),
        el.p(rx.cond(view.email, view.email, "не указана")),
        el.p(tied("На этот адрес можно отправлять себе квитанции и другие документы."), class_name="hint"),
        actions=el.div(
            rx.cond(view.proving.address, rx.fragment(), change()),
            rx.cond(view.email, button("Удалить адрес", "secondary", **opens(REMOVAL))),
            class_name="actions",
        ),
    )


def change() -> rx.Component:
    return button(rx.cond(ProfileState.view.email, "Изменить адрес", "Указать адрес"), "secondary", **opens(EMAIL))


def email_dialogs() -> rx.Component:
    """Return the dialogs that change and remove the address."""
    return rx.fragment(changing(), removal())


def changing() -> rx.Component:
    return own_dialog(
        EMAIL,
        "Электронная почта",
        email_field("email", "Адрес электронной почты", hint="Например, maria@example.ru", prefix=f"{EMAIL}-"),
        note("", tied("Указывайте адрес, который читаете только вы: в письмах будут документы по лицевому счёту.")),
        asked_password(f"{EMAIL}-"),
        action="/api/profile/email",
        submit="Отправить код",
        lead="Шаг 1 из 2. На втором понадобится код из письма.",
        focuses=f"{EMAIL}-code",
    )


def removal() -> rx.Component:
    return own_dialog(
        REMOVAL,
        "Удалить адрес",
        el.p(
            tied("На адрес "),
            el.b(ProfileState.view.email),
            tied(" больше не будут приходить письма. Указать адрес снова можно в любой день."),
        ),
        asked_password(f"{REMOVAL}-"),
        action="/api/profile/email/removal",
        submit="Удалить адрес",
        focuses=HEADING,
    )
