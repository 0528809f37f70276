"""A mail server that takes letters by SMTP.

Nothing a server says leaves here: its words may quote the address. What is kept of a failure is its code.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime

from pydantic import SecretStr

from lk_app import logs
from lk_app.addresses import on_the_wire
from lk_app.gateways.mail.interface import Outcome, OutgoingLetter, Verdict
from lk_app.settings import SmtpSecurity

TIMEOUT_S = 20
"""For every answer of the server."""

NO_PASSWORD = SecretStr("")

ON_ANY_WIRE = MAIL.clone(cte_type="7bit")
"""Letters that also servers without 8BITMIME pass on unchanged."""


@dataclass(frozen=True)
class Server:
    """Where letters are handed over, and as whom."""

    host: str
    port: int
    security: SmtpSecurity
    login: str = ""
    password: SecretStr = NO_PASSWORD
    greeted_as: str = "localhost"
    """Our own name in the greeting."""
    timeout_s: float = TIMEOUT_S
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    """Whose certificates are believed: those the system trusts."""


class Smtp:
    """Hands letters over one by one, each in a connection of its own, from the address `sender` of `name`."""

    def __init__(self, server: Server, sender: str, name: str) -> None:
        self._server, self._sender, self._name = server, on_the_wire(sender), name

    def send(self, letter: OutgoingLetter) -> Outcome:
        try:
            message, address = self._message(letter), on_the_wire(letter.address)
        except Exception as failure:
            # The library has no error of its own for this, and raises an IndexError as well as a ValueError.
            logs.failed(failure)
            return Outcome(Verdict.REFUSED, "unbuildable")
        try:
            connection = _connected(self._server)
        except smtplib.SMTPResponseException as refused:
            # Of us and not of the letter, whatever the code: an engineer can mend it.
            return _not_now(str(refused.smtp_code))
        except (smtplib.SMTPException, OSError, UnicodeError) as failure:
            return _not_now(_kind(failure, "no connection"))
        try:
            return _hand_over(connection, message, self._sender, address)
        finally:
            # Whatever came of the letter is known by now.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _message(self, letter: OutgoingLetter) -> bytes:
        message = EmailMessage(policy=ON_ANY_WIRE)
        message["From"] = Address(display_name=self._name, addr_spec=self._sender)
        message["To"] = Address(addr_spec=on_the_wire(letter.address))
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.written_at)
        message["Message-ID"] = letter.message_id
        # So that nobody's «I am on holiday» comes back.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text, charset="utf-8")
        if letter.attachment:
            kind, _, subtype = letter.attachment.media_type.partition("/")
            message.add_attachment(
                letter.attachment.content, maintype=kind, subtype=subtype, filename=letter.attachment.name
            )
        return bytes(message)


def _connected(server: Server) -> smtplib.SMTP:
    """Return a connection that is secret, and signed in if need be; raises SMTPException, OSError or UnicodeError."""
    connection: smtplib.SMTP
    if server.security is SmtpSecurity.TLS:
        connection = smtplib.SMTP_SSL(
            server.host, server.port, server.greeted_as, timeout=server.timeout_s, context=server.trusted
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, server.greeted_as, timeout=server.timeout_s)
    try:
        if server.security is SmtpSecurity.STARTTLS:
            connection.starttls(context=server.trusted)
        if server.login:
            connection.login(server.login, server.password.get_secret_value())
    except BaseException:
        connection.close()
        raise
    return connection


def _hand_over(connection: smtplib.SMTP, message: bytes, sender: str, address: str) -> Outcome:
    try:
        connection.sendmail(sender, [address], message)
    except smtplib.SMTPRecipientsRefused as refused:
        [(code, _)] = refused.recipients.values()
        return _refused(code)
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code)
    except (smtplib.SMTPException, OSError) as failure:
        return _not_now(_kind(failure, "connection lost"))
    return Outcome(Verdict.TAKEN)


def _refused(code: int) -> Outcome:
    return Outcome(Verdict.REFUSED, str(code)) if 500 <= code < 600 else _not_now(str(code))


def _not_now(error: str) -> Outcome:
    return Outcome(Verdict.NOT_NOW, error)


def _kind(failure: Exception, otherwise: str) -> str:
    """Return what kind of failure it was, without a word of what the server said."""
    kinds: list[tuple[type[Exception], str]] = [
        (TimeoutError, "no answer"),
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "TLS"),
        (smtplib.SMTPNotSupportedError, "not supported"),
        # A host, a login or a password that the protocols can't carry.
        (UnicodeError, "settings"),
    ]
    # smtplib says of a time-out that the connection was closed.
    told = (failure, failure.__context__)
    return next((word for kind, word in kinds if any(isinstance(one, kind) for one in told)), otherwise)
