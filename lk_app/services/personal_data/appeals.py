"""What a user has asked, and been answered."""

from collections.abc import Iterable

from sqlalchemy import select as columns
from sqlmodel import Session, col

from lk_app import formats
from lk_app.models import Appeal, AppealMessage, AppealType, Attachment
from lk_app.services.callers import Consumer, appeals_of
from lk_app.services.feedback.types import SERVICES
from lk_app.services.feedback.words import STATES
from lk_app.services.personal_data.sections import Column, Section, moment, rows


def sections(session: Session, who: Consumer) -> Iterable[Section]:
    """Yield what the caller has asked and been answered."""
    own = appeals_of(who)
    yield Section(
        "appeals",
        "Обращения",
        (
            Column("id", "Номер"),
            Column("account", "Лицевой счёт"),
            Column("type", "Тип"),
            Column("subject", "Тема"),
            Column("state", "Состояние", STATES.__getitem__),
            Column("created_at", "Создано", moment),
            Column("closed_at", "Закрыто", moment),
        ),
        rows(
            session,
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
                session,
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
            session,
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
