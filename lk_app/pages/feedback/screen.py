"""«Обратная связь»: a question with the answers there are already, and one's appeals; or one of them."""

import reflex as rx

from lk_app.components.cards import card
from lk_app.components.controls import button, link
from lk_app.components.forms import reload_button, status
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, bar, loading, note
from lk_app.components.shell import cabinet
from lk_app.components.uploads import uploads_script
from lk_app.formats import tied
from lk_app.pages.feedback.asking import asking, asking_dialog
from lk_app.pages.feedback.conversation import closing_dialog, conversation, reply_box
from lk_app.pages.feedback.parts import LIST, RELOAD, SAID
from lk_app.state.feedback import AppealRow, FeedbackState

el = rx.el

IS_OPEN = FeedbackState.opened.id != ""


def feedback() -> rx.Component:
    """Return the screen."""
    return cabinet(
        "/feedback",
        rx.cond(IS_OPEN, head_of_appeal(), el.div(el.h1("Обратная связь"), class_name="page-head")),
        el.div(
            status(id=SAID),
            el.p(FeedbackState.told, role="status", class_name="note ok signed"),
            class_name="said",
            # What was said of the list is not said of an appeal.
            key=FeedbackState.opened.id,
        ),
        arriving(
            FeedbackState.loaded,
            FeedbackState.failure,
            FeedbackState.load,
            placeholder=el.div(placeholder(), placeholder(), class_name="cards"),
            content=rx.cond(IS_OPEN, conversation(), questions()),
        ),
        # Outside what comes and goes, so that nothing typed goes with it.
        reply_box(),
        asking_dialog(),
        closing_dialog(),
        reload_button(RELOAD, FeedbackState.show_sent),
        uploads_script(),
    )


def head_of_appeal() -> rx.Component:
    """Return what the open appeal is called and how it stands, with the way back to all of them."""
    appeal = FeedbackState.opened
    return el.div(
        link(icon("back", small=True), "Все обращения", to="/feedback", alone=True),
        el.h1(appeal.subject),
        el.p(
            el.span(appeal.state, class_name=f"badge {appeal.tone}"),
            rx.foreach(appeal.facts, lambda fact: el.span(fact)),
            class_name="appeal-facts",
        ),
        class_name="page-head appeal-head",
    )


def questions() -> rx.Component:
    return el.div(
        rx.cond(FeedbackState.missing, note("", FeedbackState.missing)),
        asking(),
        appeals(),
        class_name="cards",
    )


def appeals() -> rx.Component:
    """Return all that was ever asked, the latest change first."""
    return card(
        LIST,
        "Ваши обращения",
        rx.cond(
            FeedbackState.rows.length() > 0,
            rx.fragment(
                el.ul(rx.foreach(FeedbackState.rows, appeal_line), class_name="items appeals"),
                rx.cond(
                    FeedbackState.has_more,
                    button("Показать ещё", "secondary", on_click=FeedbackState.show_more),
                ),
            ),
            el.p(tied("Вы ещё ни о чём не спрашивали. Здесь будут ваши вопросы и ответы на них."), class_name="muted"),
        ),
    )


def appeal_line(row: rx.Var[AppealRow]) -> rx.Component:
    return el.li(
        el.div(
            link(row.subject, to=row.address),
            el.p(row.about, class_name="hint"),
            class_name="lines",
        ),
        el.div(
            rx.cond(row.is_unread, el.span("новый ответ", class_name="badge fresh")),
            el.span(row.state, class_name=f"badge {row.tone}"),
            el.span(row.changed, class_name="hint num"),
            class_name="appeal-state",
        ),
        class_name="item",
        key=row.id,
    )


def placeholder() -> rx.Component:
    return loading(el.div(bar("w-10"), bar("high"), bar("w-14"), class_name="loading"))
