"""Controls: links, buttons, fields and forms."""

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
    no_validate: rx.Var[bool]


def link(*words: rx.Component | str, to: str | rx.Var, alone: bool = False, **props: Any) -> rx.Component:
    """Return a link; `alone` makes it as high as a finger."""
    return el.a(*words, href=to, class_name="link solo" if alone else "link", **props)


def button(label: str, kind: str, **props: Any) -> rx.Component:
    """Return a button: `primary`, `secondary` or `quiet`, and `large` or `wide` if needed."""
    return el.button(label, **{"type": "button", "class_name": f"button {kind}"} | props)


def field(identifier: str | rx.Var, label: str, control: rx.Component, *below: rx.Component) -> rx.Component:
    """Return a control with its label above and its error below."""
    return el.div(el.label(label, html_for=identifier), control, *below, class_name="field")


def checked_field(
    name: str, label: str, missing: str, control: Callable[..., rx.Component], **props: Any
) -> rx.Component:
    """Return a field of a native form that lk.js finds empty before it is sent, and then says `missing`."""
    error = f"{name}-error"
    return field(
        name,
        label,
        control(id=name, name=name, class_name="input", aria_describedby=error, **props),
        el.p(icon("alert", small=True), missing, id=error, class_name="error", hidden=True),
    )


def password_input(**props: Any) -> rx.Component:
    """Return a password's input with «Показать» inside; lk.js does the showing."""
    name = props["id"]
    return el.div(
        el.input(type="password", **props),
        el.button(
            el.span("Показать", class_name="show"),
            el.span("Скрыть", class_name="hide"),
            el.span(" пароль", class_name="unseen"),
            type="button",
            class_name="button quiet",
            aria_controls=name,
            data_reveals=name,
        ),
        class_name="reveal",
    )


def select(options: rx.Var, option: Callable[[rx.Var], rx.Component], **props: Any) -> rx.Component:
    """Return the system's own drop-down: every phone shows it the way its owner knows."""
    return el.span(
        el.select(rx.foreach(options, option), class_name="input", **props),
        icon("chevron", small=True),
        class_name="select",
    )
