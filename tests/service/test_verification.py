"""Codes by SMS: their rules one by one, and over any sequence of requests, tries, resends and clock moves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from lk_app.models import Purpose, SmsMessage, SmsState, Verification
from lk_app.services import verification
from lk_app.services.codes import CODE_LIVES, RESENT_AFTER, Tried
from lk_app.services.errors import RequestOver, TooManyAttempts
from tests import factories
from tests.cleaning import forgotten
from tests.factories import NOW

PHONE = "9120000003"
OTHER_PHONE = "9120000009"
ADDRESS = "203.0.113.7"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def number(session: Session) -> str:
    """An account whose phone is PHONE."""
    return factories.account(session, "66010000033", phone=PHONE).number


def ask(session: Session, now: datetime = NOW, phone: str = PHONE, address: str = ADDRESS) -> Verification:
    request, _ = verification.anonymous_request(Purpose.REGISTRATION, phone, address, now)
    request.account_number = "66010000033"
    verification.start(session, request, now)
    session.flush()
    return request


def code_of(session: Session, request: Verification) -> str:
    """The code of the newest message, which only the phone's owner knows."""
    message = newest_message(session, request)
    assert message.code is not None
    return message.code


def newest_message(session: Session, request: Verification) -> SmsMessage:
    of_request = select(SmsMessage).where(SmsMessage.verification_id == request.id)
    return session.exec(of_request.order_by(col(SmsMessage.id).desc())).first() or SmsMessage()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_right_code_proves_the_phone(session: Session) -> None:
    request = ask(session)
    code = code_of(session, request)

    assert re.fullmatch(r"\d{6}", code)
    assert verification.try_code(session, request, code, NOW) is Tried.RIGHT
    assert request.proven_at == NOW


def test_the_database_holds_no_code_but_in_the_queued_message(session: Session) -> None:
    request = ask(session)
    code = code_of(session, request)

    assert code not in request.code_hash
    assert code not in newest_message(session, request).text


def test_a_code_of_one_request_does_not_fit_another(session: Session) -> None:
    first, second = ask(session), ask(session, NOW + RESENT_AFTER)

    assert verification.try_code(session, second, code_of(session, first), NOW + RESENT_AFTER) is Tried.WRONG


def test_a_code_lives_for_ten_minutes(session: Session) -> None:
    request = ask(session)
    code = code_of(session, request)

    assert verification.try_code(session, request, code, NOW + CODE_LIVES) is Tried.EXPIRED
    assert verification.try_code(session, request, code, NOW + CODE_LIVES - timedelta(seconds=1)) is Tried.RIGHT


def test_after_five_wrong_tries_even_the_right_code_is_refused(session: Session) -> None:
    request = ask(session)
    code = code_of(session, request)

    tried = [verification.try_code(session, request, wrong(code), NOW) for _ in range(5)]

    assert tried == [Tried.WRONG] * 4 + [Tried.SPENT]
    assert verification.try_code(session, request, code, NOW) is Tried.SPENT


def test_new_codes_give_no_more_than_ten_wrong_tries_an_hour(session: Session) -> None:
    request = ask(session)
    for _ in range(5):
        verification.try_code(session, request, wrong(code_of(session, request)), NOW)
    verification.resend(session, request, NOW + MINUTE)
    for _ in range(5):
        verification.try_code(session, request, wrong(code_of(session, request)), NOW + MINUTE)
    another = ask(session, NOW + 2 * MINUTE)

    with pytest.raises(TooManyAttempts):
        verification.try_code(session, another, code_of(session, another), NOW + 2 * MINUTE)
    verification.resend(session, another, NOW + 60 * MINUTE)
    assert verification.try_code(session, another, code_of(session, another), NOW + 61 * MINUTE) is Tried.RIGHT


def test_a_right_code_costs_no_try(session: Session) -> None:
    request = ask(session)
    for _ in range(20):
        assert verification.try_code(session, request, code_of(session, request), NOW) is Tried.RIGHT


def test_another_code_may_be_asked_for_after_a_minute(session: Session) -> None:
    request = ask(session)

    with pytest.raises(TooManyAttempts) as refusal:
        verification.resend(session, request, NOW + timedelta(seconds=25))
    assert refusal.value.seconds == 35
    with pytest.raises(TooManyAttempts):
        ask(session, NOW + timedelta(seconds=59))
    verification.resend(session, request, NOW + RESENT_AFTER)


