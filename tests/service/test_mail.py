"""The outbox of letters, in front of a real mail server: what is sent, when, how often, and what the rows keep."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from lk_app import logs
from lk_app.gateways.mail.interface import Outcome, Verdict
from lk_app.gateways.mail.sandbox import Sandbox
from lk_app.gateways.mail.smtp import Smtp
from lk_app.models import Letter, LetterState
from lk_app.services import mail, mail_sender, sandbox
from lk_app.services.jobs import JOBS
from lk_app.services.mail import Attachment
from lk_app.services.session import reading, writing
from lk_app.settings import Environment, SmtpSecurity, settings
from tests import factories
from tests.cleaning import forgotten
from tests.factories import NOW
from tests.mail_server import DROPPED, SILENT, MailServer, client, mail_server
from tests.outbox import Time, dying_at, side_by_side
from tests.servers import free_port

pytestmark = pytest.mark.usefixtures("portal")

ADDRESS = "maria@example.ru"
SUBJECT = "Квитанция за октябрь 2026 г."
TEXT = "Здравствуйте.\n\nК оплате 1 234,56 ₽.\n"
RECEIPT = Attachment("Квитанция за октябрь 2026 г.pdf", b"%PDF-1.7 \x00\xff receipt")
SECRETS = (ADDRESS, "Квитанция", "1 234,56")


READER, OTHER_READER = 1, 2
"""Users whose letters these are."""


@pytest.fixture(autouse=True)
def readers(portal: str) -> None:
    with writing() as session:
        users = [factories.user(session, name) for name in ("Мария Иванова", "Пётр Семёнов")]
        assert [user.id for user in users] == [READER, OTHER_READER]


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def queued(address: str = ADDRESS, user_id: int = READER, **values: Any) -> int:
    """Put a letter with a receipt into the outbox, committed; returns its id."""
    with writing() as session:
        return mail.enqueue(session, user_id, address, SUBJECT, TEXT, NOW, **{"attachment": RECEIPT} | values)


def stored(letter_id: int) -> Letter:
    with reading() as session:
        return session.exec(select(Letter).where(Letter.id == letter_id)).one()


def send_all(now: Time, server: MailServer, **values: Any) -> int:
    """Send what is due, as a worker does; returns how many letters were tried."""
    gateway, tried = client(server.port, **values), 0
    while mail_sender.send_next(gateway, now):
        tried += 1
    return tried


def is_forgotten(letter: Letter) -> bool:
    return not any((letter.subject, letter.text, letter.attachment_name, letter.attachment))


def test_a_letter_arrives_with_its_attachment_and_the_row_forgets_what_it_said(server: MailServer) -> None:
    letter = queued()

    assert send_all(Time(), server) == 1

    body, attached = server.letter.iter_parts()
    assert (server.letter["Subject"], server.letter["To"]) == (SUBJECT, ADDRESS)
    assert body.get_content().replace("\r\n", "\n") == TEXT
    assert (attached.get_filename(), attached.get_content()) == (RECEIPT.name, RECEIPT.content)
    row = stored(letter)
    assert (row.state, row.tries, row.sent_at, row.error) == (LetterState.SENT, 1, NOW, "")
    assert is_forgotten(row)


def test_a_letter_is_sent_once(server: MailServer) -> None:
    queued()
    now = Time()

    for _ in range(20):
        send_all(now, server)
        now.passes(minutes=17)

    assert len(server.letters) == 1


def test_letters_have_names_of_their_own_at_the_portals_host(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "public_url", "https://лк.example.ru")
    names = {stored(queued()).message_id for _ in range(3)}

    assert len(names) == 3
    assert all(name.startswith("<") and name.endswith("@xn--j1ab.example.ru>") for name in names)


def test_letters_are_sent_in_the_order_they_came(server: MailServer) -> None:
    for address in ("first@example.ru", "second@example.ru", "third@example.ru"):
        queued(address)

    send_all(Time(), server)

    assert [letter["To"] for letter in server.letters] == ["first@example.ru", "second@example.ru", "third@example.ru"]


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_what_is_refused_for_good_is_not_tried_again(server: MailServer, command: str) -> None:
    server.replies[command] = f"550 5.1.1 no {ADDRESS} here"
    letter, now = queued(), Time()

    send_all(now, server)
    now.passes(hours=3)
    send_all(now, server)

    row = stored(letter)
    assert (row.state, row.error, server.attempts) == (LetterState.FAILED, "550", 1)
    assert is_forgotten(row)


def test_what_is_refused_for_now_is_tried_later_and_later_for_two_days(server: MailServer) -> None:
    server.replies["RCPT"] = "451 4.7.1 try later"
    letter, now, seconds = queued(), Time(), []

    while stored(letter).state is LetterState.QUEUED:
        assert stored(letter).attachment == RECEIPT.content
        if send_all(now, server):
            seconds.append(int((now() - NOW).total_seconds()))
        now.instant = stored(letter).next_try_at

    assert seconds[:9] == [0, 10, 40, 100, 220, 520, 1_420, 3_220, 6_820]
    assert {later - sooner for sooner, later in pairwise(seconds[8:])} == {3_600}
    assert timedelta(hours=47) <= timedelta(seconds=seconds[-1]) < timedelta(days=2)
    row = stored(letter)
    assert (row.state, row.error) == (LetterState.FAILED, "451")
    assert is_forgotten(row)


def test_a_later_try_carries_the_same_letter_under_the_same_name(server: MailServer) -> None:
    letter, now = queued(), Time()
    name = stored(letter).message_id
    server.replies["DATA"] = "451 4.3.0 try later"
    send_all(now, server)
    server.replies.clear()
    now.passes(seconds=10)
    send_all(now, server)

    assert [one["Message-ID"] for one in server.letters] == [name, name]
    assert [len(list(one.iter_parts())) for one in server.letters] == [2, 2]
    assert stored(letter).state is LetterState.SENT


@pytest.mark.parametrize(("command", "copies"), [("RCPT", 1), ("DATA", 2)], ids=["before the text", "after it"])
@pytest.mark.parametrize(("reply", "error"), [(DROPPED, "connection lost"), (SILENT, "no answer")])
def test_a_connection_that_breaks_costs_at_most_a_second_copy(
    server: MailServer, command: str, copies: int, reply: str, error: str
) -> None:
    letter, now = queued(), Time()
    server.replies[command] = reply
    send_all(now, server, timeout_s=0.5)
    assert (stored(letter).state, stored(letter).error) == (LetterState.QUEUED, error)
    server.replies.clear()
    now.passes(seconds=10)
    send_all(now, server)

    assert len(server.letters) == copies
    assert len({one["Message-ID"] for one in server.letters}) == 1
    assert stored(letter).state is LetterState.SENT


def test_a_letter_that_is_of_no_use_any_more_is_never_sent(server: MailServer) -> None:
    letter, now = queued(expires_at=NOW + timedelta(minutes=10)), Time()
    now.passes(minutes=10)

    send_all(now, server)

    row = stored(letter)
    assert (server.attempts, row.state, row.error) == (0, LetterState.FAILED, "expired")
    assert is_forgotten(row)


def test_a_cancelled_letter_is_not_sent_and_others_are(server: MailServer) -> None:
    cancelled, other = queued(), queued("other@example.ru")
    gone = queued("gone@example.ru")
    with writing() as session:
        mail.cancel(session, cancelled)
        mail.cancel_to(session, READER, "gone@example.ru")

    send_all(Time(), server)

    assert [letter["To"] for letter in server.letters] == ["other@example.ru"]
    assert [stored(letter).state for letter in (cancelled, gone)] == [LetterState.CANCELLED] * 2
    assert all(is_forgotten(stored(letter)) for letter in (cancelled, gone, other))


def test_a_letter_cancelled_while_it_was_being_tried_is_not_tried_again(server: MailServer) -> None:
    letter, now = queued(), Time()
    with writing() as session:
        claimed = mail.claim(session, now())
        mail.cancel_to(session, READER, ADDRESS)
    assert claimed is not None
    with writing() as session:
        mail.record(session, claimed, Outcome(Verdict.NOT_NOW, "451"), now())
    now.passes(hours=3)

    assert send_all(now, server) == 0
    assert stored(letter).state is LetterState.CANCELLED


def test_letters_of_another_user_to_the_same_address_are_not_cancelled(server: MailServer) -> None:
    cancelled, others = queued(), queued(user_id=OTHER_READER)
    with writing() as session:
        mail.cancel_to(session, READER, ADDRESS)

    assert send_all(Time(), server) == 1
    assert (stored(cancelled).state, stored(others).state) == (LetterState.CANCELLED, LetterState.SENT)


def test_the_letters_of_one_user_are_forgotten_whatever_became_of_them_and_wherever_they_went(
    server: MailServer,
) -> None:
    queued()
    send_all(Time(), server)
    queued("other@example.ru")
    others = queued(user_id=OTHER_READER)
    with writing() as session:
        mail.forget_user(session, READER)

    with reading() as session:
        assert session.exec(select(Letter.id)).all() == [others]


def test_a_letter_that_is_nobodys_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError):
        queued(user_id=404)


def test_what_was_sent_cannot_be_cancelled(server: MailServer) -> None:
    letter = queued()
    send_all(Time(), server)

    with writing() as session:
        mail.cancel(session, letter)

    assert stored(letter).state is LetterState.SENT


def test_two_workers_never_have_the_same_letter(server: MailServer) -> None:
    addresses = [f"reader{number}@example.ru" for number in range(20)]
    for address in addresses:
        queued(address)

    side_by_side(lambda: send_all(Time(), server, timeout_s=10.0))

    assert Counter(letter["To"] for letter in server.letters) == Counter(addresses)


def test_one_worker_claims_past_what_another_is_just_claiming(portal: str) -> None:
    if portal.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    one, other = queued(), queued()

    with writing() as first, writing() as second:
        second.connection().execute(text("SET LOCAL lock_timeout = '1s'"))
        mine, yours, nothing = mail.claim(first, NOW), mail.claim(second, NOW), mail.claim(second, NOW)

    assert mine is not None
    assert yours is not None
    assert (mine.id, yours.id, nothing) == (one, other, None)


CLAIM, RECORD = 0, 1


@pytest.mark.parametrize(
    ("step", "when", "copies"),
    [(CLAIM, "before", 1), (CLAIM, "after", 1), (RECORD, "before", 2), (RECORD, "after", 1)],
    ids=["claiming", "claimed", "sent", "recorded"],
)
def test_a_death_loses_no_letter(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, step: int, when: str, copies: int
) -> None:
    letter, now = queued(), Time()

    with dying_at(monkeypatch, mail_sender, step, when):
        send_all(now, server)
    for _ in range(30):
        send_all(now, server)
        now.passes(minutes=1)

    assert len(server.letters) == copies
    assert {one["Message-ID"] for one in server.letters} == {server.letters[0]["Message-ID"]}
    assert all(len(list(one.iter_parts())) == 2 for one in server.letters)
    assert stored(letter).state is LetterState.SENT


def test_a_letter_is_not_lent_to_another_before_the_lease_is_over(server: MailServer) -> None:
    queued()
    now = Time()
    with writing() as session:
        assert mail.claim(session, now()) is not None
    now.instant += mail.LEASE - timedelta(seconds=1)
    assert send_all(now, server) == 0
    now.passes(seconds=1)

    assert send_all(now, server) == 1


def test_what_a_process_says_after_its_lease_counts_only_if_the_letter_was_taken(server: MailServer) -> None:
    letter, now = queued(), Time()
    with writing() as session:
        slow = mail.claim(session, now())
    now.instant += mail.LEASE
    with writing() as session:
        quick = mail.claim(session, now())
        assert slow is not None
        assert quick is not None
        mail.record(session, slow, Outcome(Verdict.REFUSED, "550"), now())
        mail.record(session, slow, Outcome(Verdict.NOT_NOW, "451"), now())
    assert stored(letter).state is LetterState.SENDING

    with writing() as session:
        mail.record(session, slow, Outcome(Verdict.TAKEN), now())
        mail.record(session, quick, Outcome(Verdict.NOT_NOW, "451"), now())

    assert (stored(letter).state, stored(letter).error) == (LetterState.SENT, "")


def test_letters_are_forgotten_after_a_week(server: MailServer) -> None:
    queued()
    with writing() as session:
        forgotten(session, Letter, NOW + timedelta(days=7))
    assert stored(1).address == ADDRESS

    with writing() as session:
        forgotten(session, Letter, NOW + timedelta(days=7, seconds=1))
    with reading() as session:
        assert session.exec(select(Letter)).all() == []


def test_the_sandbox_keeps_what_it_is_sent() -> None:
    queued()
    queued("other@example.ru", attachment=None)
    now = Time()
    keeping = Sandbox(writing, now)

    while mail_sender.send_next(keeping, now):
        now.passes(seconds=1)

    with reading() as session:
        other, letter = sandbox.list_letters(session)
        assert (letter.address, letter.subject, letter.text, letter.sent_at) == (ADDRESS, SUBJECT, TEXT, NOW)
        assert (letter.attachment_name, letter.attachment_size) == (RECEIPT.name, len(RECEIPT.content))
        assert (other.attachment_name, other.attachment_size) == ("", 0)
        assert sandbox.attachment(session, letter.id) == RECEIPT
        assert sandbox.list_letters(session, ADDRESS) == [letter]


@pytest.fixture
def chosen_anew() -> Iterator[None]:
    """The gateway is chosen once a process: forget the choice before and after."""
    mail_sender.gateway.cache_clear()
    yield
    mail_sender.gateway.cache_clear()


def send_mail(now: Time) -> bool:
    """Run the job as the worker does."""
    [job] = [job for job in JOBS if job.name == "send mail"]
    assert job.everywhere
    return job.run(now)


def test_the_job_sends_by_the_server_of_the_settings(
    server: MailServer, chosen_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued()
    ours = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": SmtpSecurity.NONE}
    for name, value in (ours | {"mail_from": "lk@example.ru", "env": Environment.PRODUCTION}).items():
        monkeypatch.setattr(settings(), name, value)

    assert send_mail(Time())
    assert server.letter["From"].addresses[0].addr_spec == "lk@example.ru"
    assert isinstance(mail_sender.gateway(), Smtp)


@pytest.mark.parametrize(
    ("environment", "host", "available"),
    [
        (Environment.DEMO, "", True),
        (Environment.TEST, "", True),
        (Environment.PRODUCTION, "", False),
        (Environment.PRODUCTION, "mail.example.ru", True),
    ],
)
def test_letters_are_offered_where_somebody_takes_them(
    chosen_anew: None, monkeypatch: pytest.MonkeyPatch, environment: Environment, host: str, available: bool
) -> None:
    monkeypatch.setattr(settings(), "env", environment)
    monkeypatch.setattr(settings(), "smtp_host", host)

    assert mail.is_available() is available
    assert isinstance(mail_sender.gateway(), Smtp) is bool(host)


def test_without_a_server_production_sends_nothing_and_shows_nothing(
    chosen_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = queued()
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    assert send_mail(Time()) is False
    assert stored(letter).state is LetterState.QUEUED
    with reading() as session:
        assert sandbox.list_letters(session) == []


@pytest.mark.parametrize("reply", ["250 OK", f"550 no {ADDRESS} here", f"451 {ADDRESS} later", DROPPED, SILENT, ""])
def test_no_outcome_puts_anything_personal_into_the_log_or_the_errors(
    server: MailServer, reply: str, caplog: pytest.LogCaptureFixture
) -> None:
    logs.set_up()
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if not name.startswith(("sqlalchemy", "mail.")):
            caplog.set_level(logging.DEBUG, name)
    letter, now = queued(), Time()

    server.replies["DATA"] = reply
    # Without a reply nobody is there.
    port = server.port if reply else free_port()
    mail_sender.send_next(client(port, timeout_s=0.5), now)

    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
    for secret in SECRETS:
        assert secret not in ours
        assert secret not in stored(letter).error


def test_a_claimed_letter_does_not_show_what_is_in_it() -> None:
    queued()
    with writing() as session:
        claimed = mail.claim(session, NOW)

    assert not [secret for secret in SECRETS if secret in repr(claimed)]
    assert b"PDF" not in repr(RECEIPT).encode()
