"""«История платежей»."""

from typing import Any

import reflex as rx

from lk_app.components.controls import button, field, link, select
from lk_app.components.dialog import filled, filled_field, form_dialog, opens
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, bar, loading, no_accounts, note, plain_card
from lk_app.components.shell import cabinet
from lk_app.components.tables import fact, header_row, row_header
from lk_app.components.waiting import keeps_asking
from lk_app.formats import NBSP, tied
from lk_app.pages.payments.contact import OPENING, receipt_contact
from lk_app.state.payments import ALWAYS, PaymentRow, PaymentsState

el = rx.el

REPEAT = "repeat"
CONTINUE = "continue"
TOP = "payments"
"""What gets the focus when a page is turned."""


def history() -> rx.Component:
    """Return the screen."""
    return cabinet(
        "/payments",
        el.div(
            el.div(el.h1("История платежей"), el.p(PaymentsState.span)),
            rx.cond(PaymentsState.loaded & ~PaymentsState.empty, filters()),
            class_name="page-head with-filters",
        ),
        arriving(
            PaymentsState.loaded,
            PaymentsState.failure,
            PaymentsState.refresh,
            placeholder=loading(*(el.div(bar("w-14"), bar("w-7"), class_name="loading") for _ in range(5))),
            content=rx.cond(PaymentsState.empty, no_accounts(), payments()),
        ),
        el.p(PaymentsState.told, class_name="unseen", role="status"),
        rx.cond(PaymentsState.settling, keeps_asking(PaymentsState.refresh)),
    )


def filters() -> rx.Component:
    return el.div(
        field(
            "period",
            "Период",
            select(
                PaymentsState.periods,
                option,
                id="period",
                value=PaymentsState.period,
                on_change=lambda period: PaymentsState.filter_by(period, PaymentsState.division),
            ),
        ),
        rx.cond(
            PaymentsState.divisions.length() > 1,
            field(
                "division",
                "Раздел",
                el.span(
                    el.select(
                        el.option("Все разделы", value=""),
                        rx.foreach(PaymentsState.divisions, option),
                        id="division",
                        value=PaymentsState.division,
                        on_change=lambda division: PaymentsState.filter_by(PaymentsState.period, division),
                        class_name="input",
                    ),
                    icon("chevron", small=True),
                    class_name="select",
                ),
            ),
        ),
        class_name="filters",
    )


def option(choice: rx.Var[tuple[str, str]]) -> rx.Component:
    return el.option(choice[1], value=choice[0])


def payments() -> rx.Component:
    return rx.cond(
        PaymentsState.rows.length() > 0,
        el.div(
            el.div(
                table(), below(), id=TOP, tab_index=-1, role="region", aria_label="История платежей", class_name="card"
            ),
            el.p(
                tied(
                    "Платёж картой появляется здесь сразу. «Оплачено» он станет, когда его учтут в расчётах, обычно в "
                    "течение суток."
                ),
                class_name="hint",
            ),
            confirm_dialog(
                REPEAT,
                "Повторить платёж",
                "/api/payments/repeat",
                note(
                    "",
                    tied(
                        "Откроется страница банка: новый платёж на ту же сумму. Проверьте по истории, что вы её ещё не "
                        "заплатили."
                    ),
                    symbol="card",
                ),
                receipt_contact(PaymentsState.asks_email, "repeat-"),
            ),
            confirm_dialog(
                CONTINUE,
                "Продолжить оплату",
                "/api/payments/continue",
                note("", tied("Откроется та же страница банка, на которой вы остановились."), symbol="card"),
            ),
            class_name="cards",
        ),
        plain_card(
            "history",
            "Платежей нет",
            rx.cond(
                (PaymentsState.period == ALWAYS) & (PaymentsState.division == ""),
                el.p(
                    tied(
                        "По этому лицевому счёту платежей ещё не было. Здесь появятся все: картой, в банке, на почте, "
                        "в абонентской службе."
                    )
                ),
                el.p("Платежей за этот период не нашлось. Выберите другой период или раздел."),
            ),
        ),
    )


