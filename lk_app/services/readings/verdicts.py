"""What staff decide, as it is typed and as it is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from lk_app.formats import NBSP
from lk_app.models import ReadingState
from lk_app.services.errors import FieldErrors, ServiceError
from lk_app.services.numbers import is_order_number
from lk_app.services.paging import PAGE
from lk_app.services.readings.deciding import Decided
from lk_app.services.readings.reasons import REASON_LENGTH, published_reasons

OTHER = "other"
"""Stands for a reason in the member's own words."""

NOT_CHOSEN = "Выберите причину"
NOT_WRITTEN = "Напишите причину: её прочитает потребитель"
TOO_LONG = f"Не больше {REASON_LENGTH}{NBSP}знаков, сейчас {{}}"
NOTHING_CHOSEN = "Показания не отмечены. Закройте окно, отметьте их и попробуйте ещё раз."

MOST = PAGE
"""How many readings are decided about at once: those of a page."""

DONE = {ReadingState.ACCEPTED: "Принято", ReadingState.REFUSED: "Отказано"}
GONE = "Уже решены или отозваны"
IMPOSSIBLE = "Ниже или раньше последнего принятого"


@dataclass(frozen=True)
class Refusal:
    """Which readings are refused, and why."""

    reading_ids: tuple[str, ...]
    reason: str


def is_reading_id(text: object) -> bool:
    """Say whether something could be the id of a reading that was sent here: it may come from anybody."""
    return isinstance(text, str) and text[:1] == "R" and is_order_number(text[1:])


def read_refusal(session: Session, fields: Mapping[str, str]) -> Refusal:
    """Read the form with `ids`, `reason` (the code of a published one, or `other`) and `words`; raises FieldErrors."""
    reading_ids = tuple(dict.fromkeys(fields.get("ids", "").split()))
    if not reading_ids or len(reading_ids) > MOST or not all(map(is_reading_id, reading_ids)):
        raise ServiceError(NOTHING_CHOSEN)
    chosen = fields.get("reason", "")
    if chosen == OTHER:
        return Refusal(reading_ids, _own_words(fields.get("words", "")))
    reasons = {reason.code: reason.text for reason in published_reasons(session)}
    if chosen not in reasons:
        raise FieldErrors({"reason": NOT_CHOSEN})
    return Refusal(reading_ids, reasons[chosen])


def _own_words(typed: str) -> str:
    words = " ".join(typed.replace("\0", "").split())
    if not words:
        raise FieldErrors({"words": NOT_WRITTEN})
    if len(words) > REASON_LENGTH:
        raise FieldErrors({"words": TOO_LONG.format(len(words))})
    return words


def told(decided: Decided, state: ReadingState) -> str:
    """Return what came of a decision, in words: «Принято: 3. Уже решены или отозваны: 1.»."""
    counts = ((DONE[state], decided.done), (GONE, decided.gone), (IMPOSSIBLE, decided.impossible))
    return " ".join(f"{words}:{NBSP}{len(ids)}." for words, ids in counts if ids)
