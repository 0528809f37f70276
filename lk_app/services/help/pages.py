"""Help pages: their texts by section, from which the pages are built and which the search knows.

They stand in `lk_app/texts/help`: the title, an opening, and sections as `## title {#id}`, in the markup of help texts.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lk_app import formats
from lk_app.settings import settings

TEXTS = Path(__file__).parents[2] / "texts"
PAGES = ("payment", "browser", "accessibility")
SECTION = re.compile(r"^## (.+) \{#([a-z-]+)\}$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A headed part of a page, which links can lead to; the text is in the markup of help texts."""

    address: str
    title: str
    text: str

    @property
    def id(self) -> str:
        """The section's id on its page."""
        return self.address.partition("#")[2]


@dataclass(frozen=True)
class HelpPage:
    """A page of help."""

    address: str
    title: str
    opening: str
    sections: tuple[Section, ...]


@cache
def read(code: str) -> HelpPage:
    """Return the page in the file of this name."""
    address = f"/help/{code}"
    head, *parts = SECTION.split(_text(code))
    title, opening = head.removeprefix("# ").split("\n", 1)
    sections = [
        Section(f"{address}#{identifier}", formats.typeset(title), text.strip())
        for title, identifier, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]
    return HelpPage(address, formats.typeset(title), opening.strip(), tuple(sections))


def _text(code: str) -> str:
    text = (TEXTS / "help" / f"{code}.md").read_text("utf-8")
    return text.replace("{payment_limit}", formats.decimal(settings().payment_limit, 0, 0))
