"""The sandbox: keeps letters for /sandbox/mail instead of sending them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlmodel import Session

from lk_app.gateways.mail.interface import Attachment, Outcome, OutgoingLetter, Verdict
from lk_app.models import SandboxLetter

NOTHING = Attachment(name="", content=b"", media_type="")


class Sandbox:
    """Takes every letter; `writing` opens a transaction that commits, `now` tells the time."""

    def __init__(self, writing: Callable[[], AbstractContextManager[Session]], now: Callable[[], datetime]) -> None:
        self._writing, self._now = writing, now

    def send(self, letter: OutgoingLetter) -> Outcome:
        attached = letter.attachment or NOTHING
        with self._writing() as session:
            session.add(
                SandboxLetter(
                    address=letter.address,
                    subject=letter.subject,
                    text=letter.text,
                    attachment_name=attached.name,
                    attachment_type=attached.media_type,
                    attachment=attached.content or None,
                    sent_at=self._now(),
                )
            )
        return Outcome(Verdict.TAKEN)
