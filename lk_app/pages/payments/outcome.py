"""What came of a payment: where the bank sends people back to."""

import reflex as rx

from lk_app.components.controls import button, link
from lk_app.components.forms import form_around, said_places
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, bar, loading
from lk_app.components.shell import cabinet
from lk_app.components.tables import fact
from lk_app.components.waiting import keeps_asking
from lk_app.pages.payments.contact import OPENING, receipt_contact
from lk_app.state.outcome import ReturnState

el = rx.el

verdict = ReturnState.verdict


def outcome() -> rx.Component:
    """Return the screen."""
    return cabinet(
        "/payments",
        el.div(el.h1("Оплата онлайн"), class_name="page-head"),
        arriving(
            ReturnState.loaded,
            ReturnState.failure,
            ReturnState.load,
            placeholder=loading(el.div(bar("w-14"), bar("w-7"), class_name="loading")),
            content=card(),
        ),
        rx.cond(verdict.awaited, keeps_asking(ReturnState.refresh)),
    )


def card() -> rx.Component:
    return el.section(
        el.div(
            rx.match(verdict.kind, ("ok", icon("done")), ("wait", icon("history")), icon("alert")),
            el.div(
                el.h2(verdict.title),
                rx.cond(verdict.amount, el.p(verdict.amount, class_name="sum num")),
                el.p(verdict.text),
                class_name="lines",
                role="status",
            ),
            class_name=f"verdict {verdict.kind}",
        ),
        el.div(
            rx.cond(verdict.can_continue, lead("/api/payments/continue", "Продолжить оплату")),
            rx.cond(
                verdict.can_repeat,
                lead("/api/payments/repeat", "Повторить платёж", receipt_contact(ReturnState.asks_email, "")),
            ),
            rx.cond(
                verdict.confirmation,
                el.a(
                    icon("document", small=True),
                    "Подтверждение платежа",
                    href=verdict.confirmation,
                    target="_blank",
                    class_name="button secondary",
                ),
            ),
            rx.cond(
                verdict.order,
                el.a("К взаиморасчётам", href="/", class_name="button secondary"),
                el.a("История платежей", href="/payments", class_name="button secondary"),
            ),
            class_name="ways",
        ),
        rx.cond(
            verdict.order,
            el.dl(
                rx.foreach(verdict.facts, lambda known: fact(known[0], el.span(known[1], class_name="num"))),
                class_name="facts",
            ),
        ),
        rx.cond(verdict.order, el.p(link("История платежей", to="/payments", alone=True))),
        class_name="card card-body stack",
    )


def lead(action: str, label: str, *fields: rx.Component) -> rx.Component:
    """Return the form that leads on to the bank."""
    return form_around(
        action,
        *said_places(),
        el.input(type="hidden", name="order", value=verdict.order, read_only=True),
        *fields,
        button(label, "primary", type="submit"),
        class_name="stack",
        data_waits=OPENING,
    )
