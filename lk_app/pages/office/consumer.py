"""One account as staff see it: who has it in the portal, and everything its consumers see, read-only.

A user who has no account is seen alone.
"""

import reflex as rx

from lk_app.components.controls import button
from lk_app.components.dialog import opens
from lk_app.components.icons import icon
from lk_app.components.notices import note
from lk_app.components.office import has_role
from lk_app.components.tables import fact, facts, header_row, row_header
from lk_app.formats import tied
from lk_app.pages.office.consumer_dialogs import DETACHING, ENDING, UNLOCKING
from lk_app.pages.settlements.screen import charges_table
from lk_app.services.staff import duties
from lk_app.state.office.consumers import CARD, ConsumersState
from lk_app.state.office.consumers_words import DivisionPart, UserPart
from lk_app.state.payments import PaymentRow
from lk_app.state.profile import EventLine, SessionLine
from lk_app.state.readings import ReadingRow, ShownMeter

el = rx.el


def consumer() -> rx.Component:
    """Return the account that is looked at, or the user without one."""
    return el.div(
        head(),
        rx.cond(
            ConsumersState.card.number,
            el.div(
                el.div(users(), settlements(), payments(), class_name="cards"),
                el.div(account(), meters(), class_name="cards"),
                class_name="consumer-parts",
            ),
            part("Пользователь кабинета", el.ul(rx.foreach(ConsumersState.card.users, user))),
        ),
        class_name="cards consumer",
    )


def head() -> rx.Component:
    card = ConsumersState.card
    return el.div(
        el.div(
            el.h2(card.holder, id=CARD, tab_index=-1),
            rx.cond(
                card.number,
                el.p(
                    "Лицевой счёт ",
                    el.span(card.number, class_name="num"),
                    rx.cond(card.address, f", {card.address}", ""),
                ),
                el.p(tied("Лицевой счёт не присоединён")),
            ),
        ),
        button("К списку", "secondary", on_click=ConsumersState.put_away),
        class_name="card-head",
    )


def part(title: str, *content: rx.Component) -> rx.Component:
    return el.section(el.h3(title), *content, class_name="card card-body", aria_label=title)


def users() -> rx.Component:
    """Return who has the account, with what can be done for them."""
    card = ConsumersState.card
    return part(
        "Кто видит счёт в кабинете",
        rx.cond(
            card.users.length() > 0,
            el.ul(rx.foreach(card.users, user)),
            el.div(
                el.p(tied("Этот лицевой счёт ни у кого не присоединён."), class_name="hint"),
                rx.cond(
                    card.has_phone,
                    unlock_button("", "телефон из договора", "Снять ограничение на коды"),
                ),
                class_name="stack tight",
            ),
        ),
    )


def user(who: rx.Var[UserPart]) -> rx.Component:
    detach = button(
        "Отсоединить счёт",
        "secondary",
        aria_label=f"Отсоединить счёт: {who.name}",
        **opens(DETACHING, account=ConsumersState.card.number, user=who.user_id.to(str), who=who.about),
    )
    end = button(
        "Завершить сеансы",
        "secondary",
        aria_label=f"Завершить сеансы: {who.name}",
        **opens(ENDING, account=ConsumersState.card.number, user=who.user_id.to(str), who=who.about),
    )
    return el.li(
        el.p(el.b(who.name), " ", el.span(who.phone, class_name="num")),
        rx.cond(who.since, el.p("С ", who.since, class_name="hint")),
        rx.cond(who.deletes_on, note("warn", f"Попросил удалить учётную запись: {who.deletes_on}")),
        el.h4("Активные сеансы"),
        rx.cond(
            who.sessions.length() > 0,
            el.ul(rx.foreach(who.sessions, opened), class_name="plain-list"),
            el.p("Сейчас нигде не вошёл.", class_name="hint"),
        ),
        el.details(
            el.summary(icon("chevron", small=True), el.span("Входы и изменения")),
            el.ul(rx.foreach(who.events, event), class_name="plain-list"),
            class_name="unfolds",
        ),
        el.div(
            rx.cond(who.sessions.length() > 0, end),
            unlock_button(who.user_id.to(str), who.about, "Снять ограничение", named=f": {who.name}"),
            rx.cond(has_role(duties.DETACHING) & (ConsumersState.card.number != ""), detach),
            class_name="actions",
        ),
        key=who.user_id,
        class_name="consumer-user",
    )


def unlock_button(user_id: rx.Var | str, who: rx.Var | str, label: str, named: rx.Var | str = "") -> rx.Component:
    return button(
        label,
        "secondary",
        aria_label=f"{label}{named}",
        **opens(UNLOCKING, account=ConsumersState.card.number, user=user_id, who=who),
    )


def opened(line: rx.Var[SessionLine]) -> rx.Component:
    return el.li(line.browser, el.span(line.place, class_name="sub"), el.span(line.seen, class_name="sub"))


def event(line: rx.Var[EventLine]) -> rx.Component:
    return el.li(
        rx.cond(line.alarming, el.span(line.what, class_name="badge warn"), line.what),
        rx.cond(line.where, el.span(line.where, class_name="sub")),
        el.span(line.when, class_name="sub"),
    )


