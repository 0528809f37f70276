"""The security log: what happened to somebody's access. Services add to it in the transaction of what they do."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import SecurityEvent, SecurityEventKind
from lk_app.services.callers import Consumer
from lk_app.services.places import Place

SHOWN = 30
REFUSALS_SHOWN = 10
"""How many events a person sees of their own; wrong passwords, which any stranger can add, apart from the rest."""

EVENTS = {
    SecurityEventKind.SIGNED_IN: "Вход",
    SecurityEventKind.SIGN_IN_REFUSED: "Введён неверный пароль",
    SecurityEventKind.REGISTERED: "Регистрация",
    SecurityEventKind.RECOVERED: "Имя и пароль заданы заново по коду из SMS",
    SecurityEventKind.NAME_CHANGED: "Изменено имя пользователя",
    SecurityEventKind.PASSWORD_CHANGED: "Изменён пароль",
    SecurityEventKind.PHONE_CHANGED: "Изменён телефон для восстановления",
    SecurityEventKind.EMAIL_CHANGED: "Изменён адрес электронной почты",
    SecurityEventKind.EMAIL_REMOVED: "Удалён адрес электронной почты",
    SecurityEventKind.ATTACHED: "Присоединён лицевой счёт",
    SecurityEventKind.DETACHED: "Отсоединён лицевой счёт",
    SecurityEventKind.REMOVED: "Вы отсоединили другого пользователя",
    SecurityEventKind.SESSION_ENDED: "Завершён сеанс на другом устройстве",
    SecurityEventKind.DATA_DOWNLOADED: "Скачаны ваши данные",
    SecurityEventKind.DELETION_ASKED: "Запрошено удаление учётной записи",
    SecurityEventKind.DELETION_CANCELLED: "Удаление учётной записи отменено",
    SecurityEventKind.DELETED: "Учётная запись удалена",
    SecurityEventKind.UNLOCKED: "Снято ограничение на попытки входа",
}
"""The events in the words a person reads."""


BY_STAFF = "сотрудник компании"
"""Who did it, where it was not the person themselves."""


def record(
    session: Session,
    kind: SecurityEventKind,
    user_id: int | None,
    now: datetime,
    *,
    place: Place | None = None,
    subject: str = "",
) -> None:
    """Add an event about the access of `user_id`; `subject` must be masked already."""
    session.add(
        SecurityEvent(
            user_id=user_id,
            kind=kind,
            at=now,
            address=place.masked_address if place else "",
            browser=place.browser if place else "",
            subject=subject,
        )
    )


@dataclass(frozen=True)
class Happened:
    """Something that happened to the access of a user, as the log has it."""

    id: int
    user_id: int | None
    kind: SecurityEventKind
    at: datetime
    address: str
    browser: str
    subject: str


def own_events(session: Session, who: Consumer) -> list[Happened]:
    """Return what happened to the caller's access lately, newest first."""
    return events_of(session, who.user_id)


def events_of(session: Session, user_id: int) -> list[Happened]:
    """Return what happened to a user's access lately, newest first; refusals only so far as they hide nothing."""
    refused = col(SecurityEvent.kind) == SecurityEventKind.SIGN_IN_REFUSED
    newest = select(SecurityEvent).where(SecurityEvent.user_id == user_id).order_by(col(SecurityEvent.id).desc())
    done = session.exec(newest.where(~refused).limit(SHOWN)).all()
    tried = session.exec(newest.where(refused).limit(REFUSALS_SHOWN)).all()
    happened = [
        Happened(row.id or 0, row.user_id, row.kind, row.at, row.address, row.browser, row.subject)
        for row in (*done, *tried)
    ]
    return sorted(happened, key=lambda event: event.id, reverse=True)


def note_download(session: Session, who: Consumer, place: Place, now: datetime) -> None:
    """Keep that the caller took everything the portal knows about them."""
    record(session, SecurityEventKind.DATA_DOWNLOADED, who.user_id, now, place=place)


def masked_account(number: str) -> str:
    """Return an account number of which its holder recognises the end: «ЛС …0033»."""
    return f"ЛС …{number[-4:]}"
