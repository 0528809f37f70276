"""«Платежи»: those that need a person, the longest first, and others by their numbers."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import link
from lk_app.components.notices import arriving, plain_card
from lk_app.components.office import office
from lk_app.components.tables import row_header
from lk_app.formats import tied
from lk_app.state.office.payment_words import Row
from lk_app.state.office.payments import PaymentQueueState

el = rx.el

SECTION = "/office/payments"
SEARCH_WORDS = "Номер заказа или лицевой счёт"


def payments() -> rx.Component:
    """Return the screen."""
    state = PaymentQueueState
    return office(
        SECTION,
        desk.screen(
            desk.head("Платежи", state.head, state),
            el.div(desk.search_form(SEARCH_WORDS, state, state.search), class_name="desk-tools"),
            arriving(
                state.loaded,
                state.failure,
                state.load,
                placeholder=desk.placeholder(),
                content=rx.cond(state.rows.length() > 0, table(), nothing_found()),
            ),
            desk.foot(state, state.turn, label="Страницы платежей"),
        ),
    )


def table() -> rx.Component:
    return desk.table(
        "Платежи",
        [
            desk.column_head("Номер заказа"),
            desk.column_head(rx.cond(PaymentQueueState.searched, "Создан", "Ждёт с")),
            desk.column_head("Сумма", "figure"),
            desk.column_head("Состояние"),
            desk.column_head("Что случилось"),
        ],
        rx.foreach(PaymentQueueState.rows, row),
    )


def row(payment: rx.Var[Row]) -> rx.Component:
    return el.tr(
        row_header(link(el.span(payment.order, class_name="num"), to=payment.address)),
        desk.cell(payment.at, class_name="num", data_label=rx.cond(PaymentQueueState.searched, "Создан", "Ждёт с")),
        desk.cell(payment.amount, class_name="figure num", data_label="Сумма"),
        desk.cell(el.span(payment.state, class_name=f"badge {payment.tone}"), data_label="Состояние"),
        desk.cell(payment.reason, class_name="long"),
        key=payment.key,
        role="row",
    )


def nothing_found() -> rx.Component:
    return rx.cond(
        PaymentQueueState.searched,
        plain_card(
            "card",
            "Ничего не нашлось",
            el.p(tied("Номер заказа или лицевого счёта нужно вводить целиком. Номер заказа виден в истории платежей.")),
        ),
        plain_card(
            "done",
            "Все платежи в порядке",
            el.p(tied("Платёж, с которым нужно разобраться, появится здесь сам. Любой другой можно найти по номеру.")),
        ),
    )