def test_a_code_for_another_purpose_need_not_wait(session: Session) -> None:
    factories.user(session, phone=PHONE)
    ask(session)

    request, _ = verification.anonymous_request(Purpose.RECOVERY, PHONE, ADDRESS, NOW)
    verification.start(session, request, NOW)

    assert newest_message(session, request).state is SmsState.QUEUED


def test_a_new_code_makes_the_old_one_useless_and_takes_its_message_back(session: Session) -> None:
    request = ask(session)
    old, old_message = code_of(session, request), newest_message(session, request)
    verification.resend(session, request, NOW + RESENT_AFTER)
    session.expire_all()

    assert old_message.state is SmsState.CANCELLED
    if old != code_of(session, request):
        assert verification.try_code(session, request, old, NOW + RESENT_AFTER) is Tried.WRONG


def test_five_messages_a_day_for_a_phone(session: Session) -> None:
    for hour in range(5):
        ask(session, NOW + timedelta(hours=hour))

    with pytest.raises(TooManyAttempts):
        ask(session, NOW + timedelta(hours=23, minutes=59))
    ask(session, NOW + timedelta(hours=24))


def test_a_ceiling_for_an_address(session: Session) -> None:
    for asked in range(verification.PER_ADDRESS.burst):
        ask(session, phone=f"91200{asked:05d}")

    with pytest.raises(TooManyAttempts):
        ask(session, phone="9129999999")


def test_a_ceiling_for_the_whole_company(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification.settings(), "sms_per_day", 30)
    factories.user(session, phone=PHONE)
    sent = 0
    for minute in range(0, 24 * 60, 5):
        factory_phone = f"91300{minute:05d}"
        factories.account(session, f"6699{minute:07d}", phone=factory_phone) if minute % 10 == 0 else None
        request, _ = verification.anonymous_request(
            Purpose.REGISTRATION, factory_phone, f"10.0.{minute // 250}.{minute % 250}", NOW + minute * MINUTE
        )
        request.account_number = f"6699{minute:07d}"
        try:
            verification.start(session, request, NOW + minute * MINUTE)
        except TooManyAttempts:
            session.expunge(request)
            continue
        sent += newest_message(session, request).state is SmsState.QUEUED
    assert 20 <= sent <= 30


def test_a_wrong_phone_costs_the_same_and_nobody_gets_the_code(session: Session) -> None:
    request = ask(session, phone=OTHER_PHONE)

    message = newest_message(session, request)
    assert (message.state, message.code) == (SmsState.WITHHELD, None)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_six_digits_fit_a_request_whose_phone_is_wrong(session: Session) -> None:
    request = ask(session, phone=OTHER_PHONE)

    digests = {verification._code_hash(request, f"{code:06d}") for code in range(10**6)}
    assert request.code_hash not in digests


def test_a_request_can_be_taken_up_for_an_hour_and_only_with_its_token(session: Session) -> None:
    request, token = verification.anonymous_request(Purpose.REGISTRATION, PHONE, ADDRESS, NOW)
    verification.start(session, request, NOW)

    assert verification.of_token(session, Purpose.REGISTRATION, token, NOW + 59 * MINUTE).id == request.id
    for purpose, given_token, now in (
        (Purpose.REGISTRATION, token, NOW + 60 * MINUTE),
        (Purpose.RECOVERY, token, NOW),
        (Purpose.REGISTRATION, "", NOW),
        (Purpose.REGISTRATION, token[:-1], NOW),
    ):
        with pytest.raises(RequestOver):
            verification.of_token(session, purpose, given_token, now)


def test_a_proven_request_lives_a_quarter_of_an_hour_and_no_new_code_prolongs_it(session: Session) -> None:
    request, token = verification.anonymous_request(Purpose.REGISTRATION, PHONE, ADDRESS, NOW)
    request.account_number = "66010000033"
    verification.start(session, request, NOW)
    verification.try_code(session, request, code_of(session, request), NOW)

    with pytest.raises(RequestOver):
        verification.resend(session, request, NOW + 5 * MINUTE)
    assert verification.of_token(session, Purpose.REGISTRATION, token, NOW + 14 * MINUTE)
    with pytest.raises(RequestOver):
        verification.of_token(session, Purpose.REGISTRATION, token, NOW + 15 * MINUTE)


