"""What is said when something is missing: data, an account, the connection, cookies, JavaScript."""

import reflex as rx
from reflex_components_core.core.banner import has_too_many_connection_errors

from lk_app.components.controls import button, link
from lk_app.components.icons import icon
from lk_app.settings import Environment, settings

el = rx.el

BROWSER_HELP = "/help/browser"

RELOAD = rx.Var("(() => window.location.reload())").to(rx.EventChain)


def plain_card(symbol: str, title: str, *content: rx.Component) -> rx.Component:
    """Return a card that says calmly why there is nothing else, and what to do."""
    return el.section(icon(symbol), el.h2(title), *content, class_name="card plain")


def note(kind: str, words: rx.Var | str, symbol: str = "alert") -> rx.Component:
    """Return a remark in a form or a dialog: `warn`, `danger`, `ok`, or nothing for a plain one."""
    return el.p(icon(symbol), el.span(words), class_name=f"note {kind}".strip())


def not_loaded(message: rx.Var | str, retry: rx.EventHandler) -> rx.Component:
    """Return what stands in place of data that could not be loaded."""
    return el.div(
        plain_card(
            "alert",
            "Не удалось загрузить данные",
            el.p(message),
            button("Повторить", "secondary", on_click=retry),
        ),
        role="alert",
    )


def no_accounts() -> rx.Component:
    """Return what a user sees who has no account attached."""
    return plain_card(
        "house",
        "Нет ни одного лицевого счёта",
        el.p(
            "К вашей учётной записи не присоединён ни один лицевой счёт, поэтому показывать пока нечего. "
            "Его можно присоединить в настройках по коду на телефон из договора."
        ),
        link("Присоединить лицевой счёт", to="/settings", alone=True),
    )


def loading(*bars: rx.Component) -> rx.Component:
    """Return a card of the shape of what will come."""
    return el.div(*bars, class_name="card charge", aria_hidden="true")


def bar(width: str) -> rx.Component:
    """Return the place of a line of text."""
    return el.span(class_name=f"bar {width}")


def arriving(
    loaded: rx.Var[bool],
    failure: rx.Var[str],
    retry: rx.EventHandler,
    placeholder: rx.Component,
    content: rx.Component,
) -> rx.Component:
    """Return the content once it has come; before, its placeholder; when it does not come, why and a way to retry."""
    return el.div(
        rx.cond(
            failure,
            not_loaded(failure, retry),
            rx.cond(loaded, content, rx.fragment(el.p("Загружаем…", class_name="unseen", role="status"), placeholder)),
        ),
        aria_busy=rx.cond(loaded | (failure != ""), "false", "true"),
    )


def connection_lost() -> rx.Component:
    """Return the notice that shows itself while the server cannot be reached."""
    return el.div(
        rx.cond(
            has_too_many_connection_errors,
            el.p(
                icon("alert"),
                "Нет связи с порталом. Пробуем подключиться снова: то, что на экране, могло устареть.",
                class_name="note connection",
            ),
        ),
        role="status",
    )


def session_ending() -> rx.Component:
    """Return the notice that assets/lk.js lets be seen before a session ends, while something can be done about it."""
    return el.div(
        el.p(
            icon("alert"),
            el.span(
                "Сеанс скоро закончится, и страница закроется: отправьте то, что ввели. ",
                el.button("Остаться", type="button", class_name="link"),
            ),
            class_name="note connection ending",
        ),
        role="status",
    )


def page_failed() -> rx.Component:
    """Return what stands in place of a page that broke while it was drawn."""
    return el.main(
        el.title("Страница не открылась — Личный кабинет потребителя газа"),
        el.section(
            icon("alert"),
            el.h1("Страница не открылась"),
            el.p("Обновите её. Если не поможет, попробуйте позже или позвоните в абонентскую службу."),
            button("Обновить страницу", "primary", on_click=RELOAD),
            class_name="card plain",
        ),
        id="main",
        class_name="wrap read",
    )


def browser_notices() -> rx.Component:
    """Return what is told to browsers without JavaScript or cookies, and to everybody on a demonstration stand."""
    return rx.fragment(
        el.noscript(
            strip(
                "В браузере выключен JavaScript, поэтому кабинет не работает. ",
                el.a("Как его включить", href=BROWSER_HELP, class_name="link"),
            )
        ),
        # Always there: lk.js shows it when cookies are off.
        el.div(
            strip(
                "В браузере выключены cookie, поэтому войти в кабинет не получится. ",
                el.a("Как их включить", href=BROWSER_HELP, class_name="link"),
            ),
            class_name="cookies-off",
        ),
        demo_notice(),
    )


def demo_notice() -> rx.Component:
    """Return the banner of the demonstration stand; nothing elsewhere."""
    if settings().env is not Environment.DEMO:
        return rx.fragment()
    return el.div(
        el.p(
            "Демонстрационный стенд: люди, счета и деньги здесь вымышлены. ",
            # In a tab of its own, so that the form that waits for a code stays open.
            link("Отправленные SMS", to="/sandbox/sms", target="_blank"),
            ", ",
            link("письма", to="/sandbox/mail", target="_blank"),
            ", ",
            link("тестовые карты", to="/sandbox/bank/", target="_blank"),
            class_name="wrap",
        ),
        class_name="strip demo",
    )


def strip(*words: rx.Component | str) -> rx.Component:
    """Return a bar across the page."""
    return el.div(el.p(*words, class_name="wrap"), class_name="strip")
