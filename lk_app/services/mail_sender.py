"""Sends what is due in the outbox of letters; each step commits before the next goes outside.

The order of the steps is what `lk_app.services.mail` needs for its rule.
"""

from functools import cache

from lk_app import clock, telemetry
from lk_app.clock import Clock
from lk_app.gateways.mail import mail_server
from lk_app.gateways.mail.interface import MailGateway
from lk_app.gateways.mail.sandbox import Sandbox
from lk_app.services import mail
from lk_app.services.session import reading, writing
from lk_app.settings import settings


@cache
def gateway() -> MailGateway:
    """Return whoever takes this process's letters, made at first use like the database's engine."""
    return mail_server(settings()) if settings().smtp_host else Sandbox(writing, clock.now)


def send_next(gateway: MailGateway, now: Clock) -> bool:
    """Send one due letter; False when none was due."""
    with reading() as session:
        if not mail.is_due(session, now()):
            return False
    with writing() as session:
        claimed = mail.claim(session, now())
    if claimed is None:
        return False
    with telemetry.span("call to the mail server"):
        outcome = gateway.send(claimed.outgoing)
    with writing() as session:
        mail.record(session, claimed, outcome, now())
    return True
