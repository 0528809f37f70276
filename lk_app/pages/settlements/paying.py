"""«Оплата онлайн»: for one division, and for several in one go."""

from typing import Any

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.dialog import form_dialog, opens
from lk_app.components.forms import input_field
from lk_app.components.notices import note
from lk_app.components.tables import fact
from lk_app.formats import tied
from lk_app.pages.payments.contact import OPENING, receipt_contact
from lk_app.state.accounts import AccountsState
from lk_app.state.settlements import DivisionCard, SettlementsState

el = rx.el

PAY = "/api/payments"
SEVERAL = "pay-several"
EMPTY = "Введите сумму"


def pay_button(card: rx.Var[DivisionCard]) -> rx.Component:
    """Return what opens the dialog of a division: the one primary button of its card, if something is owed."""
    return rx.cond(
        SettlementsState.till.is_open & card.charged,
        el.button(
            "Оплатить",
            type="button",
            class_name=rx.cond(card.offer.owes, "button primary", "button tint"),
            aria_label=f"Оплатить: {card.name}",
            **opens(f"pay-{card.code}"),
        ),
    )


def pay_dialog(card: rx.Var[DivisionCard]) -> rx.Component:
    """Return the dialog of a division."""
    return rx.cond(
        SettlementsState.till.is_open & card.charged,
        form_dialog(
            f"pay-{card.code}",
            "Оплата онлайн",
            account(),
            amount_field(card, "Сумма", card.offer.hint, prefix="pay-", missing=EMPTY),
            warning(card),
            facts(),
            receipt_contact(SettlementsState.till.contact == "", f"pay-{card.code}-"),
            secrecy(),
            action=PAY,
            submit="Оплатить",
            lead=card.name,
            data_waits=OPENING,
        ),
    )


def pay_several() -> rx.Component:
    """Return the card that leads to paying for all divisions at once, and its dialog."""
    return rx.cond(
        SettlementsState.till.is_open & SettlementsState.till.several,
        rx.fragment(
            el.section(
                el.div(
                    el.h2("Оплатить всё сразу", id="all-at-once"),
                    rx.cond(
                        SettlementsState.till.debts,
                        el.p("Вместе к оплате ", el.b(SettlementsState.till.debts, class_name="num")),
                        el.p("Несколько разделов одним платежом"),
                    ),
                    class_name="lines",
                ),
                el.button("Выбрать суммы", type="button", class_name="button secondary", **opens(SEVERAL)),
                class_name="card row",
                aria_labelledby="all-at-once",
            ),
            form_dialog(
                SEVERAL,
                "Оплата онлайн",
                account(),
                rx.foreach(SettlementsState.divisions, part),
                facts(
                    fact(
                        "Всего",
                        el.span(SettlementsState.till.total, class_name="num", data_total="", aria_live="polite"),
                        total=True,
                    )
                ),
                receipt_contact(SettlementsState.till.contact == "", "pay-several-"),
                secrecy(),
                action=PAY,
                submit="Оплатить",
                lead=tied("Один платёж за несколько разделов. За что не платите, оставьте пустым."),
                data_summed="",
                data_waits=OPENING,
            ),
        ),
    )


def part(card: rx.Var[DivisionCard]) -> rx.Component:
    """Return what one division needs in the dialog for several."""
    return rx.cond(
        card.charged,
        el.div(amount_field(card, card.name, card.offer.note, prefix="several-", missing=""), warning(card)),
    )


def amount_field(
    card: rx.Var[DivisionCard], label: Any, hint: rx.Var[str], *, prefix: str, missing: str
) -> rx.Component:
    return input_field(
        card.offer.field,
        label,
        roubles_input,
        hint=el.span(hint),
        missing=missing,
        prefix=prefix,
        class_name="input amount num",
        default_value=card.offer.amount,
    )


def roubles_input(**props: Any) -> rx.Component:
    """Return an input for money, with its unit inside."""
    return el.span(
        el.input(input_mode="decimal", auto_complete="off", max_length=20, data_amount="", **props),
        el.span("₽", aria_hidden="true"),
        class_name="suffix",
    )


def warning(card: rx.Var[DivisionCard]) -> rx.Component:
    return rx.cond(
        card.offer.warning,
        el.div(
            note("warn", card.offer.warning),
            el.p(link("Открыть историю платежей", to="/payments"), class_name="hint"),
            class_name="stack",
        ),
    )


def account() -> rx.Component:
    return el.input(type="hidden", name="account", value=SettlementsState.documents.account, read_only=True)


def facts(*more: rx.Component) -> rx.Component:
    return el.dl(
        fact("Лицевой счёт", el.span(AccountsState.number, class_name="num")),
        fact("Комиссия", el.span("0,00 ₽", class_name="num")),
        rx.cond(SettlementsState.till.contact, fact("Кассовый чек придёт на", SettlementsState.till.contact)),
        *more,
        class_name="sums",
    )


def secrecy() -> rx.Component:
    return rx.fragment(
        note("", tied("Данные карты вводятся на странице банка. Мы их не видим и не храним."), symbol="card"),
        el.p(link("Как платить картой", to="/help/payment", target="_blank"), class_name="hint"),
    )
