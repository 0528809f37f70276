"""«Обмен»: what became of each package, and what was wrong with one."""

import reflex as rx

from lk_app.components import desk
from lk_app.components.controls import link
from lk_app.components.notices import arriving, plain_card
from lk_app.components.office import office
from lk_app.components.tables import fact, row_header
from lk_app.formats import tied
from lk_app.state.office.exchange import RunsState, RunState
from lk_app.state.office.exchange_words import CHOICES, IssueRow, RunRow

el = rx.el

SECTION = "/office/exchange"
ABOUT = tied("Пакеты из биллинга и для него: что загружено, что передано и что не получилось.")
HEADS = ("Начат", "Направление", "Пакет", "Итог", "Ошибок", "Строк", "Длился", "Кто запустил")


def runs() -> rx.Component:
    """Return the list of runs."""
    return office(
        SECTION,
        desk.screen(
            desk.head("Обмен с биллингом", ABOUT, RunsState),
            el.div(
                desk.choice("Итог", RunsState.outcome, rx.Var.create(CHOICES), RunsState.filter_by, "Все запуски"),
                class_name="desk-tools",
            ),
            arriving(
                RunsState.loaded,
                RunsState.failure,
                RunsState.load,
                placeholder=desk.placeholder(),
                content=rx.cond(RunsState.rows.length() > 0, table(), no_runs()),
            ),
            desk.foot(RunsState, RunsState.turn, label="Страницы запусков"),
        ),
    )


def table() -> rx.Component:
    return desk.table("Запуски обмена", [*map(desk.column_head, HEADS)], rx.foreach(RunsState.rows, row))


def row(run: rx.Var[RunRow]) -> rx.Component:
    return el.tr(
        row_header(link(el.span(run.started, class_name="num"), to=run.address)),
        desk.cell(run.direction, data_label="Направление"),
        desk.cell(run.package, class_name="long", data_label="Пакет"),
        desk.cell(el.span(run.outcome, class_name=f"badge {run.tone}"), data_label="Итог"),
        desk.cell(run.faults, class_name="num", data_label="Ошибок"),
        desk.cell(run.rows, class_name="num", data_label="Строк"),
        desk.cell(run.took, class_name="num", data_label="Длился"),
        desk.cell(run.by, data_label="Кто запустил"),
        key=run.id,
        role="row",
    )


def no_runs() -> rx.Component:
    return rx.cond(
        RunsState.outcome,
        plain_card("document", "Таких запусков нет", el.p("Выберите другой итог или все запуски.")),
        plain_card(
            "document",
            "Обмена ещё не было",
            el.p(tied("Запуски появятся здесь сами, как только пакет начнут загружать или записывать.")),
        ),
    )


def run() -> rx.Component:
    """Return one run with its faults."""
    one = RunState.run
    return office(
        SECTION,
        desk.screen(
            el.p(link("Все запуски", to=SECTION), class_name="back"),
            desk.head(rx.cond(one.title, one.title, "Запуск обмена"), one.about, RunState),
            arriving(
                RunState.loaded,
                RunState.failure,
                RunState.load,
                placeholder=desk.placeholder(),
                content=el.div(facts(), rx.cond(one.issues.length() > 0, issues()), class_name="desk-parts"),
            ),
        ),
    )


def facts() -> rx.Component:
    one = RunState.run
    return desk.part(
        "facts",
        "Что известно",
        el.div(
            el.dl(
                fact("Итог", el.span(one.outcome, class_name=f"badge {one.tone}")),
                rx.foreach(one.facts, lambda line: fact(line[0], line[1])),
                class_name="sums card",
            ),
            rx.cond(
                one.files.length() > 0,
                desk.table(
                    "Строки по файлам",
                    [*map(desk.column_head, ("Файл", "Строк"))],
                    rx.foreach(one.files, file),
                    "files",
                ),
            ),
            class_name="desk-beside",
        ),
    )


def file(line: rx.Var[tuple[str, str]]) -> rx.Component:
    return el.tr(row_header(line[0]), desk.cell(line[1], class_name="num", data_label="Строк"), key=line[0], role="row")


def issues() -> rx.Component:
    one = RunState.run
    return desk.part(
        "issues",
        "Ошибки",
        el.p(one.shown, class_name="hint"),
        desk.table(
            "Ошибки пакета",
            [*map(desk.column_head, ("Файл", "Строка", "Столбец", "Что не так"))],
            rx.foreach(one.issues, issue),
            "issue-rows",
        ),
    )


def issue(one: rx.Var[IssueRow]) -> rx.Component:
    return el.tr(
        row_header(one.file),
        desk.cell(one.line, class_name="num", data_label="Строка"),
        desk.cell(one.column, data_label="Столбец"),
        desk.cell(one.reason, class_name="long"),
        key=one.key,
        role="row",
    )
