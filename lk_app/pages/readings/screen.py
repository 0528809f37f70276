"""«Показания»: the meters of the chosen account, each with its readings."""

import reflex as rx

from lk_app.components.controls import link
from lk_app.components.dialog import filled, filled_field, form_dialog, opens
from lk_app.components.forms import reload_button, status
from lk_app.components.icons import icon
from lk_app.components.notices import arriving, bar, loading, no_accounts, note, plain_card
from lk_app.components.shell import cabinet
from lk_app.components.tables import header_row, row_header
from lk_app.components.uploads import uploads_script
from lk_app.formats import tied
from lk_app.pages.readings.chart import chart
from lk_app.pages.readings.sending import RELOAD, SAID, send_button, sending_dialog
from lk_app.state.readings import ReadingRow, ReadingsState, ShownMeter

el = rx.el

WITHDRAWAL = "withdrawal"
NOT_ASKED = tied("Передавать показания не нужно: ни один счётчик сейчас этого не требует. Почему, сказано у каждого.")
NO_METERS = tied(
    "По этому лицевому счёту нет приборов учёта, поэтому передавать нечего. Газ начисляют по нормативу: по числу "
    "жильцов, а с газовым отоплением и по площади. Если счётчик есть, а здесь его нет, сообщите в абонентскую службу."
)


def readings() -> rx.Component:
    """Return the screen."""
    return cabinet(
        "/readings",
        el.div(
            el.div(
                el.h1("Показания"),
                el.p(rx.cond(ReadingsState.entries.length() > 0, ReadingsState.terms.span, "")),
            ),
            rx.cond(ReadingsState.entries.length() > 0, send_button()),
            class_name="page-head with-filters",
        ),
        el.div(status(id=SAID), told(), class_name="said"),
        arriving(
            ReadingsState.loaded,
            ReadingsState.failure,
            ReadingsState.load,
            placeholder=el.div(card_placeholder(), card_placeholder(), class_name="cards"),
            content=rx.cond(
                ReadingsState.empty,
                no_accounts(),
                rx.cond(ReadingsState.meters.length() > 0, cards(), no_meters()),
            ),
        ),
        reload_button(RELOAD, ReadingsState.refresh),
        uploads_script(),
    )


def told() -> rx.Component:
    """Return the line that says what was decided while the page is open."""
    return el.p(
        ReadingsState.told,
        role="status",
        class_name=rx.cond(ReadingsState.told_badly, "note danger signed", "note ok signed"),
    )


def no_meters() -> rx.Component:
    return plain_card(
        "meter",
        "Приборов учёта нет",
        el.p(NO_METERS),
        link("Абонентские службы", to="/contacts", alone=True),
    )


def cards() -> rx.Component:
    return el.div(
        rx.cond(
            ReadingsState.entries.length() > 0,
            rx.cond(ReadingsState.terms.outside, note("", ReadingsState.terms.outside)),
            note("", NOT_ASKED),
        ),
        rx.foreach(ReadingsState.meters, meter_card),
        rx.cond(ReadingsState.use.rows.length() > 0, chart(ReadingsState.use)),
        rx.cond(ReadingsState.entries.length() > 0, sending_dialog()),
        withdrawal_dialog(),
        class_name="cards",
    )


def meter_card(meter: rx.Var[ShownMeter]) -> rx.Component:
    return el.section(
        el.div(
            el.div(
                el.div(
                    el.h2(meter.title),
                    rx.cond(meter.badge, el.span(meter.badge, class_name=f"badge {meter.badge_tone}")),
                    class_name="card-title",
                ),
                facts(meter),
                class_name="lines",
            ),
            el.div(
                el.p(meter.last_day, class_name="hint"),
                rx.cond(meter.last_value, el.p(meter.last_value, class_name="sum num")),
                class_name="last",
            ),
            remarks(meter),
            class_name="metered",
            data_opens="",
        ),
        rx.cond(
            meter.rows.length() > 0,
            el.details(
                el.summary(
                    icon("chevron", small=True),
                    el.span("Показать показания", class_name="closed"),
                    el.span("Скрыть показания", class_name="opened"),
                    el.span(f": {meter.title}", class_name="unseen"),
                    id=f"readings-{meter.id}",
                ),
                el.div(
                    table(meter, meter.rows, "Показания"),
                    rx.cond(meter.earlier.length() > 0, earlier(meter)),
                    class_name="more-body",
                ),
                class_name="more",
            ),
        ),
        class_name="card",
        aria_label=meter.title,
        key=meter.id,
    )


