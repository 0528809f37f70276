"""What the portal asks of whoever takes its letters, and the answers it tells apart."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    """The Russian file name the reader sees."""
    content: bytes = field(repr=False)
    media_type: str = "application/pdf"


@dataclass(frozen=True)
class OutgoingLetter:
    """A letter as it is handed over."""

    message_id: str
    """In angle brackets, the same with every try."""
    written_at: datetime
    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    attachment: Attachment | None = field(default=None, repr=False)


class Verdict(StrEnum):
    """Whether a letter is on its way."""

    TAKEN = "taken"
    REFUSED = "refused"
    """For good: the same letter would be refused again."""
    NOT_NOW = "not now"
    """Not taken, or nobody knows: it is to be tried again."""


@dataclass(frozen=True)
class Outcome:
    """What came of handing a letter over."""

    verdict: Verdict
    error: str = ""
    """Why it was not taken: the server's code or the kind of failure, never what it said, which may quote addresses."""


class MailGateway(Protocol):
    """Whoever takes letters. `send` returns an outcome whatever happens on the way, and never tries twice."""

    def send(self, letter: OutgoingLetter) -> Outcome: ...
