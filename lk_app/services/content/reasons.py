"""Reasons by which readings are refused (`services/readings/reasons.py` has those to choose from)."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import Content, RefusalReason
from lk_app.services.content.kind import Kind, Typed, line, random_code
from lk_app.services.readings.reasons import REASON_LENGTH
from lk_app.services.typed import Reader


@dataclass(frozen=True)
class Fields:
    """What of a reason can be edited."""

    text: str
    published: bool = True


def read(session: Session, typed: Typed) -> Fields:
    """Read the form of a reason; raises FieldErrors."""
    reader = Reader(typed)
    fields = Fields(text=reader.read("text", line, REASON_LENGTH))
    reader.finish()
    return fields


def typed(fields: Fields) -> dict[str, str]:
    """Return the form of a reason."""
    return {"text": fields.text}


def rows(session: Session) -> list[RefusalReason]:
    """Return all reasons."""
    return list(session.exec(select(RefusalReason).order_by(col(RefusalReason.position), col(RefusalReason.code))))


KIND = Kind(
    content=Content.REASON,
    table=RefusalReason,
    fields=Fields,
    read=read,
    typed=typed,
    rows=rows,
    title="text",
    key="code",
    new_key=random_code,
)
