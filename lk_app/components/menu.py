"""The screens of the cabinet, as its menus list them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from lk_app.components.dialog import body_of, frame, head, opens
from lk_app.components.icons import icon

el = rx.el


@dataclass(frozen=True)
class Entry:
    """A screen: its name, its address and icon, and a shorter name where a phone has a tab for it."""

    name: str
    address: str
    icon: str
    short: str = ""


ENTRIES = (
    Entry("Взаиморасчёты", "/", "rouble", "Расчёты"),
    Entry("История платежей", "/payments", "history", "Платежи"),
    Entry("Показания", "/readings", "meter", "Показания"),
    Entry("Обратная связь", "/feedback", "speech"),
    Entry("Настройки", "/settings", "settings", "Настройки"),
    Entry("Контактная информация", "/contacts", "phone"),
    Entry("Помощь", "/help", "help"),
)
TABS = tuple(entry for entry in ENTRIES if entry.short)
REST = tuple(entry for entry in ENTRIES if not entry.short)
MORE = "more"


def menu(current: str) -> rx.Component:
    """Return the vertical menu; `current` is the address of the open screen."""
    return el.nav(
        *(entry_link(entry, entry.name, current) for entry in ENTRIES),
        class_name="menu",
        aria_label="Разделы кабинета",
    )


def tabs(current: str) -> rx.Component:
    """Return the bar at the bottom of a phone, and the dialog with what it has no room for."""
    return rx.fragment(
        el.nav(
            *(entry_link(entry, entry.short, current) for entry in TABS),
            more_button(current),
            class_name="tabs",
            aria_label="Разделы кабинета, внизу экрана",
        ),
        more_dialog(current),
    )


def more_button(current: str) -> rx.Component:
    here = {"aria_current": "true"} if any(entry.address == current for entry in REST) else {}
    return el.button(icon("more"), "Ещё", type="button", **opens(MORE), **here)


def more_dialog(current: str) -> rx.Component:
    return frame(
        MORE,
        el.div(
            head(MORE, "Разделы", None),
            body_of(
                el.nav(
                    *(entry_link(entry, entry.name, current, data_closes="") for entry in REST),
                    class_name="menu",
                    aria_labelledby=f"{MORE}-title",
                )
            ),
            class_name="dialog-box",
        ),
        wide=False,
    )


def entry_link(entry: Entry, words: str, current: str, **props: Any) -> rx.Component:
    """Return the link to a screen."""
    here = {"aria_current": "page"} if entry.address == current else {}
    return el.a(icon(entry.icon), words, href=entry.address, **here, **props)
