"""Step 2 of attaching an account, of removing another user and of proving an address: the code, in place."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.forms import code_field, hidden, resend, submit
from lk_app.components.icons import icon
from lk_app.components.steps import expired_code
from lk_app.formats import NBSP, tied
from lk_app.pages.profile.parts import RELOAD, SAID, own_form, small_form
from lk_app.state.profile import ProfileState, Waiting, WaitingEmail

el = rx.el


def attaching_code() -> rx.Component:
    """Return the code form of an account that is being attached."""
    request = ProfileState.view.attaching
    return code_card(
        "attaching",
        request,
        el.h3("Присоединение лицевого счёта ", el.span(request.account, class_name="num")),
        el.p(
            tied("Если номер совпадает с указанным в договоре, на него отправлен код. Вы указали "),
            el.b(request.phone, class_name="num"),
            f". Код действует 10{NBSP}минут.",
        ),
        label="Присоединить",
        beside=no_message(),
    )


def removal_code() -> rx.Component:
    """Return the code form for the removal of another user."""
    request = ProfileState.view.removal
    return code_card(
        "removal",
        request,
        el.h3("Отсоединение пользователя «", request.other, "»"),
        el.p(
            "Лицевой счёт ",
            el.b(request.account, class_name="num"),
            tied(". Код отправлен на телефон, указанный в договоре: "),
            el.b(request.phone, class_name="num"),
            f". Он действует 10{NBSP}минут.",
        ),
        label="Отсоединить пользователя",
        beside=no_message(),
    )


def email_code(focuses: str) -> rx.Component:
    """Return the code form of an address; when it has served, the focus goes to the element with the id `focuses`."""
    request = ProfileState.view.proving
    return code_card(
        "email",
        request,
        el.h3("Подтверждение адреса электронной почты"),
        el.p(
            "На адрес ",
            el.b(request.address),
            tied(f" отправлено письмо с кодом. Код действует 10{NBSP}минут."),
        ),
        label="Сохранить адрес",
        codes="/api/profile/email/code",
        focuses=focuses,
        beside=no_letter(),
    )


def code_card(
    purpose: str,
    request: rx.Var[Waiting] | rx.Var[WaitingEmail],
    *words: rx.Component,
    label: str,
    beside: rx.Component,
    codes: str = "/api/profile/code",
    focuses: str = "accounts",
) -> rx.Component:
    """Return a form for the code of what waits, with the ways to get another one or to give up.

    `codes` is the route that sends another code, and below it `/cancel` the one that gives up.
    """
    return el.div(
        *words,
        own_form(
            f"/api/profile/{purpose}/confirm",
            expired_code(request.expired),
            code_field(prefix=f"{purpose}-"),
            submit(label),
            focuses=focuses,
        ),
        el.div(
            resend(
                codes,
                request.resend_in,
                hidden("purpose", purpose),
                then=RELOAD,
                says=SAID,
                focuses=f"{purpose}-code",
            ),
            small_form(f"{codes}/cancel", "Отменить", hidden("purpose", purpose), kind="quiet", focuses=focuses),
            class_name="after",
        ),
        beside,
        class_name="inset",
    )


def no_message() -> rx.Component:
    """Return advice for whoever waits for a message in vain."""
    return advice(
        "Сообщение не приходит",
        "Подождите минуту, проверьте, ловит ли телефон сеть, и отправьте код ещё раз.",
        tied("Проверьте номера. Если в них ошибка, нажмите «Отменить» и начните сначала."),
        tied("Сутки после замены SIM-карты оператор может не пропускать сообщения с кодами."),
        rx.fragment(
            tied("Если номер в договоре другой, придите с паспортом в абонентскую службу: "),
            link(tied("адреса и часы работы"), to="/contacts"),
            ".",
        ),
    )


def no_letter() -> rx.Component:
    """Return advice for whoever waits for a letter in vain."""
    return advice(
        "Письмо не приходит",
        tied("Подождите минуту и загляните в папку «Спам»."),
        tied("Проверьте адрес. Если в нём ошибка, нажмите «Отменить» и укажите его снова."),
    )


def advice(title: str, *pieces: rx.Component | str) -> rx.Component:
    return el.details(
        el.summary(icon("chevron", small=True), title),
        el.ul(*(el.li(piece) for piece in pieces)),
        class_name="advice",
    )
