"""Controls: links, buttons, labelled fields, and the form the browser itself sends."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex_components_core.el.element import Element

from lk_app.components.icons import icon

el = rx.el


class NativeForm(Element):
    """A form the browser itself sends to the server: Reflex's own always prevents that."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    target: rx.Var[str]
    no_validate: rx.Var[bool]


def link(*words: rx.Component | str, to: str | rx.Var, alone: bool = False, **props: Any) -> rx.Component:
    """Return a link; `alone` makes it as high as a finger."""
    return el.a(*words, href=to, class_name="link solo" if alone else "link", **props)


def leap(identifier: str, title: str) -> rx.Component:
    """Return a link to a place of the same page; the focus goes there too, which a change of address would not do."""
    focus = rx.Var(f"(() => document.getElementById('{identifier}').focus())").to(rx.EventChain)
    return link(title, to=f"#{identifier}", on_click=focus)


def button(label: str, kind: str, **props: Any) -> rx.Component:
    """Return a button: `primary`, `secondary` or `quiet`, and `large` or `wide` if needed."""
    return el.button(label, **{"type": "button", "class_name": f"button {kind}"} | props)


def field(identifier: str | rx.Var, label: str, *content: rx.Component, **props: Any) -> rx.Component:
    """Return a control with its label above; `components.forms` has those that are sent and may be refused."""
    return el.div(el.label(label, html_for=identifier), *content, class_name="field", **props)


def select(options: rx.Var, option: Callable[[rx.Var], rx.Component], **props: Any) -> rx.Component:
    """Return the system's own drop-down: every phone shows it the way its owner knows."""
    return el.span(
        el.select(rx.foreach(options, option), class_name="input", **props),
        icon("chevron", small=True),
        class_name="select",
    )
