"""«Регистрация»."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.forms import (
    account_field,
    captcha_field,
    checkbox_field,
    code_field,
    name_field,
    new_password_fields,
    phone_field,
    sent_form,
    submit,
)
from lk_app.components.notices import note
from lk_app.components.shell import sign_in_link
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
from lk_app.state.registration import RegistrationConfirmationState, RegistrationState

el = rx.el

APPLY = "Отправить запрос на регистрацию"
CHANGE = "Изменить данные"
CODE = "Код из сообщения"
FINISH = "Завершить регистрацию"
NAME_HINT = f"Русские или латинские буквы и{NBSP}пробелы, до 45{NBSP}знаков. С{NBSP}этим именем вы будете входить."


def register() -> rx.Component:
    """Return step 1: who wants to register, and for which account."""
    return step(
        1,
        "Регистрация",
        f"Понадобятся квитанция за газ и{NBSP}телефон под рукой: на него придёт код подтверждения.",
        application(),
        advice("Лицевой счёт", f"11 цифр: они напечатаны в{NBSP}квитанции и{NBSP}в{NBSP}договоре."),
        advice(
            "Мобильный телефон",
            f"Только тот, что указан в{NBSP}договоре: на другой код не придёт. Если номера в{NBSP}договоре нет или он "
            "сменился, обратитесь в абонентскую службу: ",
            link(f"адреса и{NBSP}часы работы", to="/contacts"),
            ".",
        ),
        advice(
            "Пароль",
            f"Латинские буквы и{NBSP}цифры, хотя бы семь. Сотрудники компании никогда не спрашивают пароль и{NBSP}код.",
        ),
        advice("Если счетов несколько", f"Начните с{NBSP}одного. Остальные присоедините потом, в{NBSP}кабинете."),
        visitor=sign_in_link(),
    )


def application() -> rx.Component:
    typed = RegistrationState
    return sent_form(
        "/api/registration",
        name_field("name", "Имя пользователя", hint=NAME_HINT, default_value=typed.name),
        new_password_fields(),
        phone_field("phone", "Мобильный телефон", default_value=typed.phone),
        account_field("account_number", "Номер лицевого счёта", default_value=typed.account_number),
        captcha_field(),
        checkbox_field(
            "consent",
            "Даю ",
            new_tab("согласие на обработку персональных данных", "/legal/consent"),
            label="Согласие на обработку данных",
            missing="Подтвердите согласие",
        ),
        submit(APPLY),
        el.p(
            f"Нажимая «{APPLY}», вы соглашаетесь с{NBSP}",
            new_tab("Условиями использования", "/legal/terms"),
            f" и{NBSP}",
            new_tab("Политикой конфиденциальности", "/legal/privacy"),
            ".",
            class_name="hint",
        ),
        checks="/api/registration/check",
    )


def new_tab(words: str, address: str) -> rx.Component:
    """Return a link that leaves what was typed where it is."""
    return link(words, el.span(" (в новой вкладке)", class_name="unseen"), to=address, target="_blank")


def register_confirm() -> rx.Component:
    """Return step 2: the code from the message."""
    view = RegistrationConfirmationState
    return step(
        2,
        rx.match(view.stage, ("name", "Другое имя"), ("code", CODE), rx.cond(view.loaded, "Регистрация", CODE)),
        rx.match(
            view.stage,
            ("code", code_sent(f"Если номер совпадает с{NBSP}указанным в{NBSP}договоре", view.phone)),
            ("name", rx.fragment("Осталось выбрать имя, с которым вы будете входить.")),
            rx.cond(view.loaded, rx.fragment(), lead_to_come()),
        ),
        waiting(
            view.loaded,
            view.failure,
            view.load,
            rx.match(
                view.stage,
                ("code", confirmation()),
                ("name", other_name()),
                nothing_waits("Начать регистрацию", "/register"),
            ),
        ),
        rx.cond(
            view.stage == "code",
            rx.fragment(*no_message(), wrong_numbers(), phone_changed("Номер не тот, что в договоре")),
        ),
        visitor=sign_in_link(),
    )


def confirmation() -> rx.Component:
    view = RegistrationConfirmationState
    return rx.fragment(
        sent_form(
            "/api/registration/confirm",
            expired_code(view.expired),
            code_field(),
            submit(FINISH),
        ),
        no_code_yet("/api/registration/code", view.resend_in, view.load, CHANGE, "/register"),
    )


def other_name() -> rx.Component:
    view = RegistrationConfirmationState
    return sent_form(
        "/api/registration/confirm",
        note("warn", f"Код верный. Имя «{view.name}» уже занято. Придумайте другое."),
        name_field("name", "Имя пользователя", hint=NAME_HINT),
        submit(FINISH),
    )


def wrong_numbers() -> rx.Component:
    return advice(
        "Проверьте номера",
        f"Из-за одной неверной цифры в{NBSP}телефоне или в{NBSP}лицевом счёте код не придёт. Нажмите «{CHANGE}»: "
        "всё, кроме пароля, останется как было.",
    )
