"""«Скачать мои данные»: everything the portal keeps about a user, for a machine (JSON) and for a person (HTML)."""

import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from io import BytesIO
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col

from lk_app import formats
from lk_app.models import (
    Account,
    AccountLink,
    Appeal,
    AppealMessage,
    AppealType,
    Attachment,
    Attempt,
    AttemptPart,
    Charge,
    ChargeKind,
    Consent,
    Meter,
    Notification,
    NotificationChoice,
    Payment,
    Premises,
    Reading,
    ReadingPhoto,
    SecurityEvent,
    User,
    UserSession,
)
from lk_app.services.callers import Consumer, account_numbers, appeals_of
from lk_app.services.feedback.types import SERVICES
from lk_app.services.feedback.words import STATES as APPEAL_STATES
from lk_app.services.notifications import words as notification_words
from lk_app.services.payments.history import STATES as PAYMENT_STATES
from lk_app.services.payments.posted import CHANNELS
from lk_app.services.payments.words import STATE_WORDS
from lk_app.services.readings.words import SOURCES, STATES
from lk_app.services.security import EVENTS
from lk_app.settings import settings
from lk_app.templates import template

ATTEMPTS = {state: STATE_WORDS[called] for state, called in PAYMENT_STATES.items()}
"""The words of enums as a person reads them."""

MOST_PHOTOS = 200
"""In an archive, the latest ones: about 50 MB. A household sends some 30 a year."""


@dataclass(frozen=True)
class Column:
    """A column of a section: its key in JSON, with the unit where there is one, and how a person reads it."""

    key: str
    title: str
    show: Callable[[Any], str] = str


@dataclass(frozen=True)
class Section:
    """A table of the data."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: list[Sequence[Any]]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {column.key: plain(value) for column, value in zip(self.columns, row, strict=True)} for row in self.rows
        ]

    def as_text(self) -> list[list[str]]:
        return [
            ["" if value is None else column.show(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


def archive(session: Session, who: Consumer, now: datetime) -> bytes:
    """Return a ZIP with everything about the caller and their accounts. May take long: not on the event loop."""
    sections = collect(session, who)
    made_at = now.astimezone(settings().zone)
    as_json = {"made_at": made_at.isoformat()} | {section.key: section.as_json() for section in sections}
    page = template("personal_data.html").render(sections=sections, made_at=moment(now))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("data.json", json.dumps(as_json, ensure_ascii=False, indent=2))
        files.writestr("data.html", page)
        for name, jpeg in _photos(session, who):
            files.writestr(name, jpeg)
    return packed.getvalue()


def collect(session: Session, who: Consumer) -> list[Section]:
    """Return every section of the caller's data."""
    return [*_about_user(session, who), *_about_accounts(session, who), *_about_appeals(session, who)]


def moment(instant: datetime) -> str:
    """Return an instant as a person reads it, in the company's time zone."""
    local = instant.astimezone(settings().zone)
    return f"{local:%d.%m.%Y}{formats.NBSP}{local:%H:%M}"


