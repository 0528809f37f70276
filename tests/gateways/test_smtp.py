"""Letters over SMTP to a real server: what comes out on the other side, and what is made of every failure."""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from pydantic import SecretStr

from lk_app.gateways.mail import mail_server as of_settings
from lk_app.gateways.mail.interface import Attachment, Outcome, OutgoingLetter, Verdict
from lk_app.gateways.mail.smtp import Smtp
from lk_app.settings import Settings, SmtpSecurity
from tests.factories import NOW
from tests.mail_server import (
    DROPPED,
    LOGIN,
    PASSWORD,
    SENDER,
    SILENT,
    MailServer,
    client,
    mail_server,
    trusting,
)
from tests.servers import free_port

ADDRESS = "maria@example.ru"
SUBJECT = "Квитанция за октябрь 2026 г., лицевой счёт 66010000017, улица Академика Королёва, дом 12"
TEXT = "Здравствуйте.\n\n.Точка в начале строки\nСумма: 1 234,56 ₽ — до 25 ноября\n"
FILE = Attachment("Квитанция за октябрь 2026 г., ул. Академика Королёва, д. 12 «гараж».pdf", bytes(range(256)) * 300)
LETTER = OutgoingLetter("<0123456789abcdef@localhost>", NOW, ADDRESS, SUBJECT, TEXT, FILE)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def test_a_russian_letter_comes_out_right_on_the_other_side(server: MailServer) -> None:
    assert client(server.port).send(LETTER) == Outcome(Verdict.TAKEN)

    letter = server.letter
    assert letter["Subject"] == SUBJECT
    assert letter["Message-ID"] == LETTER.message_id
    assert letter["From"].addresses[0].display_name == "Демогаз, личный кабинет"
    assert letter["From"].addresses[0].addr_spec == SENDER
    assert letter["To"].addresses[0].addr_spec == ADDRESS
    assert letter["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(letter["Date"]) == NOW
    body, attached = letter.iter_parts()
    assert (body.get_content_type(), body.get_content_charset()) == ("text/plain", "utf-8")
    assert body.get_content().replace("\r\n", "\n") == TEXT
    assert (attached.get_content_type(), attached.get_content_disposition()) == ("application/pdf", "attachment")
    assert attached.get_filename() == FILE.name
    assert attached.get_content() == FILE.content
    assert server.envelopes == [(SENDER, [ADDRESS])]


def test_what_travels_is_plain_letters_in_short_lines(server: MailServer) -> None:
    client(server.port).send(LETTER)

    wire = server.letter.as_bytes(policy=policy.SMTP)
    assert wire.isascii()
    assert max(map(len, wire.split(b"\r\n"))) <= 998


def test_a_letter_may_have_nothing_attached(server: MailServer) -> None:
    client(server.port).send(OutgoingLetter("<1@localhost>", NOW, ADDRESS, "Код", "Код 493027\n"))

    assert not server.letter.is_multipart()
    assert server.letter.get_content().strip() == "Код 493027"


def test_a_domain_in_national_letters_travels_as_every_server_knows_it(server: MailServer) -> None:
    client(server.port).send(OutgoingLetter("<1@localhost>", NOW, "maria@почта.рф", "Код", "Код 493027\n"))

    assert server.envelopes == [(SENDER, ["maria@xn--80a1acny.xn--p1ai"])]
    assert server.letter["To"] == "maria@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize("security", [SmtpSecurity.TLS, SmtpSecurity.STARTTLS])
def test_the_way_to_the_server_is_secret(security: SmtpSecurity) -> None:
    with mail_server(security) as server:
        outcome = client(server.port, security, trusted=trusting()).send(LETTER)

    assert (outcome.verdict, server.encrypted) == (Verdict.TAKEN, [True])


@pytest.mark.parametrize("security", [SmtpSecurity.TLS, SmtpSecurity.STARTTLS])
def test_a_server_nobody_vouches_for_gets_nothing(security: SmtpSecurity) -> None:
    with mail_server(security) as server:
        outcome = client(server.port, security).send(LETTER)

    assert outcome == Outcome(Verdict.NOT_NOW, "certificate")
    assert server.attempts == 0


def test_the_certificate_must_be_the_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **named: resolve("127.0.0.1", *rest, **named))

    with mail_server(SmtpSecurity.TLS) as server:
        elsewhere = client(server.port, SmtpSecurity.TLS, host="mail.example.ru", trusted=trusting())
        assert elsewhere.send(LETTER) == Outcome(Verdict.NOT_NOW, "certificate")


def test_without_starttls_on_the_other_side_nothing_is_sent_in_the_open(server: MailServer) -> None:
    outcome = client(server.port, SmtpSecurity.STARTTLS).send(LETTER)

    assert outcome == Outcome(Verdict.NOT_NOW, "not supported")
    assert server.attempts == 0


def test_the_portal_signs_in_when_it_is_told_to() -> None:
    with mail_server(asks_password=True) as server:
        outcome = client(server.port, login=LOGIN, password=SecretStr(PASSWORD)).send(LETTER)

    assert (outcome.verdict, len(server.letters)) == (Verdict.TAKEN, 1)


