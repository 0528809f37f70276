"""Forms that assets/forms.js sends by HTTP: what carries a password or a code never travels in an event.

A form has places that React leaves to the script: a note, a summary of errors, a status line, and an error under each
field. Fields are found by name; `prefix` tells their ids apart where several forms of a page have a field of one name.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx

from lk_app.components.controls import NativeForm, button, field
from lk_app.components.icons import icon
from lk_app.formats import NBSP

el = rx.el

MISSING = "Обязательное поле"

Tag = Callable[..., rx.Component]
Hint = str | rx.Component


def sent_form(action: str, *content: rx.Component, **props: Any) -> rx.Component:
    """Return a form that stays on the page while it is sent to the route `action`; what became of it stands on top.

    See `form_around` for its other arguments.
    """
    return form_around(action, *said_places(), *content, **{"class_name": "stack"} | props)


def form_around(
    action: str,
    *content: rx.Component,
    checks: str = "",
    then: str = "",
    says: str = "",
    focuses: str = "",
    **props: Any,
) -> rx.Component:
    """Return a form whose content has a place for `said_places` of its own.

    `checks` is the route that judges each field as it is left. When all went well and the page stays, the element with
    the id `then` is clicked, the message stands in the form's own status line or in the one with the id `says`, and
    the focus goes to the element with the id `focuses` as soon as there is one: what was pressed may vanish.
    """
    marks = {"data_checks": checks, "data_then": then, "data_says": says, "data_focuses": focuses}
    return NativeForm.create(
        *content,
        action=action,
        method="post",
        no_validate=True,
        data_sent="",
        **{mark: value for mark, value in marks.items() if value} | props,
    )


def said_places() -> tuple[rx.Component, ...]:
    """Return where the script says what became of a form."""
    return (
        written(el.p, class_name="note danger signed", role="alert", data_note=""),
        written(el.div, class_name="summary", role="alert", tab_index=-1, data_summary=""),
        status(data_status=""),
    )


def status(**props: Any) -> rx.Component:
    """Return a line that says that all went well; with an id, forms elsewhere on the page can say it here."""
    return written(el.p, class_name="note ok signed", role="status", **props)


def written(tag: Tag, **props: Any) -> rx.Component:
    """Return an element whose content is the script's: React is told to leave it alone."""
    return tag(custom_attrs={"dangerouslySetInnerHTML": {"__html": ""}, "suppressHydrationWarning": True}, **props)


def follower(name: str) -> rx.Component:
    """Return a field that is sent and not seen, with whatever is chosen elsewhere in the same dialog under its name."""
    return el.input(type="hidden", name=name, data_follows=name)


def submit(label: str, **props: Any) -> rx.Component:
    """Return the button that sends the form."""
    return button(label, "primary large wide", type="submit", **props)


def reload_button(identifier: str, handler: rx.EventHandler) -> rx.Component:
    """Return the unseen button a form clicks by `then`, so that the screen loads anew."""
    return el.button(type="button", id=identifier, on_click=handler, hidden=True)


def input_field(
    name: str,
    label: str,
    control: Tag = el.input,
    *,
    hint: Hint = "",
    missing: str = MISSING,
    prefix: str = "",
    asked: rx.Var[bool] | None = None,
    **props: Any,
) -> rx.Component:
    """Return a field with its hint above and its error below.

    Left empty it is refused with `missing`; an empty `missing` lets it be. A field that is not always `asked` is
    hidden while that is false, until the server asks for it.
    """
    identifier = prefix + name
    hint_id = f"{identifier}-hint"
    above = [el.p(hint, id=hint_id, class_name="hint")] if hint else []
    described = f"{hint_id} {identifier}-error" if hint else f"{identifier}-error"
    own = {"id": identifier, "name": name, "class_name": "input", "aria_describedby": described}
    return field(
        identifier, label, *above, control(**own | props), error(identifier), **field_marks(name, label, missing, asked)
    )


def field_marks(name: str, label: str, missing: str, asked: rx.Var[bool] | None = None) -> dict[str, Any]:
    """Return what the script knows a field by."""
    marks: dict[str, Any] = {"data_field": name, "data_label": label}
    if missing:
        marks["data_missing"] = missing
    return marks if asked is None else marks | {"data_asked": rx.cond(asked, "now", "later"), "hidden": ~asked}


