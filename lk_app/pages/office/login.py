"""«Вход для сотрудников»."""

import reflex as rx

from lk_app.components.forms import input_field, password_field, sent_form, submit
from lk_app.components.office import office_entrance
from lk_app.formats import NBSP
from lk_app.services.demo import company
from lk_app.settings import Environment, settings
from lk_app.state.office.identity import FIRST_SCREEN

el = rx.el

ONE_CODE = f"6{NBSP}цифр; каждый код действует один раз"
NO_CODE = "Только если приложение настроено"


def office_login() -> rx.Component:
    """Return the sign-in page of staff."""
    return office_entrance(
        settings().company_name,
        el.section(
            el.h1("Вход для сотрудников", id="sign-in"),
            sent_form(
                "/api/office/session",
                login_field(),
                password_field("password", "Пароль", missing="Введите пароль", auto_complete="current-password"),
                code_field(),
                el.input(type="hidden", name="next", default_value=FIRST_SCREEN),
                submit("Войти"),
                demo_staff(),
                aria_labelledby="sign-in",
            ),
            class_name="card form-card",
        ),
    )


def login_field() -> rx.Component:
    plain = {"autoCapitalize": "none", "spellCheck": "false"}
    return input_field("login", "Логин", missing="Введите логин", auto_complete="username", custom_attrs=plain)


def code_field() -> rx.Component:
    """Return the field for a code of the second factor, which only production asks of everybody."""
    asked = settings().env is Environment.PRODUCTION
    return input_field(
        "code",
        "Код из приложения",
        hint=ONE_CODE if asked else NO_CODE,
        missing="Введите код из приложения" if asked else "",
        input_mode="numeric",
        auto_complete="one-time-code",
        class_name="input code num",
    )


def demo_staff() -> rx.Component:
    if settings().env is not Environment.DEMO:
        return rx.fragment()
    logins = [login for login, _, _ in company.STAFF]
    return el.p(
        el.span(
            "Для знакомства войдите как ", el.b(logins[0]), " или ", el.b(logins[1]),
            " с паролем ", el.b(company.STAFF_PASSWORD), ".",
        ),
        class_name="note",
    )  # fmt: skip