def facts(meter: rx.Var[ShownMeter]) -> rx.Component:
    return el.dl(
        rx.foreach(meter.facts, lambda line: el.div(el.dt(line.term), el.dd(line.text))),
        rx.cond(
            meter.verified_until,
            el.div(
                el.dt("Поверка до"),
                el.dd(
                    meter.verified_until,
                    rx.cond(
                        meter.verification,
                        rx.fragment(" ", el.span(meter.verification, class_name=f"badge {meter.verification_tone}")),
                    ),
                ),
            ),
        ),
        class_name="particulars",
    )


def remarks(meter: rx.Var[ShownMeter]) -> rx.Component:
    """Return what became of the newest reading, and what has to be known or done about the meter."""
    return rx.fragment(
        rx.cond(
            meter.newest.key,
            el.p(
                el.span(meter.newest.state, class_name=f"badge {meter.newest.tone}"),
                el.span(meter.newest.what),
                rx.cond(meter.newest.reason, el.span(meter.newest.reason, class_name="muted")),
                class_name="newest",
            ),
        ),
        rx.cond(meter.why_not, el.p(meter.why_not, class_name="remark muted")),
        rx.cond(
            meter.advice,
            el.p(
                icon("alert"),
                el.span(meter.advice, " ", link("Куда обратиться", to="/contacts")),
                class_name="remark note warn",
            ),
        ),
    )


def earlier(meter: rx.Var[ShownMeter]) -> rx.Component:
    """Return readings of more than a year ago, which nobody looks at every day."""
    return el.details(
        el.summary(
            icon("chevron", small=True),
            el.span("Показать более ранние", class_name="closed"),
            el.span("Скрыть более ранние", class_name="opened"),
            el.span(f": {meter.title}", class_name="unseen"),
        ),
        table(meter, meter.earlier, "Более ранние показания"),
        class_name="more within",
    )


def table(meter: rx.Var[ShownMeter], rows: rx.Var[list[ReadingRow]], caption: str) -> rx.Component:
    return el.table(
        el.caption(f"{caption}: {meter.title}", class_name="unseen"),
        header_row(
            "Дата",
            "Показание",
            "Расход",
            "Источник",
            "Состояние",
            el.span("Что можно сделать", class_name="unseen"),
        ),
        el.tbody(rx.foreach(rows, lambda row: reading_row(row, meter)), role="rowgroup"),
        class_name="table fold duo readings",
        role="table",
    )


def reading_row(row: rx.Var[ReadingRow], meter: rx.Var[ShownMeter]) -> rx.Component:
    return el.tr(
        row_header(row.day),
        cell(row.value, class_name="strong figure"),
        cell(
            rx.cond(
                row.consumption,
                rx.fragment(el.span("Расход ", class_name="when-folded"), el.span(row.consumption, class_name="num")),
            ),
            class_name="burned",
        ),
        cell(row.source, class_name="source"),
        cell(
            el.span(row.state, class_name=f"badge {row.tone}"),
            rx.cond(row.reason, el.span(row.reason, class_name="sub")),
            class_name="state",
        ),
        cell(actions(row, meter), class_name="do"),
        role="row",
        key=row.key,
    )


def cell(*content: rx.Component | rx.Var[str], **props: str) -> rx.Component:
    return el.td(*content, role="cell", **props)


def actions(row: rx.Var[ReadingRow], meter: rx.Var[ShownMeter]) -> rx.Component:
    return rx.fragment(
        rx.cond(row.photo, link("Фото", to=row.photo, target="_blank", aria_label=f"Фото: {row.what}, {meter.name}")),
        rx.cond(
            row.can_be_withdrawn,
            el.button(
                "Отозвать",
                type="button",
                class_name="link",
                aria_label=f"Отозвать: {row.what}, {meter.name}",
                **opens(
                    WITHDRAWAL,
                    reading=row.key,
                    what=row.what,
                    meter=meter.name,
                    # The button is gone when it has served.
                    focuses=f"readings-{meter.id}",
                ),
            ),
        ),
    )


def withdrawal_dialog() -> rx.Component:
    """Return the dialog that all readings share: their buttons say which it is about."""
    return form_dialog(
        WITHDRAWAL,
        "Отозвать показание",
        filled_field("reading", "reading"),
        el.p("Показание ", filled("what"), ", счётчик ", filled("meter")),
        el.p(
            tied("Это показание не станут проверять, и в расчёты оно не попадёт. Вместо него можно передать другое."),
            class_name="muted",
        ),
        action="/api/readings/withdrawal",
        submit="Отозвать показание",
        then=RELOAD,
        says=SAID,
    )


def card_placeholder() -> rx.Component:
    return loading(
        el.div(bar("w-10"), bar("w-14"), class_name="loading"),
        el.div(bar("w-7"), bar("w-10 high"), class_name="loading"),
    )