def error(identifier: str) -> rx.Component:
    """Return the place of a field's error."""
    return written(el.p, id=f"{identifier}-error", class_name="error signed", data_error="")


def name_field(name: str, label: str, **props: Any) -> rx.Component:
    """Return a field for a user name."""
    plain = {"autoCapitalize": "none", "spellCheck": "false"}
    return input_field(name, label, auto_complete="username", custom_attrs=plain, **props)


def phone_field(name: str, label: str, **props: Any) -> rx.Component:
    """Return a field for the ten digits of a mobile phone."""
    given = {"hint": f"Последние 10{NBSP}цифр, например 9123456789", "class_name": "input num"}
    return input_field(name, label, type="tel", input_mode="numeric", auto_complete="tel-national", **given | props)


def email_field(name: str, label: str, **props: Any) -> rx.Component:
    """Return a field for an address of electronic mail."""
    plain = {"autoCapitalize": "none", "spellCheck": "false"}
    typed = {"type": "email", "input_mode": "email", "auto_complete": "email", "max_length": 254}
    return input_field(name, label, custom_attrs=plain, **typed | props)


def account_field(name: str, label: str, **props: Any) -> rx.Component:
    """Return a field for the number of an account."""
    given = {"hint": "11 цифр", "class_name": "input num"}
    return input_field(name, label, input_mode="numeric", auto_complete="off", **given | props)


def code_field(**props: Any) -> rx.Component:
    """Return the field for a code from a message; phones offer to fill it in."""
    given = {"hint": "6 цифр", "class_name": "input code num"}
    return input_field(
        "code", "Код подтверждения", input_mode="numeric", auto_complete="one-time-code", **given | props
    )


def password_field(name: str, label: str, *, auto_complete: str, also: str = "", **props: Any) -> rx.Component:
    """Return a field for a password with «Показать» inside, which shows the one with the id `also` too."""
    shown = f"{props.get('prefix', '')}{name} {also}".strip()

    def control(**own: Any) -> rx.Component:
        return el.div(hidden_input(**own), reveal_button(shown), class_name="reveal")

    return input_field(name, label, control, auto_complete=auto_complete, **props)


def hidden_input(**props: Any) -> rx.Component:
    """Return an input that hides what is typed."""
    return el.input(type="password", data_password="", **props)


def reveal_button(shown: str) -> rx.Component:
    """Return the button that shows the passwords with the ids `shown`, and hides them again."""
    return el.button(
        el.span("Показать", class_name="show"),
        el.span("Скрыть", class_name="hide"),
        el.span(" пароль", class_name="unseen"),
        type="button",
        class_name="button quiet",
        aria_controls=shown,
        data_reveals="",
    )


def new_password_fields(label: str = "Пароль", *, prefix: str = "") -> rx.Component:
    """Return the two fields of a new password, `password` and `confirmation`, side by side where there is room."""
    return el.div(
        password_field(
            "password",
            label,
            hint=f"Латинские буквы и{NBSP}цифры, от{NBSP}7{NBSP}знаков",
            auto_complete="new-password",
            also=f"{prefix}confirmation",
            prefix=prefix,
        ),
        input_field("confirmation", "Подтвердить пароль", hidden_input, auto_complete="new-password", prefix=prefix),
        class_name="pair",
    )


def message_field(name: str, label: str, most: int, **props: Any) -> rx.Component:
    """Return a field for a text of several lines; it says how much more may be written when little is left of `most`.

    Nothing is cut off: what is too long is refused, and stays.
    """

    def control(**own: Any) -> rx.Component:
        return el.div(
            el.textarea(rows=own.pop("rows", 6), auto_complete="off", data_most=most, **own),
            written(el.p, class_name="hint num", aria_hidden="true", data_left=""),
            written(el.p, class_name="unseen", role="status", data_left_heard=""),
            class_name="lengthy",
        )

    return input_field(name, label, control, **props)


def key_field(name: str = "key") -> rx.Component:
    """Return the field for the key that the script makes with a form: sent twice, what was written is kept once."""
    return el.input(type="hidden", name=name, data_key="")


