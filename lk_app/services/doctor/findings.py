"""What an examination finds."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How something stands."""

    WELL = "well"
    AT_RISK = "at risk"
    """The portal works, and soon may not."""
    ILL = "ill"
    """Consumers notice, or the portal does not start."""
    ABSENT = "absent"
    """Not set up, and needn't be."""


@dataclass(frozen=True)
class Finding:
    """What was found of one thing, and what to do about it."""

    what: str
    health: Health
    words: str
    advice: str = ""
