"""«Восстановление пароля»."""

import reflex as rx

from lk_app.components.forms import (
    code_field,
    name_field,
    new_password_fields,
    phone_field,
    radio_field,
    sent_form,
    submit,
)
from lk_app.components.notices import note
from lk_app.components.shell import register_link
from lk_app.components.steps import (
    advice,
    code_sent,
    expired_code,
    lead_to_come,
    no_code_yet,
    no_message,
    nothing_waits,
    phone_changed,
    step,
    waiting,
)
from lk_app.formats import NBSP
from lk_app.state.recovery import RecoveryConfirmationState

el = rx.el

CONFIRM = "/api/recovery/confirm"
CHECK = "/api/recovery/check"
PHONE_CHANGED = "Телефон сменился"
CREDENTIALS = "Новые имя и пароль"
SAVE = "Сохранить"


def recover() -> rx.Component:
    """Return step 1: whose password is forgotten."""
    return step(
        1,
        "Восстановление пароля",
        f"На телефон, с{NBSP}которым вы регистрировались, придёт код. С{NBSP}ним вы зададите новые имя и{NBSP}пароль.",
        sent_form("/api/recovery", phone_field("phone", "Мобильный телефон"), submit("Получить код"), checks=CHECK),
        advice(
            "Забыли и имя пользователя",
            f"Помнить его не нужно: вместе с{NBSP}паролем вы зададите имя, новое или прежнее.",
        ),
        phone_changed(PHONE_CHANGED),
        visitor=register_link(),
    )


def recover_confirm() -> rx.Component:
    """Return step 2: the code, a new name and a new password."""
    view = RecoveryConfirmationState
    return step(
        2,
        rx.match(
            view.stage,
            ("code", CREDENTIALS),
            ("choice", "Чья учётная запись?"),
            ("name", "Другое имя"),
            rx.cond(view.loaded, "Восстановление пароля", CREDENTIALS),
        ),
        rx.match(
            view.stage,
            ("code", code_sent(f"Если с{NBSP}этим номером кто-то зарегистрирован", view.phone)),
            ("choice", rx.fragment(f"Код верный. Остался один{NBSP}вопрос.")),
            ("name", rx.fragment("Код верный. Осталось выбрать имя, с которым вы будете входить.")),
            rx.cond(view.loaded, rx.fragment(), lead_to_come()),
        ),
        waiting(
            view.loaded,
            view.failure,
            view.load,
            rx.match(
                view.stage,
                ("code", new_credentials()),
                ("choice", whose()),
                ("name", other_name()),
                nothing_waits("Начать восстановление", "/recover"),
            ),
        ),
        rx.cond(view.stage == "code", rx.fragment(*no_message(), phone_changed(PHONE_CHANGED))),
        visitor=register_link(),
    )


def new_credentials() -> rx.Component:
    view = RecoveryConfirmationState
    return rx.fragment(
        sent_form(
            CONFIRM,
            expired_code(view.expired),
            code_field(),
            name_field(
                "name", "Новое имя пользователя", hint="Русские или латинские буквы и пробелы. Можно оставить прежнее."
            ),
            new_password_fields("Новый пароль"),
            submit(SAVE),
            checks=CHECK,
        ),
        no_code_yet("/api/recovery/code", view.resend_in, view.load, "Изменить номер", "/recover"),
    )


def whose() -> rx.Component:
    return sent_form(
        CONFIRM,
        radio_field(
            "user",
            "На этот телефон зарегистрировано несколько учётных записей. Чьи имя и пароль изменить?",
            RecoveryConfirmationState.choices,
            lambda user: (user.user_id, user.name),
        ),
        submit(SAVE),
    )


def other_name() -> rx.Component:
    view = RecoveryConfirmationState
    return sent_form(
        CONFIRM,
        note("warn", f"Имя «{view.name}» уже занято. Придумайте другое."),
        name_field("name", "Новое имя пользователя", hint="Русские или латинские буквы и пробелы, до 45 знаков."),
        submit(SAVE),
    )
