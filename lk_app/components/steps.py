"""Pages that lead through a form in steps: how far one has come, the form, and advice beside it."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.forms import reload_button, resend, status
from lk_app.components.notices import arriving, bar, note
from lk_app.components.shell import public
from lk_app.formats import NBSP

el = rx.el

RELOAD, SAID = "code-reload", "code-said"

Words = rx.Component | rx.Var | str


def step(
    number: int,
    title: Words,
    lead: Words,
    form: rx.Component,
    *beside: rx.Component,
    visitor: rx.Component,
    of: int = 2,
) -> rx.Component:
    """Return the page of a step; on a phone the advice comes last."""
    return public(
        el.section(
            el.p(f"Шаг {number} из {of}", class_name="step"),
            el.h1(title),
            el.p(lead),
            class_name="guide",
        ),
        el.section(step_bar(number, of), form, class_name="card form-card"),
        el.section(*beside, class_name="guide", aria_label="Пояснения"),
        layout="guided",
        visitor=visitor,
    )


def step_bar(number: int, of: int) -> rx.Component:
    """Return the same as «Шаг 1 из 2» to the eye."""
    parts = (el.i(class_name="on" if part < number else "") for part in range(of))
    return el.div(*parts, class_name="steps", aria_hidden="true")


def advice(title: str, *words: rx.Component | str) -> rx.Component:
    """Return a piece of advice."""
    return el.div(el.h2(title), el.p(*words))


def no_message() -> tuple[rx.Component, ...]:
    """Return advice for whoever waits for a code in vain, whatever it is for."""
    return (
        advice(
            "Сообщение не приходит",
            "Подождите минуту и проверьте, ловит ли телефон сеть. Потом отправьте код ещё раз: можно до пяти раз "
            f"в{NBSP}сутки.",
        ),
        advice(
            "Новая SIM-карта",
            f"Сутки после замены SIM-карты оператор может не пропускать сообщения с{NBSP}кодами. Попробуйте завтра.",
        ),
    )


def phone_changed(title: str) -> rx.Component:
    """Return advice for whoever has another phone than the company knows."""
    return advice(
        title,
        f"Придите с{NBSP}паспортом в{NBSP}абонентскую службу, там запишут новый номер: ",
        link(f"адреса и{NBSP}часы работы", to="/contacts"),
        ".",
    )


def waiting(loaded: rx.Var[bool], failure: rx.Var[str], retry: rx.EventHandler, content: rx.Component) -> rx.Component:
    """Return what a step asks for, once it is known what that is."""
    return arriving(loaded, failure, retry, el.div(bar("w-10"), bar("high"), bar("high"), class_name="stack"), content)


def code_sent(condition: str, phone: rx.Var[str]) -> rx.Component:
    """Return what is known of a code: it was sent only under a `condition`, which is not told."""
    return rx.fragment(
        f"{condition}, на него отправлен код. Вы указали ",
        el.b(phone, class_name="num"),
        f". Код действует 10{NBSP}минут.",
    )


def no_code_yet(
    resend_action: str, resend_in: rx.Var[int], reload: rx.EventHandler, change: str, to: str
) -> rx.Component:
    """Return what stands under the field of a code: another one, or back to what was typed.

    What is in the fields above stays when another code is sent.
    """
    return rx.fragment(
        status(id=SAID),
        el.div(
            resend(resend_action, resend_in, then=RELOAD, says=SAID, focuses="code"),
            link(change, to=to, alone=True),
            class_name="after",
        ),
        reload_button(RELOAD, reload),
    )


def expired_code(expired: rx.Var[bool]) -> rx.Component:
    """Return the warning that a code has expired."""
    return rx.cond(expired, note("warn", "Прежний код устарел. Отправьте код ещё раз."))


def nothing_waits(again: str, address: str) -> rx.Component:
    """Return what stands in step 2 when no request waits for a code."""
    return el.div(
        el.h2("Нет запроса, который ждёт кода"),
        el.p("Он мог устареть, или вы начали в другом браузере. Заполните форму ещё раз.", class_name="muted"),
        el.a(again, href=address, class_name="button primary large"),
        class_name="stack",
    )


def lead_to_come() -> rx.Component:
    """Return the place of what will be said under the title."""
    return rx.fragment(bar("w-14"), bar("w-14"))
