"""What every screen's state has: whether its data has come, and what to say when it has not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx

from lk_app import logs
from lk_app.services.errors import ServiceError

TRY_AGAIN = "Обновите страницу или попробуйте ещё раз через несколько минут."


class Screen(rx.State, mixin=True):
    """Mix this into the state of a screen and load its data within `_failures_shown`."""

    loaded: bool = False
    """Whether there is something to show; until then the page shows where it will stand."""
    failure: str = ""
    """What to tell the person when the data could not be loaded."""

    @asynccontextmanager
    async def _failures_shown(self) -> AsyncIterator[None]:
        try:
            yield
        except Exception as error:
            self.failure = message_of(error)
        else:
            self.loaded, self.failure = True, ""


def message_of(error: Exception) -> str:
    """Return what to tell a person about an error, and log it if nobody expected it."""
    if isinstance(error, ServiceError):
        return error.message
    logs.failed(error)
    return TRY_AGAIN
