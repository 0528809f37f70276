"""Templates of answers, with which staff begin theirs."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import AnswerTemplate, Content
from lk_app.services.content.kind import Kind, Typed, line, lines
from lk_app.services.content.types import of_known_type
from lk_app.services.typed import Reader

TITLE_LENGTH = 100
TEXT_LENGTH = 4_000


@dataclass(frozen=True)
class Fields:
    """What of a template can be edited; without a type it is for all appeals."""

    type_code: str | None
    title: str
    text: str
    published: bool = True


def read(session: Session, typed: Typed) -> Fields:
    """Read the form of a template; raises FieldErrors."""
    reader = Reader(typed)
    chosen = typed.get("type_code", "")
    fields = Fields(
        type_code=reader.read("type_code", of_known_type, session) if chosen else None,
        title=reader.read("title", line, TITLE_LENGTH),
        text=reader.read("text", lines, TEXT_LENGTH),
    )
    reader.finish()
    return fields


def typed(fields: Fields) -> dict[str, str]:
    """Return the form of a template."""
    return {"type_code": fields.type_code or "", "title": fields.title, "text": fields.text}


def rows(session: Session) -> list[AnswerTemplate]:
    """Return all templates."""
    return list(session.exec(select(AnswerTemplate).order_by(col(AnswerTemplate.position), col(AnswerTemplate.id))))


KIND = Kind(
    content=Content.TEMPLATE,
    table=AnswerTemplate,
    fields=Fields,
    read=read,
    typed=typed,
    rows=rows,
    title="title",
    beside="type_code",
)
