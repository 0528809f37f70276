"""When the bank says nothing, knows nothing, or is spoken for by somebody else."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from lk_app.gateways.bank.checksum import checksum
from lk_app.gateways.bank.interface import OrderStatus, Registered
from lk_app.models import Attempt, AttemptState, Concern, ConcernReason, MessageKind
from lk_app.services.acquiring import answers, callbacks
from lk_app.services.acquiring.concerns import drop, open_concerns, raise_concern, resolve
from tests.factories import NOW
from tests.service.test_attempts import CREDITED, MADE, Case, case

__all__ = ["case"]

CREATED, REGISTERED, PAID, DECLINED, EXPIRED, EXPORTED, POSTED, REFUNDED = AttemptState
OPENED = Registered("theirs", "https://bank.example/pay", {"orderId": "theirs"})
SILENT, UNKNOWN = ConcernReason.BANK_SILENT, ConcernReason.UNKNOWN_AT_BANK
KEY = "callback key"


@pytest.mark.parametrize(("state", "seconds"), [(CREATED, 45), (EXPIRED, 1), (DECLINED, 1), (PAID, 1), (REGISTERED, 1)])
def test_a_page_that_came_too_late_is_given_to_nobody(case: Case, state: AttemptState, seconds: int) -> None:
    attempt = case.attempt(state, bank_order_id=None, form_url="")

    assert not answers.registered(case.session, attempt.id or 0, OPENED, MADE + timedelta(seconds=seconds))
    assert (attempt.state, attempt.bank_order_id, attempt.form_url) == (state, "theirs", "")


def test_what_the_bank_did_not_open_has_ended_and_is_followed_all_the_same(case: Case) -> None:
    attempt = case.attempt(CREATED)

    answers.not_registered(case.session, attempt.id or 0, "RemoteProtocolError", MADE + timedelta(seconds=20))

    assert (attempt.state, attempt.action_code) == (EXPIRED, "RemoteProtoc")
    assert attempt.next_ask_at == MADE + timedelta(seconds=25)
    assert [message.content for message in case.messages(attempt)] == [{"errorCode": "RemoteProtocolError"}]


@pytest.mark.parametrize("state", [REGISTERED, DECLINED, PAID])
def test_what_is_known_better_by_now_does_not_end_so(case: Case, state: AttemptState) -> None:
    attempt = case.attempt(state)

    answers.not_registered(case.session, attempt.id or 0, "ReadTimeout", MADE + timedelta(seconds=20))

    assert (attempt.state, attempt.action_code) == (state, "")


def test_an_order_that_was_not_opened_but_paid_counts(case: Case) -> None:
    attempt = case.attempt(CREATED)
    answers.not_registered(case.session, attempt.id or 0, "ReadTimeout", MADE + timedelta(seconds=15))

    case.learn(attempt, OrderStatus.PAID, MADE + timedelta(minutes=2))

    assert attempt.state is PAID


@pytest.mark.parametrize(
    ("state", "theirs", "age", "becomes", "asked_in_s", "concerns"),
    [
        (CREATED, None, timedelta(seconds=44), CREATED, 11, []),
        (CREATED, None, timedelta(seconds=45), EXPIRED, 11.25, []),
        (EXPIRED, None, timedelta(minutes=4), EXPIRED, 60, []),
        (EXPIRED, None, timedelta(hours=24), EXPIRED, None, []),
        (REGISTERED, "theirs", timedelta(minutes=4), REGISTERED, 60, [UNKNOWN]),
        (REGISTERED, "theirs", timedelta(hours=30), REGISTERED, 3_600, [UNKNOWN]),
        (EXPIRED, "theirs", timedelta(hours=24), EXPIRED, 3_600, [UNKNOWN]),
        (PAID, "theirs", timedelta(hours=1), PAID, None, [UNKNOWN]),
    ],
)
def test_an_order_the_bank_does_not_know(
    case: Case, state: AttemptState, theirs: str | None, age: timedelta, becomes: AttemptState,
    asked_in_s: float | None, concerns: list[ConcernReason],
) -> None:  # fmt: skip
    attempt, now = case.attempt(state, bank_order_id=theirs), MADE + age

    answers.unknown_at_bank(case.session, attempt.id or 0, now)

    due = None if asked_in_s is None else now + timedelta(seconds=asked_in_s)
    assert (attempt.state, attempt.next_ask_at, case.concerns(attempt)) == (becomes, due, concerns)
    assert [message.content for message in case.messages(attempt)] == [{"errorCode": "6"}]
    assert attempt.answered_at == (None if theirs else now), "of an order it had it has said nothing"


@pytest.mark.parametrize("state", [CREATED, REGISTERED, DECLINED, EXPIRED])
@pytest.mark.parametrize(
    ("age", "asked_in_s", "concerns"),
    [
        (timedelta(minutes=4), 60, []),
        (timedelta(hours=23, minutes=59), 60, []),
        (timedelta(hours=24), 3_600, [SILENT]),
        (timedelta(days=9), 3_600, [SILENT]),
    ],
)
def test_silence_proves_nothing_and_after_a_day_needs_a_person(
    case: Case, state: AttemptState, age: timedelta, asked_in_s: int, concerns: list[ConcernReason]
) -> None:
    attempt, now = case.attempt(state), MADE + age

    answers.no_answer(case.session, attempt.id or 0, now)

    assert (attempt.state, case.concerns(attempt)) == (state, concerns)
    assert attempt.next_ask_at == now + timedelta(seconds=asked_in_s)
    assert (attempt.answered_at, case.messages(attempt)) == (None, [])


@pytest.mark.parametrize(("heard_after", "concerns"), [(20, [SILENT]), (21, [])])
def test_silence_at_the_last_question_worries_nobody_who_heard_after_the_end(
    case: Case, heard_after: int, concerns: list[ConcernReason]
) -> None:
    attempt = case.attempt(EXPIRED, answered_at=MADE + timedelta(minutes=heard_after))

    answers.no_answer(case.session, attempt.id or 0, MADE + timedelta(hours=24))

    assert case.concerns(attempt) == concerns


@pytest.mark.parametrize("state", CREDITED)
def test_silence_about_what_is_credited_is_no_news(case: Case, state: AttemptState) -> None:
    attempt = case.attempt(state)

    answers.no_answer(case.session, attempt.id or 0, MADE + timedelta(days=2))

    assert (attempt.state, attempt.next_ask_at, case.concerns(attempt)) == (state, None, [])


def called(attempt: Attempt, key: str = KEY, **altered: str) -> dict[str, str]:
    """A callback about an attempt, signed and then altered."""
    fields = {
        "mdOrder": attempt.bank_order_id or "",
        "orderNumber": attempt.order_number,
        "operation": "deposited",
        "status": "1",
        "amount": str(attempt.amount),
    }
    return fields | {"checksum": checksum(key, fields)} | altered


def test_a_callback_is_kept_and_makes_us_ask_at_once(case: Case) -> None:
    attempt = case.attempt(REGISTERED, next_ask_at=NOW + timedelta(minutes=9))
    fields = called(attempt)

    assert callbacks.take(case.session, fields, KEY, NOW) == attempt.id

    case.session.refresh(attempt)
    assert (attempt.state, attempt.next_ask_at) == (REGISTERED, NOW)
    [message] = case.messages(attempt)
    assert (message.kind, message.genuine) == (MessageKind.CALLBACK, True)
    assert message.content == {name: value for name, value in fields.items() if name != "checksum"}


@pytest.mark.parametrize("state", [PAID, POSTED, DECLINED])
def test_a_callback_by_itself_moves_nothing(case: Case, state: AttemptState) -> None:
    attempt = case.attempt(state)

    callbacks.take(case.session, called(attempt), KEY, NOW)

    assert attempt.state is state


@pytest.mark.parametrize("altered", [{"amount": "1"}, {"operation": "refunded"}, {"status": "0"}, {"checksum": ""}])
@pytest.mark.parametrize("key", [KEY, ""], ids=["key", "no key"])
def test_a_forged_callback_is_kept_as_such_and_asks_nobody(case: Case, altered: dict[str, str], key: str) -> None:
    attempt = case.attempt(REGISTERED, next_ask_at=NOW + timedelta(minutes=9))

    assert callbacks.take(case.session, called(attempt, **altered), key, NOW) is None

    case.session.refresh(attempt)
    assert attempt.next_ask_at == NOW + timedelta(minutes=9)
    assert [message.genuine for message in case.messages(attempt)] == [False]


def test_only_so_many_callbacks_of_either_kind_are_kept_and_genuine_ones_always_ask(case: Case) -> None:
    attempt, other = case.attempt(REGISTERED), case.attempt(REGISTERED)
    for _ in range(25):
        callbacks.take(case.session, called(attempt, amount="1"), KEY, NOW)
    callbacks.take(case.session, called(other, amount="1"), KEY, NOW)
    assert (len(case.messages(attempt)), len(case.messages(other))) == (20, 1)
    assert not callbacks.is_useful(case.session, called(attempt, amount="1"), KEY)

    for _ in range(25):
        assert callbacks.is_useful(case.session, called(attempt), KEY)
        assert callbacks.take(case.session, called(attempt), KEY, NOW) == attempt.id
    assert [message.genuine for message in case.messages(attempt)] == [False] * 20 + [True] * 20


@pytest.mark.parametrize("number", ["", "261122-ZZZZZZZZZZ", "'", "9" * 5_000, "\0"])
def test_a_callback_about_nothing_of_ours_is_nothing(case: Case, number: str) -> None:
    attempt = case.attempt(REGISTERED)

    for fields in (called(attempt, orderNumber=number), {}):
        assert not callbacks.is_useful(case.session, fields, KEY)
        assert callbacks.take(case.session, fields, KEY, NOW) is None
    assert case.messages(attempt) == []


def test_what_is_kept_of_a_callback_is_short(case: Case) -> None:
    attempt = case.attempt(REGISTERED)

    callbacks.take(case.session, called(attempt, operation="x" * 9_000, cardholderName="MARIA"), KEY, NOW)

    [message] = case.messages(attempt)
    assert message.content["operation"] == "x" * 100
    assert "cardholderName" not in message.content


def test_a_concern_is_listed_once_and_again_only_if_something_else_is_wrong(session: Session, case: Case) -> None:
    attempt, later = case.attempt(REGISTERED), NOW + timedelta(hours=1)
    raise_concern(session, attempt, SILENT, NOW, "first")
    raise_concern(session, attempt, SILENT, later, "second")
    [concern] = open_concerns(session, attempt.id or 0)
    assert (concern.since, concern.detail) == (NOW, "second")

    resolve(session, concern, "operator", "called the bank", later)
    raise_concern(session, attempt, SILENT, later, "second")
    assert open_concerns(session, attempt.id or 0) == []

    raise_concern(session, attempt, SILENT, later, "third" * 100)
    [concern] = open_concerns(session, attempt.id or 0)
    assert (concern.since, concern.resolved_by, len(concern.detail)) == (later, "", 300)


def test_what_settled_itself_and_comes_again_is_listed_again(session: Session, case: Case) -> None:
    attempt = case.attempt(REGISTERED)
    raise_concern(session, attempt, SILENT, NOW)
    drop(session, attempt, SILENT, NOW)
    assert open_concerns(session, attempt.id or 0) == []

    raise_concern(session, attempt, SILENT, NOW + timedelta(hours=1))

    assert len(open_concerns(session, attempt.id or 0)) == 1


def test_what_a_person_has_settled_is_not_settled_again(session: Session, case: Case) -> None:
    attempt = case.attempt(REGISTERED)
    raise_concern(session, attempt, SILENT, NOW)
    [concern] = open_concerns(session, attempt.id or 0)
    resolve(session, concern, "operator", "", NOW)

    drop(session, attempt, SILENT, NOW + timedelta(hours=1))
    drop(session, attempt, UNKNOWN, NOW)

    assert session.get_one(Concern, (attempt.id, SILENT)).resolved_by == "operator"
