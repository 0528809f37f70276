"""Where files are added to a form: assets/uploads.js uploads each as it is chosen, and the form only names it."""

import reflex as rx

from lk_app.components.document import script
from lk_app.components.forms import written
from lk_app.components.icons import icon

el = rx.el

PHOTO, ATTACHMENT = "photo", "attachment"
"""The kinds of uploads that the script knows."""


def uploads_script() -> rx.Component:
    """Return what a page with such boxes loads."""
    return script("uploads.js", at_leisure=True)


def upload_box(
    kind: str,
    name: rx.Var[str] | str,
    label: str,
    *,
    what: str,
    accept: str,
    symbol: str,
    about: rx.Var[str] | str = "",
    named: rx.Var[str] | None = None,
) -> rx.Component:
    """Return where one file is added under the `name` of a field; `label` stands on its button.

    `what` is the file within a sentence, `about` what an upload of this kind is about, and `named` tells the box apart
    from others.
    """
    apart = f": {named}" if isinstance(named, rx.Var) else ""
    return el.div(
        el.input(type="hidden", name=name),
        # No `capture`: phones would offer the camera alone, and the file may have been there before.
        el.input(type="file", accept=accept, hidden=True),
        el.button(
            icon(symbol, small=True),
            label,
            el.span(apart, class_name="unseen"),
            type="button",
            class_name="button quiet",
            data_upload_adds="",
        ),
        el.progress(max=1, aria_label=f"Загрузка: {what}"),
        written(el.span, role="status", data_upload_said=""),
        el.button(
            el.span("Отменить", class_name="while-loading"),
            el.span("Убрать", class_name="when-added"),
            el.span(f" {what}", apart, class_name="unseen"),
            type="button",
            class_name="link",
            data_upload_drops="",
        ),
        written(el.p, class_name="error signed", role="alert", data_upload_error=""),
        class_name="upload",
        data_upload=kind,
        data_about=about,
    )
