"""«Подробнее»: everything about the chosen account."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.notices import arriving, bar, loading, no_accounts
from lk_app.components.shell import cabinet
from lk_app.components.tables import fact, facts
from lk_app.state.accounts import AccountState, MeterFacts

el = rx.el


def account() -> rx.Component:
    """Return the page about the chosen account."""
    return cabinet(
        "/account",
        el.div(el.h1("Лицевой счёт"), class_name="page-head"),
        arriving(
            AccountState.loaded,
            AccountState.failure,
            AccountState.load,
            placeholder=el.div(*(card_placeholder() for _ in range(3)), class_name="cards"),
            content=rx.cond(AccountState.empty, no_accounts(), cards()),
        ),
    )


def cards() -> rx.Component:
    view = AccountState.view
    return el.div(
        card("Договор", facts(view.contract)),
        card("Объект газификации", facts(view.premises)),
        card(
            "Приборы учёта",
            rx.cond(
                view.meters,
                el.div(rx.foreach(view.meters, meter)),
                el.p("Приборов учёта по этому лицевому счёту нет.", class_name="muted"),
            ),
        ),
        card("Получатели платежей", facts(view.payees)),
        card("Абонентская служба", office()),
        class_name="cards",
    )


def card(title: str, content: rx.Component) -> rx.Component:
    return el.section(el.h2(title), content, class_name="card card-body", aria_label=title)


def meter(card: rx.Var[MeterFacts]) -> rx.Component:
    return el.div(
        el.div(
            el.h3(card.title),
            el.span(card.state, class_name=rx.cond(card.working, "badge ok", "badge danger")),
            class_name="card-head",
        ),
        el.dl(
            rx.foreach(card.facts, lambda line: fact(line.term, line.text)),
            rx.cond(card.verified_until, fact("Поверка до", card.verified_until, verification_mark(card))),
            class_name="facts",
        ),
        class_name="meter",
    )


def verification_mark(card: rx.Var[MeterFacts]) -> rx.Component:
    return rx.match(
        card.verification,
        ("overdue", el.span("просрочена", class_name="badge danger")),
        ("soon", el.span("скоро истекает", class_name="badge warn")),
        rx.fragment(),
    )


def office() -> rx.Component:
    view = AccountState.view
    return el.div(
        el.p(rx.cond(view.office_anchor, link(view.office_name, to=view.office_anchor, alone=True), view.office_name)),
        el.address(view.office_address, class_name="muted"),
    )


def card_placeholder() -> rx.Component:
    return loading(el.div(bar("w-10"), bar("w-14"), bar("w-14"), bar("w-10"), bar("w-14"), class_name="loading"))