def settlements() -> rx.Component:
    return part("Взаиморасчёты", el.div(rx.foreach(ConsumersState.card.divisions, division), class_name="stack"))


def division(line: rx.Var[DivisionPart]) -> rx.Component:
    return el.div(
        el.div(el.h4(line.name), balance(line), class_name="card-head"),
        el.p(line.accrued, class_name="hint"),
        rx.cond(line.posted, el.p(line.posted, class_name="hint")),
        rx.cond(line.processing, el.p(line.processing, class_name="hint")),
        rx.cond(
            line.charged,
            el.details(
                el.summary(
                    icon("chevron", small=True),
                    el.span("Начисления"),
                    el.span(f": {line.name}", class_name="unseen"),
                ),
                charges_table(line.charges),
                class_name="unfolds",
            ),
        ),
        key=line.code,
    )


def balance(line: rx.Var[DivisionPart]) -> rx.Component:
    return el.p(el.span(line.word, class_name=f"word {line.standing}"), " ", el.b(line.amount, class_name="num"))


def payments() -> rx.Component:
    card = ConsumersState.card
    return part(
        "Платежи",
        rx.cond(
            card.payments.length() > 0,
            rx.fragment(
                el.table(
                    el.caption("Платежи", class_name="unseen"),
                    header_row("Дата", "Раздел", "Способ оплаты", "Сумма", "Состояние"),
                    el.tbody(rx.foreach(card.payments, payment), role="rowgroup"),
                    class_name="table fold duo payments",
                    role="table",
                ),
                rx.cond(card.paging.words, payment_pages()),
            ),
            el.p("Платежей ещё не было.", class_name="hint"),
        ),
    )


def payment_pages() -> rx.Component:
    paging = ConsumersState.card.paging
    turn = ConsumersState.turn_payments
    return el.div(
        el.p(paging.words, class_name="hint num"),
        el.nav(
            turn_button("Назад", turn(paging.page - 1), paging.has_earlier),
            turn_button("Дальше", turn(paging.page + 1), paging.has_later),
            class_name="desk-pages",
            aria_label="Страницы платежей",
        ),
        class_name="card-head",
    )


def turn_button(label: str, turn: rx.event.EventSpec, is_there: rx.Var[bool]) -> rx.Component:
    return rx.cond(
        is_there,
        button(label, "secondary", on_click=turn),
        button(label, "secondary", aria_disabled="true"),
    )


def payment(line: rx.Var[PaymentRow]) -> rx.Component:
    return el.tr(
        row_header(rx.fragment(el.span(line.day), el.span(line.time, class_name="sub"))),
        el.td(line.division, role="cell"),
        el.td(line.how, el.span(line.number, class_name="sub"), role="cell", class_name="how"),
        el.td(line.amount, role="cell", class_name="strong figure"),
        el.td(
            el.span(line.state, class_name=f"badge {line.tone}"),
            rx.cond(line.remark, el.span(line.remark, class_name="sub")),
            role="cell",
            class_name="state",
        ),
        role="row",
        key=line.key,
    )


def account() -> rx.Component:
    card = ConsumersState.card
    return part(
        "Договор и объект",
        facts(card.account.contract),
        facts(card.account.premises),
        el.dl(
            fact("Абонентская служба", card.account.office_name),
            fact("Обращения по счёту", card.appeals),
            class_name="facts",
        ),
    )


def meters() -> rx.Component:
    card = ConsumersState.card
    return part(
        "Счётчики и показания",
        rx.cond(
            card.meters.length() > 0,
            el.div(rx.foreach(card.meters, meter), class_name="stack"),
            el.p("Счётчиков по этому лицевому счёту нет.", class_name="hint"),
        ),
    )


def meter(one: rx.Var[ShownMeter]) -> rx.Component:
    return el.div(
        el.div(
            el.h4(one.title),
            rx.cond(one.badge, el.span(one.badge, class_name=f"badge {one.badge_tone}")),
            class_name="card-head",
        ),
        el.dl(
            rx.foreach(one.facts, lambda line: fact(line.term, line.text)),
            rx.cond(one.verified_until, fact("Поверка до", one.verified_until)),
            class_name="facts",
        ),
        rx.cond(
            one.rows.length() > 0,
            el.table(
                el.caption(f"Показания счётчика {one.name}", class_name="unseen"),
                header_row("Дата", "Показание", "Расход", "Состояние"),
                el.tbody(rx.foreach(one.rows, reading), role="rowgroup"),
                class_name="table past",
                role="table",
            ),
            el.p("Показаний ещё не было.", class_name="hint"),
        ),
        key=one.id,
    )


def reading(line: rx.Var[ReadingRow]) -> rx.Component:
    return el.tr(
        row_header(rx.fragment(el.span(line.day), el.span(line.source, class_name="sub"))),
        el.td(line.value, role="cell", class_name="num"),
        el.td(line.consumption, role="cell", class_name="num"),
        el.td(
            el.span(line.state, class_name=f"badge {line.tone}"),
            rx.cond(line.reason, el.span(line.reason, class_name="sub")),
            role="cell",
        ),
        role="row",
        key=line.key,
    )
