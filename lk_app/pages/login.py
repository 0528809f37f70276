"""«Вход»."""

import reflex as rx

from lk_app.components.controls import NativeForm, button, checked_field, password_input
from lk_app.components.icons import icon
from lk_app.components.shell import public
from lk_app.formats import NBSP
from lk_app.services.demo import company
from lk_app.settings import Environment, settings

el = rx.el


def login() -> rx.Component:
    """Return the sign-in page."""
    return public(introduction(), sign_in_card(), layout="hero")


def introduction() -> rx.Component:
    return el.section(
        el.p(f"Всё о{NBSP}вашем газе в{NBSP}одном кабинете", class_name="display"),
        el.ul(
            point("rouble", "Взаиморасчёты", "Сколько начислено и оплачено, за любой месяц."),
            point("house", "Ваши лицевые счета", f"Дом, квартира и{NBSP}дача под одним именем."),
            point("phone", "Абонентская служба", f"Адреса, телефоны и{NBSP}часы работы."),
            class_name="points",
        ),
        class_name="intro",
        aria_label="Возможности кабинета",
    )


def point(symbol: str, title: str, text: str) -> rx.Component:
    return el.li(icon(symbol), el.span(el.b(title), text))


def sign_in_card() -> rx.Component:
    return el.section(
        el.h1("Вход в личный кабинет", id="sign-in"),
        NativeForm.create(
            # Written by lk.js; React is told to leave its content alone.
            el.p(class_name="note danger", role="alert", custom_attrs={"dangerouslySetInnerHTML": {"__html": ""}}),
            checked_field(
                "name",
                "Имя пользователя",
                "Введите имя пользователя",
                el.input,
                auto_complete="username",
                custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
            ),
            checked_field("password", "Пароль", "Введите пароль", password_input, auto_complete="current-password"),
            el.input(type="hidden", name="next", default_value="/"),
            button("Войти", "primary large wide", type="submit"),
            demo_user(),
            action="/api/session",
            method="post",
            no_validate=True,
            class_name="stack",
            aria_labelledby="sign-in",
            data_sign_in="",
        ),
        class_name="card form-card",
    )


def demo_user() -> rx.Component:
    if settings().env is not Environment.DEMO:
        return rx.fragment()
    return el.p(
        el.span(
            "Для знакомства войдите как ", el.b(company.USER_NAME), " с паролем ", el.b(company.USER_PASSWORD), "."
        ),
        class_name="note",
    )
