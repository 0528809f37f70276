"""What a kind of content is, and how what is typed is read."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from lk_app.formats import NBSP
from lk_app.models import Content, Table
from lk_app.services.typed import EMPTY, Refused

Typed = Mapping[str, str]
"""A form as it was sent."""


def nothing(*_: Any) -> None:
    """Do nothing: a kind has nothing to add."""


@dataclass(frozen=True)
class Kind:
    """A kind of content. Names of its `fields`, a frozen dataclass, are those of columns of its `table`."""

    content: Content
    table: type[Table]
    fields: type[Any]
    read: Callable[[Session, Typed], Any]
    """Returns the fields of a form; raises FieldErrors."""
    typed: Callable[[Any], dict[str, str]]
    """Returns the form of some fields."""
    rows: Callable[[Session], list[Any]]
    """Returns all rows, in the order of the list."""
    title: str = ""
    """The column that names a row in the list."""
    beside: str = ""
    """The column that says most about it after its title."""
    key: str = "id"
    """The column that tells rows apart."""
    new_key: Callable[[Session, Typed], str] | None = None
    """Returns the key of what is new, unless the database makes it; raises FieldErrors."""
    within: str = ""
    """The column of the rows among which one has its position."""
    begin: Callable[[Session], None] = nothing
    """Called before the first edit of what may not be stored yet."""
    may_put_away: Callable[[Session], None] = nothing
    """Raises ServiceError while none of the published ones can be missed."""
    marks: Callable[[datetime], dict[str, Any]] = lambda now: {}
    """Returns what an edit notes in the row besides."""
    stored: Callable[[Session, Any], None] = nothing
    """Called with a row that was stored: others may have to know."""

    @property
    def is_single(self) -> bool:
        """Whether there is one of it and no more, and so no list."""
        return not self.title

    @property
    def has_position(self) -> bool:
        """Whether staff decide in which order its rows stand."""
        return "position" in self.table.model_fields

    @property
    def can_be_put_away(self) -> bool:
        """Whether its rows can be hidden."""
        return "published" in self.table.model_fields

    def fields_of(self, row: Any) -> Any:
        """Return what of a row can be edited."""
        return self.fields(**{name: getattr(row, name) for name in self.fields.__dataclass_fields__})

    def find(self, session: Session, key: str, *, lock: bool = False) -> Any | None:
        """Return the row with a key, which may come from anybody; locked, nobody else edits it meanwhile."""
        wanted: Any = key
        if not key.isprintable():
            return None
        if self.key == "id":
            if not (key.isascii() and key.isdecimal() and len(key) < 10):
                return None
            wanted = int(key)
        return session.get(self.table, wanted, with_for_update=lock, populate_existing=lock)


def random_code(session: Session, typed: Typed) -> str:
    """Return a code for what nobody has to know by its code."""
    return secrets.token_hex(5)


def line(text: str, longest: int) -> str:
    """Return words on one line, with single spaces; refuses none, and more than `longest` characters."""
    return _fitting(" ".join(_clean(text).split()), longest)


def lines(text: str, longest: int, *, may_be_empty: bool = False) -> str:
    """Return a text with its line breaks; refuses none, unless it may be empty, and more than `longest` characters."""
    whole = "\n".join(each.rstrip() for each in _clean(text).split("\n")).strip()
    return whole if may_be_empty and not whole else _fitting(whole, longest)


def _fitting(text: str, longest: int) -> str:
    if not text:
        raise Refused(EMPTY)
    if len(text) > longest:
        raise Refused(f"Не больше {longest}{NBSP}знаков, а здесь {len(text)}")
    return text


def _clean(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(_allowed(plain))


def _allowed(text: str) -> Iterator[str]:
    # A database takes no NUL, and no reader any other control character; spaces of all kinds stay.
    return (sign for sign in text if sign == "\n" or sign.isprintable() or sign.isspace())
