"""Content in words: what each kind is called, its rows, and its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lk_app import formats
from lk_app.formats import NBSP, tied
from lk_app.services.contacts import parse_hours
from lk_app.services.content.editing import Entry
from lk_app.services.content.history import Change, Version
from lk_app.services.feedback.types import SERVICES
from lk_app.settings import settings
from lk_app.state.contacts import hours_by_days


@dataclass(frozen=True)
class Screen:
    """What a kind is called where it is listed and edited."""

    title: str
    about: str
    labels: Mapping[str, str]
    """Of its fields, as the form and the history name them."""
    beside: str = ""
    """The head of the column beside the title."""
    add: str = ""
    """The button that adds one."""
    new: str = ""
    """The title of the editor of a new one."""
    edit: str = ""
    """The title of the editor of one that is there."""
    preview: str = "Так увидит потребитель"


SCREENS = {
    "faq": Screen(
        "Вопросы и ответы",
        "Их видят все на странице «Часто задаваемые вопросы» и перед тем, как задать вопрос.",
        {"type_code": "Тип обращения", "question": "Вопрос", "answer": "Ответ"},
        beside="Тип обращения",
        add="Добавить вопрос",
        new="Новый вопрос",
        edit="Вопрос и ответ",
    ),
    "offices": Screen(
        "Абонентские службы",
        "Их видят все на странице «Контактная информация».",
        {
            "code": "Код",
            "name": "Название",
            "address": "Адрес",
            "phones": "Телефоны",
            "hours": "Часы работы",
            "directions": "Как найти",
        },
        beside="Адрес",
        add="Добавить службу",
        new="Новая абонентская служба",
        edit="Абонентская служба",
    ),
    "types": Screen(
        "Типы обращений",
        "С выбора типа потребитель начинает обращение. Обращения того типа, который убран, остаются.",
        {"service": "Кто отвечает", "name": "Название"},
        beside="Кто отвечает",
        add="Добавить тип",
        new="Новый тип обращения",
        edit="Тип обращения",
    ),
    "templates": Screen(
        "Шаблоны ответов",
        "С них сотрудники начинают ответ на обращение.",
        {"type_code": "Тип обращения", "title": "Название", "text": "Текст"},
        beside="Тип обращения",
        add="Добавить шаблон",
        new="Новый шаблон ответа",
        edit="Шаблон ответа",
        preview="С этого начнётся ответ",
    ),
    "reasons": Screen(
        "Причины отказа",
        "Из них выбирают, когда отказывают в показании. Потребитель читает причину слово в слово.",
        {"text": "Причина"},
        add="Добавить причину",
        new="Новая причина отказа",
        edit="Причина отказа",
    ),
    "window": Screen(
        "Приём показаний",
        "Дни месяца, когда показания попадают в квитанцию за этот месяц. От них зависят напоминания.",
        {"first_day": "Первый день", "last_day": "Последний день"},
        edit="Приём показаний",
    ),
}

WEEKDAYS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")

SHOWN, PUT_AWAY = "на портале", "убрано"
ALL_TYPES = "Все обращения"
BEFORE_STAFF = "без участия сотрудников"
FIRST_LOOK, ADDED = "Исходный вид", "Добавлено"
TAKEN_AWAY, BROUGHT_BACK = "Убрано с портала", "Возвращено на портал"


@dataclass(frozen=True)
class EntryRow:
    """A row of a list."""

    key: str
    title: str
    beside: str
    state: str
    tone: str
    published: bool
    is_first: bool
    is_last: bool
    changed: str
    address: str
    """Of its editor."""


@dataclass(frozen=True)
class ChangeLine:
    """What a field was, and what it became."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionLine:
    """A version in the history."""

    id: int
    when: str
    by: str
    what: str
    is_current: bool
    changes: list[ChangeLine] = field(default_factory=list)


def label_of(slug: str, name: str) -> str:
    """Return what a field of a form is called, of the hours with their day: «Часы работы, вторник»."""
    labels = SCREENS[slug].labels
    if name in labels:
        return labels[name]
    return f"{labels['hours']}, {WEEKDAYS[int(name.removeprefix('day')) - 1].lower()}"


def row_of(entry: Entry, slug: str, types: Mapping[str, str]) -> EntryRow:
    """Put a row of a list into words; `types` are the names of types by their codes."""
    return EntryRow(
        key=entry.key,
        title=entry.title,
        beside=beside_words(entry.beside, slug, types),
        state=SHOWN if entry.published else PUT_AWAY,
        tone="ok" if entry.published else "",
        published=entry.published,
        is_first=entry.is_first,
        is_last=entry.is_last,
        changed=changed_words(entry.change),
        address=f"/office/content/{slug}?edit={entry.key}",
    )


def beside_words(beside: str, slug: str, types: Mapping[str, str]) -> str:
    if slug == "types":
        return SERVICES.get(beside, "")  # type: ignore[call-overload, no-any-return]  # a word is its enum's
    if slug in ("faq", "templates"):
        return types.get(beside, ALL_TYPES)
    return beside


def changed_words(change: Change | None) -> str:
    """Say when and by whom something was edited: «22.11.2026, Ветрова Ольга»."""
    return f"{formats.short_date(_local(change.at).date())}, {change.by}" if change else ""


def lines_of(versions: list[Version], slug: str, types: Mapping[str, str]) -> list[VersionLine]:
    """Put the history into words, newest first."""
    return [_line(version, slug, types, is_current=place == 0) for place, version in enumerate(versions)]


def when_words(at: datetime) -> str:
    """Return an instant for a table: «22.11.2026, 12:30»."""
    local = _local(at)
    return f"{formats.short_date(local.date())},{NBSP}{local:%H:%M}"


def _line(version: Version, slug: str, types: Mapping[str, str], *, is_current: bool) -> VersionLine:
    labels = SCREENS[slug].labels
    changes = [
        ChangeLine(labels[name], words_of(name, version.before.get(name), types), words_of(name, value, types))
        for name, value in version.fields.items()
        if name in version.changed and name in labels
    ]
    return VersionLine(
        id=version.id,
        when=when_words(version.at),
        by=version.by or BEFORE_STAFF,
        what=_what(version, [change.label for change in changes]),
        is_current=is_current,
        changes=changes,
    )


def _what(version: Version, labels: list[str]) -> str:
    if not version.before:
        return ADDED if version.by else FIRST_LOOK
    parts = [f"Изменено: {', '.join(label.lower() for label in labels)}"] if labels else []
    if "published" in version.changed:
        parts.append(BROUGHT_BACK if version.fields["published"] else TAKEN_AWAY)
    return ". ".join(parts) or "Опубликовано без изменений"


def words_of(name: str, value: Any, types: Mapping[str, str]) -> str:
    """Return the value of a field as people read it."""
    if name == "type_code":
        return types.get(value or "", ALL_TYPES)
    if name == "service":
        return str(SERVICES.get(value, ""))
    if name == "phones":
        return ", ".join(value or [])
    if name == "hours":
        return _hours(value or "")
    return "" if value is None else tied(str(value))


def _hours(written: str) -> str:
    try:
        return "; ".join(f"{each.days}{NBSP}{each.time}" for each in hours_by_days(parse_hours(written)))
    except ValueError:
        return written


def _local(at: datetime) -> datetime:
    return at.astimezone(settings().zone)
