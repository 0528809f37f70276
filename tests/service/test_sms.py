"""The outbox: what is sent, when, by whom, how often, and what the rows keep of it."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import event, text

from lk_app import logs
from lk_app.gateways.sms.http import make_client
from lk_app.gateways.sms.interface import Fate, Outcome, Status, Verdict
from lk_app.gateways.sms.sandbox import Sandbox
from lk_app.gateways.sms.smsc import Smsc
from lk_app.models import Purpose, SmsState, Verification
from lk_app.services import sandbox, sms, sms_sender
from lk_app.services import session as doorway
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests.factories import NOW, store
from tests.outbox import (
    ACCEPTED,
    CODE,
    PHONE,
    REFUSED,
    UNCLEAR,
    UNREACHED,
    Books,
    Death,
    TellingBooks,
    Time,
    ask_all,
    dying_at,
    queued,
    send_all,
    side_by_side,
    stored,
)
from tests.providers import Reply, listening, reply
from tests.servers import free_port

pytestmark = pytest.mark.usefixtures("portal")

SENT_TEXT = f"Демогаз: код {CODE} для регистрации.\n\n@localhost #{CODE}"


def a_verification() -> int:
    with writing() as session:
        request = Verification(
            purpose=Purpose.REGISTRATION,
            token_hash="0" * 64,
            phone=PHONE,
            created_at=NOW,
            code_hash="",
            code_sent_at=NOW,
        )
        return store(session, request).id or 0


def test_a_message_is_sent_with_its_code_which_the_row_forgets():
    message, first = queued(), Books()

    assert send_all(Time(), first) == 1

    [sent] = first.offered
    assert (sent.reference, sent.destination, sent.text) == (str(message), f"7{PHONE}", SENT_TEXT)
    row = stored(message)
    assert (row.state, row.code, row.tries) == (SmsState.SENT, None, 1)
    assert (row.provider, row.provider_id, row.handed_at, row.sent_at) == ("first", "theirs", NOW, NOW)


def test_a_message_without_a_code_is_sent_as_it_is():
    with writing() as session:
        sms.enqueue(session, PHONE, "Пароль изменён.", NOW, expires_at=NOW + timedelta(days=1))
    first = Books()

    send_all(Time(), first)

    assert [sent.text for sent in first.offered] == ["Пароль изменён."]


def test_a_message_is_sent_once():
    queued()
    first, now = Books(), Time()

    for _ in range(20):
        send_all(now, first)
        now.passes(minutes=7)
        sms_sender.sweep(now)

    assert len(first.offered) == 1


def test_messages_are_sent_in_the_order_they_came():
    references = [str(queued(NOW + timedelta(seconds=second))) for second in (2, 0, 1)]
    first = Books()

    send_all(Time(NOW + timedelta(seconds=5)), first)

    assert [sent.reference for sent in first.offered] == [references[1], references[2], references[0]]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL of this process."""
    found: list[str] = []

    def keep(connection, cursor, statement, *rest):
        found.append(statement)

    event.listen(doorway.engine(), "before_cursor_execute", keep)
    yield found
    event.remove(doorway.engine(), "before_cursor_execute", keep)


def test_a_withheld_message_costs_the_same_and_is_never_sent():
    with statements() as of_one:
        queued()
    with statements() as of_withheld:
        withheld = queued(withheld=True)
    first, now = Books(), Time()

    send_all(now, first)
    now.passes(minutes=11)
    send_all(now, first)

    assert of_one == of_withheld
    assert len([statement for statement in of_one if statement.startswith("INSERT")]) == 1
    assert len(first.offered) == 1
    assert (stored(withheld).state, stored(withheld).code) == (SmsState.WITHHELD, None)


