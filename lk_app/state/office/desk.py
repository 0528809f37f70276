"""What the states of office screens have in common: what came of the last thing done, a search, and pages."""

from collections.abc import Mapping
from typing import Any

from lk_app.state.screen import Screen

SEARCH_LENGTH = 100
LATER, EARLIER = "later", "earlier"

DONE, REFUSED, UNSEEN = "ok", "danger", "unseen"
"""How what is told looks: as done, as not done, or only heard where the page shows it anyway."""


class Desk(Screen, mixin=True):
    """Mix this into the state of an office screen with a list."""

    told: str = ""
    """What came of the last thing that was done."""
    told_as: str = UNSEEN
    searched: str = ""
    span: str = ""
    """How many rows of how many are shown."""
    has_earlier: bool = False
    has_later: bool = False

    def _say(self, words: str, look: str = UNSEEN) -> None:
        self.told, self.told_as = words, look


def search_of(form: Any) -> str | None:
    """Return what was typed into `search` of a form, with single spaces; None for what no form of ours sends."""
    typed = form.get("search") if isinstance(form, Mapping) else None
    if not isinstance(typed, str) or not typed.isprintable() or len(typed) > SEARCH_LENGTH:
        return None
    return " ".join(typed.split())
