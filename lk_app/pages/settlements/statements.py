"""«Справка о состоянии расчётов» and «Акт сверки»: the card below the divisions."""

import reflex as rx

from lk_app.components.cards import card, item
from lk_app.components.controls import button, field, select
from lk_app.components.dialog import document_dialog, opens
from lk_app.components.notices import note
from lk_app.formats import tied
from lk_app.state.settlements import SettlementsState

el = rx.el

RECONCILIATION = "reconciliation"


def statements() -> rx.Component:
    """Return the card of documents about the whole account."""
    return card(
        "documents",
        "Документы",
        el.ul(
            item(
                el.h3("Справка о состоянии расчётов"),
                el.p(
                    tied(
                        "Долг или аванс на сегодня по всем разделам, файл PDF. Если нужна печать, справку выдаст "
                        "абонентская служба."
                    ),
                    class_name="hint",
                ),
                actions=el.a(
                    "Открыть справку",
                    href=f"{SettlementsState.documents.statements}/balance",
                    target="_blank",
                    class_name="button secondary",
                ),
            ),
            item(
                el.h3("Акт сверки"),
                el.p(tied("Начисления и платежи за любые месяцы, до трёх лет в одном акте."), class_name="hint"),
                actions=button("Выбрать месяцы", "secondary", **opens(RECONCILIATION)),
            ),
            class_name="items",
        ),
    )


def reconciliation_dialog() -> rx.Component:
    """Return the dialog that asks for a division and the range of months."""
    documents = SettlementsState.documents
    return document_dialog(
        RECONCILIATION,
        "Акт сверки",
        choice("division", "Раздел начислений", documents.divisions),
        el.div(
            choice("first", "С месяца", documents.months, default_value=documents.first_month),
            choice("last", "По месяц", documents.months, data_not_before="first"),
            class_name="pair",
        ),
        note("", "Файл PDF. Откроется в новой вкладке, его можно распечатать или сохранить.", symbol="document"),
        action=f"{documents.statements}/reconciliation",
        submit="Сформировать",
    )


def choice(name: str, label: str, options: rx.Var, **props: object) -> rx.Component:
    identifier = f"{RECONCILIATION}-{name}"
    return field(
        identifier,
        label,
        select(options, lambda option: el.option(option[1], value=option[0]), id=identifier, name=name, **props),
    )
