"""«Часто задаваемые вопросы»: what is often asked, by type of appeal, with answers for everybody."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from lk_app.formats import typeset
from lk_app.models import AppealType, FaqEntry
from lk_app.services.feedback.types import published_types
from lk_app.services.help.pages import TEXTS
from lk_app.services.markup import Block, blocks_of

QUESTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class FaqAnswer:
    """A question with its answer."""

    id: int
    question: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class FaqGroup:
    """What is asked about one thing: the type's code and name, and the answers."""

    type_code: str
    name: str
    answers: list[FaqAnswer] = field(default_factory=list)


def address_of(entry_id: int) -> str:
    """Return where an entry is read."""
    return f"/help/faq#faq-{entry_id}"


def entries(session: Session, type_code: str) -> list[FaqAnswer]:
    """Return the published entries of one type, none of one that was put away."""
    rows = session.exec(_published().where(FaqEntry.type_code == type_code))
    return [_answer(row) for row in rows]


def all_entries(session: Session) -> list[FaqGroup]:
    """Return every published entry, by types in the order consumers choose from."""
    by_type: dict[str, list[FaqAnswer]] = {}
    for row in session.exec(_published()):
        by_type.setdefault(row.type_code, []).append(_answer(row))
    return [
        FaqGroup(type_.code, type_.name, by_type[type_.code])
        for type_ in published_types(session)
        if type_.code in by_type
    ]


def load_first(session: Session, now: datetime) -> None:
    """Store what a new portal begins with, from `lk_app/texts/faq`, unless there are entries already."""
    if session.exec(select(FaqEntry.id)).first() is not None:
        return
    for type_code in session.exec(select(AppealType.code)):
        session.add_all(first_entries(type_code, now))
    session.flush()


def first_entries(type_code: str, now: datetime) -> list[FaqEntry]:
    """Return the entries that are shipped for a type; none for one that staff have made."""
    path = TEXTS / "faq" / f"{type_code}.md"
    if not path.is_file():
        return []
    _, *parts = QUESTION.split(path.read_text("utf-8"))
    return [
        FaqEntry(type_code=type_code, question=question, answer=answer.strip(), position=position, changed_at=now)
        for position, (question, answer) in enumerate(zip(parts[::2], parts[1::2], strict=True), start=1)
    ]


def _published() -> SelectOfScalar[FaqEntry]:
    return (
        select(FaqEntry)
        .join(AppealType, col(AppealType.code) == col(FaqEntry.type_code))
        .where(col(FaqEntry.published), col(AppealType.published))
        .order_by(col(FaqEntry.position), col(FaqEntry.id))
    )


def _answer(entry: FaqEntry) -> FaqAnswer:
    return FaqAnswer(entry.id or 0, typeset(entry.question), blocks_of(entry.answer))
