"""Cards, and lists of things with what can be done about each."""

from typing import Any

import reflex as rx

el = rx.el


def card(identifier: str, title: str, *content: rx.Component, below: rx.Component | None = None) -> rx.Component:
    """Return a card; its title can get the focus, and `below` stands under a line of its own."""
    return el.section(
        el.div(el.h2(title, id=identifier, tab_index=-1), *content, class_name="card-body"),
        below or rx.fragment(),
        class_name="card",
        aria_labelledby=identifier,
    )


def item(*lines: rx.Component, actions: rx.Component | None = None, **props: Any) -> rx.Component:
    """Return a line of a list with what can be done about it."""
    return el.li(
        el.div(*lines, class_name="lines"),
        actions or rx.fragment(),
        **{"class_name": "item"} | props,
    )
