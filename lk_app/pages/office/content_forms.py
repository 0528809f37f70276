"""The fields of each kind of content."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from lk_app.components.forms import error, field_marks, hidden, input_field, radio, radio_group
from lk_app.components.icons import icon
from lk_app.formats import NBSP
from lk_app.services.contacts import WEEKDAYS as DAYS
from lk_app.services.content import faq, hours, offices, templates, types
from lk_app.services.feedback.types import SERVICES
from lk_app.services.readings.reasons import REASON_LENGTH
from lk_app.state.office.content import ContentState
from lk_app.state.office.content_words import SCREENS, WEEKDAYS

el = rx.el

MARKUP = (
    "Пустая строка начинает абзац, «## » — заголовок, «- » — пункт списка, «1. » — шаг. "
    "Жирный: **слово**, ссылка: [слова](/help/payment)."
)
TIMES = {
    hours.OPENS: "открывается",
    hours.CLOSES: "закрывается",
    hours.BREAK_BEGINS: "перерыв начинается",
    hours.BREAK_ENDS: "перерыв заканчивается",
}


def value_of(name: str) -> rx.Var[str]:
    return ContentState.values[name]


def faq_fields() -> tuple[rx.Component, ...]:
    return (
        chosen_type("faq"),
        line("faq", "question", faq.QUESTION_LENGTH),
        text("faq", "answer", faq.ANSWER_LENGTH, rows=14, hint=MARKUP),
    )


def office_fields() -> tuple[rx.Component, ...]:
    return (
        rx.cond(ContentState.key == "", office_code()),
        line("offices", "name", offices.NAME_LENGTH),
        line("offices", "address", offices.ADDRESS_LENGTH),
        text("offices", "phones", 500, rows=3, hint="Каждый на своей строке", missing=""),
        hidden("hours_by", value_of("hours_by")),
        rx.cond(value_of("hours_by") == offices.BY_LINE, hours_line(), hours_by_days()),
        text(
            "offices",
            "directions",
            offices.DIRECTIONS_LENGTH,
            rows=3,
            label="Как найти, необязательно",
            hint="Остановка, вход, этаж: как объяснили бы по телефону",
            missing="",
        ),
    )


def office_code() -> rx.Component:
    return input_field(
        "code",
        SCREENS["offices"].labels["code"],
        hint="По которому службу знает или узнает учётная система, например 06. Потом не меняется",
        max_length=20,
        auto_complete="off",
    )


def hours_line() -> rx.Component:
    return input_field(
        "hours",
        SCREENS["offices"].labels["hours"],
        hint="Эти часы по дням не записать. Пример: 1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00, где 1 — понедельник",
        default_value=value_of("hours"),
        class_name="input num",
    )


def hours_by_days() -> rx.Component:
    return el.fieldset(
        el.legend(SCREENS["offices"].labels["hours"], class_name="label"),
        el.p(f"Часы и{NBSP}минуты: 8:00 или{NBSP}17:30. Перерыв необязателен", class_name="hint"),
        *(day_fields(day) for day in DAYS),
        class_name="week",
    )


def day_fields(day: int) -> rx.Component:
    """Return the fields of one day: a day off, or from when to when."""
    identifier, name = hours.field_of(day), WEEKDAYS[day - 1]
    off = hours.field_of(day, hours.OFF)
    return el.fieldset(
        el.legend(name, class_name="day-name"),
        el.span(
            day_times(day, "", hours.OPENS, hours.CLOSES),
            day_times(day, "перерыв", hours.BREAK_BEGINS, hours.BREAK_ENDS),
            class_name="day-times",
        ),
        el.label(
            el.input(
                type="checkbox",
                id=off,
                name=off,
                value="yes",
                default_checked=value_of(off) == "yes",
                aria_describedby=f"{identifier}-error",
            ),
            el.span("выходной"),
            class_name="check",
        ),
        error(identifier),
        class_name="field day",
        **field_marks(identifier, f"Часы работы, {name.lower()}", ""),
    )


def day_times(day: int, words: str, begins: str, ends: str) -> rx.Component:
    before = [el.span(words, class_name="hint")] if words else []
    return el.span(*before, day_time(day, begins), "–", day_time(day, ends))


def day_time(day: int, part: str) -> rx.Component:
    identifier = hours.field_of(day, part)
    return el.input(
        id=identifier,
        name=identifier,
        default_value=value_of(identifier),
        aria_label=f"{WEEKDAYS[day - 1]}: {TIMES[part]}",
        aria_describedby=f"{hours.field_of(day)}-error",
        auto_complete="off",
        max_length=5,
        class_name="input num",
    )


def type_fields() -> tuple[rx.Component, ...]:
    radios = (
        radio("service", service.value, words, default_checked=value_of("service") == service.value)
        for service, words in SERVICES.items()
    )
    return (
        line("types", "name", types.NAME_LENGTH),
        radio_group("service", SCREENS["types"].labels["service"], *radios),
    )


def template_fields() -> tuple[rx.Component, ...]:
    return (
        chosen_type("templates", missing=""),
        line("templates", "title", templates.TITLE_LENGTH, hint="Его видят только сотрудники, когда выбирают шаблон"),
        text("templates", "text", templates.TEXT_LENGTH, rows=10),
    )


def reason_fields() -> tuple[rx.Component, ...]:
    return (
        text(
            "reasons",
            "text",
            REASON_LENGTH,
            rows=3,
            hint=f"Что не так и{NBSP}что сделать, до{NBSP}{REASON_LENGTH}{NBSP}знаков. Его прочитает потребитель",
        ),
    )


def window_fields() -> tuple[rx.Component, ...]:
    return (
        el.p(
            "Показания, переданные в эти дни, попадают в квитанцию за тот же месяц. Новые дни действуют сразу: "
            "по ним считают дни на экране «Показания» и рассылают напоминания.",
            class_name="hint",
        ),
        el.div(
            *(
                input_field(
                    name,
                    SCREENS["window"].labels[name],
                    hint="Число месяца от 1 до 28",
                    default_value=value_of(name),
                    input_mode="numeric",
                    auto_complete="off",
                    max_length=2,
                    class_name="input num",
                )
                for name in ("first_day", "last_day")
            ),
            class_name="pair",
        ),
    )


def line(slug: str, name: str, longest: int, **props: Any) -> rx.Component:
    """Return a field for words on one line."""
    return input_field(
        name,
        SCREENS[slug].labels[name],
        default_value=value_of(name),
        max_length=longest,
        auto_complete="off",
        **props,
    )


def text(slug: str, name: str, longest: int, *, rows: int, label: str = "", **props: Any) -> rx.Component:
    """Return a field for a text."""
    return input_field(
        name,
        label or SCREENS[slug].labels[name],
        el.textarea,
        default_value=value_of(name),
        max_length=longest,
        rows=str(rows),
        **props,
    )


def chosen_type(slug: str, **props: Any) -> rx.Component:
    """Return the drop-down of the types of appeals."""
    return input_field(
        "type_code", SCREENS[slug].labels["type_code"], type_choice, default_value=value_of("type_code"), **props
    )


def type_choice(**props: Any) -> rx.Component:
    return el.span(
        el.select(rx.foreach(ContentState.types, lambda each: el.option(each[1], value=each[0])), **props),
        icon("chevron", small=True),
        class_name="select",
    )


FIELDS: dict[str, Callable[[], tuple[rx.Component, ...]]] = {
    "faq": faq_fields,
    "offices": office_fields,
    "types": type_fields,
    "templates": template_fields,
    "reasons": reason_fields,
    "window": window_fields,
}
