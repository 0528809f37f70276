"""The time. Rules take it as an argument; only the edges (states, routes, commands) ask this clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from lk_app.settings import settings

Clock = Callable[[], datetime]
"""For work that outlasts an instant: whoever calls outside asks the time again."""


def now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the present day where the company is."""
    return now().astimezone(settings().zone).date()