def table() -> rx.Component:
    return el.table(
        el.caption("История платежей", class_name="unseen"),
        header_row(
            "Дата", "Раздел", "Способ оплаты", "Сумма", "Состояние", el.span("Что можно сделать", class_name="unseen")
        ),
        el.tbody(rx.foreach(PaymentsState.rows, row), role="rowgroup"),
        class_name="table fold duo payments",
        role="table",
    )


def row(payment: rx.Var[PaymentRow]) -> rx.Component:
    return el.tr(
        row_header(rx.fragment(el.span(payment.day), el.span(payment.time, class_name="sub"))),
        cell(payment.division),
        cell(payment.how, rx.cond(payment.number, el.span(payment.number, class_name="sub")), class_name="how"),
        cell(payment.amount, class_name="strong figure"),
        cell(
            el.span(payment.state, class_name=f"badge {payment.tone}"),
            rx.cond(payment.remark, el.span(payment.remark, class_name="sub")),
            class_name="state",
        ),
        cell(actions(payment), class_name="do"),
        role="row",
        key=payment.key,
    )


def cell(*content: rx.Component | rx.Var[str], **props: str) -> rx.Component:
    return el.td(*content, role="cell", **props)


def actions(payment: rx.Var[PaymentRow]) -> rx.Component:
    about = f"{payment.division}, {payment.amount}, {payment.day}"
    told = {"order": payment.order, "what": payment.what, "amount": payment.whole}
    return rx.fragment(
        rx.cond(
            payment.can_continue,
            button(
                "Продолжить", "link", class_name="link", aria_label=f"Продолжить: {about}", **opens(CONTINUE, **told)
            ),
        ),
        rx.cond(
            payment.can_repeat,
            opener("Повторить", about, opens(REPEAT, **told)),
        ),
        rx.cond(
            payment.confirmation,
            link(
                "Подтверждение",
                to=payment.confirmation,
                target="_blank",
                aria_label=f"Подтверждение платежа, PDF: {about}",
            ),
        ),
    )


def opener(label: str, about: rx.Var | str, props: dict[str, Any]) -> rx.Component:
    return el.button(label, type="button", class_name="link", aria_label=f"{label}: {about}", **props)


def below() -> rx.Component:
    """Return what the payments come to, the pages, and the files."""
    return el.div(
        el.dl(
            rx.foreach(PaymentsState.totals, lambda total: fact(total[0], el.b(total[1], class_name="num"))),
            class_name="sums",
        ),
        rx.cond(PaymentsState.paging.words, pages()),
        el.p(
            "Скачать таблицу: ",
            link("Excel", to=PaymentsState.files.xlsx, download="", reload_document=True),
            ", ",
            link("CSV", to=PaymentsState.files.csv, download="", reload_document=True),
            class_name="hint",
        ),
        class_name="table-foot",
    )


def pages() -> rx.Component:
    paging = PaymentsState.paging
    return el.nav(
        turn_button("Новее", paging.page - 1, paging.has_earlier),
        el.span(paging.words, class_name="num"),
        turn_button("Раньше", paging.page + 1, paging.has_later),
        class_name="paging",
        aria_label="Страницы истории",
    )


def turn_button(label: str, page: rx.Var[int], is_there: rx.Var[bool]) -> rx.Component:
    """Return what leads to a page, and the focus to its head."""
    return rx.cond(
        is_there,
        button(label, "secondary", on_click=[PaymentsState.turn(page), rx.set_focus(TOP)]),
        button(label, "secondary", aria_disabled="true"),
    )


def confirm_dialog(identifier: str, title: str, action: str, *remarks: rx.Component) -> rx.Component:
    """Return the dialog that all rows share: their buttons say what it is about."""
    return form_dialog(
        identifier,
        title,
        filled_field("order", "order"),
        el.dl(
            fact("Раздел", filled("what")),
            fact("Сумма", filled("amount")),
            fact("Комиссия", el.span(f"0,00{NBSP}₽", class_name="num")),
            class_name="sums",
        ),
        *remarks,
        action=action,
        submit=title,
        data_waits=OPENING,
    )