@pytest.mark.parametrize("surely_not", [REFUSED, UNREACHED], ids=["refused", "unreached"])
def test_the_next_provider_gets_what_the_first_surely_did_not_take(surely_not):
    message = queued()
    first, second, third = Books("first", [surely_not]), Books("second"), Books("third")

    send_all(Time(), first, second, third)

    assert [len(books.offered) for books in (first, second, third)] == [1, 1, 0]
    assert second.offered[0].text == SENT_TEXT
    row = stored(message)
    assert (row.state, row.provider, row.error, row.tries) == (SmsState.SENT, "second", "", 1)


def test_what_a_provider_may_have_nobody_else_gets():
    message = queued()
    first, second, now = Books("first", [UNCLEAR]), Books("second"), Time()

    for _ in range(10):
        send_all(now, first, second)
        now.passes(minutes=1)

    assert (len(first.offered), len(second.offered)) == (1, 0)
    row = stored(message)
    assert (row.state, row.code, row.provider, row.error) == (SmsState.UNCLEAR, None, "first", "ReadTimeout")


def test_what_nobody_took_is_tried_again_later_and_later_until_it_is_of_no_use():
    message = queued()
    first, second, now = Books("first", [REFUSED]), Books("second", [UNREACHED]), Time()
    seconds = []

    while stored(message).state is SmsState.QUEUED:
        assert stored(message).code == CODE
        if send_all(now, first, second):
            seconds.append((now() - NOW).total_seconds())
        now.passes(seconds=5)

    assert seconds == [0, 5, 20, 50, 110, 230, 350, 470, 590]
    assert len(first.offered) == len(second.offered) == 9
    row = stored(message)
    assert (row.state, row.code, row.tries, row.provider) == (SmsState.FAILED, None, 9, "")
    assert row.error == "first 7, second ConnectError"


def test_a_later_try_carries_the_same_code():
    queued()
    first, now = Books("first", [REFUSED, ACCEPTED]), Time()

    send_all(now, first)
    now.passes(seconds=5)
    send_all(now, first)

    assert [sent.text for sent in first.offered] == [SENT_TEXT] * 2


def test_an_expired_message_is_never_sent():
    message = queued()
    first, now = Books(), Time()
    now.passes(minutes=10)

    assert send_all(now, first) == 0

    assert first.offered == []
    row = stored(message)
    assert (row.state, row.code, row.error) == (SmsState.FAILED, None, "expired")


def test_a_message_that_expires_while_a_provider_thinks_is_not_offered_to_the_next():
    message = queued()
    now, second = Time(), Books("second")

    def refuse_late() -> Outcome:
        now.passes(minutes=10)
        return REFUSED

    send_all(now, Books("first", [refuse_late]), second)

    assert second.offered == []
    row = stored(message)
    assert (row.state, row.code, row.error) == (SmsState.FAILED, None, "first 7")


def test_a_newer_code_cancels_what_is_queued_of_the_same_request_only():
    request, first = a_verification(), Books()
    sent = queued(verification_id=request)
    send_all(Time(), first)
    replaced, other = queued(verification_id=request), queued()

    with writing() as session:
        sms.cancel(session, request, NOW)
    send_all(Time(), first)

    assert (stored(replaced).state, stored(replaced).code) == (SmsState.CANCELLED, None)
    assert stored(sent).state is SmsState.SENT
    assert [message.reference for message in first.offered] == [str(sent), str(other)]


def test_a_code_that_was_being_tried_when_a_newer_one_came_is_not_tried_again():
    request = a_verification()
    now, newer = Time(), []

    def refuse_while_a_newer_code_is_made() -> Outcome:
        with writing() as session:
            sms.cancel(session, request, now())
        newer.append(queued(verification_id=request))
        return REFUSED

    old = queued(verification_id=request)
    first = Books("first", [refuse_while_a_newer_code_is_made, ACCEPTED])
    for _ in range(5):
        send_all(now, first)
        now.passes(seconds=10)

    assert [sent.reference for sent in first.offered] == [str(old), str(newer[0])]
    assert (stored(old).state, stored(old).code) == (SmsState.CANCELLED, None)


