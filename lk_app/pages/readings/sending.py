"""«Передать показания»: one form for all meters that are read by people."""

import reflex as rx

from lk_app.components.controls import button, field
from lk_app.components.dialog import form_dialog, opens
from lk_app.components.forms import error, field_marks, hidden, written
from lk_app.components.icons import icon
from lk_app.components.notices import note
from lk_app.components.uploads import PHOTO, upload_box
from lk_app.services.readings.previewed import ESTIMATE, HEARD, TOTAL
from lk_app.state.readings import ReadingsState
from lk_app.state.sending import MeterEntry

el = rx.el

SENDING = "sending"
RELOAD = "readings-reload"
SAID = "readings-said"
"""The page's own line that says that all went well."""

PREVIEW = "/api/readings/preview"
PHOTOS = "image/jpeg,image/png,image/heic,image/heif"


def send_button() -> rx.Component:
    """Return what opens the dialog."""
    return button("Передать показания", "primary large send", **opens(SENDING))


def sending_dialog() -> rx.Component:
    """Return the dialog."""
    return form_dialog(
        SENDING,
        "Передать показания",
        hidden("account", ReadingsState.account),
        rx.cond(ReadingsState.terms.outside, note("", ReadingsState.terms.outside)),
        rx.foreach(ReadingsState.entries, entry),
        total(),
        written(el.p, class_name="unseen", role="status", data_heard=HEARD),
        rx.cond(ReadingsState.others.length() > 0, others()),
        action="/api/readings",
        submit="Передать показания",
        lead=ReadingsState.terms.today,
        wide=True,
        then=RELOAD,
        says=SAID,
        checks=PREVIEW,
        data_previews=PREVIEW,
    )


def entry(meter: rx.Var[MeterEntry]) -> rx.Component:
    """Return what is asked of a meter, and what it would mean."""
    return el.fieldset(
        el.legend(el.b(meter.title), " ", el.span(meter.about, class_name="hint")),
        rx.cond(meter.replaces, el.p(meter.replaces, class_name="hint")),
        el.div(
            el.div(
                el.span("Предыдущее", class_name="label"),
                el.p(
                    el.span(meter.previous, class_name="num"),
                    el.span(meter.previous_day, class_name="hint num"),
                    class_name="previous",
                ),
                class_name="field",
            ),
            value_field(meter),
            class_name="values",
        ),
        meaning(meter),
        confirmation(meter, meter.roll_over, "Показание меньше предыдущего.", "Счётчик перешёл через ноль"),
        confirmation(meter, meter.confirm, "Необычно большой расход.", "Цифры верны"),
        photo(meter),
        class_name="entry",
        key=meter.id,
    )


def value_field(meter: rx.Var[MeterEntry]) -> rx.Component:
    return field(
        meter.value,
        "Новое показание",
        el.span(
            el.input(
                id=meter.value,
                name=meter.value,
                input_mode=meter.keyboard,
                auto_complete="off",
                max_length=20,
                class_name="input num",
                aria_describedby=f"{meter.value}-hint {meter.value}-error",
            ),
            el.span("м³", aria_hidden="true"),
            class_name="suffix",
        ),
        error(meter.value),
        **field_marks(meter.value, meter.name, ""),
    )


def meaning(meter: rx.Var[MeterEntry]) -> rx.Component:
    """Return which digits are asked for, and in its place, once they are typed, what they mean."""
    return el.div(
        el.p(meter.digits, id=f"{meter.value}-hint", class_name="hint"),
        el.p(place(meter.consumption), place(meter.cost), class_name="meaning num"),
        class_name="meant",
    )


def place(name: rx.Var[str] | str) -> rx.Component:
    """Return where the script puts what the server says of the form as it stands."""
    return written(el.span, data_place=name)


def confirmation(meter: rx.Var[MeterEntry], name: rx.Var[str], fact: str, words: str) -> rx.Component:
    """Return a box that is to be ticked when the value is unusual; until then it is not there."""
    return el.div(
        el.p(icon("alert"), el.span(el.b(fact), " ", place(name)), id=f"{name}-why", class_name="note warn"),
        el.label(
            el.input(type="checkbox", id=name, name=name, value="yes", aria_describedby=f"{name}-why {name}-error"),
            el.span(words),
            class_name="check",
        ),
        error(name),
        class_name="field confirmation",
        data_confirms=meter.value,
        data_asked="later",
        hidden=True,
        **field_marks(name, meter.name, ""),
    )


def photo(meter: rx.Var[MeterEntry]) -> rx.Component:
    """Return where a photo of the dial is added."""
    return upload_box(
        PHOTO,
        meter.photo,
        "Добавить фото",
        what="фото",
        accept=PHOTOS,
        symbol="camera",
        about=meter.id,
        named=meter.name,
    )


def total() -> rx.Component:
    return el.div(
        el.p(el.span("Итого"), place(TOTAL)),
        el.p(place(ESTIMATE), class_name="hint"),
        class_name="estimated",
    )


def others() -> rx.Component:
    """Return the meters whose readings are not asked for, and why."""
    return el.div(
        el.h3("Передавать не нужно"),
        el.ul(
            rx.foreach(
                ReadingsState.others,
                lambda meter: el.li(
                    el.b(meter[0]), " ", el.span(meter[1], class_name="hint"), el.p(meter[2], class_name="hint")
                ),
            )
        ),
        class_name="not-asked",
    )
