"""The frame of every page: header, left column of the cabinet, footer, and the tabs of a phone."""

from typing import Any

import reflex as rx

from lk_app.components.controls import NativeForm, field, link, select
from lk_app.components.icons import brand_mark, icon
from lk_app.components.menu import menu, tabs
from lk_app.components.notices import bar, browser_notices
from lk_app.state.access import IdentityState
from lk_app.state.accounts import AccountsState

el = rx.el

SIGNED_IN = IdentityState.name != ""
VISITOR = rx.cond(rx.State.is_hydrated, "alone", "unknown")
"""Class of what only visitors see: until the page comes alive, nobody knows who they are."""


def cabinet(current: str, *content: rx.Component) -> rx.Component:
    """Return a page of the cabinet; `current` is its address."""
    return frame(
        el.div(
            side(current),
            main(*content),
            class_name="wrap shell",
        ),
        at_bottom=tabs(current),
    )


def open_to_all(current: str, *content: rx.Component) -> rx.Component:
    """Return a page that is part of the cabinet for those signed in, and stands alone for visitors."""
    return frame(
        el.div(
            side(current),
            main(*content),
            class_name=rx.cond(SIGNED_IN, "wrap shell", f"wrap shell {VISITOR}"),
        ),
        visitor=sign_in_link(),
        at_bottom=rx.cond(SIGNED_IN, tabs(current)),
        has_tabs=SIGNED_IN,
    )


def public(*content: rx.Component, layout: str, visitor: rx.Component | None = None) -> rx.Component:
    """Return a page outside the cabinet; `visitor` stands on the right of the header when nobody is signed in."""
    return frame(main(*content, class_name=f"wrap {layout}"), visitor=visitor, has_tabs=False)


def frame(
    body: rx.Component,
    *,
    visitor: rx.Component | None = None,
    at_bottom: rx.Component | None = None,
    has_tabs: bool | rx.Var[bool] = True,
) -> rx.Component:
    """Return the whole page around its body."""
    return rx.fragment(
        skip_link(),
        el.div(
            header(visitor),
            body,
            footer(),
            class_name=rx.cond(has_tabs, "page tabbed", "page"),
        ),
        at_bottom or rx.fragment(),
    )


def side(current: str) -> rx.Component:
    """Return the left column: the chosen account, and the menu."""
    return el.aside(
        account_card(current), menu(current), class_name="side", aria_label="Лицевой счёт и разделы кабинета"
    )


def main(*content: rx.Component, **props: Any) -> rx.Component:
    """Return the part the skip link leads to and a change of page focuses."""
    return el.main(*content, id="main", tab_index=-1, **props)


def skip_link() -> rx.Component:
    """Return the first stop of the keyboard."""
    focus_main = rx.Var("(() => document.getElementById('main').focus())").to(rx.EventChain)
    return el.a("Перейти к содержанию", href="#main", class_name="skip", on_click=focus_main)


def header(visitor: rx.Component | None) -> rx.Component:
    """Return the header: notices, the brand, and on the right who is signed in and the way out."""
    return el.header(
        browser_notices(),
        el.div(
            el.a(
                brand_mark(),
                el.span(el.b("Личный кабинет"), el.small("потребителя газа")),
                href=rx.cond(SIGNED_IN, "/", "/login") if visitor else "/",
                class_name="brand",
            ),
            rx.cond(SIGNED_IN, signed_in(), visitor or rx.fragment()),
            class_name="wrap",
        ),
        class_name="header",
    )


def signed_in() -> rx.Component:
    """Return the user's name and the door."""
    return NativeForm.create(
        el.span(IdentityState.name),
        el.button(icon("door"), type="submit", class_name="icon-button", aria_label="Выйти", title="Выйти"),
        action="/api/session/end",
        method="post",
        class_name="who",
    )


def sign_in_link() -> rx.Component:
    """Return what a visitor finds on the right of the header."""
    return el.a("Войти", href="/login", class_name=f"button secondary {VISITOR}")


def register_link() -> rx.Component:
    """Return what stands there where one may sign in already."""
    return el.a("РЕГИСТРАЦИЯ", href="/register", class_name=f"button secondary caps {VISITOR}")


def account_card(current: str) -> rx.Component:
    """Return the chosen account with its premises; a drop-down when there are several."""
    here = {"aria_current": "page"} if current == "/account" else {}
    return el.section(
        rx.cond(
            AccountsState.known,
            rx.cond(
                AccountsState.number,
                rx.fragment(
                    account_choice(),
                    el.div(
                        el.address(AccountsState.address),
                        rx.cond(AccountsState.summary, el.p(AccountsState.summary)),
                        class_name="premises",
                    ),
                    link("Подробнее", to="/account", alone=True, **here),
                ),
                el.p("Лицевой счёт не присоединён", class_name="label"),
            ),
            account_placeholder(),
        ),
        class_name="account",
        aria_label="Лицевой счёт",
    )


def account_choice() -> rx.Component:
    """Return the number of the account, or the list of them."""
    return rx.cond(
        AccountsState.options.length() > 1,
        field(
            "account",
            "Лицевой счёт",
            select(
                AccountsState.options,
                lambda account: el.option(account.label, value=account.number),
                id="account",
                value=AccountsState.number,
                on_change=AccountsState.choose,
            ),
        ),
        el.div(
            el.p("Лицевой счёт", class_name="label"),
            el.p(AccountsState.number, class_name="number num"),
            class_name="field",
        ),
    )


def account_placeholder() -> rx.Component:
    """Return the place of the account until it is known."""
    return rx.fragment(
        el.div(el.span("Лицевой счёт", class_name="label"), bar("high"), class_name="field", aria_hidden="true"),
        el.p(bar("w-14"), bar("w-7"), class_name="premises", aria_hidden="true"),
        el.span(class_name="link solo", aria_hidden="true"),
    )


def footer() -> rx.Component:
    """Return what stands under every page: whom to call at once, and where to find help."""
    return el.footer(
        el.div(
            el.p("Запах газа? Звоните ", dial("104"), " или ", dial("112"), " круглосуточно"),
            link("Контактная информация", to="/contacts", alone=True),
            link("Помощь", to="/help", alone=True),
            link("Как платить картой", to="/help/payment", alone=True),
            link("Доступность", to="/help/accessibility", alone=True),
            link("Условия использования", to="/legal/terms", alone=True),
            link("Политика конфиденциальности", to="/legal/privacy", alone=True),
            class_name="wrap",
        ),
        class_name="footer",
    )


def dial(number: str) -> rx.Component:
    """Return a short number as a link that calls it."""
    return link(number, to=f"tel:{number}", alone=True)