def test_two_workers_never_have_the_same_message():
    messages = [queued() for _ in range(30)]
    first = Books()

    side_by_side(lambda: send_all(Time(), first))

    assert Counter(sent.reference for sent in first.offered) == Counter(map(str, messages))
    assert {stored(message).state for message in messages} == {SmsState.SENT}


def test_one_worker_claims_past_what_another_is_just_claiming(portal):
    if portal.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    one, other = queued(), queued()

    with writing() as first, writing() as second:
        second.connection().execute(text("SET LOCAL lock_timeout = '1s'"))
        mine, yours = sms.claim(first, NOW), sms.claim(second, NOW)
        nothing = sms.claim(second, NOW)

    assert mine is not None
    assert yours is not None
    assert (mine.id, yours.id, nothing) == (one, other, None)


STEPS = ["claim", "offer", "record"]


def live_on(now: Time, *providers: Books) -> None:
    """Let other workers go on until the message has long expired."""
    for _ in range(30):
        send_all(now, *providers)
        sms_sender.sweep(now)
        now.passes(seconds=30)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_death_around_a_commit_never_sends_a_code_twice(monkeypatch, step, when):
    message = queued()
    first, second, now = Books(), Books("second"), Time()

    with dying_at(monkeypatch, sms_sender, STEPS.index(step), when):
        send_all(now, first, second)
    at_death = stored(message)
    live_on(now, first, second)

    taken = len(first.offered) + len(second.offered)
    if (step, when) == ("claim", "before"):
        assert (at_death.state, at_death.code, taken) == (SmsState.QUEUED, CODE, 1)
    elif (step, when) == ("record", "after"):
        assert (at_death.state, at_death.code, taken) == (SmsState.SENT, None, 1)
    else:
        assert (at_death.state, at_death.code) == (SmsState.SENDING, None)
        assert taken == (1 if step == "record" else 0)
        assert (stored(message).state, stored(message).code) == (SmsState.UNCLEAR, None)


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("refused_before", [True, False])
def test_a_death_in_the_middle_of_a_call_never_sends_a_code_twice(taken, refused_before):
    message = queued()

    def die() -> Outcome:
        if taken:
            second.maybe_taken.append(str(message))
        raise Death

    first, second, now = Books("first", [REFUSED]), Books("second", [die, ACCEPTED]), Time()
    providers = (first, second) if refused_before else (second, first)

    with pytest.raises(Death):
        send_all(now, *providers)
    live_on(now, *providers)

    assert len(second.maybe_taken) == (1 if taken else 0)
    assert (stored(message).state, stored(message).provider) == (SmsState.UNCLEAR, "second")


def test_a_death_before_a_refusal_is_recorded_costs_the_message_not_the_rule(monkeypatch):
    message = queued()
    first, now = Books("first", [REFUSED]), Time()

    with dying_at(monkeypatch, sms_sender, STEPS.index("record"), "before"):
        send_all(now, first)
    live_on(now, first)

    assert len(first.offered) == 1
    assert stored(message).state is SmsState.UNCLEAR


def test_what_is_being_sent_is_given_up_only_when_no_answer_can_come_any_more():
    message, now = queued(), Time()
    with writing() as session:
        sms.claim(session, now())

    now.passes(seconds=299)
    sms_sender.sweep(now)
    assert stored(message).state is SmsState.SENDING
    now.passes(seconds=1)
    sms_sender.sweep(now)

    row = stored(message)
    assert (row.state, row.error) == (SmsState.UNCLEAR, "nothing recorded")


def test_a_process_that_was_only_taken_for_dead_hands_nothing_over_any_more():
    message = queued(lives=timedelta(hours=1))
    now, second = Time(), Books("second")

    def refuse_after_a_sleep() -> Outcome:
        now.passes(minutes=6)
        sms_sender.sweep(now)
        return REFUSED

    send_all(now, Books("first", [refuse_after_a_sleep]), second)

    assert second.offered == []
    assert (stored(message).state, stored(message).code) == (SmsState.UNCLEAR, None)


