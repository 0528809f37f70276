"""«Мои данные»: taking them along, and deleting the user."""

import reflex as rx

from lk_app.components.cards import card, item
from lk_app.components.controls import button
from lk_app.components.dialog import opens
from lk_app.components.icons import icon
from lk_app.components.notices import note
from lk_app.formats import tied
from lk_app.pages.profile.parts import asked_password, own_dialog, small_form
from lk_app.state.profile import ProfileState

el = rx.el

DATA, DELETION = "data", "deletion"
DELETES = "deletes"
CONTENT = tied(
    "В архиве всё, что портал знает о вас и ваших лицевых счетах: имя, телефон и адрес почты, начисления, платежи, "
    "показания, входы и согласия."
)


def data() -> rx.Component:
    """Return what can be done with all one's data at once."""
    return card(
        "own-data",
        "Мои данные",
        el.ul(
            item(
                el.h3("Копия данных"),
                el.p(CONTENT, class_name="hint"),
                actions=button("Скачать мои данные", "secondary", **opens(DATA)),
            ),
            item(
                el.h3("Удаление учётной записи"),
                rx.cond(
                    ProfileState.view.deletes_on,
                    el.p("Назначено на ", ProfileState.view.deletes_on, class_name="hint"),
                    el.p(tied("Передумать можно в течение 7 дней."), class_name="hint"),
                ),
                actions=rx.cond(
                    ProfileState.view.deletes_on,
                    rx.fragment(),
                    button("Удалить учётную запись", "secondary", **opens(DELETION)),
                ),
            ),
            class_name="items",
        ),
    )


def data_dialogs() -> rx.Component:
    """Return the dialogs about all one's data."""
    return rx.fragment(download(), deletion())


def download() -> rx.Component:
    return own_dialog(
        DATA,
        "Скачать мои данные",
        el.p(CONTENT),
        el.p("Сохраните файл там, где его не увидят посторонние.", class_name="hint"),
        asked_password(f"{DATA}-"),
        action="/api/profile/data",
        submit="Скачать",
    )


def deletion() -> rx.Component:
    return own_dialog(
        DELETION,
        "Удалить учётную запись",
        el.p(
            tied(
                "Будут удалены ваши имя, пароль, телефон для восстановления и адрес электронной почты, а лицевые счета "
                "отсоединены. Войти будет нельзя, но зарегистрироваться заново можно в любой день."
            )
        ),
        el.p(
            tied(
                "У газовой компании останутся договор, начисления, платежи и показания. "
                "Платить за газ нужно, как и раньше."
            )
        ),
        note("warn", tied("У вас будет 7 дней, чтобы передумать: войдите и нажмите «Отменить удаление».")),
        asked_password(f"{DELETION}-"),
        action="/api/profile/deletion",
        submit="Удалить учётную запись",
        focuses=DELETES,
    )


def deletion_notice() -> rx.Component:
    """Return the warning that the user will be deleted, with the way back."""
    return el.section(
        icon("alert"),
        el.div(
            el.p(
                el.b("Учётная запись будет удалена ", ProfileState.view.deletes_on),
                " До этого дня кабинет работает как обычно.",
            ),
            small_form("/api/profile/deletion/cancel", "Отменить удаление", focuses="main"),
            class_name="lines",
        ),
        id=DELETES,
        tab_index=-1,
        class_name="note warn",
        aria_label="Удаление учётной записи",
    )