def test_the_addresses_of_one_household_share_a_ceiling(session: Session) -> None:
    for asked in range(verification.PER_ADDRESS.burst):
        ask(session, phone=f"91200{asked:05d}", address=f"2001:db8:1:2::{asked:x}")

    with pytest.raises(TooManyAttempts):
        ask(session, phone="9129999999", address="2001:db8:1:2:ffff::1")


def test_yesterdays_requests_are_forgotten(session: Session) -> None:
    ask(session)
    forgotten(session, Verification, NOW + timedelta(hours=23))
    assert session.exec(select(Verification)).all()

    forgotten(session, Verification, NOW + timedelta(hours=25))
    assert session.exec(select(Verification)).all() == []


def test_the_message_names_the_company_the_purpose_and_our_domain() -> None:
    text = verification.message_text(Purpose.REGISTRATION)

    assert text.startswith("Демогаз: код {code} для регистрации")
    assert text.endswith("\n\n@localhost #{code}")
    assert len({verification.message_text(purpose) for purpose in Purpose}) == len(Purpose)


@dataclass
class Books:
    """What the rules allow, kept by a second and simpler hand."""

    sent: list[datetime] = field(default_factory=list)
    wrong: list[datetime] = field(default_factory=list)
    wrong_on_code: int = 0

    def may_send(self, now: datetime) -> bool:
        today = [at for at in self.sent if now - at < timedelta(days=1)]
        return len(today) < 5 and all(now - at >= timedelta(seconds=60) for at in today)

    def may_try(self, now: datetime) -> bool:
        return sum(now - at < timedelta(hours=1) for at in self.wrong) < 10


steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "resend", "wrong", "wrong", "wrong", "right"]),
        st.sampled_from([0, 1, 30, 60, 300, 599, 600, 1800, 3600, 86400]),
    ),
    max_size=60,
)


@pytest.fixture
def clean_slate(session: Session) -> Iterator[Session]:
    return session


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_the_rules_hold_over_any_sequence(clean_slate: Session, steps: list[tuple[str, int]]) -> None:
    session, books, now = clean_slate, Books(), NOW
    savepoint = session.begin_nested()
    request: Verification | None = None
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        if step == "ask" or request is None:
            request = follow_ask(session, books, now) or request
        elif step == "resend":
            follow_resend(session, books, request, now)
        else:
            follow_try(session, books, request, now, right=step == "right")
    savepoint.rollback()


def follow_ask(session: Session, books: Books, now: datetime) -> Verification | None:
    allowed = books.may_send(now)
    inner = session.begin_nested()
    try:
        request = ask(session, now)
    except TooManyAttempts:
        inner.rollback()
        assert not allowed
        return None
    assert allowed
    books.sent.append(now)
    books.wrong_on_code = 0
    return request


def follow_resend(session: Session, books: Books, request: Verification, now: datetime) -> None:
    if request.proven_at is not None:
        with pytest.raises(RequestOver):
            verification.resend(session, request, now)
        return
    allowed = books.may_send(now)
    try:
        verification.resend(session, request, now)
    except TooManyAttempts:
        assert not allowed
        return
    assert allowed
    books.sent.append(now)
    books.wrong_on_code = 0


def follow_try(session: Session, books: Books, request: Verification, now: datetime, *, right: bool) -> None:
    code = code_of(session, request)
    expected = (
        Tried.EXPIRED
        if now - books.sent[-1] >= timedelta(minutes=10)
        else Tried.SPENT
        if books.wrong_on_code >= 5
        else None
    )
    try:
        tried = verification.try_code(session, request, code if right else wrong(code), now)
    except TooManyAttempts:
        assert expected is None
        assert not books.may_try(now)
        return
    if expected is not None:
        assert tried is expected
        return
    assert books.may_try(now)
    assert (tried is Tried.RIGHT) == right
    if not right:
        books.wrong.append(now)
        books.wrong_on_code += 1
        assert tried is (Tried.SPENT if books.wrong_on_code == 5 else Tried.WRONG)
