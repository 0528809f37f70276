"""The search over questions that are often asked."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import FaqEntry
from lk_app.services.markup import plain


@dataclass(frozen=True)
class Found:
    """A text that was found, and where it stands."""

    address: str
    title: str
    excerpt: str
    faq_id: int | None


def find(session: Session, words: str, *, type_code: str | None = None, most: int = 20) -> list[Found]:
    """Return the published questions that hold all the words, of one type of appeals if it is given."""
    rows = session.exec(
        select(FaqEntry)
        .where(col(FaqEntry.published), *([FaqEntry.type_code == type_code] if type_code else []))
        .order_by(col(FaqEntry.position), col(FaqEntry.id))
    )
    wanted = words.casefold().split()
    texts = [(row, f"{row.question}\n{plain(row.answer)}") for row in rows]
    found = [(row, text) for row, text in texts if wanted and all(word in text.casefold() for word in wanted)]
    return [Found("/help/faq", row.question, text.partition("\n")[2][:200], row.id) for row, text in found[:most]]
