"""«Безопасность»: where the user is signed in, and what happened to their access."""

import reflex as rx

from lk_app.components.cards import card, item
from lk_app.components.forms import hidden
from lk_app.components.icons import icon
from lk_app.pages.profile.parts import asked_password, small_form
from lk_app.state.profile import EventLine, ProfileState, SessionLine

el = rx.el

SESSIONS = "sessions"


def security() -> rx.Component:
    """Return the signed-in browsers and the newest events."""
    view = ProfileState.view
    return card(
        "security",
        "Безопасность",
        el.h3("Активные сеансы", id=SESSIONS, tab_index=-1),
        el.ul(rx.foreach(view.sessions, opened), class_name="items"),
        rx.cond(
            view.sessions.length() > 1,
            el.div(
                small_form(
                    "/api/profile/sessions/end",
                    "Завершить все остальные",
                    asked_password(f"{SESSIONS}-", at_once=False),
                    focuses=SESSIONS,
                ),
                class_name="end",
            ),
        ),
        el.h3("Недавние входы и изменения"),
        el.p("Если что-то здесь сделали не вы, смените пароль.", class_name="hint"),
        el.ul(rx.foreach(view.events, event), class_name="items events"),
        below=rx.cond(view.earlier_events, earlier()),
    )


def opened(line: rx.Var[SessionLine]) -> rx.Component:
    return item(
        el.p(line.browser, rx.cond(line.is_this, el.span("этот", class_name="badge ok"))),
        el.p(line.place, class_name="hint"),
        rx.cond(line.seen, el.p(line.seen, class_name="hint")),
        actions=rx.cond(
            line.is_this,
            rx.fragment(),
            small_form(
                "/api/profile/session/end",
                "Завершить",
                hidden("session", line.session_id.to(str)),
                asked_password(f"session-{line.session_id}-", at_once=False),
                focuses=SESSIONS,
                named=f"Завершить сеанс {line.browser}, {line.place}",
            ),
        ),
        key=line.session_id,
    )


def event(line: rx.Var[EventLine]) -> rx.Component:
    return item(
        el.p(rx.cond(line.alarming, el.span(line.what, class_name="badge warn"), line.what)),
        rx.cond(line.where, el.p(line.where, class_name="hint")),
        actions=el.p(line.when, class_name="hint"),
    )


def earlier() -> rx.Component:
    return el.details(
        el.summary(
            icon("chevron", small=True),
            el.span("Показать более ранние", class_name="closed"),
            el.span("Скрыть более ранние", class_name="opened"),
        ),
        el.div(
            el.ul(rx.foreach(ProfileState.view.earlier_events, event), class_name="items events"),
            class_name="more-body",
        ),
        class_name="more",
    )
