"""The sandbox: keeps messages for /sandbox/sms instead of sending them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlmodel import Session

from lk_app.gateways.sms.interface import Outcome, OutgoingSms, Verdict
from lk_app.models import SandboxMessage
from lk_app.settings import SANDBOX


class Sandbox:
    """Takes every message; `writing` opens a transaction that commits, `now` tells the time."""

    name = SANDBOX

    def __init__(self, writing: Callable[[], AbstractContextManager[Session]], now: Callable[[], datetime]) -> None:
        self._writing, self._now = writing, now

    def send(self, message: OutgoingSms) -> Outcome:
        with self._writing() as session:
            session.add(SandboxMessage(phone=message.phone, text=message.text, sent_at=self._now()))
        return Outcome(Verdict.ACCEPTED, provider_id=message.reference)
