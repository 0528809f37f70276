"""The page for addresses that do not exist."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.shell import public, sign_in_link

el = rx.el


def not_found() -> rx.Component:
    """Return what stands at an address without a page."""
    return public(
        el.section(
            el.h1("Такой страницы нет"),
            el.p("Возможно, в адресе опечатка или страницу убрали. Проверьте адрес или начните сначала."),
            link("Взаиморасчёты", to="/", alone=True),
            link("Контактная информация", to="/contacts", alone=True),
            class_name="card plain",
        ),
        layout="read",
        visitor=sign_in_link(),
    )