def test_an_answer_that_comes_after_all_is_still_noted():
    message, now = queued(), Time()

    def accept_after_a_sleep() -> Outcome:
        now.passes(minutes=6)
        sms_sender.sweep(now)
        return ACCEPTED

    send_all(now, Books("first", [accept_after_a_sleep]))

    row = stored(message)
    assert (row.state, row.provider_id, row.error) == (SmsState.SENT, "theirs", "")


def asked_at(books: TellingBooks, now: Time, until: timedelta, every_minutes: float = 0.5) -> list[float]:
    """Ask every so often; returns at which minutes after the message was sent the provider was asked."""
    minutes, start = [], now()
    while now() - start < until:
        before = len(books.asked)
        ask_all(now, books)
        minutes += [(now() - NOW) / timedelta(minutes=1)] * (len(books.asked) - before)
        now.passes(minutes=every_minutes)
    return minutes


def test_a_sent_message_is_asked_about_ever_less_often_and_not_for_ever():
    message = queued()
    first, now = TellingBooks(statuses=[Status(Fate.UNDERWAY)]), Time()
    send_all(now, first)

    assert asked_at(first, now, timedelta(hours=3)) == [1, 2, 4, 8, 16, 32, 64, 128]
    assert asked_at(first, now, timedelta(days=4), every_minutes=60) == [300, 600, 1200]
    assert set(first.asked) == {("theirs", PHONE)}
    assert stored(message).state is SmsState.SENT


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (Status(Fate.DELIVERED), SmsState.DELIVERED, ""),
        (Status(Fate.FAILED, "20/219"), SmsState.FAILED, "20/219"),
    ],
)
def test_what_became_of_a_sent_message_is_noted_and_not_asked_again(status, state, error):
    message = queued()
    first, now = TellingBooks(statuses=[status]), Time()
    send_all(now, first)

    assert asked_at(first, now, timedelta(minutes=10)) == [1]
    row = stored(message)
    assert (row.state, row.error, row.sent_at) == (state, error, NOW)


@pytest.mark.parametrize("fate", [Fate.NOT_FOUND, Fate.UNKNOWN])
def test_a_sent_message_stays_sent_whatever_the_provider_forgets(fate):
    message = queued()
    first, now = TellingBooks(statuses=[Status(fate)]), Time()
    send_all(now, first)

    asked_at(first, now, timedelta(hours=1))

    assert stored(message).state is SmsState.SENT


@pytest.mark.parametrize(
    ("status", "state", "error", "minutes"),
    [
        (Status(Fate.UNDERWAY), SmsState.SENT, "", [1, 2, 4, 8]),
        (Status(Fate.DELIVERED), SmsState.DELIVERED, "", [1]),
        (Status(Fate.FAILED, "22/0"), SmsState.FAILED, "22/0", [1]),
        (Status(Fate.NOT_FOUND), SmsState.FAILED, "not found", [1, 2, 4, 8]),
        (Status(Fate.UNKNOWN), SmsState.UNCLEAR, "ReadTimeout", [1, 2, 4, 8]),
    ],
)
def test_a_provider_that_knows_our_reference_clears_up_what_is_unclear(status, state, error, minutes):
    message = queued()
    first, now = TellingBooks(outcomes=[UNCLEAR], statuses=[status]), Time()
    send_all(now, first)

    assert asked_at(first, now, timedelta(minutes=10)) == minutes
    row = stored(message)
    assert (row.state, row.error) == (state, error)
    assert (row.sent_at == NOW) is (state in (SmsState.SENT, SmsState.DELIVERED))
    assert set(first.asked) == {(str(message), PHONE)}


