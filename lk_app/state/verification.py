"""What step 2 of registration and of recovery has in common: a request that waits for its code."""

from datetime import datetime
from typing import Protocol

import reflex as rx
from sqlmodel import Session

from lk_app import clock, formats
from lk_app.cookie import request_token
from lk_app.services.session import in_session
from lk_app.services.verification import Choice, Pending, Stage
from lk_app.state.screen import Screen


class FindPending(Protocol):
    """The service that finds the request of a cookie's token."""

    def __call__(self, session: Session, token: str, now: datetime) -> Pending | None: ...


async def pending_in(state: rx.State, find: FindPending) -> Pending | None:
    """Return the request that waits in the browser whose event this is, or None."""
    token = request_token(state.router.headers.cookie)
    return await in_session(find, token, clock.now()) if token else None


class Confirmation(Screen, mixin=True):
    """What the request waits for, fit for the eyes of whoever holds the browser: the phone is masked."""

    stage: str = ""
    """A `Stage`; empty when nothing waits here."""
    phone: str = ""
    name: str = ""
    """The name that proved taken."""
    resend_in: int = 0
    expired: bool = False
    choices: list[Choice] = []

    def _show(self, pending: Pending | None) -> None:
        self.stage = pending.stage if pending else ""
        self.phone = formats.masked_phone(pending.phone) if pending else ""
        self.name = pending.name if pending and pending.stage is Stage.NAME else ""
        self.resend_in = pending.resend_in if pending else 0
        self.expired = bool(pending and pending.stage is Stage.CODE and not pending.minutes_left)
        self.choices = pending.choices if pending else []
