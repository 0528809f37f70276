"""Whoever takes letters: a mail server, or the sandbox."""

from urllib.parse import urlsplit

from lk_app.gateways.mail.smtp import Server, Smtp
from lk_app.settings import Settings


def mail_server(settings: Settings) -> Smtp:
    """Return the client of the mail server in the settings."""
    server = Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_login,
        settings.smtp_password,
        greeted_as=portal_host(settings),
    )
    return Smtp(server, settings.mail_from, f"{settings.company_name}, личный кабинет")


def portal_host(settings: Settings) -> str:
    """Return the name of the portal's own host, in letters that every server takes."""
    return (urlsplit(settings.origin).hostname or "localhost").encode("idna").decode()
