"""«Контактная информация»."""

import reflex as rx

from lk_app.components.controls import button, link
from lk_app.components.notices import arriving, bar, loading, plain_card
from lk_app.components.shell import open_to_all
from lk_app.state.contacts import ContactsState, Hours, OfficeView, Phone

el = rx.el

OWN_FIRST = " Первой стоит служба вашего лицевого счёта, за ней ближайшие по адресу."


def contacts() -> rx.Component:
    """Return the page with every office."""
    return open_to_all(
        "/contacts",
        el.div(
            el.div(
                el.h1("Контактная информация"),
                el.p(
                    "Абонентские службы: куда прийти и куда позвонить.",
                    rx.cond(ContactsState.own_first, OWN_FIRST, ""),
                ),
            ),
            rx.cond(ContactsState.offices, button("Распечатать все", "secondary", data_prints="all")),
            class_name="page-head with-filters",
        ),
        arriving(
            ContactsState.loaded,
            ContactsState.failure,
            ContactsState.load,
            placeholder=el.div(card_placeholder(), card_placeholder(), class_name="cards"),
            content=rx.cond(
                ContactsState.offices,
                el.ul(rx.foreach(ContactsState.offices, office), class_name="cards"),
                plain_card("phone", "Адресов пока нет", el.p("Сведения об абонентских службах скоро появятся.")),
            ),
        ),
    )


def office(card: rx.Var[OfficeView]) -> rx.Component:
    return el.li(
        el.div(
            el.h2(card.name, rx.cond(card.serves_account, el.span("ваша служба", class_name="badge ok"))),
            el.address(card.address),
            el.p(rx.foreach(card.phones, phone), class_name="phones"),
            rx.cond(card.directions, el.p("Как добраться: ", card.directions, class_name="directions hint")),
            button("Распечатать", "quiet", data_prints="office", aria_label=f"Распечатать: {card.name}"),
            class_name="lines",
        ),
        el.div(
            rx.cond(
                card.opening,
                el.p(el.span(card.opening, class_name=rx.cond(card.is_open, "badge ok", "badge"))),
            ),
            rx.cond(
                card.hours,
                el.dl(rx.foreach(card.hours, hours), class_name="hours"),
                el.p("Часы работы уточняйте по телефону.", class_name="hint"),
            ),
        ),
        id=card.anchor,
        class_name="card office",
    )


def phone(number: rx.Var[Phone]) -> rx.Component:
    return link(number.text, to=number.link, alone=True)


def hours(line: rx.Var[Hours]) -> rx.Component:
    return el.div(el.dt(line.days), el.dd(line.time))


def card_placeholder() -> rx.Component:
    return loading(
        el.div(bar("w-14"), bar("w-14"), bar("w-10"), class_name="loading"),
        el.div(bar("w-10"), bar("w-10"), class_name="loading"),
    )
