"""The markup of texts people edit: paragraphs, headings, lists, **bold** and links of Markdown, and nothing else of it.

What is left is plain data that a page lays out by itself: no HTML is taken over from a text, so none can do harm.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lk_app.formats import typeset

PARSER = MarkdownIt("zero").enable(["list", "heading", "emphasis", "link"])

LINK = re.compile(r"/(?!/)\S*|(?:https://|tel:|mailto:)\S+")
"""Pages of the portal, other sites, phones and addresses; what else is linked stays plain words."""


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    STEPS = "steps"
    """A list whose order matters."""


KINDS = {
    "paragraph_open": Kind.PARAGRAPH,
    "heading_open": Kind.HEADING,
    "bullet_list_open": Kind.LIST,
    "ordered_list_open": Kind.STEPS,
}


@dataclass(frozen=True)
class Span:
    """Words that look alike: bold or not, and where they lead, if anywhere."""

    words: str
    strong: bool = False
    link: str = ""


@dataclass(frozen=True)
class Line:
    """A paragraph, a heading, or an item of a list."""

    spans: list[Span] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The words without markup."""
        return "".join(span.words for span in self.spans)


@dataclass(frozen=True)
class Block:
    """A part of a text: its one line, or those of a list."""

    kind: str
    lines: list[Line] = field(default_factory=list)


def blocks_of(text: str) -> list[Block]:
    """Read a text. Nothing is refused: what is no markup of ours stays as it was typed."""
    blocks: list[Block] = []
    depth = 0
    for token in PARSER.parse(text):
        if token.type in KINDS and depth == 0:
            blocks.append(Block(KINDS[token.type].value))
        depth += token.nesting
        if token.type == "inline":
            blocks[-1].lines.append(Line(list(_spans(token.children or []))))
    return blocks


def plain(text: str) -> str:
    """Return the words of a text without markup: a line for each paragraph, heading or item."""
    return "\n".join(line.words for block in blocks_of(text) for line in block.lines)


def _spans(tokens: list[Token]) -> Iterator[Span]:
    strong, links = 0, [""]
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
            links.append(address if LINK.fullmatch(address) else "")
        elif token.type == "link_close":
            links.pop()
        elif token.type in ("strong_open", "em_open", "strong_close", "em_close"):
            strong += token.nesting
        elif token.content:
            yield Span(typeset(token.content.replace("\n", " ")), strong > 0, links[-1])
