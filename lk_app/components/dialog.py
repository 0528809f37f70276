"""Dialogs: the browser's own, opened and closed by assets/lk.js without asking the server."""

from typing import Any

import reflex as rx

from lk_app.components.controls import NativeForm, button
from lk_app.components.forms import form_around, said_places, written
from lk_app.components.icons import icon

el = rx.el


def opens(identifier: str, **told: Any) -> dict[str, Any]:
    """Return the props of a button that opens the dialog with this id; closed, the focus comes back to it.

    What is `told` fills the places of the same names in the dialog, so that all rows of a list share one.
    """
    marks = {f"data_{name}": text for name, text in told.items()}
    return {"data_dialog": identifier, "aria_haspopup": "dialog"} | marks


def filled(name: str) -> rx.Component:
    """Return a place in a dialog for a text that the button that opens it tells."""
    return written(el.b, data_filled=name)


def filled_field(name: str, told: str) -> rx.Component:
    """Return a field that is sent and not seen, with the value that the button tells."""
    return el.input(type="hidden", name=name, data_filled=told)


def dialog(identifier: str, title: str, *body: rx.Component, lead: Any = None, wide: bool = False) -> rx.Component:
    """Return a dialog that only tells something; it has one button, which closes it."""
    return frame(
        identifier,
        el.div(
            head(identifier, title, lead),
            body_of(*body),
            el.div(button("Закрыть", "secondary", data_closes=""), class_name="dialog-foot"),
            class_name="dialog-box",
        ),
        wide=wide,
    )


def form_dialog(
    identifier: str,
    title: str,
    *fields: rx.Component,
    action: str,
    submit: str,
    lead: Any = None,
    wide: bool = False,
    **form: Any,
) -> rx.Component:
    """Return a dialog that is a form (see `form_around`); when all went well it closes.

    Its message is then out of sight, so give `says`, the id of a `status` of the page.
    """
    return frame(
        identifier,
        form_around(
            action,
            head(identifier, title, lead),
            body_of(*said_places(), *fields),
            el.div(
                button("Отмена", "secondary", data_closes=""),
                button(submit, "primary", type="submit"),
                class_name="dialog-foot",
            ),
            **{"class_name": "dialog-box"} | form,
        ),
        wide=wide,
    )


def document_dialog(
    identifier: str,
    title: str,
    *fields: rx.Component,
    action: str | rx.Var,
    submit: str,
    lead: Any = None,
    below: rx.Component | None = None,
) -> rx.Component:
    """Return a dialog whose choice opens a document in a tab of its own; it stays open, for another choice.

    The browser itself sends the form: a tab that a script opens later would be blocked. `below` stands outside the
    form.
    """
    form = f"{identifier}-form"
    return frame(
        identifier,
        el.div(
            head(identifier, title, lead),
            body_of(
                NativeForm.create(*fields, id=form, action=action, method="get", target="_blank", class_name="stack"),
                below or rx.fragment(),
            ),
            el.div(
                button("Отмена", "secondary", data_closes=""),
                button(submit, "primary", type="submit", form=form),
                class_name="dialog-foot",
            ),
            class_name="dialog-box",
        ),
        wide=False,
    )


def frame(identifier: str, box: rx.Component, *, wide: bool) -> rx.Component:
    """Return the dialog around its box, which covers it: a click beside the box closes it."""
    name = "dialog wide" if wide else "dialog"
    return el.dialog(box, id=identifier, class_name=name, aria_labelledby=f"{identifier}-title")


def head(identifier: str, title: str, lead: Any) -> rx.Component:
    """Return the title, which gets the focus, with a line of context below."""
    return el.div(
        el.div(el.h2(title, id=f"{identifier}-title", tab_index=-1), *([el.p(lead)] if lead is not None else [])),
        el.button(
            icon("close"),
            type="button",
            class_name="icon-button",
            aria_label="Закрыть",
            title="Закрыть",
            data_closes="",
        ),
        class_name="dialog-head",
    )


def body_of(*content: rx.Component) -> rx.Component:
    # Firefox would make a part that scrolls a stop of Tab.
    return el.div(*content, class_name="dialog-body", tab_index=-1)
