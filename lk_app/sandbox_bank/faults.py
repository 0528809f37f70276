"""Where tests make the bank misbehave."""

from collections.abc import Mapping
from typing import Any


class Faults:
    """Called around every REST call, «register», «status» or «refund»; the default does nothing."""

    async def before(self, call: str, asked: Mapping[str, str]) -> None:
        """Run before the work is done; may sleep or raise."""

    async def after(self, call: str, asked: Mapping[str, str], answer: dict[str, Any]) -> dict[str, Any]:
        """Run after the work is done and stored; may sleep, raise, or return another answer."""
        return answer
