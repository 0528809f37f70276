"""«Имя и пароль»."""

import reflex as rx

from lk_app.components.cards import card, item
from lk_app.components.controls import button, link
from lk_app.components.dialog import opens
from lk_app.components.forms import name_field, new_password_fields, password_field
from lk_app.components.notices import note
from lk_app.formats import tied
from lk_app.pages.profile.codes import email_code
from lk_app.pages.profile.email import HEADING, email, email_dialogs
from lk_app.pages.profile.parts import asked_password, own_dialog
from lk_app.state.profile import ProfileState

el = rx.el

RENAMING, NEW_PASSWORD = "renaming", "new-password"


def credentials() -> rx.Component:
    """Return what one signs in with."""
    view = ProfileState.view
    return card(
        "credentials",
        "Имя и пароль",
        el.ul(
            item(
                el.h3("Имя пользователя"),
                el.p(view.name),
                actions=button("Изменить имя", "secondary", **opens(RENAMING)),
            ),
            item(
                el.h3("Пароль"),
                el.p("Сотрудники компании никогда его не спрашивают.", class_name="hint"),
                actions=button("Изменить пароль", "secondary", **opens(NEW_PASSWORD)),
            ),
            item(
                el.h3("Телефон для восстановления"),
                el.p(rx.cond(view.phone, el.span(view.phone, class_name="num"), "не указан")),
                el.p(
                    tied(
                        "На него придёт код, если вы забудете имя или пароль. Сменить номер можно только с паспортом "
                        "в абонентской службе: "
                    ),
                    link(tied("адреса и часы работы"), to="/contacts"),
                    ".",
                    class_name="hint",
                ),
            ),
            rx.cond(view.sends_letters, email()),
            class_name="items",
        ),
        rx.cond(view.proving.address, email_code(focuses=HEADING)),
    )


def credentials_dialogs() -> rx.Component:
    """Return the dialogs that change the name, the password and the address for letters."""
    return rx.fragment(renaming(), new_password(), email_dialogs())


def renaming() -> rx.Component:
    return own_dialog(
        RENAMING,
        "Изменить имя",
        name_field(
            "name",
            "Имя пользователя",
            hint=tied("Русские или латинские буквы и пробелы, до 45 знаков"),
            prefix=f"{RENAMING}-",
        ),
        note(
            "",
            tied(
                "С новым именем вы будете входить, запомните его. Забытое имя можно заменить только по коду из SMS "
                "на телефон для восстановления."
            ),
        ),
        asked_password(f"{RENAMING}-"),
        action="/api/profile/name",
        submit="Изменить имя",
        lead=rx.fragment("Сейчас вы входите как ", el.b(ProfileState.view.name)),
    )


def new_password() -> rx.Component:
    return own_dialog(
        NEW_PASSWORD,
        "Изменить пароль",
        password_field(
            "current_password", "Текущий пароль", auto_complete="current-password", prefix=f"{NEW_PASSWORD}-"
        ),
        new_password_fields("Новый пароль", prefix=f"{NEW_PASSWORD}-"),
        note("", tied("На других устройствах нужно будет войти заново, с новым паролем.")),
        action="/api/profile/password",
        submit="Изменить пароль",
        wide=True,
    )
