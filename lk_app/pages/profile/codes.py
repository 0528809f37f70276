"""Step 2 of attaching an account and of removing another user: the code, in place."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.forms import code_field, hidden, resend, submit
from lk_app.components.icons import icon
from lk_app.components.steps import expired_code
from lk_app.formats import NBSP, tied
from lk_app.pages.profile.parts import RELOAD, SAID, own_form, small_form
from lk_app.state.profile import ProfileState, Waiting

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
    )


def code_card(purpose: str, request: rx.Var[Waiting], *words: rx.Component, label: str) -> rx.Component:
    """Return a form for the code of what waits, with the ways to get another one or to give up."""
    return el.div(
        *words,
        own_form(
            f"/api/profile/{purpose}/confirm",
            expired_code(request.expired),
            code_field(prefix=f"{purpose}-"),
            submit(label),
            focuses="accounts",
        ),
        el.div(
            resend(
                "/api/profile/code",
                request.resend_in,
                hidden("purpose", purpose),
                then=RELOAD,
                says=SAID,
                focuses=f"{purpose}-code",
            ),
            small_form(
                "/api/profile/code/cancel", "Отменить", hidden("purpose", purpose), kind="quiet", focuses="accounts"
            ),
            class_name="after",
        ),
        no_message(),
        class_name="inset",
    )


def no_message() -> rx.Component:
    """Return advice for whoever waits for a message in vain."""
    return el.details(
        el.summary(icon("chevron", small=True), "Сообщение не приходит"),
        el.ul(
            el.li("Подождите минуту, проверьте, ловит ли телефон сеть, и отправьте код ещё раз."),
            el.li(tied("Проверьте номера. Если в них ошибка, нажмите «Отменить» и начните сначала.")),
            el.li(tied("Сутки после замены SIM-карты оператор может не пропускать сообщения с кодами.")),
            el.li(
                tied("Если номер в договоре другой, придите с паспортом в абонентскую службу: "),
                link(tied("адреса и часы работы"), to="/contacts"),
                ".",
            ),
        ),
        class_name="advice",
    )
