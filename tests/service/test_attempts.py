"""What an answer of the bank makes of an attempt, whichever state it finds it in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from lk_app.gateways.bank.interface import BankOrder, OrderStatus, Registered
from lk_app.models import Account, Attempt, AttemptState, BankMessage, Concern, ConcernReason, MessageKind
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import answers
from lk_app.services.acquiring.machine import NoSuchWay, move
from lk_app.services.callers import Consumer
from lk_app.services.numbers import new_number
from tests import attempts, factories
from tests.factories import NOW

AMOUNT = 184_356
MADE = NOW
PAID_AT = NOW + timedelta(minutes=3)

CREATED, REGISTERED, PAID, DECLINED, EXPIRED, EXPORTED, POSTED, REFUNDED = AttemptState
UNPAID = (CREATED, REGISTERED, DECLINED, EXPIRED)
CREDITED = (PAID, EXPORTED, POSTED)
Says = OrderStatus


@dataclass
class Case:
    """A consumer with an account in a database."""

    session: Session
    who: Consumer
    account: Account

    def attempt(self, state: AttemptState, **values: Any) -> Attempt:
        """An attempt made at MADE."""
        values = {"order_number": new_number(MADE)} | values
        if state is CREATED:
            values = {"bank_order_id": None, "form_url": ""} | values
        was = PAID if state is REFUNDED else state
        made = attempts.attempt(self.session, self.who, self.account, {"gas": AMOUNT}, was, at=PAID_AT, **values)
        if state is REFUNDED:
            attempts.give_back(self.session, made, {"gas": AMOUNT})
        return made

    def learn(self, attempt: Attempt, status: OrderStatus, now: datetime, **said: Any) -> None:
        answers.learn(self.session, attempt.id or 0, answer(attempt, status, **said), now, now)

    def concerns(self, attempt: Attempt) -> list[ConcernReason]:
        listed = select(Concern.reason).where(Concern.attempt_id == attempt.id, col(Concern.resolved_at).is_(None))
        return list(self.session.exec(listed))

    def messages(self, attempt: Attempt) -> list[BankMessage]:
        kept = select(BankMessage).where(BankMessage.attempt_id == attempt.id)
        return list(self.session.exec(kept.order_by(col(BankMessage.id))))


@pytest.fixture
def case(session: Session) -> Case:
    account = factories.account(session)
    return Case(session, factories.consumer(session, account), account)


def answer(attempt: Attempt, status: OrderStatus, **said: Any) -> BankOrder:
    """What an honest bank says of an attempt."""
    values: dict[str, Any] = {
        "order_id": attempt.bank_order_id or f"theirs of {attempt.order_number}",
        "order_number": attempt.order_number,
        "amount": Kopecks(AMOUNT),
        "currency": "643",
        "deposited": Kopecks(AMOUNT) if status is Says.PAID else Kopecks(0),
        "refunded": Kopecks(AMOUNT) if status is Says.REFUNDED else Kopecks(0),
        "paid_at": PAID_AT if status in (Says.PAID, Says.REFUNDED) else None,
        "card": "1111" if status in (Says.PAID, Says.REFUNDED) else "",
        "action_code": "116" if status is Says.DECLINED else "0",
        "evidence": {"orderStatus": status.value},
    }
    return BankOrder(status=status, **(values | said))


def after(**span: float) -> timedelta:
    return timedelta(**span)


ENDED = {"action_code": "-2007"}
HELD, DIFFERS, CONTRADICTS = ConcernReason.MONEY_HELD, ConcernReason.ANSWER_DIFFERS, ConcernReason.ANSWER_CONTRADICTS
AFTER_EXPORT, STILL_OPEN = ConcernReason.REFUNDED_AFTER_EXPORT, ConcernReason.STILL_OPEN

TABLE = [
    # Nobody has paid yet: asked again after a quarter of its age.
    (CREATED, after(seconds=44), Says.REGISTERED, {}, CREATED, 11, []),
    (CREATED, after(seconds=45), Says.REGISTERED, {}, REGISTERED, 11.25, []),
    (CREATED, after(seconds=45), Says.CONFIRMING, {}, REGISTERED, 11.25, []),
    (REGISTERED, after(seconds=8), Says.REGISTERED, {}, REGISTERED, 5, []),
    (REGISTERED, after(minutes=4), Says.REGISTERED, {}, REGISTERED, 60, []),
    (REGISTERED, after(minutes=4), Says.CONFIRMING, {}, REGISTERED, 60, []),
    (REGISTERED, after(minutes=4), Says.HELD, {}, REGISTERED, 60, []),
    (REGISTERED, after(minutes=20, seconds=59), Says.REGISTERED, {}, REGISTERED, 314.75, []),
    # Time is up.
    (CREATED, after(minutes=21), Says.REGISTERED, {}, EXPIRED, 315, []),
    (REGISTERED, after(minutes=21), Says.REGISTERED, {}, EXPIRED, 315, []),
    (REGISTERED, after(minutes=50, seconds=59), Says.CONFIRMING, {}, REGISTERED, 764.75, []),
    (REGISTERED, after(minutes=51), Says.CONFIRMING, {}, EXPIRED, 765, []),
    (REGISTERED, after(minutes=4), Says.DECLINED, ENDED, EXPIRED, 60, []),
    # Not taken.
    (CREATED, after(seconds=40), Says.DECLINED, {}, DECLINED, 10, []),
    (REGISTERED, after(minutes=4), Says.DECLINED, {}, DECLINED, 60, []),
    (REGISTERED, after(hours=25), Says.DECLINED, {}, DECLINED, None, []),
    (REGISTERED, after(minutes=4), Says.CANCELLED, {}, DECLINED, 60, []),
    # Taken, however late.
    *((state, after(seconds=50), Says.PAID, {}, PAID, None, []) for state in UNPAID),
    *((state, after(days=30), Says.PAID, {}, PAID, None, []) for state in UNPAID),
    # Nothing new after the end, for a day.
    (DECLINED, after(minutes=4), Says.REGISTERED, {}, DECLINED, 60, []),
    (DECLINED, after(minutes=21), Says.DECLINED, {}, DECLINED, 315, []),
    (EXPIRED, after(hours=10), Says.DECLINED, {}, EXPIRED, 1_800, []),
    (EXPIRED, after(hours=23, minutes=45), Says.REGISTERED, {}, EXPIRED, 900, []),
    (EXPIRED, after(hours=24), Says.DECLINED, {}, EXPIRED, None, []),
    (DECLINED, after(hours=24), Says.CANCELLED, {}, DECLINED, None, []),
    # As long as the bank calls it open, it may be paid.
    (EXPIRED, after(hours=24), Says.REGISTERED, {}, EXPIRED, 3_600, [STILL_OPEN]),
    (DECLINED, after(hours=24), Says.CONFIRMING, {}, DECLINED, 3_600, [STILL_OPEN]),
    # Held, which nobody but a person ends.
    (REGISTERED, after(minutes=21), Says.HELD, {}, REGISTERED, 315, [HELD]),
    (EXPIRED, after(hours=23), Says.HELD, {}, EXPIRED, 1_800, [HELD]),
    (EXPIRED, after(hours=25), Says.HELD, {}, EXPIRED, 3_600, [HELD]),
    # Said again of what is credited.
    *((state, after(hours=1), Says.PAID, {}, state, None, []) for state in CREDITED),
    # Taken back, in a way the bank has and in ways it has not.
    *((state, after(hours=1), says, {}, state, None, [CONTRADICTS])
      for state in CREDITED for says in (Says.REGISTERED, Says.HELD, Says.CONFIRMING, Says.DECLINED)),
    (PAID, after(hours=1), Says.CANCELLED, {}, REFUNDED, None, []),
    (EXPORTED, after(hours=1), Says.CANCELLED, {}, REFUNDED, None, [AFTER_EXPORT]),
    (POSTED, after(hours=1), Says.CANCELLED, {}, REFUNDED, None, [AFTER_EXPORT]),
    (REGISTERED, after(hours=1), Says.REFUNDED, {}, REFUNDED, None, []),
    (PAID, after(hours=1), Says.REFUNDED, {}, REFUNDED, None, []),
    (PAID, after(hours=1), Says.REFUNDED, {"refunded": 100, "deposited": AMOUNT - 100}, PAID, None, []),
    (POSTED, after(hours=1), Says.REFUNDED, {}, REFUNDED, None, [AFTER_EXPORT]),
    (REFUNDED, after(hours=1), Says.REFUNDED, {}, REFUNDED, None, []),
    (REFUNDED, after(hours=1), Says.CANCELLED, {}, REFUNDED, None, []),
    (REFUNDED, after(hours=1), Says.PAID, {}, REFUNDED, None, [CONTRADICTS]),
]  # fmt: skip


@pytest.mark.parametrize(("was", "age", "says", "said", "becomes", "asked_in_s", "concerns"), TABLE)
def test_an_attempt_becomes_what_the_bank_says(
    case: Case,
    was: AttemptState,
    age: timedelta,
    says: OrderStatus,
    said: dict[str, Any],
    becomes: AttemptState,
    asked_in_s: float | None,
    concerns: list[ConcernReason],
) -> None:
    attempt, now = case.attempt(was), MADE + age

    case.learn(attempt, says, now, **said)

    due = None if asked_in_s is None else now + timedelta(seconds=asked_in_s)
    assert (attempt.state, attempt.next_ask_at, case.concerns(attempt)) == (becomes, due, concerns)
    assert [message.content for message in case.messages(attempt)] == [{"orderStatus": says.value}]
    assert attempt.answered_at == now


WAYS = {
    CREATED: {REGISTERED, PAID, DECLINED, EXPIRED},
    REGISTERED: {PAID, DECLINED, EXPIRED},
    DECLINED: {PAID},
    EXPIRED: {PAID},
    PAID: {EXPORTED, POSTED, REFUNDED},
    EXPORTED: {POSTED, REFUNDED},
    POSTED: {REFUNDED},
    REFUNDED: set(),
}


@pytest.mark.parametrize("was", AttemptState)
def test_there_is_no_other_way_than_those_of_the_rule(case: Case, was: AttemptState) -> None:
    for then in AttemptState:
        attempt = case.attempt(was)
        if then in WAYS[was]:
            move(case.session, attempt, then, NOW)
            assert attempt.state is then
        else:
            with pytest.raises(NoSuchWay):
                move(case.session, attempt, then, NOW)
            assert attempt.state is was


DIFFERENCES = {
    "orderNumber": {"order_number": "261122-ZZZZZZZZZZ"},
    "orderId": {"order_id": "another order of theirs"},
    "amount": {"amount": Kopecks(AMOUNT + 1)},
    "a hundredth": {"amount": Kopecks(AMOUNT // 100)},
    "currency": {"currency": "840"},
    "depositedAmount": {"deposited": Kopecks(AMOUNT - 1)},
}


@pytest.mark.parametrize("state", [REGISTERED, DECLINED, EXPIRED, PAID])
@pytest.mark.parametrize("lie", DIFFERENCES)
def test_what_is_about_another_order_changes_nothing(case: Case, state: AttemptState, lie: str) -> None:
    attempt, now = case.attempt(state), MADE + timedelta(hours=25)

    case.learn(attempt, Says.PAID, now, **DIFFERENCES[lie])

    assert (attempt.state, attempt.answered_at) == (state, None)
    assert case.concerns(attempt) == [DIFFERS]
    assert attempt.next_ask_at == (now + timedelta(hours=1) if state in UNPAID else None)
    assert len(case.messages(attempt)) == 1


@pytest.mark.parametrize("state", [REGISTERED, PAID, EXPORTED])
@pytest.mark.parametrize(
    ("refunded", "deposited"), [(AMOUNT + 1, 0), (-1, AMOUNT), (0, AMOUNT), (0, None), (AMOUNT, 1), (100, 100)]
)
def test_what_cannot_have_been_given_back_changes_nothing(
    case: Case, state: AttemptState, refunded: int, deposited: int | None
) -> None:
    attempt = case.attempt(state)

    case.learn(attempt, Says.REFUNDED, MADE + timedelta(hours=1), refunded=refunded, deposited=deposited)

    assert (attempt.state, attempt.refunded, case.concerns(attempt)) == (state, 0, [DIFFERS])


@pytest.mark.parametrize("deposited", [184_000, AMOUNT, None])
def test_a_part_given_back_before_we_heard_of_the_payment_is_credited_less_that(
    case: Case, deposited: int | None
) -> None:
    attempt = case.attempt(EXPIRED)

    case.learn(attempt, Says.REFUNDED, MADE + timedelta(hours=1), refunded=356, deposited=deposited)

    assert (attempt.state, attempt.amount - attempt.refunded) == (PAID, 184_000)


@pytest.mark.parametrize("state", [*CREDITED])
def test_an_older_answer_that_comes_later_contradicts_nothing(case: Case, state: AttemptState) -> None:
    attempt, now = case.attempt(state), MADE + timedelta(minutes=5)
    case.learn(attempt, Says.PAID, now)

    asked_before = answer(attempt, Says.REGISTERED)
    answers.learn(case.session, attempt.id or 0, asked_before, now - timedelta(seconds=3), now + timedelta(seconds=9))

    assert (attempt.state, case.concerns(attempt)) == (state, [])


@pytest.mark.parametrize("state", CREDITED)
def test_what_a_callback_had_us_ask_again_is_asked_until_it_is_answered(case: Case, state: AttemptState) -> None:
    attempt, now = case.attempt(state, next_ask_at=NOW), MADE + timedelta(minutes=5)

    answers.no_answer(case.session, attempt.id or 0, now)
    assert attempt.next_ask_at == now + timedelta(hours=1)
    case.learn(attempt, Says.PAID, now, amount=Kopecks(1))
    assert attempt.next_ask_at == now + timedelta(hours=1)

    case.learn(attempt, Says.PAID, now)
    assert attempt.next_ask_at is None


def test_silence_is_settled_by_an_answer_after_which_nobody_asks(case: Case) -> None:
    attempt, now = case.attempt(REGISTERED), MADE + timedelta(hours=25)
    answers.no_answer(case.session, attempt.id or 0, now)

    case.learn(attempt, Says.DECLINED, now)

    assert (attempt.state, attempt.next_ask_at, case.concerns(attempt)) == (DECLINED, None, [])


def test_money_settles_what_time_could_not(case: Case) -> None:
    attempt, now = case.attempt(REGISTERED), MADE + timedelta(hours=25)
    answers.no_answer(case.session, attempt.id or 0, now)
    answers.unknown_at_bank(case.session, attempt.id or 0, now)
    case.learn(attempt, Says.HELD, now)
    assert len(case.concerns(attempt)) == 3

    case.learn(attempt, Says.PAID, now)

    assert (attempt.state, case.concerns(attempt)) == (PAID, [])


@pytest.mark.parametrize(
    ("told", "believed"),
    [
        (datetime(2026, 11, 22, 18, 59, tzinfo=UTC), datetime(2026, 11, 22, 18, 59, tzinfo=UTC)),
        (datetime(2026, 11, 22, 19, 1, tzinfo=UTC), datetime(2026, 11, 22, 19, 1, tzinfo=UTC)),
        (None, datetime(2026, 11, 22, 19, 2, tzinfo=UTC)),
        (datetime(2031, 1, 1, tzinfo=UTC), datetime(2026, 11, 22, 19, 2, tzinfo=UTC)),
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 22, 19, 2, tzinfo=UTC)),
    ],
)
def test_the_day_is_the_companys_when_the_bank_took_the_money(
    case: Case, told: datetime | None, believed: datetime
) -> None:
    attempt = case.attempt(REGISTERED)

    case.learn(attempt, Says.PAID, datetime(2026, 11, 22, 19, 2, tzinfo=UTC), paid_at=told)

    assert attempt.paid_at == believed
    assert attempt.day.day == (22 if believed.hour < 19 else 23), "midnight is at 19:00 UTC"
    assert (attempt.card, attempt.action_code) == ("1111", "")


def test_why_it_was_declined_is_remembered_until_it_is_paid(case: Case) -> None:
    attempt = case.attempt(REGISTERED)
    case.learn(attempt, Says.DECLINED, MADE + timedelta(minutes=1))
    assert attempt.action_code == "116"

    case.learn(attempt, Says.PAID, MADE + timedelta(minutes=2))
    assert attempt.action_code == ""


def test_a_registration_is_remembered_with_its_page(case: Case) -> None:
    attempt = case.attempt(CREATED)
    opened = Registered("theirs", "https://bank.example/pay", {"orderId": "theirs"})

    assert answers.registered(case.session, attempt.id or 0, opened, MADE + timedelta(seconds=44))

    assert (attempt.state, attempt.bank_order_id, attempt.form_url) == (REGISTERED, "theirs", opened.form_url)
    [message] = case.messages(attempt)
    assert (message.kind, message.genuine, message.content) == (MessageKind.REGISTRATION, True, {"orderId": "theirs"})