def test_a_wrong_password_is_ours_to_mend_and_no_fault_of_the_letter() -> None:
    with mail_server(asks_password=True) as server:
        outcome = client(server.port, login=LOGIN, password=SecretStr("wrong"), timeout_s=5.0).send(LETTER)

    assert (outcome, server.letters) == (Outcome(Verdict.NOT_NOW, "535"), [])


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (f"550 5.1.1 no {ADDRESS} here", Outcome(Verdict.REFUSED, "550")),
        (f"451 4.7.1 {ADDRESS} is greylisted", Outcome(Verdict.NOT_NOW, "451")),
        ("421 4.3.2 closing", Outcome(Verdict.NOT_NOW, "421")),
        (DROPPED, Outcome(Verdict.NOT_NOW, "connection lost")),
        (SILENT, Outcome(Verdict.NOT_NOW, "no answer")),
    ],
    ids=["for good", "for now", "closing", "dropped", "silent"],
)
def test_a_failure_is_told_by_its_code(server: MailServer, command: str, reply: str, outcome: Outcome) -> None:
    server.replies[command] = reply

    assert client(server.port).send(LETTER) == outcome


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, address="лк@example.ru"),
        replace(LETTER, address="maria@"),
        replace(LETTER, address="maria@example..ru"),
        replace(LETTER, address="maria@example.ru\r\nBcc: x@example.ru"),
        replace(LETTER, subject="Квитанция\r\nBcc: x@example.ru"),
        replace(LETTER, text="\ud800"),
    ],
    ids=["mailbox", "no domain", "domain", "two lines", "subject", "text"],
)
def test_a_letter_that_cannot_be_built_is_refused_for_good(
    server: MailServer, letter: OutgoingLetter, caplog: pytest.LogCaptureFixture
) -> None:
    assert client(server.port).send(letter) == Outcome(Verdict.REFUSED, "unbuildable")

    assert server.attempts == 0
    [line] = [record.getMessage() for record in caplog.records if record.name == "lk_app"]
    assert not [secret for secret in (ADDRESS, "example", "Квитанция") if secret in line]


@pytest.mark.parametrize(
    "wrong",
    [{"host": "mail..example.ru"}, {"login": "лк", "password": SecretStr("x")}],
    ids=["host", "login"],
)
def test_settings_that_cannot_travel_are_ours_to_mend_and_no_fault_of_the_letter(wrong: dict[str, Any]) -> None:
    with mail_server(asks_password=True) as server:
        assert client(server.port, **wrong).send(LETTER) == Outcome(Verdict.NOT_NOW, "settings")


def test_nobody_there() -> None:
    assert client(free_port()).send(LETTER) == Outcome(Verdict.NOT_NOW, "no connection")


def test_no_such_host() -> None:
    assert client(25, host="no-such-host.invalid").send(LETTER) == Outcome(Verdict.NOT_NOW, "no connection")


def test_a_server_that_never_greets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert client(silent.getsockname()[1]).send(LETTER) == Outcome(Verdict.NOT_NOW, "no answer")


def test_a_server_that_refuses_us_at_the_door_refuses_no_letter() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unfriendly:
        thread = threading.Thread(target=turn_away, args=[unfriendly])
        thread.start()
        outcome = client(unfriendly.getsockname()[1]).send(LETTER)
        thread.join()

    assert outcome == Outcome(Verdict.NOT_NOW, "554")


def turn_away(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"554 5.7.1 not from your network\r\n")


def test_what_goes_wrong_after_a_letter_was_taken_does_not_matter(server: MailServer) -> None:
    server.replies["QUIT"] = DROPPED

    assert client(server.port).send(LETTER) == Outcome(Verdict.TAKEN)


def test_the_server_is_that_of_the_settings(server: MailServer) -> None:
    values = Settings(
        public_url="https://lk.example.ru", smtp_host="127.0.0.1", smtp_port=server.port,
        smtp_security=SmtpSecurity.NONE, mail_from=SENDER, company_name="Уралгаз",
    )  # fmt: skip

    assert of_settings(values).send(LETTER) == Outcome(Verdict.TAKEN)
    assert server.letter["From"].addresses[0].display_name == "Уралгаз, личный кабинет"
    assert server.greetings == ["lk.example.ru"]


def test_the_system_decides_whose_certificates_are_believed() -> None:
    context = Smtp(client(25)._server, SENDER, "")._server.trusted

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_neither_a_letter_nor_the_client_shows_what_is_in_it() -> None:
    shown = repr(LETTER) + repr(client(25, login=LOGIN, password=SecretStr(PASSWORD))._server)

    assert not [secret for secret in (ADDRESS, "Квитанция", "Сумма", PASSWORD) if secret in shown]


def test_nothing_is_logged(server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in ("250 OK", f"550 no {ADDRESS} here", DROPPED):
        server.replies["RCPT"] = reply
        client(server.port).send(LETTER)

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    assert not [secret for secret in (ADDRESS, "Квитанция") for line in ours if secret in line]
