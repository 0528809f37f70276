"""Questions that are often asked, with their answers."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import FaqEntry
from lk_app.services.markup import Block, blocks_of


@dataclass(frozen=True)
class FaqAnswer:
    """A question with its answer."""

    id: int
    question: str
    blocks: list[Block]


def entries(session: Session, type_code: str) -> list[FaqAnswer]:
    """Return the published questions of a type of appeals, in their order."""
    rows = session.exec(
        select(FaqEntry)
        .where(FaqEntry.type_code == type_code, col(FaqEntry.published))
        .order_by(col(FaqEntry.position), col(FaqEntry.id))
    )
    return [FaqAnswer(row.id or 0, row.question, blocks_of(row.answer)) for row in rows]
