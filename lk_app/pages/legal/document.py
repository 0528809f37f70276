"""How a legal text is kept and shown. `{company}` in it stands for the company's name."""

from dataclasses import dataclass
from datetime import date

import reflex as rx

from lk_app import formats
from lk_app.components.controls import link
from lk_app.components.shell import public, sign_in_link
from lk_app.settings import settings

el = rx.el

Part = str | tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A headed part of a text: paragraphs, and lists as tuples."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class LegalText:
    """A text with the date from which it is in force."""

    title: str
    version: str
    opening: str
    sections: tuple[Section, ...]

    def words(self) -> str:
        """Return every word of the text, for telling whether it has changed."""
        headed = [(section.title, *section.parts) for section in self.sections]
        lines = [part if isinstance(part, str) else "\n".join(part) for parts in headed for part in parts]
        return "\n".join([self.title, self.opening, *lines])


def legal_page(text: LegalText) -> rx.Component:
    """Return the page of a text."""
    in_force = formats.long_date(date.fromisoformat(text.version))
    return public(
        el.h1(text.title),
        el.p(f"Версия от {in_force}", class_name="hint"),
        paragraph(text.opening),
        *(component for section in text.sections for component in section_of(section)),
        el.p(link("Контактная информация", to="/contacts", alone=True)),
        layout="read prose",
        visitor=sign_in_link(),
    )


def section_of(section: Section) -> tuple[rx.Component, ...]:
    parts = (paragraph(part) if isinstance(part, str) else items(part) for part in section.parts)
    return (el.h2(section.title), *parts)


def items(lines: tuple[str, ...]) -> rx.Component:
    return el.ul(*(el.li(typeset(line)) for line in lines))


def paragraph(words: str) -> rx.Component:
    return el.p(typeset(words))


def typeset(words: str) -> str:
    """Return the words with the company's name, and short words tied to what follows them."""
    return formats.tied(words.replace("{company}", settings().company_name))
