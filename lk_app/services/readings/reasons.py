"""Why readings are refused: the reasons staff choose from, in the words that the consumer reads."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import RefusalReason

REASON_LENGTH = 300

FIRST_REASONS = {
    "typo": "Похоже на опечатку. Сверьте цифры со счётчиком и передайте показание ещё раз.",
    "below": "Меньше последнего принятого показания. Сверьте цифры со счётчиком и передайте ещё раз.",
    "photo": "Цифры не совпадают с фото. Сверьте их и передайте показание ещё раз.",
    "unclear": "На фото не видно цифр. Снимите счётчик ближе и передайте показание ещё раз.",
    "meter": "На фото другой счётчик. Выберите нужный и передайте показание ещё раз.",
    "visit": "Показание нужно проверить на месте. С вами свяжется абонентская служба.",
}
"""What a new portal begins with: each says what to do. Staff edit them."""


@dataclass(frozen=True)
class ReasonLine:
    """A reason as it is chosen."""

    code: str
    text: str


def published_reasons(session: Session) -> list[ReasonLine]:
    """Return the reasons staff choose from, in their order."""
    rows = session.exec(
        select(RefusalReason)
        .where(col(RefusalReason.published))
        .order_by(col(RefusalReason.position), col(RefusalReason.code))
    )
    return [ReasonLine(row.code, row.text) for row in rows]


def load_first(session: Session) -> None:
    """Store what a new portal begins with, unless there are reasons already."""
    if session.exec(select(RefusalReason.code)).first() is None:
        first = enumerate(FIRST_REASONS.items(), 1)
        session.add_all(RefusalReason(code=code, text=text, position=position) for position, (code, text) in first)
        session.flush()