def checkbox_field(
    name: str, *words: rx.Component | str, label: str, missing: str = MISSING, prefix: str = ""
) -> rx.Component:
    """Return a box to tick, which sends `yes`; `label` names it in short where its error is listed."""
    identifier = prefix + name
    return el.div(
        el.label(
            el.input(type="checkbox", id=identifier, name=name, value="yes", aria_describedby=f"{identifier}-error"),
            el.span(*words),
            class_name="check",
        ),
        error(identifier),
        class_name="field",
        **field_marks(name, label, missing),
    )


def radio_field(
    name: str, label: str, options: rx.Var, option: Callable[[rx.Var], tuple[rx.Var, rx.Var]], *, prefix: str = ""
) -> rx.Component:
    """Return a choice of one; `option` gives the value and the words of each."""
    radios = rx.foreach(options, lambda choice: radio(name, *option(choice), prefix=prefix))
    return radio_group(name, label, radios, prefix=prefix)


def radio_group(
    name: str, label: str, *radios: rx.Component, hint: Hint = "", prefix: str = "", **props: Any
) -> rx.Component:
    """Return a choice of one of some radio buttons."""
    identifier = prefix + name
    above = [el.p(hint, id=f"{identifier}-hint", class_name="hint")] if hint else []
    return el.fieldset(
        el.legend(label, id=f"{identifier}-label", class_name="label"),
        *above,
        *radios,
        error(identifier),
        # As a property it would become a style: Reflex knows of no role of a fieldset.
        custom_attrs={"role": "radiogroup"},
        aria_labelledby=f"{identifier}-label",
        aria_describedby=f"{identifier}-hint {identifier}-error" if hint else f"{identifier}-error",
        **{"class_name": "field radios"} | props,
        **field_marks(name, label, "Выберите одно из списка"),
    )


def radio(name: str, value: rx.Var | str, words: rx.Var | str, *, prefix: str = "", **props: Any) -> rx.Component:
    """Return one of the radio buttons with a name."""
    sent = value if isinstance(value, str) else value.to(str)
    return el.label(
        el.input(type="radio", id=f"{prefix}{name}-{value}", name=name, value=sent, **props),
        el.span(words),
        class_name="check",
    )


def captcha_field() -> rx.Component:
    """Return an arithmetic question in a picture, with another one and its sound on demand, and its answer."""
    return field(
        "captcha",
        "Ответ на пример с картинки",
        # Only when the page is alive: what the script hangs here React would not expect.
        rx.cond(rx.State.is_hydrated, captcha_picture(), el.div(class_name="captcha")),
        el.input(
            id="captcha",
            name="captcha",
            class_name="input num",
            input_mode="numeric",
            auto_complete="off",
            aria_describedby="captcha-error",
        ),
        error("captcha"),
        **field_marks("captcha", "Ответ на пример с картинки", MISSING),
    )


def captcha_picture() -> rx.Component:
    return el.div(
        el.input(type="hidden", name="captcha_id"),
        el.img(alt="Пример на сложение или вычитание. Если его не видно, нажмите «Прослушать»."),
        el.button(
            icon("refresh"),
            type="button",
            class_name="icon-button",
            aria_label="Другая картинка",
            title="Другая картинка",
            data_another="",
        ),
        el.button(
            icon("sound", small=True),
            "Прослушать",
            type="button",
            class_name="button secondary",
            data_listen="",
        ),
        class_name="captcha",
        data_captcha="",
    )


def hidden(name: str, value: rx.Var | str) -> rx.Component:
    """Return a field that is sent with the form and not seen."""
    return el.input(type="hidden", name=name, value=value)


def resend(action: str, seconds: rx.Var[int], *fields: rx.Component, **form: Any) -> rx.Component:
    """Return the time until another code may be asked for, and then the button that asks for it (see `form_around`)."""
    return el.div(
        el.p("Отправить код ещё раз можно через ", written(el.span, role="timer", class_name="num")),
        sent_form(action, *fields, button("Отправить код ещё раз", "secondary", type="submit"), **form),
        class_name="resend",
        data_resend_in=seconds,
    )
