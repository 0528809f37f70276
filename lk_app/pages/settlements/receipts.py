"""«Формирование квитанции», and the code by which a bank's app pays."""

import reflex as rx

from lk_app.components.controls import button, field, link, select
from lk_app.components.dialog import dialog, document_dialog, opens
from lk_app.components.forms import follower, form_around, said_places
from lk_app.components.icons import icon
from lk_app.components.notices import note
from lk_app.formats import NBSP, tied
from lk_app.state.settlements import DivisionCard, SettlementsState

el = rx.el

SAID = "settlements-said"
"""The page's own line that says that a letter is on its way."""


def receipt_buttons(card: rx.Var[DivisionCard]) -> rx.Component:
    """Return what opens the dialogs of a division."""
    return rx.fragment(
        rx.cond(card.no_receipts, el.p(card.no_receipts, class_name="hint")),
        rx.cond(
            card.receipt_to != "",
            opener("document", "Квитанция", f"Квитанция: {card.name}", f"receipt-{card.code}"),
        ),
        rx.cond(
            card.charged,
            opener("code", "QR-код", f"QR-код для оплаты: {card.name}", f"payment-{card.code}"),
        ),
    )


def opener(symbol: str, label: str, full_label: rx.Var | str, dialog_id: rx.Var | str) -> rx.Component:
    return el.button(
        icon(symbol, small=True),
        label,
        type="button",
        class_name="button secondary",
        aria_label=full_label,
        **opens(dialog_id),
    )


def receipt_dialogs(card: rx.Var[DivisionCard]) -> rx.Component:
    """Return the dialogs of a division."""
    return rx.fragment(
        rx.cond(card.receipt_to != "", receipt_dialog(card)), rx.cond(card.charged, payment_dialog(card))
    )


def receipt_dialog(card: rx.Var[DivisionCard]) -> rx.Component:
    identifier = f"receipt-{card.code}"
    return document_dialog(
        identifier,
        "Формирование квитанции",
        period_choice(f"{identifier}-period", card),
        note("", "Файл PDF. Откроется в новой вкладке, его можно распечатать или сохранить.", symbol="document"),
        el.p(
            "Вкладка не открылась? ",
            link("Открыть квитанцию по ссылке", to=card.address, target="_blank", data_follows="period"),
            class_name="hint",
        ),
        action=card.address,
        submit="Сформировать",
        lead=card.name,
        below=rx.cond(SettlementsState.documents.mailed, by_mail(card)),
    )


def period_choice(identifier: rx.Var | str, card: rx.Var[DivisionCard]) -> rx.Component:
    return field(
        identifier,
        "Период",
        select(
            card.periods,
            lambda period: rx.cond(
                (period[0] >= card.receipt_from) & (period[0] <= card.receipt_to),
                el.option(period[1], value=period[0]),
            ),
            id=identifier,
            name="period",
        ),
    )


def by_mail(card: rx.Var[DivisionCard]) -> rx.Component:
    """Return the way to have the chosen receipt sent as a letter, or what is missing for that."""
    return rx.cond(
        SettlementsState.documents.email,
        form_around(
            "/api/receipts/mail",
            *said_places(),
            el.input(type="hidden", name="account", value=SettlementsState.documents.account, read_only=True),
            el.input(type="hidden", name="division", value=card.code, read_only=True),
            follower("period"),
            button("Отправить на почту", "secondary wide", type="submit"),
            el.p(f"На адрес {SettlementsState.documents.email}", class_name="hint"),
            says=SAID,
            class_name="stack by-mail",
        ),
        el.p(
            tied("Квитанцию можно получать и на почту: "),
            link("укажите адрес в настройках", to="/settings"),
            ".",
            class_name="hint",
        ),
    )


def payment_dialog(card: rx.Var[DivisionCard]) -> rx.Component:
    picture = f"{card.address}/payment.png"
    return dialog(
        f"payment-{card.code}",
        "Оплата по QR-коду",
        el.p(card.payment),
        # Lazy: asked for only when the dialog opens.
        el.img(
            src=picture,
            alt="QR-код для оплаты в приложении банка",
            loading="lazy",
            class_name="payment-code",
            custom_attrs={"width": 280, "height": 280},
        ),
        el.p(
            tied("В приложении банка выберите оплату по"),
            NBSP,
            el.span("QR-коду", class_name="whole"),
            tied(" и наведите камеру: получатель"),
            rx.cond(card.offer.owes, ", лицевой счёт и сумма", " и лицевой счёт"),
            tied(" заполнятся сами. Если приложение на этом же телефоне, "),
            link(
                "сохраните картинку",
                to=picture,
                download=f"QR-код, {card.name}.png",
                reload_document=True,
            ),
            tied(" (или нажмите на неё и удерживайте) и откройте её в приложении."),
            class_name="hint",
        ),
        lead=card.name,
    )
