"""The search over help and the FAQ. The databases compare stems; that they are Russian only `stems` knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import column, or_, table, text
from sqlmodel import Session, col, select

from lk_app.models import AppealType, SearchText, Source
from lk_app.models.search import STEMS
from lk_app.services.help.stems import WORD, stems_asked
from lk_app.services.markup import Span

QUERY_LENGTH = 200
"""Characters that are looked at; nobody types more to find something."""
QUERY_WORDS = 12
CANDIDATES = 100
"""How many texts with some of the words are weighed against one another."""
BEFORE, EXCERPT = 60, 220
"""Characters of an excerpt before the first word that was found, and in all."""
SENTENCE = re.compile(r"\n|[.?!…] ")


@dataclass(frozen=True)
class Found:
    """A text that was found: where it is read, its title, and the part of it around what was looked for."""

    address: str
    title: str
    excerpt: str
    faq_id: int | None
    marked: list[Span] = field(default_factory=list)
    """The excerpt, the words that were looked for strong."""


@dataclass(frozen=True)
class Language:
    """How a database asks its index of stems: the index's key, the condition, the order, and the marks of a query."""

    key: str
    condition: str
    best_first: str
    quote: str
    prefix: str
    both: str
    either: str

    def having(self, stems: list[str], between: str) -> str:
        """Return the query for stems, of which the last may go on. Stems are letters and digits; quoted all the same,
        none of them is an operator.
        """
        return between.join(f"{self.quote}{stem}{self.quote}" for stem in stems) + self.prefix


LANGUAGES = {
    "sqlite": Language(
        key="rowid",
        condition=f"{STEMS} MATCH :stems",
        best_first=f"bm25({STEMS}, 10.0, 1.0)",
        quote='"',
        prefix="*",
        both=" AND ",
        either=" OR ",
    ),
    "postgresql": Language(
        key="id",
        condition=f"{STEMS}.stems @@ to_tsquery('simple', :stems)",
        best_first=f"ts_rank({STEMS}.stems, to_tsquery('simple', :stems), 1) DESC",
        quote="'",
        prefix=":*",
        both=" & ",
        either=" | ",
    ),
}
"""The title weighs ten times as much as the text in both: PostgreSQL gives its marks A and D such weights by itself."""


def find(session: Session, words: str, *, type_code: str | None = None, most: int = 20) -> list[Found]:
    """Return at most so many texts that have all words, whatever their form, or if none has, those with most of them.

    The last word may be the beginning of one. With `type_code` only the FAQ of that type is searched.
    """
    stems = stems_asked(words[:QUERY_LENGTH], QUERY_WORDS)
    if not stems:
        return []
    language = LANGUAGES[session.get_bind().dialect.name]
    texts = _matching(session, language, language.having(stems, language.both), type_code, most)
    if not texts and len(stems) > 1:
        some = _matching(session, language, language.having(stems, language.either), type_code, CANDIDATES)
        texts = _with_most(some, stems)[:most]
    return [_found(each, stems) for each in texts]


def _matching(session: Session, language: Language, query: str, type_code: str | None, most: int) -> list[SearchText]:
    index = table(STEMS, column(language.key))
    matching = (
        select(SearchText)
        .join(index, index.c[language.key] == col(SearchText.id))
        .outerjoin(AppealType, col(AppealType.code) == col(SearchText.type_code))
        .where(text(language.condition))
        .where(or_(col(SearchText.type_code).is_(None), col(AppealType.published)))
        .order_by(text(language.best_first), col(SearchText.id))
        .limit(most)
    )
    if type_code is not None:
        matching = matching.where(SearchText.type_code == type_code)
    return list(session.exec(matching, params={"stems": query}))


def _with_most(texts: list[SearchText], stems: list[str]) -> list[SearchText]:
    """Keep the texts that have as many of the stems as the best has, in their order."""
    counts = [_count({*each.title_stems.split(), *each.text_stems.split()}, stems) for each in texts]
    best = max(counts, default=0)
    return [each for each, count in zip(texts, counts, strict=True) if count == best]


def _count(present: set[str], stems: list[str]) -> int:
    *whole, last = stems
    return len(present.intersection(whole)) + any(each.startswith(last) for each in present)


def _found(found: SearchText, stems: list[str]) -> Found:
    # The stems are kept in the order of the words: finding them again would take most of the time.
    words = zip(WORD.finditer(found.text), found.text_stems.split(), strict=True)
    asked = [word.span() for word, stem in words if stem in stems or stem.startswith(stems[-1])]
    start, end = _part(found.text, asked[0][0] if asked else 0)
    inside = [(first - start, last - start) for first, last in asked if start <= first and last <= end]
    marked = list(_marked(found.text[start:end].replace("\n", " "), inside))
    if start > 0:
        marked.insert(0, Span("…"))
    if end < len(found.text):
        marked.append(Span("…"))
    return Found(
        address=found.address,
        title=found.title,
        excerpt="".join(span.words for span in marked),
        faq_id=int(found.address.rpartition("-")[2]) if found.source is Source.FAQ else None,
        marked=marked,
    )


def _part(words: str, place: int) -> tuple[int, int]:
    """Return from where to where an excerpt goes around a place: from the beginning of its sentence if that is near."""
    ahead = words[max(place - BEFORE, 0) : place]
    begun = [match.end() for match in SENTENCE.finditer(ahead)] or [ahead.find(" ") + 1 if place > BEFORE else 0]
    start = place - len(ahead) + begun[-1]
    end = start + EXCERPT
    return start, len(words) if end >= len(words) else max(words.rfind(" ", place, end), place)


def _marked(excerpt: str, asked: list[tuple[int, int]]) -> Iterator[Span]:
    told = 0
    for first, last in asked:
        yield Span(excerpt[told:first])
        yield Span(excerpt[first:last], strong=True)
        told = last
    yield Span(excerpt[told:])
