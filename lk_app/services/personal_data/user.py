"""What the portal keeps about a user themselves."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col

from lk_app.models import Consent, Notification, NotificationChoice, SecurityEvent, User, UserSession
from lk_app.services.callers import Consumer
from lk_app.services.notifications import words as notification_words
from lk_app.services.personal_data.sections import Column, Section, moment, rows
from lk_app.services.security import EVENTS


def sections(session: Session, who: Consumer) -> Iterable[Section]:
    """Yield what is kept about the caller themselves."""

    def own(*selected: Any, where: Any, order: Any) -> list[Sequence[Any]]:
        return rows(session, columns(*selected).where(where).order_by(order))

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
        own(
            col(User.name), col(User.phone), col(User.email), col(User.created_at), col(User.deletes_at),
            where=col(User.id) == who.user_id, order=col(User.id),
        ),
    )  # fmt: skip
    yield Section(
        "consents",
        "Согласия на обработку персональных данных",
        (Column("version", "Редакция"), Column("given_at", "Дано", moment), Column("address", "IP-адрес")),
        own(
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
        own(
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
        own(
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
        own(
            col(NotificationChoice.topic), col(NotificationChoice.way),
            where=col(NotificationChoice.user_id) == who.user_id, order=col(NotificationChoice.topic),
        ),
    )  # fmt: skip
    yield Section(
        "notifications",
        "Отправленные уведомления",
        (Column("at", "Когда", moment), Column("occasion", "О чём", notification_words.occasion)),
        own(
            col(Notification.at), col(Notification.occasion),
            where=col(Notification.user_id) == who.user_id, order=col(Notification.at),
        ),
    )  # fmt: skip
