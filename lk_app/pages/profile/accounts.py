"""«Лицевые счета»: one's own, who else has them, and attaching another."""

import reflex as rx

from lk_app.components.cards import card, item
from lk_app.components.controls import button
from lk_app.components.dialog import filled, filled_field, opens
from lk_app.components.forms import account_field, input_field, phone_field
from lk_app.components.notices import note
from lk_app.formats import tied
from lk_app.pages.profile.codes import attaching_code, removal_code
from lk_app.pages.profile.parts import asked_password, own_dialog
from lk_app.state.profile import AccountLine, OtherLine, ProfileState

el = rx.el

ACCOUNTS = "accounts"
NAMING, DETACHING, ATTACHING, REMOVAL = "naming", "detaching", "attaching", "removal"


def accounts() -> rx.Component:
    """Return the attached accounts with what can be done about them."""
    view = ProfileState.view
    return card(
        ACCOUNTS,
        "Лицевые счета",
        rx.cond(
            view.accounts,
            el.ul(rx.foreach(view.accounts, account), class_name="items"),
            el.p("К вашей учётной записи не присоединён ни один лицевой счёт.", class_name="muted"),
        ),
        rx.cond(view.removal.phone, removal_code()),
        rx.cond(
            view.attaching.phone,
            attaching_code(),
            el.div(button("Присоединить другой ЛС", "secondary large", **opens(ATTACHING)), class_name="end"),
        ),
    )


def account(line: rx.Var[AccountLine]) -> rx.Component:
    return item(
        el.h3(el.span(line.number, class_name="num"), rx.cond(line.title, el.span(" · ", line.title))),
        el.p("Присоединён ", line.since, class_name="hint"),
        el.p(
            "Телефон в договоре: ",
            rx.cond(line.phone, el.span(line.phone, class_name="num"), "не указан"),
            class_name="hint",
        ),
        actions=rx.fragment(account_actions(line), others(line)),
        key=line.number,
    )


def account_actions(line: rx.Var[AccountLine]) -> rx.Component:
    about = f"лицевой счёт {line.number}"
    word = rx.cond(line.title, "Переименовать", "Назвать")
    return el.div(
        button(
            word,
            "secondary",
            aria_label=f"{word} {about}",
            **opens(NAMING, account=line.number, title=line.title),
        ),
        button("Отсоединить", "secondary", aria_label=f"Отсоединить {about}", **opens(DETACHING, account=line.number)),
        class_name="actions",
    )


def others(line: rx.Var[AccountLine]) -> rx.Component:
    return el.div(
        el.h4("Кому ещё доступен этот счёт", class_name="label"),
        rx.cond(
            line.others,
            el.ul(rx.foreach(line.others, lambda who: other(who, line)), class_name="items"),
            el.p("Никому, кроме вас.", class_name="hint"),
        ),
        rx.cond(
            line.others & (line.phone == ""),
            el.p(
                tied("В договоре нет телефона, поэтому отсоединить других можно только в абонентской службе."),
                class_name="hint",
            ),
        ),
        class_name="others",
    )


def other(who: rx.Var[OtherLine], line: rx.Var[AccountLine]) -> rx.Component:
    return item(
        el.p(who.name),
        el.p("с ", who.since, class_name="hint"),
        actions=rx.cond(
            line.phone,
            button(
                "Отсоединить пользователя",
                "secondary",
                aria_label=f"Отсоединить пользователя {who.name} от счёта {line.number}",
                **opens(REMOVAL, account=line.number, user=who.user_id, name=who.name, phone=line.phone),
            ),
        ),
        key=who.user_id,
    )


def accounts_dialogs() -> rx.Component:
    """Return the dialogs about accounts; each serves all of them."""
    return rx.fragment(naming(), detaching(), attaching(), removal())


def naming() -> rx.Component:
    return own_dialog(
        NAMING,
        "Название лицевого счёта",
        input_field(
            "title",
            "Название (необязательно)",
            hint="Например, «Дача». Его видите только вы. Пустое поле уберёт название.",
            missing="",
            prefix="account-",
            auto_complete="off",
            data_filled="title",
        ),
        filled_field("account_number", "account"),
        action="/api/profile/account",
        submit="Сохранить название",
        lead=rx.fragment("Лицевой счёт ", filled("account")),
    )


def detaching() -> rx.Component:
    return own_dialog(
        DETACHING,
        "Отсоединить лицевой счёт",
        el.p(
            tied(
                "Вы больше не увидите его начислений, платежей и показаний. С договором и долгом ничего не произойдёт. "
                "Присоединить счёт снова можно по коду: он придёт на телефон из договора."
            )
        ),
        el.p(
            tied(
                "Если ваш телефон для восстановления не указан в договорах остальных счетов, забытый пароль по нему "
                "будет уже не восстановить."
            )
        ),
        filled_field("account_number", "account"),
        asked_password(f"{DETACHING}-"),
        action="/api/profile/detaching",
        submit="Отсоединить",
        lead=rx.fragment("Лицевой счёт ", filled("account")),
        focuses=ACCOUNTS,
    )


def attaching() -> rx.Component:
    return own_dialog(
        ATTACHING,
        "Присоединить другой ЛС",
        phone_field("phone", "Мобильный телефон", prefix=f"{ATTACHING}-"),
        account_field("account_number", "Номер лицевого счёта", prefix=f"{ATTACHING}-"),
        note("", tied("Телефон нужен тот, что указан в договоре этого счёта: на другой код не придёт.")),
        asked_password(f"{ATTACHING}-"),
        action="/api/profile/attaching",
        submit="Отправить запрос на регистрацию",
        lead="Шаг 1 из 2. На втором понадобится код из SMS.",
        focuses=f"{ATTACHING}-code",
    )


def removal() -> rx.Component:
    return own_dialog(
        REMOVAL,
        "Отсоединить пользователя",
        el.p(
            tied("Чтобы доказать, что счёт ваш, понадобится код. Он придёт на телефон, указанный в договоре: "),
            filled("phone"),
            ".",
        ),
        el.p("После этого ", filled("name"), " больше не увидит начислений, платежей и показаний по этому счёту."),
        filled_field("account_number", "account"),
        filled_field("user", "user"),
        asked_password(f"{REMOVAL}-"),
        action="/api/profile/removal",
        submit="Отправить код",
        lead=rx.fragment("Лицевой счёт ", filled("account")),
        focuses=f"{REMOVAL}-code",
    )
