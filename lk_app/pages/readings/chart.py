"""What was burned month by month: bars beside those of the year before, and the same numbers as a table."""

import reflex as rx

from lk_app.components.icons import icon
from lk_app.components.tables import header_row, row_header
from lk_app.formats import tied
from lk_app.state.consumption import BAR, COLUMN, HEIGHT, Use, UseRow

el = rx.el

WIDTH = 12 * COLUMN
WHEN = tied("Расход за всё время между показаниями стоит в том месяце, когда их сняли.")


def chart(use: rx.Var[Use]) -> rx.Component:
    """Return the card."""
    return el.figure(
        el.figcaption(el.h2("Расход газа по месяцам", id="use"), el.p(use.summary, class_name="hint")),
        picture(use),
        el.details(
            el.summary(
                icon("chevron", small=True),
                el.span("Показать таблицей", class_name="closed"),
                el.span("Скрыть таблицу", class_name="opened"),
            ),
            table(use),
            el.p(WHEN, class_name="hint"),
            class_name="more within",
        ),
        class_name="card chart",
        aria_labelledby="use",
    )


def picture(use: rx.Var[Use]) -> rx.Component:
    """Return the bars; words and figures are HTML over them, so that they never grow with the picture."""
    return el.div(
        rx.cond(use.has_year_before, legend()),
        el.div(
            el.svg(
                rx.foreach(
                    use.lines,
                    lambda level: el.line(custom_attrs={"x1": "0", "x2": str(WIDTH), "y1": level, "y2": level}),
                ),
                rx.foreach(
                    use.bars,
                    lambda bar: el.rect(
                        custom_attrs={"x": bar.x, "y": bar.y, "width": str(BAR), "height": bar.height},
                        class_name=bar.kind,
                    ),
                ),
                view_box=f"0 0 {WIDTH} {HEIGHT}",
                preserve_aspect_ratio="none",
            ),
            el.div(rx.foreach(use.rows, figure), class_name=rx.cond(use.is_tight, "figures tight", "figures")),
            class_name="plot",
        ),
        el.div(rx.foreach(use.rows, lambda row: el.span(row.short_month)), class_name="months"),
        aria_hidden="true",
    )


def legend() -> rx.Component:
    return el.p(
        el.span("годом раньше", class_name="before"),
        el.span("последние 12 месяцев", class_name="now"),
        class_name="legend",
    )


def figure(row: rx.Var[UseRow]) -> rx.Component:
    return el.span(
        el.span(row.figure),
        class_name=rx.cond(row.is_known, "", "unknown"),
        style={"--own": row.own, "--highest": row.highest},
    )


def table(use: rx.Var[Use]) -> rx.Component:
    return el.table(
        el.caption("Расход газа по месяцам, м³", class_name="unseen"),
        rx.cond(
            use.has_year_before,
            header_row("Месяц", "Расход, м³", "Годом раньше, м³"),
            header_row("Месяц", "Расход, м³"),
        ),
        el.tbody(
            rx.foreach(
                use.latest_first,
                lambda row: el.tr(
                    row_header(row.month),
                    el.td(row.volume, role="cell"),
                    rx.cond(use.has_year_before, el.td(row.year_before, role="cell")),
                    role="row",
                    key=row.key,
                ),
            ),
            role="rowgroup",
        ),
        class_name="table",
        role="table",
    )
