"""The screens of the cabinet, as its menus list them."""

from dataclasses import dataclass

import reflex as rx

from lk_app.components.icons import icon

el = rx.el


@dataclass(frozen=True)
class Entry:
    """A screen: its name, a shorter one for the tabs of a phone, its address and icon."""

    name: str
    short: str
    address: str
    icon: str


ENTRIES = (
    Entry("Взаиморасчёты", "Расчёты", "/", "rouble"),
    Entry("История платежей", "Платежи", "/payments", "history"),
    Entry("Настройки", "Настройки", "/settings", "settings"),
    Entry("Контактная информация", "Контакты", "/contacts", "phone"),
)


def menu(current: str) -> rx.Component:
    """Return the vertical menu; `current` is the address of the open screen."""
    return el.nav(
        *(entry_link(entry, entry.name, current) for entry in ENTRIES),
        class_name="menu",
        aria_label="Разделы кабинета",
    )


def tabs(current: str) -> rx.Component:
    """Return the same at the bottom of a phone."""
    return el.nav(
        *(entry_link(entry, entry.short, current) for entry in ENTRIES),
        class_name="tabs",
        aria_label="Разделы кабинета, внизу экрана",
    )


def entry_link(entry: Entry, words: str, current: str) -> rx.Component:
    """Return the link to a screen."""
    here = {"aria_current": "page"} if entry.address == current else {}
    return el.a(icon(entry.icon), words, href=entry.address, **here)
