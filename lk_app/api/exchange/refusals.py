"""Why a program is refused: English words for it, a Russian sentence for who reads its log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from lk_app.api.exchange.models import ContentRefused, Issue, Problem
from lk_app.services.exchange import issues as found

TYPE = "urn:lk:exchange:"
PROBLEM = "application/problem+json"

FAULTS = {
    "missing": "нет обязательного значения",
    "extra_forbidden": "такого имени формат не знает",
    "string_type": "ожидается строка",
    "literal_error": "ожидается одно из слов, которые названы в описании",
    "string_too_long": "длиннее, чем разрешено",
    "string_too_short": "пусто",
    "too_long": "элементов больше, чем разрешено",
    "too_short": "элементов нет",
    "list_type": "ожидается массив",
    "model_type": "ожидается объект",
    "model_attributes_type": "ожидается объект",
}
OTHER_FAULT = "значение не по описанию"


@dataclass(frozen=True)
class Answer:
    """What a program is answered."""

    status: int
    body: BaseModel
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The answer is a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.answer = Answer(problem.status, problem, headers or {})


def refusal(
    status: int, word: str, detail: str, *, run: str | None = None, headers: Mapping[str, str] | None = None
) -> Refused:
    """Return a refusal; `word` is what programs tell it by."""
    problem = Problem(
        type=TYPE + word, title=word.replace("-", " ").capitalize(), status=status, detail=detail, run=run
    )
    return Refused(problem, headers)


def content_refused(faults: Sequence[found.Issue], total: int, run: str | None = None) -> Refused:
    """Return the refusal of what was sent."""
    return Refused(
        ContentRefused(
            type=TYPE + "content-refused",
            title="Content refused",
            status=422,
            detail=f"Ничего не загружено, ошибок: {total}.",
            run=run,
            issues=issues_of(faults),
            total=total,
        )
    )


def issues_of(faults: Sequence[found.Issue]) -> list[Issue]:
    return [Issue(file=each.file, line=each.line, column=each.column, reason=each.reason) for each in faults]


def of_the_wrong_form(error: ValidationError, name: str) -> Refused:
    """Return the refusal of an array whose elements are not what they have to be; it quotes nothing of them."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    issues = [_issue(fault["loc"], fault["type"], name) for fault in faults]
    return content_refused(issues[: found.KEPT], len(issues))


def malformed(error: ValidationError) -> Refused:
    """Return the refusal of a request whose address or headers are not what they have to be."""
    places = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}))
    # What was sent under a name nobody knows is not repeated.
    known = places if places.isascii() and len(places) < 100 else "?"
    return refusal(400, "request-malformed", f"Запрос не по описанию: {known}.")


def _issue(place: tuple[int | str, ...], kind: str, name: str) -> found.Issue:
    index = next((part for part in place if isinstance(part, int)), None)
    column = str(place[-1]) if len(place) > 1 and kind != "extra_forbidden" else ""
    return found.Issue(name, 0 if index is None else index + 2, column, FAULTS.get(kind, OTHER_FAULT))
