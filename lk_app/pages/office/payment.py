"""One payment: why it needs a person, what is known of it, what the bank said, and what can be done."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import button, link
from lk_app.components.dialog import filled, filled_field, form_dialog, opens
from lk_app.components.forms import input_field, password_field, radio, radio_group, reload_button, status
from lk_app.components.notices import arriving
from lk_app.components.office import office
from lk_app.components.tables import fact, row_header
from lk_app.formats import NBSP, tied
from lk_app.pages.office.payments import SECTION
from lk_app.services.payments.settling import ALL, LONGEST, NOT_WRITTEN
from lk_app.state.office.payment_words import ConcernCard, MessageRow, PartRow, RefundRow
from lk_app.state.office.payments import PaymentLookState

el = rx.el

REFUND = "refund"
SETTLEMENT = "settlement"
SAID = "said"
"""Where the forms say what came of them."""
RELOAD = "reload-payment"
ATTENTION = "attention"
REFUNDS = "refunds"
LEAD = tied("Деньги вернутся на карту, с которой платили. Отменить возврат нельзя.")

look = PaymentLookState.look


def payment() -> rx.Component:
    """Return the screen."""
    state = PaymentLookState
    return office(
        SECTION,
        desk.screen(
            el.p(link("Все платежи", to=SECTION), class_name="back"),
            desk.head(rx.cond(look.order, f"Платёж {look.order}", "Платёж"), look.about, state, status(id=SAID)),
            arriving(
                state.loaded,
                state.failure,
                state.load,
                placeholder=desk.placeholder(),
                content=el.div(actions(), concerns(), facts(), refunds(), messages(), class_name="desk-parts"),
            ),
            reload_button(RELOAD, state.reload),
        ),
        refund_dialog(),
        settlement_dialog(),
    )


def actions() -> rx.Component:
    may_refund = look.obstacle == ""
    return el.div(
        button("Спросить банк", "secondary", on_click=PaymentLookState.ask_bank),
        rx.cond(
            may_refund,
            button("Вернуть деньги", "secondary", **opens(REFUND, order=look.order, seen=look.last_refund)),
            button("Вернуть деньги", "secondary", aria_disabled="true", aria_describedby="obstacle"),
        ),
        rx.cond(may_refund, rx.fragment(), el.p(look.obstacle, id="obstacle", class_name="hint")),
        class_name="desk-actions",
    )


def concerns() -> rx.Component:
    return desk.part(
        ATTENTION,
        "Что требует внимания",
        rx.cond(
            look.concerns.length() > 0,
            el.ul(rx.foreach(look.concerns, concern), class_name="card concerns"),
            el.p("Ничто.", class_name="hint"),
        ),
    )


def concern(one: rx.Var[ConcernCard]) -> rx.Component:
    return el.li(
        el.div(
            el.h3(one.title),
            el.p(one.since, class_name="hint"),
            rx.cond(one.detail, el.p(one.detail)),
            el.p(one.advice),
        ),
        el.button(
            "Снять с контроля",
            type="button",
            class_name="button secondary",
            aria_label=f"Снять с контроля: {one.title}",
            **opens(SETTLEMENT, order=look.order, reason=one.key, what=one.title),
        ),
        key=one.key,
    )


def facts() -> rx.Component:
    return desk.part(
        "facts",
        "Что известно",
        el.div(
            el.dl(rx.foreach(look.facts, lambda line: fact(line[0], line[1])), class_name="sums card"),
            desk.table(
                "Разделы платежа",
                [
                    desk.column_head("Раздел"),
                    desk.column_head("Оплачено", "figure"),
                    desk.column_head("Возвращено", "figure"),
                ],
                rx.foreach(look.parts, part),
                "parts",
            ),
            class_name="desk-beside",
        ),
    )


def part(one: rx.Var[PartRow]) -> rx.Component:
    return el.tr(
        row_header(one.name),
        desk.cell(one.amount, class_name="figure num", data_label="Оплачено"),
        desk.cell(one.refunded, class_name="figure num", data_label="Возвращено"),
        key=one.choice,
        role="row",
    )


def refunds() -> rx.Component:
    heads = ("Когда", "Сумма", "Раздел", "Что с возвратом", "Кто", "Почему")
    return desk.part(
        REFUNDS,
        "Возвраты",
        rx.cond(
            look.refunds.length() > 0,
            desk.table(
                "Возвраты денег", [*map(desk.column_head, heads)], rx.foreach(look.refunds, refund), "refund-rows"
            ),
            el.p("Деньги не возвращали.", class_name="hint"),
        ),
    )


def refund(one: rx.Var[RefundRow]) -> rx.Component:
    return el.tr(
        row_header(el.span(one.at, class_name="num")),
        desk.cell(one.amount, class_name="num", data_label="Сумма"),
        desk.cell(one.of, data_label="Раздел"),
        desk.cell(
            el.span(one.state, class_name=f"badge {one.tone}"),
            rx.cond(one.error, el.span(f" ({one.error})")),
            class_name="long",
            data_label="Что с возвратом",
        ),
        desk.cell(one.by, data_label="Кто"),
        desk.cell(one.reason, class_name="long", data_label="Почему"),
        key=one.key,
        role="row",
    )


def messages() -> rx.Component:
    return desk.part(
        "messages",
        "Сообщения банка",
        rx.cond(
            look.messages.length() > 0,
            desk.table(
                "Что сообщал банк",
                [*map(desk.column_head, ("Когда", "Что это", "Что сказал банк"))],
                rx.foreach(look.messages, message),
                "message-rows",
            ),
            el.p("Банк ничего не сообщал.", class_name="hint"),
        ),
    )


def message(one: rx.Var[MessageRow]) -> rx.Component:
    return el.tr(
        row_header(el.span(one.at, class_name="num")),
        desk.cell(one.kind, data_label="Что это"),
        desk.cell(
            one.said,
            rx.cond(one.forged, rx.fragment(" ", el.span(one.forged, class_name="badge danger"))),
            class_name="long",
        ),
        key=one.key,
        role="row",
    )


def refund_dialog() -> rx.Component:
    """Return the form of a refund. Which refund was the last is told as it opens: sent again, it is recognised."""
    return form_dialog(
        REFUND,
        "Вернуть деньги",
        filled_field("order", "order"),
        filled_field("seen", "seen"),
        radio_group(
            "what",
            "Что вернуть",
            radio("what", ALL, f"Всё, что осталось: {look.rest}"),
            rx.foreach(look.parts, lambda one: rx.cond(one.has_rest, radio("what", one.choice, one.label))),
        ),
        input_field(
            "amount",
            "Сумма части, ₽",
            hint="Например, 100,50. Если возвращаете всё, оставьте пустой",
            missing="",
            input_mode="decimal",
            auto_complete="off",
            max_length=20,
            class_name="input num",
        ),
        input_field(
            "reason",
            "Причина",
            el.textarea,
            hint=f"До{NBSP}{LONGEST}{NBSP}знаков, для коллег",
            missing=NOT_WRITTEN,
            rows="2",
        ),
        password_field("current_password", "Ваш пароль", missing="Введите пароль", auto_complete="current-password"),
        action="/api/office/payments/refund",
        submit="Вернуть деньги",
        lead=LEAD,
        then=RELOAD,
        says=SAID,
        focuses=REFUNDS,
        wide=True,
    )


def settlement_dialog() -> rx.Component:
    return form_dialog(
        SETTLEMENT,
        "Снять с контроля",
        filled_field("order", "order"),
        filled_field("reason", "reason"),
        input_field(
            "note",
            "Что сделано",
            el.textarea,
            hint=f"До{NBSP}{LONGEST}{NBSP}знаков, для коллег",
            missing=NOT_WRITTEN,
            rows="3",
        ),
        action="/api/office/payments/settlement",
        submit="Снять с контроля",
        lead=filled("what"),
        then=RELOAD,
        says=SAID,
        focuses=ATTENTION,
    )
