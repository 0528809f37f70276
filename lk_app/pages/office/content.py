"""«Материалы»: what the portal says, a screen for each kind, with its list and its editor."""

from collections.abc import Callable

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import button
from lk_app.components.forms import reload_button, status
from lk_app.components.notices import arriving, plain_card
from lk_app.components.office import office
from lk_app.components.tables import row_header
from lk_app.pages.office.content_editor import RELOAD, SAID, editor
from lk_app.services.content import KINDS
from lk_app.state.office.content import DOWN, UP, ContentState
from lk_app.state.office.content_words import SCREENS, EntryRow, Screen

el = rx.el


def entrance() -> rx.Component:
    """Return what is seen for a moment at the section's address, until it leads on to the first kind."""
    return office("/office/content", desk.screen(el.h1("Материалы"), desk.placeholder()))


def content(slug: str) -> Callable[[], rx.Component]:
    """Return the view of the screen of a kind."""

    def view() -> rx.Component:
        screen = SCREENS[slug]
        return office(
            address_of(slug),
            desk.screen(
                desk.head(screen.title, screen.about, ContentState, status(id=SAID)),
                kinds(slug),
                arriving(
                    (ContentState.kind == slug) & ContentState.loaded,
                    ContentState.failure,
                    ContentState.load,
                    placeholder=desk.placeholder(),
                    content=editor(slug)
                    if KINDS[slug].is_single
                    else rx.cond(ContentState.editing, editor(slug), entries(slug, screen)),
                ),
                reload_button(RELOAD, ContentState.saved),
                name="content",
            ),
        )

    return view


def address_of(slug: str) -> str:
    return f"/office/content/{slug}"


def kinds(current: str) -> rx.Component:
    """Return the menu of kinds."""
    return el.nav(
        *(
            el.a(screen.title, href=address_of(slug), **({"aria_current": "page"} if slug == current else {}))
            for slug, screen in SCREENS.items()
        ),
        class_name="kinds",
        aria_label="Виды материалов",
    )


def entries(slug: str, screen: Screen) -> rx.Component:
    """Return the list, with the way to add to it."""
    return el.div(
        el.p(el.a(screen.add, href=f"{address_of(slug)}?add=1", class_name="button primary")),
        rx.cond(
            ContentState.rows.length() > 0,
            entry_table(slug, screen),
            plain_card(
                "document", "Здесь пока ничего нет", el.p("Добавьте первую запись: она сразу будет на портале.")
            ),
        ),
        class_name="content-list",
    )


def entry_table(slug: str, screen: Screen) -> rx.Component:
    heads = [
        desk.column_head(screen.labels[KINDS[slug].title]),
        *([desk.column_head(screen.beside)] if screen.beside else []),
        desk.column_head("Состояние"),
        desk.column_head("Изменено"),
        desk.column_head(el.span("Действия", class_name="unseen")),
    ]
    rows = rx.foreach(ContentState.rows, lambda row: entry(row, slug, screen))
    return desk.table(screen.title, heads, rows)


def entry(row: rx.Var[EntryRow], slug: str, screen: Screen) -> rx.Component:
    return el.tr(
        row_header(el.a(row.title, href=row.address, class_name="link")),
        *([desk.cell(row.beside, class_name="beside", data_label=screen.beside)] if screen.beside else []),
        desk.cell(el.span(row.state, class_name=f"badge {row.tone}"), data_label="Состояние"),
        desk.cell(row.changed, class_name="changed", data_label=rx.cond(row.changed, "Изменено", "")),
        desk.cell(*(moves(row) if KINDS[slug].has_position else ()), *visibility(row), class_name="do"),
        key=row.key,
        role="row",
    )


def moves(row: rx.Var[EntryRow]) -> tuple[rx.Component, ...]:
    """Return the buttons that change the order."""
    return (
        move_button("Выше", "↑", row, UP, row.is_first),
        move_button("Ниже", "↓", row, DOWN, row.is_last),
    )


def move_button(label: str, sign: str, row: rx.Var[EntryRow], step: int, is_end: rx.Var[bool]) -> rx.Component:
    return el.button(
        el.span(sign, aria_hidden="true"),
        el.span(f"{label}: ", row.title, class_name="unseen"),
        type="button",
        id=f"move-{step}-{row.key}",
        on_click=ContentState.move(row.key, step),
        aria_disabled=rx.cond(is_end, "true", "false"),
        title=label,
        class_name="button quiet",
    )


def visibility(row: rx.Var[EntryRow]) -> tuple[rx.Component, ...]:
    """Return the button that puts a row away or brings it back."""
    return (
        rx.cond(
            row.published,
            button("Убрать", "quiet", on_click=ContentState.put_away(row.key), aria_label=f"Убрать: {row.title}"),
            button("Вернуть", "tint", on_click=ContentState.bring_back(row.key), aria_label=f"Вернуть: {row.title}"),
        ),
    )
