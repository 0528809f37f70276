"""«Вход»."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.forms import name_field, password_field, sent_form, submit
from lk_app.components.icons import icon
from lk_app.components.shell import public, register_link
from lk_app.formats import NBSP
from lk_app.services.demo import company
from lk_app.settings import Environment, settings

el = rx.el


def login() -> rx.Component:
    """Return the sign-in page."""
    return public(introduction(), sign_in_card(), layout="hero", visitor=register_link())


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
        sent_form(
            "/api/session",
            name_field("name", "Имя пользователя", missing="Введите имя пользователя"),
            password_field("password", "Пароль", missing="Введите пароль", auto_complete="current-password"),
            el.input(type="hidden", name="next", default_value="/"),
            submit("Войти"),
            demo_user(),
            aria_labelledby="sign-in",
        ),
        el.p(link("Восстановить пароль", to="/recover", alone=True), class_name="aside"),
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
