"""Entries of the FAQ: a question and its answer, under a type of appeals."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import AppealType, Content, FaqEntry
from lk_app.services.content.kind import Kind, Typed, line, lines
from lk_app.services.content.types import of_known_type
from lk_app.services.help import index
from lk_app.services.typed import Reader

QUESTION_LENGTH = 200
ANSWER_LENGTH = 8_000


@dataclass(frozen=True)
class Fields:
    """What of an entry can be edited; the answer is in the markup of `services/markup.py`."""

    type_code: str
    question: str
    answer: str
    published: bool = True


def read(session: Session, typed: Typed) -> Fields:
    """Read the form of an entry; raises FieldErrors."""
    reader = Reader(typed)
    fields = Fields(
        type_code=reader.read("type_code", of_known_type, session),
        question=reader.read("question", line, QUESTION_LENGTH),
        answer=reader.read("answer", lines, ANSWER_LENGTH),
    )
    reader.finish()
    return fields


def typed(fields: Fields) -> dict[str, str]:
    """Return the form of an entry."""
    return {"type_code": fields.type_code, "question": fields.question, "answer": fields.answer}


def rows(session: Session) -> list[FaqEntry]:
    """Return all entries, those of one type together."""
    return list(
        session.exec(
            select(FaqEntry)
            .join(AppealType, col(AppealType.code) == col(FaqEntry.type_code))
            .order_by(col(AppealType.position), col(FaqEntry.type_code), col(FaqEntry.position), col(FaqEntry.id))
        )
    )


KIND = Kind(
    content=Content.FAQ,
    table=FaqEntry,
    fields=Fields,
    read=read,
    typed=typed,
    rows=rows,
    title="question",
    beside="type_code",
    within="type_code",
    marks=lambda now: {"changed_at": now},
    stored=index.put_faq,
)
