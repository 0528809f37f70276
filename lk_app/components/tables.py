"""Tables that fold into labelled rows on a phone, and lists of facts."""

import reflex as rx

el = rx.el


def header_row(*titles: str | rx.Component) -> rx.Component:
    """Return the head of a table."""
    cells = (el.th(title, scope="col", role="columnheader") for title in titles)
    return el.thead(el.tr(*cells, role="row"), role="rowgroup")


def row_header(words: rx.Var | str) -> rx.Component:
    """Return the cell that names a row."""
    return el.th(words, scope="row", role="rowheader")


def figure_cell(
    label: str, figure: rx.Var[str], below: rx.Var[str] | None = None, *, strong: bool = False
) -> rx.Component:
    """Return a cell with a sum of money; a zero steps back. `label` stands before it where the table is folded."""
    return el.td(
        figure,
        rx.cond(below, el.span(below, class_name="sub")) if below is not None else rx.fragment(),
        class_name="strong" if strong else rx.cond(figure == "0,00", "zero", ""),
        role="cell",
        data_label=label,
    )


def folding_table(caption: rx.Var[str], head: rx.Component, body: rx.Component, foot: rx.Component) -> rx.Component:
    """Return a table; its roles are said aloud, because some browsers forget them when rows become a grid."""
    return el.table(
        el.caption(caption),
        head,
        el.tbody(body, role="rowgroup"),
        el.tfoot(foot, role="rowgroup"),
        class_name="table fold",
        role="table",
    )


def facts(lines: rx.Var) -> rx.Component:
    """Return a list of terms and what is known about them."""
    return el.dl(rx.foreach(lines, lambda line: fact(line.term, line.text)), class_name="facts")


def fact(term: rx.Var | str, *words: rx.Component | rx.Var | str, total: bool = False) -> rx.Component:
    """Return a line of such a list; a total stands under a line of its own."""
    return el.div(el.dt(term), el.dd(*words), class_name="total" if total else "")
