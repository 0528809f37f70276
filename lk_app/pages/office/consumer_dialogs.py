"""What staff can do for a consumer, each confirmed in a dialog that all users of an account share."""

from typing import Any

import reflex as rx

from lk_app.components.dialog import filled, filled_field, form_dialog
from lk_app.components.forms import radio, radio_group
from lk_app.components.office import has_role
from lk_app.formats import tied
from lk_app.services.office.helping import REASONS
from lk_app.services.staff import duties

el = rx.el

ENDING, DETACHING, UNLOCKING = "ending", "detaching", "unlocking"
RELOAD = "reload-consumer"
"""The unseen button that forms press, so that the account is shown anew."""
SAID = "said"
"""Where forms say what came of them."""


def dialogs() -> rx.Component:
    """Return all of them."""
    return rx.fragment(ending(), unlocking(), rx.cond(has_role(duties.DETACHING), detaching()))


def ending() -> rx.Component:
    return about_user(
        ENDING,
        "Завершить сеансы",
        el.p(
            tied(
                "Пользователь выйдет из кабинета во всех браузерах, и ему нужно будет войти заново. "
                "В настройках он увидит, что сеансы завершил сотрудник."
            )
        ),
        action="/api/office/consumers/sessions/end",
        submit="Завершить сеансы",
    )


def unlocking() -> rx.Component:
    return about_user(
        UNLOCKING,
        "Снять ограничение",
        el.p(
            tied(
                "Неверные пароли и коды будут забыты, и можно будет сразу пробовать снова. "
                "Сколько SMS можно отправить за день, не изменится."
            )
        ),
        action="/api/office/consumers/unlocking",
        submit="Снять ограничение",
    )


def detaching() -> rx.Component:
    return about_user(
        DETACHING,
        "Отсоединить счёт",
        el.p(
            tied(
                "Пользователь больше не увидит этот лицевой счёт. Чтобы вернуть его, понадобится код на телефон "
                "из договора."
            )
        ),
        radio_group(
            "reason",
            "Причина",
            *(radio("reason", key, words) for key, words in REASONS.items()),
            hint="Останется в журнале, потребитель её не увидит",
        ),
        action="/api/office/consumers/detaching",
        submit="Отсоединить счёт",
    )


def about_user(identifier: str, title: str, *content: rx.Component, **form: Any) -> rx.Component:
    """Return a dialog about the user whose button opens it, after which the account is shown anew."""
    return form_dialog(
        identifier,
        title,
        filled_field("account", "account"),
        filled_field("user", "user"),
        *content,
        lead=filled("who"),
        then=RELOAD,
        says=SAID,
        **form,
    )