def test_after_a_death_the_provider_that_had_it_in_hand_is_asked(monkeypatch):
    message = queued()
    first, second, now = TellingBooks(), Books("second"), Time()
    with dying_at(monkeypatch, sms_sender, STEPS.index("record"), "before"):
        send_all(now, first, second)

    now.passes(minutes=5)
    sms_sender.sweep(now)
    ask_all(now, first, second)

    assert first.asked == [(str(message), PHONE)]
    assert stored(message).state is SmsState.DELIVERED


def test_a_provider_without_our_reference_is_not_asked_about_what_is_unclear():
    queued()
    first, now = TellingBooks(outcomes=[UNCLEAR], knows_our_reference=False), Time()
    send_all(now, first)

    assert asked_at(first, now, timedelta(minutes=10)) == []


def test_a_provider_that_is_no_longer_configured_is_not_asked():
    queued()
    first, now = TellingBooks(), Time()
    send_all(now, first)
    now.passes(minutes=2)

    ask_all(now, Books("second"), TellingBooks("third"))

    assert first.asked == []


def test_the_sandbox_keeps_what_it_is_sent():
    queued()
    now = Time()

    send_all(now, Sandbox(writing, now))

    with reading() as session:
        assert sandbox.list_messages(session) == [sandbox.TakenSms(PHONE, SENT_TEXT, NOW)]


def test_the_providers_are_those_of_the_settings_in_their_order(monkeypatch):
    monkeypatch.setenv("LK_SMS_GATEWAYS", "exolve, sandbox,smsc,smsru")
    settings.cache_clear()
    sms_sender.gateways.cache_clear()

    found = [gateway.name for gateway in sms_sender.gateways()]

    sms_sender.gateways.cache_clear()
    assert found == ["exolve", "sandbox", "smsc", "smsru"]


@pytest.mark.parametrize(
    "answer",
    [
        reply({"id": 1, "cnt": 1}),
        reply({"error": f"not to 7{PHONE}", "error_code": 7}),
        reply({"error": f"not to 7{PHONE}", "error_code": 9}),
        reply({"id": 1, "cnt": 1}, hangs_up=True),
        reply({"id": 1, "cnt": 1}, after_s=0.4),
        Reply(f"<html>7{PHONE}".encode(), 502),
        None,
    ],
    ids=["accepted", "refused", "repeated", "hangs up", "late", "HTML", "nobody there"],
)
def test_no_outcome_puts_anything_personal_into_the_log_or_the_errors(answer, caplog):
    logs.set_up()
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if not name.startswith("sqlalchemy"):
            caplog.set_level(logging.DEBUG, name)
    message, now = queued(), Time()

    with listening() as provider, make_client(httpx.Timeout(0.2)) as client:
        provider.reply = answer or Reply()
        url = provider.url if answer else f"http://127.0.0.1:{free_port()}"
        smsc = Smsc(client, url, "", api_key=SecretStr("k3y-0f-0urs"), login="", password=SecretStr(""))
        send_all(now, smsc)
        now.passes(minutes=2)
        ask_all(now, smsc)

    assert stored(message).handed_at == NOW
    for secret in (PHONE, CODE, "Демогаз", "k3y-0f-0urs"):
        assert secret not in caplog.text
        assert secret not in stored(message).error


def test_neither_a_claimed_nor_a_handed_message_shows_what_is_in_it():
    queued()
    with writing() as session:
        claimed = sms.claim(session, NOW)
        assert claimed is not None
        sms.offer(session, claimed, "first", "17", NOW)
        sms.record(session, claimed, Outcome(Verdict.ACCEPTED, provider_id="17"), NOW)
        handed = sms.next_to_ask(session, ["first"], NOW + timedelta(minutes=2))

    for shown in (repr(claimed), repr(claimed.outgoing), repr(handed)):
        assert not [secret for secret in (PHONE, CODE, "Демогаз") if secret in shown]
    assert "17" in repr(handed)
