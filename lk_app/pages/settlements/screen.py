"""«Взаиморасчёты»: the divisions of the bill and the charges behind each balance."""

import reflex as rx

from lk_app.components.controls import field, link, select
from lk_app.components.forms import status
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, bar, loading, no_accounts
from lk_app.components.shell import cabinet
from lk_app.components.tables import figure_cell, folding_table, header_row, row_header
from lk_app.formats import NBSP
from lk_app.pages.settlements.paying import pay_button, pay_dialog, pay_several
from lk_app.pages.settlements.receipts import SAID, receipt_buttons, receipt_dialogs
from lk_app.pages.settlements.statements import reconciliation_dialog, statements
from lk_app.state.settlements import ChargeRow, DivisionCard, PeriodTable, SettlementsState

el = rx.el


def settlements() -> rx.Component:
    """Return the first screen after sign-in."""
    return cabinet(
        "/",
        el.div(
            el.h1("Взаиморасчёты"),
            el.p(rx.cond(SettlementsState.today, f"На{NBSP}{SettlementsState.today}", "")),
            class_name="page-head",
        ),
        el.div(status(id=SAID), class_name="said"),
        arriving(
            SettlementsState.loaded,
            SettlementsState.failure,
            SettlementsState.load,
            placeholder=el.div(card_placeholder(), card_placeholder(), class_name="cards"),
            content=rx.cond(SettlementsState.empty, no_accounts(), divisions()),
        ),
    )


def divisions() -> rx.Component:
    return el.div(
        rx.foreach(SettlementsState.divisions, division),
        pay_several(),
        rx.cond(SettlementsState.documents.divisions.length() > 0, rx.fragment(statements(), reconciliation_dialog())),
        rx.foreach(SettlementsState.divisions, receipt_dialogs),
        rx.foreach(SettlementsState.divisions, pay_dialog),
        el.p(SettlementsState.told, class_name="unseen", role="status"),
        class_name="cards",
    )


def division(card: rx.Var[DivisionCard]) -> rx.Component:
    return el.section(
        el.div(
            el.div(el.h2(card.name), rx.cond(card.description, el.p(card.description, class_name="description"))),
            balance(card),
            foot(card),
            class_name="charge",
            data_opens="",
        ),
        rx.cond(card.charged, details(card)),
        class_name="card",
        aria_label=card.name,
    )


def balance(card: rx.Var[DivisionCard]) -> rx.Component:
    return el.div(
        el.p(card.word, class_name=f"word {card.standing}"),
        rx.cond(card.amount, el.p(card.amount, class_name="sum num")),
        class_name="balance",
    )


def foot(card: rx.Var[DivisionCard]) -> rx.Component:
    return el.div(
        el.div(
            el.p(card.accrued),
            rx.cond(card.posted, el.p(card.posted)),
            rx.cond(card.offer.processing, el.p(link(card.offer.processing, to="/payments"))),
            rx.cond(card.due, el.p(card.due, class_name="due")),
            class_name="lines",
        ),
        el.div(receipt_buttons(card), pay_button(card), class_name="actions"),
        class_name="foot",
    )


def details(card: rx.Var[DivisionCard]) -> rx.Component:
    return el.details(
        el.summary(
            icon("chevron", small=True),
            el.span("Показать начисления", class_name="closed"),
            el.span("Скрыть начисления", class_name="opened"),
            el.span(f": {card.name}", class_name="unseen"),
        ),
        el.div(
            rx.cond(card.periods.length() > 1, period_choice(card)),
            charges_table(card.charges),
            rx.cond(card.charges.remark, el.p(card.charges.remark, class_name="hint")),
            class_name="more-body",
        ),
        class_name="more",
    )


def period_choice(card: rx.Var[DivisionCard]) -> rx.Component:
    identifier = f"period-{card.code}"
    return el.div(
        field(
            identifier,
            "Период",
            select(
                card.periods,
                lambda period: el.option(period[1], value=period[0]),
                id=identifier,
                value=card.charges.month,
                on_change=lambda month: SettlementsState.show_period(card.code, month),
            ),
        ),
        rx.cond(
            card.period_failure,
            el.p(icon("alert", small=True), card.period_failure, class_name="error", role="alert"),
        ),
        class_name="period",
    )


def charges_table(charges: rx.Var[PeriodTable]) -> rx.Component:
    return folding_table(
        charges.caption,
        header_row(
            "Вид начисления",
            "Входящий остаток",
            "Начислено",
            "Перерасчёт",
            "Пени",
            "Оплачено",
            "Исходящий остаток",
        ),
        rx.foreach(charges.rows, charge_row),
        charge_row(charges.total),
    )


def charge_row(row: rx.Var[ChargeRow]) -> rx.Component:
    return el.tr(
        row_header(row.kind),
        figure_cell("Входящий остаток", row.opening),
        figure_cell("Начислено", row.accrued, row.quantity),
        figure_cell("Перерасчёт", row.recalculation),
        figure_cell("Пени", row.penalty),
        figure_cell("Оплачено", row.paid),
        figure_cell("Исходящий остаток", row.closing, strong=True),
        role="row",
    )


def card_placeholder() -> rx.Component:
    return loading(
        el.div(bar("w-10"), bar("w-14"), class_name="loading"),
        el.div(bar("w-7"), bar("w-10 high"), class_name="loading"),
        el.div(el.div(bar("w-14"), bar("w-14"), class_name="loading"), class_name="foot"),
    )
