"""What administrators do about members: dialogs that all rows share, and one that shows a password or a key once."""

from typing import Any

import reflex as rx

from lk_app.components.dialog import dialog, filled, filled_field, form_dialog
from lk_app.components.forms import input_field, password_field, radio, radio_group, written
from lk_app.components.notices import note
from lk_app.formats import NBSP, tied
from lk_app.services.staff.members import NAME_LENGTH, PASSWORD_LENGTH, ROLES

el = rx.el

CREATING, ROLE, PASSWORD, SECOND_FACTOR = "creating", "role", "password", "second-factor"
ENDING, DISABLING, ENABLING, HANDED = "ending", "disabling", "enabling", "handed"
RELOAD = "reload-members"
"""The unseen button that forms press, so that the list is shown anew."""
SAID = "said"
"""Where forms say what came of them."""


def dialogs() -> rx.Component:
    """Return all of them."""
    return rx.fragment(
        creating(),
        about_member(ROLE, "Изменить роль", roles(ROLE), action="role"),
        about_member(PASSWORD, "Задать пароль", typed_or_made(PASSWORD), action="password"),
        about_member(
            SECOND_FACTOR,
            "Выдать второй фактор",
            el.p(tied("Появится новый QR-код. Коды по старому перестанут действовать, сеансы завершатся.")),
            action="second-factor",
        ),
        about_member(
            ENDING,
            "Завершить сеансы",
            el.p(tied("Сотрудник выйдет во всех браузерах. Войти снова он сможет сразу.")),
            action="sessions/end",
        ),
        about_member(
            DISABLING,
            "Отключить сотрудника",
            el.p(
                tied("Сеансы завершатся, войти он не сможет. Записи в журнале останутся. Включить можно в любой день.")
            ),
            action="disabling",
        ),
        about_member(
            ENABLING,
            "Включить сотрудника",
            el.p(tied("Он сможет войти с прежними паролем и вторым фактором.")),
            action="enabling",
        ),
        handed(),
    )


def creating() -> rx.Component:
    plain = {"autoCapitalize": "none", "spellCheck": "false"}
    return form_dialog(
        CREATING,
        "Создать сотрудника",
        input_field(
            "login",
            "Логин",
            hint="Латинские буквы, цифры, точка и дефис, например o.vetrova",
            auto_complete="off",
            custom_attrs=plain,
            prefix=f"{CREATING}-",
        ),
        input_field("name", "Имя и фамилия", max_length=NAME_LENGTH, auto_complete="off", prefix=f"{CREATING}-"),
        roles(CREATING),
        typed_or_made(CREATING),
        own_password(CREATING),
        action="/api/office/members",
        submit="Создать сотрудника",
        then=RELOAD,
        says=SAID,
    )


def about_member(identifier: str, title: str, *content: rx.Component, action: str, **form: Any) -> rx.Component:
    """Return a dialog about the member whose button opens it, after which the list is shown anew."""
    return form_dialog(
        identifier,
        title,
        filled_field("login", "login"),
        *content,
        own_password(identifier),
        action=f"/api/office/members/{action}",
        submit=title,
        lead=filled("who"),
        then=RELOAD,
        says=SAID,
        **form,
    )


def roles(identifier: str) -> rx.Component:
    options = (radio("role", role.value, words, prefix=f"{identifier}-") for role, words in ROLES.items())
    return radio_group("role", "Роль", *options, prefix=f"{identifier}-")


def typed_or_made(identifier: str) -> rx.Component:
    """Return the field for a new password, which is made when it stays empty."""
    return password_field(
        "password",
        "Новый пароль (необязательно)",
        hint=f"От{NBSP}{PASSWORD_LENGTH}{NBSP}знаков. Если не вводить, пароль будет создан и показан один раз",
        missing="",
        auto_complete="new-password",
        prefix=f"{identifier}-",
    )


def own_password(identifier: str) -> rx.Component:
    return password_field(
        "current_password",
        "Ваш пароль",
        hint="Ваш собственный: так этого не сделает кто-то другой за вас",
        missing="Введите свой пароль",
        auto_complete="current-password",
        prefix=f"{identifier}-",
    )


def handed() -> rx.Component:
    """Return what is shown once; assets/forms.js fills it in, and empties it when it is closed."""
    return dialog(
        HANDED,
        "Передайте сотруднику",
        el.div(
            part("Логин", written(el.b, class_name="num", data_handed="login")),
            part("Пароль", written(el.b, class_name="num handed-secret", data_handed="password")),
            el.div(
                el.p(tied("Пусть сотрудник снимет этот код приложением для одноразовых кодов.")),
                el.img(alt="QR-код с ключом второго фактора", data_handed="picture", class_name="handed-code"),
                data_part="",
            ),
            part("Ключ, если код не снимается", written(el.b, class_name="num handed-secret", data_handed="key")),
            note("warn", tied("Больше это показано не будет. Передайте так, чтобы не увидел никто другой.")),
            class_name="stack tight",
            data_hands="",
        ),
    )


def part(term: str, value: rx.Component) -> rx.Component:
    return el.p(term, ": ", value, data_part="")
