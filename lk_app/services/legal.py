"""What the portal and its users promise one another: the legal texts, in every version there was.

They stand in `lk_app/texts/legal`, a folder for each text and a file for each version, called by its date. A version
that somebody may have agreed to is never changed: a changed text is a new file.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from lk_app.settings import settings

TEXTS = Path(__file__).parents[1] / "texts" / "legal"
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
MARKS = re.compile(r"^(?:#+|-) ", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A headed part of a text, in the markup of help texts."""

    title: str
    text: str


@dataclass(frozen=True)
class LegalText:
    """A version of a text."""

    code: str
    version: str
    title: str
    opening: str
    sections: tuple[Section, ...]

    @property
    def address(self) -> str:
        """Where this version is read, also when there is a newer one."""
        return f"/legal/{self.code}/{self.version}"

    @property
    def dated(self) -> date:
        """The day of this version."""
        return date.fromisoformat(self.version)


def versions(code: str) -> list[str]:
    """Return the versions of a text, the one that holds now first."""
    return sorted((path.stem for path in (TEXTS / code).glob("*.md")), reverse=True)


@cache
def read(code: str, version: str = "") -> LegalText:
    """Return a version of a text with the company's name in it, or the one that holds now."""
    version = version or versions(code)[0]
    head, *parts = SECTION.split(written(code, version).replace("{company}", settings().company_name))
    title, opening = head.removeprefix("# ").split("\n", 1)
    sections = (Section(title, text.strip()) for title, text in zip(parts[::2], parts[1::2], strict=True))
    return LegalText(code, version, title, opening.strip(), tuple(sections))


def earlier(code: str) -> list[LegalText]:
    """Return the versions before the one that holds now, newest first."""
    return [read(code, version) for version in versions(code)[1:]]


def written(code: str, version: str) -> str:
    """Return a version as it is written."""
    return (TEXTS / code / f"{version}.md").read_text("utf-8")


def words(code: str, version: str) -> str:
    """Return every word of a version, for telling whether it has changed."""
    return "\n".join(line for line in MARKS.sub("", written(code, version)).splitlines() if line)