def yes_or_no(value: bool) -> str:
    return "да" if value else "нет"


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(settings().zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _photo_file(photo_id: str) -> str:
    """Return the name of a photo within the archive."""
    return f"photos/{photo_id}.jpg"


def _photos(session: Session, who: Consumer) -> Iterable[tuple[str, bytes]]:
    """Yield the latest photos the caller uploaded, with their names within the archive."""
    own = (
        columns(col(ReadingPhoto.id), col(ReadingPhoto.content))
        .join(Meter, col(Meter.id) == col(ReadingPhoto.meter_id))
        .where(col(ReadingPhoto.user_id) == who.user_id, col(Meter.account_number).in_(account_numbers(who)))
        .order_by(col(ReadingPhoto.uploaded_at).desc())
        .limit(MOST_PHOTOS)
    )
    for photo_id, jpeg in session.connection().execute(own):
        yield _photo_file(photo_id), jpeg


def _masked(phone: str | None) -> str | None:
    # The holder's, who need not be the caller: screens mask it too.
    return formats.masked_phone(phone) if phone else None


def _about_user(session: Session, who: Consumer) -> Iterable[Section]:
    def rows(*selected: Any, where: Any, order: Any) -> list[Sequence[Any]]:
        return [tuple(row) for row in session.connection().execute(columns(*selected).where(where).order_by(order))]

    yield Section(
        "user",
        "Учётная запись",
        (
            Column("name", "Имя"),
            Column("phone", "Телефон"),
            Column("email", "Электронная почта"),
            Column("created_at", "Создана", moment),
            Column("deletes_at", "Будет удалена", moment),
        ),
        rows(
            col(User.name), col(User.phone), col(User.email), col(User.created_at), col(User.deletes_at),
            where=col(User.id) == who.user_id, order=col(User.id),
        ),
    )  # fmt: skip
    yield Section(
        "consents",
        "Согласия на обработку персональных данных",
        (Column("version", "Редакция"), Column("given_at", "Дано", moment), Column("address", "IP-адрес")),
        rows(
            col(Consent.version), col(Consent.given_at), col(Consent.address),
            where=col(Consent.user_id) == who.user_id, order=col(Consent.id),
        ),
    )  # fmt: skip
    yield Section(
        "sessions",
        "Сеансы",
        (
            Column("opened_at", "Начат", moment),
            Column("seen_at", "Последнее действие", moment),
            Column("ended_at", "Завершён", moment),
            Column("browser", "Браузер"),
            Column("address", "IP-адрес"),
        ),
        rows(
            col(UserSession.created_at), col(UserSession.seen_at), col(UserSession.ended_at),
            col(UserSession.browser), col(UserSession.address),
            where=col(UserSession.user_id) == who.user_id, order=col(UserSession.id),
        ),
    )  # fmt: skip
    yield Section(
        "security_events",
        "Журнал безопасности",
        (
            Column("at", "Когда", moment),
            Column("kind", "Событие", EVENTS.__getitem__),
            Column("subject", "О чём"),
            Column("browser", "Браузер"),
            Column("address", "IP-адрес"),
        ),
        rows(
            col(SecurityEvent.at), col(SecurityEvent.kind), col(SecurityEvent.subject), col(SecurityEvent.browser),
            col(SecurityEvent.address),
            where=col(SecurityEvent.user_id) == who.user_id, order=col(SecurityEvent.id),
        ),
    )  # fmt: skip
    yield Section(
        "notification_choices",
        "Уведомления, о которых вы попросили",
        (
            Column("topic", "О чём", notification_words.TOPICS.__getitem__),
            Column("way", "Как", notification_words.WAYS.__getitem__),
        ),
        rows(
            col(NotificationChoice.topic), col(NotificationChoice.way),
            where=col(NotificationChoice.user_id) == who.user_id, order=col(NotificationChoice.topic),
        ),
    )  # fmt: skip
    yield Section(
        "notifications",
        "Отправленные уведомления",
        (Column("at", "Когда", moment), Column("occasion", "О чём", notification_words.occasion)),
        rows(
            col(Notification.at), col(Notification.occasion),
            where=col(Notification.user_id) == who.user_id, order=col(Notification.at),
        ),
    )  # fmt: skip


def _about_accounts(session: Session, who: Consumer) -> Iterable[Section]:
    own = account_numbers(who)

    def rows(statement: Any) -> list[Sequence[Any]]:
        return [tuple(row) for row in session.connection().execute(statement)]

    yield Section(
        "accounts",
        "Лицевые счета",
        (
            Column("number", "Лицевой счёт"),
            Column("holder", "Владелец"),
            Column("phone", "Телефон"),
            Column("address", "Адрес"),
            Column("area_hundredths_of_m2", "Площадь", formats.area),
            Column("residents", "Проживает"),
            Column("title", "Ваше название"),
            Column("attached_at", "Присоединён", moment),
        ),
        [
            (number, " ".join(filter(None, holder)), *rest)
            for number, *holder, phone_, address, area, residents, title, attached_at in rows(
                columns(
                    col(Account.number), col(Account.last_name), col(Account.first_name), col(Account.middle_name),
                    col(Account.phone), col(Premises.address), col(Premises.area), col(Premises.residents),
                    col(AccountLink.title), col(AccountLink.attached_at),
                )
                .join(AccountLink, col(AccountLink.account_number) == col(Account.number))
                .outerjoin(Premises, col(Premises.account_number) == col(Account.number))
                .where(col(Account.number).in_(own), col(AccountLink.user_id) == who.user_id)
                .order_by(col(Account.number))
            )
            for rest in [(_masked(phone_), address, area, residents, title, attached_at)]
        ],
    )  # fmt: skip
    yield Section(
        "charges",
        "Начисления",
        (
            Column("account", "Лицевой счёт"),
            Column("month", "Период", formats.period),
            Column("kind", "Вид начисления"),
            Column("opening_kopecks", "Входящий остаток", formats.money),
            Column("accrued_kopecks", "Начислено", formats.money),
            Column("recalculation_kopecks", "Перерасчёт", formats.money),
            Column("penalty_kopecks", "Пени", formats.money),
            Column("paid_kopecks", "Оплачено", formats.money),
            Column("closing_kopecks", "Исходящий остаток", formats.money),
        ),
        rows(
            columns(
                col(Charge.account_number), col(Charge.month), col(ChargeKind.name), col(Charge.opening),
                col(Charge.accrued), col(Charge.recalculation), col(Charge.penalty), col(Charge.paid),
                col(Charge.closing),
            )
            .join(ChargeKind, col(ChargeKind.id) == col(Charge.kind_id))
            .where(col(Charge.account_number).in_(own))
            .order_by(col(Charge.account_number), col(Charge.month), col(ChargeKind.name))
        ),
    )  # fmt: skip
    yield Section(
        "payments",
        "Платежи",
        (
            Column("account", "Лицевой счёт"),
            Column("paid_on", "Дата", formats.short_date),
            Column("division", "Раздел"),
            Column("amount_kopecks", "Сумма", formats.money),
            Column("channel", "Способ", CHANNELS.__getitem__),
        ),
        rows(
            columns(
                col(Payment.account_number), col(Payment.paid_on), col(Payment.division_code), col(Payment.amount),
                col(Payment.channel),
            )
            .where(col(Payment.account_number).in_(own))
            .order_by(col(Payment.account_number), col(Payment.paid_on), col(Payment.id))
        ),
    )  # fmt: skip
    yield Section(
        "payment_attempts",
        "Оплата в личном кабинете",
        (
            Column("account", "Лицевой счёт"),
            Column("created_at", "Начата", moment),
            Column("order", "Номер заказа"),
            Column("division", "Раздел"),
            Column("amount_kopecks", "Сумма", formats.money),
            Column("refunded_kopecks", "Возвращено", formats.money),
            Column("card", "Карта"),
            Column("state", "Состояние", ATTEMPTS.__getitem__),
        ),
        rows(
            columns(
                col(Attempt.account_number), col(Attempt.created_at), col(Attempt.order_number),
                col(AttemptPart.division_code), col(AttemptPart.amount), col(AttemptPart.refunded), col(Attempt.card),
                col(Attempt.state),
            )
            .join(AttemptPart, col(AttemptPart.attempt_id) == col(Attempt.id))
            .where(col(Attempt.user_id) == who.user_id, col(Attempt.account_number).in_(own))
            .order_by(col(Attempt.id), col(AttemptPart.division_code))
        ),
    )  # fmt: skip
    yield Section(
        "readings",
        "Показания",
        (
            Column("account", "Лицевой счёт"),
            Column("meter", "Прибор учёта"),
            Column("taken_on", "Дата", formats.short_date),
            Column("value_thousandths_of_m3", "Значение", formats.volume),
            Column("source", "Источник", SOURCES.__getitem__),
            Column("state", "Состояние", STATES.__getitem__),
        ),
        rows(
            columns(
                col(Meter.account_number), col(Meter.serial), col(Reading.taken_on), col(Reading.value),
                col(Reading.source), col(Reading.state),
            )
            .join(Meter, col(Meter.id) == col(Reading.meter_id))
            .where(col(Meter.account_number).in_(own))
            .order_by(col(Meter.account_number), col(Meter.serial), col(Reading.taken_on))
        ),
    )  # fmt: skip
    yield Section(
        "photos",
        "Фото приборов учёта",
        (
            Column("account", "Лицевой счёт"),
            Column("meter", "Прибор учёта"),
            Column("uploaded_at", "Загружено", moment),
            Column("taken_on", "Показание от", formats.short_date),
            Column("file", "Файл в архиве"),
        ),
        [
            (*what, _photo_file(photo_id) if index < MOST_PHOTOS else None)
            for index, (*what, photo_id) in enumerate(
                rows(
                    columns(
                        col(Meter.account_number), col(Meter.serial), col(ReadingPhoto.uploaded_at),
                        col(Reading.taken_on), col(ReadingPhoto.id),
                    )
                    .join(Meter, col(Meter.id) == col(ReadingPhoto.meter_id))
                    .outerjoin(Reading, col(Reading.id) == col(ReadingPhoto.reading_id))
                    .where(col(ReadingPhoto.user_id) == who.user_id, col(Meter.account_number).in_(own))
                    .order_by(col(ReadingPhoto.uploaded_at).desc())
                )
            )
        ],
    )  # fmt: skip


def _about_appeals(session: Session, who: Consumer) -> Iterable[Section]:
    own = appeals_of(who)

    def rows(statement: Any) -> list[Sequence[Any]]:
        return [tuple(row) for row in session.connection().execute(statement)]

    yield Section(
        "appeals",
        "Обращения",
        (
            Column("id", "Номер"),
            Column("account", "Лицевой счёт"),
            Column("type", "Тип"),
            Column("subject", "Тема"),
            Column("state", "Состояние", APPEAL_STATES.__getitem__),
            Column("created_at", "Создано", moment),
            Column("closed_at", "Закрыто", moment),
        ),
        rows(
            columns(
                col(Appeal.id), col(Appeal.account_number), col(AppealType.name), col(Appeal.subject),
                col(Appeal.state), col(Appeal.created_at), col(Appeal.closed_at),
            )
            .join(AppealType, col(AppealType.code) == col(Appeal.type_code))
            .where(col(Appeal.id).in_(own))
            .order_by(col(Appeal.created_at), col(Appeal.id))
        ),
    )  # fmt: skip
    yield Section(
        "appeal_messages",
        "Переписка по обращениям",
        (
            Column("appeal", "Обращение"),
            Column("at", "Когда", moment),
            Column("author", "Кто"),
            Column("text", "Сообщение"),
        ),
        [
            (appeal_id, at, "Вы" if staff_id is None else SERVICES[service], text)
            for appeal_id, at, staff_id, service, text in rows(
                columns(
                    col(AppealMessage.appeal_id), col(AppealMessage.at), col(AppealMessage.staff_id),
                    col(AppealType.service), col(AppealMessage.text),
                )
                .join(Appeal, col(Appeal.id) == col(AppealMessage.appeal_id))
                .join(AppealType, col(AppealType.code) == col(Appeal.type_code))
                # What staff note for one another is theirs.
                .where(col(AppealMessage.appeal_id).in_(own), col(AppealMessage.internal).is_(False))
                .order_by(col(AppealMessage.appeal_id), col(AppealMessage.id))
            )
        ],
    )  # fmt: skip
    yield Section(
        "attachments",
        "Приложенные файлы",
        (
            Column("appeal", "Обращение"),
            Column("name", "Файл"),
            Column("size_bytes", "Размер", formats.file_size),
            Column("uploaded_at", "Загружен", moment),
        ),
        rows(
            columns(
                col(AppealMessage.appeal_id), col(Attachment.name), col(Attachment.size), col(Attachment.uploaded_at),
            )
            .outerjoin(AppealMessage, col(AppealMessage.id) == col(Attachment.message_id))
            .where(
                col(Attachment.user_id) == who.user_id,
                col(Attachment.message_id).is_(None) | col(AppealMessage.appeal_id).in_(own),
            )
            .order_by(col(Attachment.uploaded_at), col(Attachment.id))
        ),
    )  # fmt: skip
