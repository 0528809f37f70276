"""«Сводка»: what waits for whoever has come to work, today's figures, and the last thirty days."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import button
from lk_app.components.forms import reload_button
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, note
from lk_app.components.office import office
from lk_app.components.tables import header_row, row_header
from lk_app.pages.office.own_password import own_password_button, own_password_dialog
from lk_app.services.staff.summary import DAYS
from lk_app.state.office.chart import BAR, COLUMN, HEIGHT, Chart
from lk_app.state.office.identity import FIRST_SCREEN
from lk_app.state.office.summary import SummaryState
from lk_app.state.office.summary_words import Tile

el = rx.el

WIDTH = DAYS * COLUMN
RELOAD = "reload-summary"
"""The unseen button that the form of the password presses, so that nothing asks for another one any more."""


def summary() -> rx.Component:
    """Return the screen."""
    state = SummaryState
    return office(
        FIRST_SCREEN,
        desk.screen(
            desk.head(
                "Сводка",
                state.at,
                state,
                own_password_button(),
                button("Обновить", "secondary", on_click=state.refresh),
            ),
            rx.cond(state.first_password, note("warn", state.first_password)),
            arriving(
                state.loaded,
                state.failure,
                state.load,
                placeholder=desk.placeholder(),
                content=el.div(waiting(), today(), charts(), class_name="desk-parts"),
            ),
            own_password_dialog(then=RELOAD),
            reload_button(RELOAD, state.refresh),
        ),
    )


def waiting() -> rx.Component:
    return desk.part("waiting", "Ждёт вас", el.ul(rx.foreach(SummaryState.tiles, tile), class_name="counts"))


def tile(one: rx.Var[Tile]) -> rx.Component:
    return el.li(
        el.a(
            el.span(one.name, class_name="count-name"),
            rx.cond(
                one.tone,
                el.b(el.span(one.figure, class_name=f"badge {one.tone}")),
                el.b(one.figure, class_name="num"),
            ),
            el.span(one.about, class_name="count-about"),
            href=one.address,
            class_name="card count-tile",
        ),
        key=one.address,
    )


def today() -> rx.Component:
    return desk.part(
        "today",
        "Сегодня",
        el.dl(
            rx.foreach(SummaryState.figures, lambda line: el.div(el.dt(line[0]), el.dd(line[1], class_name="num"))),
            class_name="card figures-today",
        ),
    )


def charts() -> rx.Component:
    return desk.part(
        "days", f"Последние {DAYS} дней", el.div(rx.foreach(SummaryState.charts, chart), class_name="day-charts")
    )


def chart(one: rx.Var[Chart]) -> rx.Component:
    return el.figure(
        el.figcaption(el.h3(one.title, id=f"chart-{one.id}"), el.p(one.summary, class_name="hint")),
        rx.cond(one.rows.length() > 0, rx.fragment(picture(one), as_table(one))),
        key=one.id,
        class_name="card chart day-chart",
        aria_labelledby=f"chart-{one.id}",
    )


def picture(one: rx.Var[Chart]) -> rx.Component:
    """Return the bars; words and figures are HTML over them, so that they never grow with the picture."""
    return el.div(
        el.div(
            el.svg(
                rx.foreach(
                    one.levels,
                    lambda level: el.line(custom_attrs={"x1": "0", "x2": str(WIDTH), "y1": level.y, "y2": level.y}),
                ),
                rx.foreach(
                    one.bars,
                    lambda bar: el.rect(
                        custom_attrs={"x": bar.x, "y": bar.y, "width": str(BAR), "height": bar.height},
                        class_name="now",
                    ),
                ),
                view_box=f"0 0 {WIDTH} {HEIGHT}",
                preserve_aspect_ratio="none",
            ),
            el.div(
                rx.foreach(one.levels, lambda level: el.span(level.words, style={"bottom": level.bottom})),
                class_name="levels",
            ),
            class_name="plot",
        ),
        el.div(rx.foreach(one.ticks, lambda tick: el.span(tick)), class_name="ticks"),
        aria_hidden="true",
    )


def as_table(one: rx.Var[Chart]) -> rx.Component:
    return el.details(
        el.summary(
            icon("chevron", small=True),
            el.span("Показать таблицей", class_name="closed"),
            el.span("Скрыть таблицу", class_name="opened"),
        ),
        table(one),
        class_name="more within",
    )


def table(one: rx.Var[Chart]) -> rx.Component:
    return el.table(
        el.caption(one.title, class_name="unseen"),
        header_row("День", one.unit),
        el.tbody(
            rx.foreach(
                one.rows,
                lambda line: el.tr(row_header(line[0]), el.td(line[1], role="cell"), role="row", key=line[0]),
            ),
            role="rowgroup",
        ),
        class_name="table",
        role="table",
    )
