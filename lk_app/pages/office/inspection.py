"""What lies beside the queue: everything about one reading, the reasons of a refusal, and the keys."""

import reflex as rx

from lk_app.components import queue
from lk_app.components.dialog import filled, filled_field, form_dialog, opens
from lk_app.components.forms import error, field_marks, input_field, radio
from lk_app.components.notices import note
from lk_app.components.queue import RELOAD, SAID, keys
from lk_app.components.tables import fact
from lk_app.formats import NBSP, tied
from lk_app.services.readings.reasons import REASON_LENGTH
from lk_app.services.readings.verdicts import NOT_CHOSEN, OTHER
from lk_app.state.office.inspection_words import PastRow
from lk_app.state.office.queue_words import Check
from lk_app.state.office.readings import QueueState

el = rx.el

REFUSAL = "refusal"


def closer_look() -> rx.Component:
    """Return the panel beside the table: the reading, and what it is judged by."""
    look = QueueState.closer
    return queue.closer_look(
        look,
        queue.account_of(look),
        rx.cond(look.fate, note("warn", look.fate)),
        figures(),
        past(),
        el.dl(rx.foreach(look.facts, lambda line: fact(line[0], line[1])), class_name="sums about"),
        foot=rx.cond(look.fate == "", closer_decisions()),
    )


def figures() -> rx.Component:
    """Return what was sent, beside what it is judged by."""
    look = QueueState.closer
    return el.section(
        el.dl(
            figure("Было", look.previous),
            figure("Стало", look.value),
            figure("Расход, м³", look.consumption),
            class_name="closer-figures num",
        ),
        rx.cond(look.checks.length() > 0, el.p(rx.foreach(look.checks, badge), class_name="badges")),
        el.div(
            rx.cond(look.photo, photo()),
            el.ul(
                el.li("Передано ", look.sent),
                rx.cond(look.usual, el.li("Обычно за эти месяцы ", look.usual)),
                rx.cond(look.confirmed, el.li(look.confirmed)),
                class_name="hint",
            ),
            class_name="closer-sent",
        ),
        class_name="cards",
        aria_label="Показание",
    )


def figure(term: str, value: rx.Var[str]) -> rx.Component:
    return el.div(el.dt(term), el.dd(value))


def badge(found: rx.Var[Check]) -> rx.Component:
    return el.span(found.words, class_name=f"badge {found.tone}")


def photo() -> rx.Component:
    """Return the photo, which opens in full size in a tab of its own."""
    source = QueueState.closer.photo
    return el.a(
        el.img(src=source, alt="Фото счётчика от потребителя: открыть целиком"),
        href=source,
        target="_blank",
        class_name="closer-photo",
        key=source,
    )


def past() -> rx.Component:
    """Return the earlier readings of the meter."""
    rows = QueueState.closer.past
    return rx.cond(
        rows.length() > 0,
        el.table(
            el.caption("История счётчика"),
            el.thead(
                el.tr(*(el.th(title, scope="col") for title in ("Дата", "Показание", "Расход, м³", "Состояние"))),
            ),
            el.tbody(rx.foreach(rows, past_row)),
            class_name="table past",
        ),
        el.p(tied("Других показаний этого счётчика нет."), class_name="hint"),
    )


def past_row(reading: rx.Var[PastRow]) -> rx.Component:
    return rx.fragment(
        el.tr(
            el.th(reading.day, scope="row"),
            el.td(reading.value),
            el.td(reading.consumption),
            el.td(el.span(reading.state, class_name=f"badge {reading.tone}")),
        ),
        rx.cond(reading.reason, el.tr(el.td(reading.reason, col_span=4), class_name="why")),
        key=reading.key,
    )


def closer_decisions() -> rx.Component:
    look = QueueState.closer
    return el.div(
        el.button(
            "Отказать",
            type="button",
            class_name="button secondary",
            data_refuses="",
            **opens(REFUSAL, ids=look.id, what=look.about),
        ),
        rx.cond(
            look.can_accept,
            el.button(
                "Принять",
                type="button",
                class_name="button primary",
                on_click=QueueState.accept([look.id]),
                data_accepts="",
            ),
        ),
        class_name="dialog-foot",
    )


def refusal_dialog() -> rx.Component:
    """Return the dialog that all rows share, and the marked ones together."""
    return form_dialog(
        REFUSAL,
        "Отказать",
        filled_field("ids", "ids"),
        reasons(),
        input_field(
            "words",
            "Своя причина",
            el.textarea,
            hint=f"До{NBSP}{REASON_LENGTH}{NBSP}знаков",
            missing="",
            rows="3",
            class_name="input",
        ),
        action="/api/office/readings/refusal",
        submit="Отказать",
        lead=filled("what"),
        then=RELOAD,
        says=SAID,
        wide=True,
    )


def reasons() -> rx.Component:
    """Return the reasons to choose from, in the words that the consumer reads."""
    return el.fieldset(
        el.legend("Причина, которую прочитает потребитель", id="reason-label", class_name="label"),
        rx.foreach(QueueState.reasons, lambda reason: radio("reason", reason[0], reason[1])),
        radio("reason", OTHER, "Другая причина"),
        error("reason"),
        # As a property it would become a style: Reflex knows of no role of a fieldset.
        custom_attrs={"role": "radiogroup"},
        aria_labelledby="reason-label",
        aria_describedby="reason-error",
        class_name="field radios",
        **field_marks("reason", "Причина", NOT_CHOSEN),
    )


def keys_dialog() -> rx.Component:
    """Return the list of keys."""
    return queue.keys_dialog(
        keys("Принять", "п", "a"),
        keys("Отказать", "о", "r"),
        keys("Отметить строку", "Пробел"),
        keys("Принять или отказать отмеченным", f"Shift{NBSP}+{NBSP}п", f"Shift{NBSP}+{NBSP}о"),
        keys("Подробнее; ещё раз — перейти к подробностям", "Enter"),
        keys("Закрыть подробности или окно", "Esc"),
        lead="Действуют, пока выбрана строка очереди. Чтобы начать, нажмите ↓.",
    )
