"""A mail server on loopback: answers as it is told, and keeps what it was sent."""

import asyncio
import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lk_app.gateways.mail.smtp import Server, Smtp
from lk_app.settings import SmtpSecurity
from tests.servers import free_port

AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("localhost", "127.0.0.1")

LOGIN, PASSWORD = "lk", "p0st-0ffice"
SENDER = "lk@example.ru"
PATIENCE_S = 5.0

DROPPED = "dropped"
SILENT = "silent"


@dataclass
class MailServer:
    """The running server: where it is, what it answers to each command, what it took."""

    port: int
    replies: dict[str, str] = field(default_factory=dict)
    """By command: an answer, or DROPPED or SILENT in place of one."""
    letters: list[EmailMessage] = field(default_factory=list)
    """What it has in full, whatever it answered then."""
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    attempts: int = 0

    @property
    def letter(self) -> EmailMessage:
        """The only letter there is."""
        [letter] = self.letters
        return letter


@dataclass
class Postman:
    """What the library calls for each command."""

    books: MailServer

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.books.attempts += 1
        self.books.greetings.append(session.host_name or "")
        envelope.mail_from = address
        return await self._answer("MAIL", server)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        letter = email.message_from_bytes(envelope.content or b"", _class=EmailMessage, policy=default)
        self.books.letters.append(letter)
        self.books.envelopes.append((envelope.mail_from or "", envelope.rcpt_tos))
        self.books.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return await self._answer("DATA", server)

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await self._answer("QUIT", server)

    async def _answer(self, command: str, server: SMTP) -> str:
        reply = self.books.replies.get(command, "250 OK")
        if reply == DROPPED:
            server.transport.abort()
        if reply == SILENT:
            await asyncio.sleep(PATIENCE_S)
        return reply


@contextmanager
def mail_server(security: SmtpSecurity = SmtpSecurity.NONE, *, asks_password: bool = False) -> Iterator[MailServer]:
    """Run a mail server on a port of its own."""
    books = MailServer(free_port())
    options: dict[str, Any] = {}
    if security is SmtpSecurity.TLS:
        options["ssl_context"] = own_context()
    if security is SmtpSecurity.STARTTLS:
        options |= {"tls_context": own_context(), "require_starttls": True}
    if asks_password:
        options |= {"authenticator": known, "auth_required": True, "auth_require_tls": False}
    controller = Controller(Postman(books), hostname="127.0.0.1", port=books.port, **options)
    controller.start()
    try:
        yield books
    finally:
        controller.stop()


def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
    right = (given.login, given.password) == (LOGIN.encode(), PASSWORD.encode())
    # Left to the server to say so.
    return AuthResult(success=right, handled=False)


def own_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CERTIFICATE.configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """What a machine has whose engineer trusts this server."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def client(port: int, security: SmtpSecurity = SmtpSecurity.NONE, **values: Any) -> Smtp:
    """The product's client, less patient."""
    given = {"host": "127.0.0.1", "port": port, "security": security, "timeout_s": 1.0} | values
    return Smtp(Server(**given), SENDER, "Демогаз, личный кабинет")
