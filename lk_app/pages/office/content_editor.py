"""The editor of content: the form, what it will look like, and what it was before."""

import reflex as rx

from lk_app.components.controls import button, link
from lk_app.components.faq import question
from lk_app.components.forms import error, field_marks, form_around, hidden, key_field, said_places
from lk_app.components.notices import note
from lk_app.pages.contacts import office as office_card
from lk_app.pages.office.content_forms import FIELDS
from lk_app.services.content import KINDS
from lk_app.state.office.content import PREVIEW, ContentState
from lk_app.state.office.content_words import SCREENS, ChangeLine, VersionLine

el = rx.el

FORM = "content-form"
SAID = "said"
"""Where the form says that it was published."""
RELOAD = "content-published"
"""The unseen button that the form presses then."""

TYPED = rx.Var(f"Object.fromEntries(new FormData(document.getElementById('{FORM}')))").to(dict)
"""What the form has when an event is fired: React does not know it."""

IS_PUT_AWAY = "Сейчас убрано с портала. Когда вы опубликуете, потребители увидят это снова."


def editor(slug: str) -> rx.Component:
    """Return the editor of one of a kind."""
    return el.div(
        form(slug),
        el.div(
            preview(slug),
            rx.cond(ContentState.versions.length() > 0, history()),
            class_name="content-beside",
        ),
        class_name="content-editor",
    )


def form(slug: str) -> rx.Component:
    screen = SCREENS[slug]
    title = el.h2(rx.cond(ContentState.key, screen.edit, screen.new or screen.edit), id="content-title")
    back = () if KINDS[slug].is_single else (link("К списку", to=f"/office/content/{slug}"),)
    return form_around(
        f"/api/office/content/{slug}",
        el.div(title, *back, class_name="content-title"),
        *said_places(),
        rx.cond(~ContentState.published, note("warn", IS_PUT_AWAY)),
        rx.cond(
            ContentState.has_typed, button("Вернуть то, что было в форме", "secondary", on_click=ContentState.retype)
        ),
        hidden("key", ContentState.key),
        hidden("revision", ContentState.revision),
        hidden("seen", ContentState.seen),
        # A form with a key is emptied once it has served: what is edited stays in its form.
        rx.cond(ContentState.key, rx.fragment(), key_field("sent")),
        *FIELDS[slug](),
        overwriting(),
        el.div(
            button("Опубликовать", "primary", type="submit"),
            button("Предварительный просмотр", "secondary", on_click=ContentState.look(TYPED)),
            class_name="content-do",
        ),
        id=FORM,
        key=ContentState.filling.to_string(),
        then=RELOAD,
        says=SAID,
        class_name="card stack content-form",
        aria_labelledby="content-title",
    )


def overwriting() -> rx.Component:
    """Return the box that is asked for when a colleague has been faster."""
    return el.div(
        el.label(
            el.input(
                type="checkbox", id="overwrite", name="overwrite", value="yes", aria_describedby="overwrite-error"
            ),
            el.span("Опубликовать мою версию вместо неё"),
            class_name="check",
        ),
        error("overwrite"),
        class_name="field",
        hidden=True,
        data_asked="later",
        **field_marks("overwrite", "Версия коллеги", ""),
    )


def preview(slug: str) -> rx.Component:
    """Return what the form would be for those it is for."""
    return el.section(
        el.h2(SCREENS[slug].preview, id=PREVIEW, tab_index=-1),
        rx.cond(
            ContentState.wrong.length() > 0,
            el.div(
                note("warn", "Показать пока нечего: проверьте поля."),
                el.ul(rx.foreach(ContentState.wrong, lambda line: el.li(line)), class_name="hint"),
                role="status",
            ),
            rx.cond(
                ContentState.preview.is_there,
                PREVIEWS[slug](),
                el.p("Заполните форму и нажмите «Предварительный просмотр».", class_name="hint"),
            ),
        ),
        aria_labelledby=PREVIEW,
        class_name="content-preview",
    )


def faq_preview() -> rx.Component:
    return el.div(
        rx.foreach(ContentState.preview.answers, lambda answer: question(answer, open=True)),
        class_name="card questions",
    )


def office_preview() -> rx.Component:
    return el.ul(rx.foreach(ContentState.preview.offices, office_card), class_name="cards")


def type_preview() -> rx.Component:
    return el.div(
        el.p(ContentState.preview.title, class_name="hint"), *lines(), class_name="card card-body stack tight"
    )


def template_preview() -> rx.Component:
    return el.div(*lines("content-text"), class_name="card card-body")


def reason_preview() -> rx.Component:
    refused = el.span("отказано", class_name="badge danger")
    return el.div(el.p(refused), *lines("muted"), class_name="card card-body stack tight")


def window_preview() -> rx.Component:
    return el.div(el.p(el.b(ContentState.preview.title)), *lines("num"), class_name="card card-body stack tight")


def lines(name: str = "") -> tuple[rx.Component, ...]:
    return (rx.foreach(ContentState.preview.lines, lambda line: el.p(line, class_name=name)),)


PREVIEWS = {
    "faq": faq_preview,
    "offices": office_preview,
    "types": type_preview,
    "templates": template_preview,
    "reasons": reason_preview,
    "window": window_preview,
}


def history() -> rx.Component:
    """Return what it was before, newest first."""
    return el.section(
        el.h2("История изменений", id="history"),
        el.ol(rx.foreach(ContentState.versions, version), class_name="card versions"),
        aria_labelledby="history",
    )


def version(line: rx.Var[VersionLine]) -> rx.Component:
    return el.li(
        el.p(el.b(line.when, class_name="num"), " ", line.by),
        rx.cond(
            line.changes.length() > 0,
            el.details(el.summary(line.what), el.dl(rx.foreach(line.changes, change))),
            el.p(line.what, class_name="hint"),
        ),
        rx.cond(
            line.is_current,
            el.p(el.span("действует сейчас", class_name="badge ok")),
            button(
                "Вернуть эту версию",
                "quiet",
                on_click=ContentState.restore(line.id, TYPED),
                aria_label=f"Вернуть эту версию: {line.when}",
            ),
        ),
        key=line.id,
    )


def change(line: rx.Var[ChangeLine]) -> rx.Component:
    return el.div(
        el.dt(line.label),
        el.dd(rx.cond(line.before, el.del_(line.before)), rx.cond(line.after, el.ins(line.after))),
    )
