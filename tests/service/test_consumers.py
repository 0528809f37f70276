"""Consumers as staff find them, see them and help them, and that each of it is kept."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from lk_app.models import (
    AccountLink,
    Action,
    AttemptState,
    AuditEvent,
    Premises,
    Purpose,
    RateLimit,
    RateWindow,
    Role,
    SecurityEvent,
    SecurityEventKind,
    SmsMessage,
    User,
    UserSession,
)
from lk_app.services import attaching, identity, verification
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import FieldErrors, NotAllowed, NotFound, TooManyAttempts
from lk_app.services.office import consumer, consumers, helping
from lk_app.services.office.consumers import PAGE, NotSearchable, find
from lk_app.services.places import Place
from tests import factories, plans
from tests.attempts import attempt
from tests.factories import LAST_CLOSED, NOW
from tests.waiting import NUMBERS

HOME, ELSEWHERE = Place("203.0.113.7", "Chrome, Windows"), Place("198.51.100.9")
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session)


def logged(session: Session, action: Action) -> list[tuple[str, str]]:
    """Subject and detail of each row that was kept."""
    rows = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id)))
    return [(row.subject, row.detail) for row in rows]


def numbers(session: Session, who: StaffCaller, typed: str, **where: str) -> list[str]:
    return [found.number for found in find(session, who, typed, NOW, **where).consumers]


def user_with(session: Session, *accounts: Any, name: str = "", phone: str | None = None) -> User:
    user = factories.user(session, name, phone)
    for account in accounts:
        factories.link(session, user, account)
    return user


# Finding


@pytest.mark.parametrize(
    "typed", ["66010000017", "ЛС № 66010000017", "6601 0000 017", "9120000001", "8 (912) 000-00-01", "+79120000001"]
)
def test_an_account_is_found_by_its_number_and_its_phone_however_typed(
    session: Session, who: StaffCaller, typed: str
) -> None:
    factories.account(session, "66010000017", phone="9120000001")
    factories.account(session, "66010000025", phone="9120000002")

    assert numbers(session, who, typed) == ["66010000017"]


def test_the_phone_of_a_user_finds_what_they_have(session: Session, who: StaffCaller) -> None:
    own = factories.account(session, "66010000017", phone=None)
    factories.account(session, "66010000025", phone="9120000009")
    user_with(session, own, phone="9120000009")

    assert numbers(session, who, "9120000009") == ["66010000017", "66010000025"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Иванова", ["1", "2", "3"]),
        ("иванова", ["1", "2", "3"]),
        ("ИВАНОВА", ["1", "2", "3"]),
        ("Иванова Мария", ["1", "3"]),
        ("иванова МАРИЯ петровна", ["1"]),
        ("Иванов", []),
        ("Петрова-водкина", ["4"]),
        ("Мария", []),
        ("Иванова Мария Петровна Ивановна", []),
    ],
)
def test_a_holder_is_found_by_the_whole_surname(
    session: Session, who: StaffCaller, typed: str, expected: list[str]
) -> None:
    holders = [("Иванова", "Мария"), ("Иванова", "Анна"), ("ИВАНОВА", "МАРИЯ"), ("Петрова-Водкина", "Инна")]
    for index, (last_name, first_name) in enumerate(holders, start=1):
        middle_name = "" if index == 3 else "Петровна"
        names = {"last_name": last_name, "first_name": first_name, "middle_name": middle_name}
        factories.account(session, f"6601000000{index}", **names)

    assert [number[-1] for number in numbers(session, who, typed)] == expected


def test_a_user_name_finds_what_the_user_has(session: Session, who: StaffCaller) -> None:
    factories.account(session, "66010000017", last_name="Иванова")
    user_with(session, factories.account(session, "66010000025", last_name="Петров"), name="Иванова Алёна")

    assert numbers(session, who, "иванова алена") == ["66010000025"]


def test_a_user_without_an_account_is_found_by_name_and_phone(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017", last_name="Иванова", phone="9120000001")
    user_with(session, account, name="Мария", phone="9120000001")
    alone = user_with(session, name="Иванова", phone="9120000001")

    by_phone, by_name = find(session, who, "9120000001", NOW), find(session, who, "иванова", NOW)
    for page in (by_phone, by_name):
        assert [found.number for found in page.consumers] == [account.number]
        assert [(user.user_id, user.name, user.phone) for user in page.users] == [(alone.id, "Иванова", "9120000001")]
    assert find(session, who, account.number, NOW).users == ()
    assert find(session, who, "иванова", NOW, after=account.number).users == (), "they come with the first page"
    assert logged(session, Action.CONSUMERS_SEARCHED)[:2] == [("", "by phone: 2"), ("", "by name: 2")]


def test_a_row_has_what_the_task_needs(session: Session, who: StaffCaller) -> None:
    user_with(session, factories.account(session, "66010000017", address="г. Ясный, ул. Садовая, 7"))
    session.delete(session.get_one(Premises, factories.account(session, "66010000025", phone=None).number))
    session.flush()

    taken, free = find(session, who, "Иванова", NOW).consumers

    assert (taken.number, taken.last_name, taken.first_name, taken.middle_name) == (
        "66010000017", "Иванова", "Мария", "Петровна",
    )  # fmt: skip
    assert (taken.address, taken.phone, taken.has_user) == ("г. Ясный, ул. Садовая, 7", "9120000001", True)
    assert (free.address, free.phone, free.has_user) == ("", None, False)


@pytest.mark.parametrize("typed", ["", " ", "6601", "123", "66010000017 или другой", "0", "9120000001 9120000002"])
def test_without_something_whole_nothing_is_listed(session: Session, who: StaffCaller, typed: str) -> None:
    factories.account(session, "66010000017")

    with pytest.raises(NotSearchable):
        find(session, who, typed, NOW)
    assert logged(session, Action.CONSUMERS_SEARCHED) == []


def test_pages_go_by_account_number(session: Session, who: StaffCaller) -> None:
    expected = [factories.account(session, f"6602{number:07d}").number for number in range(2 * PAGE + 10)]

    first = find(session, who, "Иванова", NOW)
    second = find(session, who, "Иванова", NOW, after=expected[PAGE - 1])
    third = find(session, who, "Иванова", NOW, after=expected[2 * PAGE - 1])
    back = find(session, who, "Иванова", NOW, before=third.consumers[0].number)
    start = find(session, who, "Иванова", NOW, before=back.consumers[0].number)

    pages = [[found.number for found in page.consumers] for page in (first, second, third, back, start)]
    assert pages == [
        expected[:PAGE], expected[PAGE : 2 * PAGE], expected[2 * PAGE :], expected[PAGE : 2 * PAGE], expected[:PAGE],
    ]  # fmt: skip
    assert [(page.has_earlier, page.has_later) for page in (first, second, third, back, start)] == [
        (False, True), (True, True), (True, False), (True, True), (False, True),
    ]  # fmt: skip


def test_what_was_searched_by_is_kept_and_of_what_only_an_account_number(session: Session, who: StaffCaller) -> None:
    factories.account(session, "66010000017", phone="9120000001")
    factories.account(session, "89120000001", phone=None)

    for typed in ("66010000017", "66010000099", "89120000001", "89120000002", "9120000001", "Иванова Мария"):
        find(session, who, typed, NOW)

    assert logged(session, Action.CONSUMERS_SEARCHED) == [
        ("66010000017", "by account number: 1"),
        ("66010000099", "by account number: 0"),
        ("89120000001", "by account number or phone: 2"),
        ("", "by account number or phone: 0"),
        ("", "by phone: 1"),
        ("", "by name: 2"),
    ]


MANY = 20_000
CROWD = f"""
    INSERT INTO accounts (number, last_name, first_name, middle_name, phone, office_code, opened_on) {NUMBERS}
    SELECT CAST(67000000000 + n AS varchar),
           CASE n % 2 WHEN 0 THEN 'Иванова' ELSE 'Соседова' END,
           CASE WHEN n % 1000 = 0 THEN 'Евдокия' ELSE 'Мария' END,
           '', CAST(9000000000 + n AS varchar), '07', '2019-04-01'
    FROM numbers
"""

SEARCHES = ("67000004000", "89000000042", "Иванова", "Иванова Евдокия", "иванова евдокия петровна", "Соседова")


@sqlite
@pytest.mark.parametrize("typed", SEARCHES)
def test_on_sqlite_every_search_goes_by_an_index(session: Session, who: StaffCaller, typed: str) -> None:
    with plans.statements_about(session, "accounts") as seen:
        find(session, who, typed, NOW, after="67000000001")
        find(session, who, typed, NOW, before="67000009000")

    assert len(seen) == 3
    for statement, parameters in seen:
        taken = plans.steps(session, statement, parameters)
        assert [step for step in taken if step.startswith("SCAN accounts") or "SCAN users" in step] == []
        # Only what is merged is sorted, and the few accounts of a phone or of a user.
        searched = [taken[index - 1] for index, step in enumerate(taken) if "TEMP B-TREE FOR ORDER BY" in step]
        assert [step for step in searched if "last_name" in step] == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_a_page_reads_its_own_rows(session: Session, who: StaffCaller) -> None:
    factories.office(session)
    session.execute(text(CROWD), {"many": MANY})
    session.execute(text("ANALYZE"))

    for typed in SEARCHES:
        with plans.statements_about(session, "accounts") as seen:
            find(session, who, typed, NOW, after="67000000001")
            find(session, who, typed, NOW, before="67000009000")
        for statement, parameters in seen:
            assert plans.rows_read(session, statement, parameters, "accounts") <= 3 * (PAGE + 1), typed


# Seeing


def test_what_a_consumer_sees_is_seen(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017")
    factories.charge(session, account, closing=184_356)
    factories.payment(session, account, 50_000)
    meter = factories.meter(session, account)
    factories.reading(session, meter, 5_214_000)
    user = user_with(session, account, name="Мария Иванова", phone="9120000001")
    asker = factories.consumer(session, account)
    factories.appeal(session, asker, account_number=account.number)
    factories.session_token(session, user.id or 0, place=HOME)

    view = consumer.open_consumer(session, who, account.number, NOW)

    assert (view.details.number, view.details.holder) == ("66010000017", "Иванова Мария Петровна")
    assert view.details.attached_at is None
    [division] = view.divisions
    assert (division.balance, division.last is not None and division.last.month) == (184_356, LAST_CLOSED)
    assert [line.amount for line in view.payments.lines] == [50_000]
    assert [line.value for line in view.meters.meters[0].lines] == [5_214_000]
    assert view.appeals == 1
    hers = next(each for each in view.users if each.name == "Мария Иванова")
    assert (hers.phone, hers.attached_at, len(view.users)) == ("9120000001", NOW, 2)
    assert [(one.browser, one.address) for one in hers.sessions] == [("Chrome, Windows", "203.0.113.*")]
    assert [event.kind for event in hers.events] == [SecurityEventKind.SIGNED_IN]


def test_staff_see_the_attempts_of_everybody_and_can_do_nothing_about_them(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017")
    payer = factories.consumer(session, account)
    attempt(session, payer, account, {"gas": 50_000}, AttemptState.EXPIRED)

    [line] = consumer.open_consumer(session, who, account.number, NOW).payments.lines

    assert (line.is_own, line.can_continue, line.can_repeat, line.card) == (False, False, False, "")


def test_an_account_nobody_has_is_seen_too(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017")

    view = consumer.open_consumer(session, who, account.number, NOW)

    assert (view.users, view.payments.lines, view.meters.meters, view.appeals) == ((), (), (), 0)


def test_a_look_is_at_one_account_alone(session: Session, who: StaffCaller) -> None:
    account, other = factories.account(session, "66010000017"), factories.account(session, "66010000025")
    factories.payment(session, other, 50_000)
    factories.reading(session, factories.meter(session, other), 5_214_000)

    view = consumer.open_consumer(session, who, account.number, NOW)

    assert (view.payments.count, view.meters.meters) == (0, ())


@sqlite
def test_each_look_is_kept_unless_nothing_is_new(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017")
    user = user_with(session, account)
    view = consumer.open_consumer(session, who, account.number, NOW)
    again = consumer.open_consumer(session, who, account.number, NOW, shown=view.shown)
    assert logged(session, Action.CONSUMER_SEEN) == [("66010000017", "")]

    factories.session_token(session, user.id or 0)
    consumer.open_consumer(session, who, account.number, NOW, shown=again.shown)
    consumer.turn_payments(session, who, account.number, 1, NOW)

    assert logged(session, Action.CONSUMER_SEEN) == [
        ("66010000017", ""), ("66010000017", ""), ("66010000017", "payments, page 2"),
    ]  # fmt: skip


@sqlite
def test_a_user_without_an_account_is_seen_and_helped_until_they_have_one(session: Session, who: StaffCaller) -> None:
    account, user = factories.account(session, "66010000017"), user_with(session, name="Мария")
    user_id = user.id or 0
    factories.session_token(session, user_id)

    seen = consumer.open_user(session, who, user_id, NOW)
    consumer.open_user(session, who, user_id, NOW, shown=seen.shown)
    assert (seen.name, seen.attached_at, len(seen.sessions)) == ("Мария", None, 1)
    assert helping.end_sessions(session, who, "", user_id, NOW) == 1
    helping.unlock(session, who, "", user_id, NOW)
    assert [(row.action, row.subject, row.detail) for row in session.exec(select(AuditEvent))] == [
        (Action.CONSUMER_SEEN, "", f"user {user_id}"),
        (Action.SESSIONS_ENDED, "", f"user {user_id}: 1"),
        (Action.CONSUMER_UNLOCKED, "", f"user {user_id}"),
    ]

    factories.link(session, user, account)
    for refused in (consumer.open_user, partial(helping.unlock, account_number="")):
        with pytest.raises(NotFound):
            refused(session, who, user_id=user_id, now=NOW)


@sqlite
def test_an_account_there_is_not_leaves_no_row(session: Session, who: StaffCaller) -> None:
    with pytest.raises(NotFound):
        consumer.open_consumer(session, who, "66010000017", NOW)
    assert logged(session, Action.CONSUMER_SEEN) == []


# Helping


def test_every_session_of_a_user_is_ended_and_everybody_concerned_finds_it(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017")
    user = user_with(session, account)
    other = user_with(session, account)
    tokens = [factories.session_token(session, user.id or 0) for _ in range(2)]
    stays = factories.session_token(session, other.id or 0)

    assert helping.end_sessions(session, who, account.number, user.id or 0, NOW) == 2

    assert [identity.resume(session, token, NOW) for token in tokens] == [None, None]
    assert identity.resume(session, stays, NOW) is not None
    assert told(session, user)[-1] == (SecurityEventKind.SESSION_ENDED, "сотрудник компании")
    assert logged(session, Action.SESSIONS_ENDED) == [("66010000017", f"user {user.id}: 2")]


def told(session: Session, user: User) -> list[tuple[SecurityEventKind, str]]:
    """What a user finds in the security log: kind and subject."""
    events = session.exec(select(SecurityEvent).where(SecurityEvent.user_id == user.id).order_by(col(SecurityEvent.id)))
    return [(event.kind, event.subject) for event in events]


def test_an_account_is_taken_with_what_it_gave(session: Session) -> None:
    member = factories.staff_caller(session, Role.SUPERVISOR)
    account, other = factories.account(session, "66010000017"), factories.account(session, phone="9120000002")
    user = user_with(session, account, other, phone="9120000001")
    factories.session_token(session, user.id or 0)
    opened = session.exec(select(UserSession).where(UserSession.user_id == user.id)).one()
    opened.account_number = account.number
    session.flush()

    helping.detach(session, member, account.number, user.id or 0, "stranger", NOW)
    session.expire_all()

    links = session.exec(select(AccountLink.account_number).where(AccountLink.user_id == user.id)).all()
    assert (links, opened.account_number, user.phone) == ([other.number], None, None)
    assert told(session, user)[-2:] == [
        (SecurityEventKind.PHONE_CHANGED, ""),
        (SecurityEventKind.DETACHED, "ЛС …0017, сотрудник компании"),
    ]
    assert logged(session, Action.ACCOUNT_DETACHED) == [("66010000017", f"user {user.id}: Присоединил посторонний")]
    assert session.exec(select(SmsMessage)).all() == []


@sqlite
@pytest.mark.parametrize("reason", ["", "junk", "Попросил сам пользователь"])
def test_without_a_reason_nothing_is_taken(session: Session, reason: str) -> None:
    member = factories.staff_caller(session, Role.SUPERVISOR)
    account = factories.account(session)
    user = user_with(session, account)

    with pytest.raises(FieldErrors):
        helping.detach(session, member, account.number, user.id or 0, reason, NOW)
    assert session.get(AccountLink, (user.id, account.number)) is not None


@sqlite
def test_an_operator_takes_no_account(session: Session, who: StaffCaller) -> None:
    account = factories.account(session)
    user = user_with(session, account)

    with pytest.raises(NotAllowed):
        helping.detach(session, who, account.number, user.id or 0, "asked", NOW)
    assert logged(session, Action.ACCOUNT_DETACHED) == []


@sqlite
def test_a_user_who_has_not_the_account_is_out_of_reach(session: Session) -> None:
    member = factories.staff_caller(session, Role.ADMINISTRATOR)
    account = factories.account(session)
    stranger = user_with(session, factories.account(session))

    for user_id in (stranger.id or 0, 10**9, 0):
        with pytest.raises(NotFound):
            helping.end_sessions(session, member, account.number, user_id, NOW)
        with pytest.raises(NotFound):
            helping.detach(session, member, account.number, user_id, "asked", NOW)
        with pytest.raises(NotFound):
            helping.unlock(session, member, account.number, user_id, NOW)


def fail_to_sign_in(session: Session, name: str, place: Place, times: int) -> None:
    for _ in range(times):
        identity.admit(session, name, place, NOW)


def test_whoever_mistyped_a_password_goes_on_from_anywhere(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017")
    user = user_with(session, account, name="Мария Иванова")
    for place in (HOME, ELSEWHERE):
        fail_to_sign_in(session, "мария иванова", place, 5)
        with pytest.raises(TooManyAttempts):
            identity.admit(session, "Мария Иванова", place, NOW)
    fail_to_sign_in(session, "Пётр", HOME, 5)

    helping.unlock(session, who, account.number, user.id or 0, NOW)

    for place in (HOME, ELSEWHERE):
        assert identity.admit(session, "Мария Иванова", place, NOW).user_id == user.id
    with pytest.raises(TooManyAttempts):
        identity.admit(session, "Пётр", HOME, NOW)
    assert told(session, user) == [(SecurityEventKind.UNLOCKED, "сотрудник компании")]
    assert logged(session, Action.CONSUMER_UNLOCKED) == [("66010000017", f"user {user.id}")]


def test_codes_can_be_tried_again_but_no_more_are_sent(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017", phone="9120000001")
    request, _ = verification.anonymous_request(Purpose.REGISTRATION, "9120000001", "203.0.113.7", NOW)
    request.account_number = account.number
    verification.start(session, request, NOW)
    moment = NOW
    for _ in range(4):
        moment += timedelta(minutes=2)
        for _ in range(3):
            if not is_locked(session, request, moment):
                verification.try_code(session, request, "000000", moment)
        verification.resend(session, request, moment)
    assert is_locked(session, request, moment)

    helping.unlock(session, who, account.number, None, moment)

    assert not is_locked(session, request, moment)
    with pytest.raises(TooManyAttempts):
        verification.resend(session, request, moment + timedelta(minutes=2))
    assert logged(session, Action.CONSUMER_UNLOCKED) == [("66010000017", "phone of the contract")]


def is_locked(session: Session, request: Any, now: Any) -> bool:
    """Say whether another code would be refused, without trying one."""
    with session.begin_nested() as attempt:
        try:
            verification.try_code(session, request, "000000", now)
        except TooManyAttempts:
            return True
        finally:
            attempt.rollback()
    return False


@sqlite
def test_what_is_forgotten_leaves_no_row_of_the_name(session: Session, who: StaffCaller) -> None:
    account = factories.account(session)
    user = user_with(session, account, name="Мария Иванова")
    fail_to_sign_in(session, "Мария Иванова", HOME, 1)

    helping.unlock(session, who, account.number, user.id or 0, NOW)

    kept = {key.partition(":")[0] for key in session.exec(select(RateLimit.key))}
    assert kept == {"sign-in address", "sign-in"}
    assert session.exec(select(RateWindow.key)).all() == []


@sqlite
def test_a_contract_without_a_phone_has_nothing_to_forget(session: Session, who: StaffCaller) -> None:
    with pytest.raises(NotFound):
        helping.unlock(session, who, factories.account(session, phone=None).number, None, NOW)


@sqlite
def test_nobody_without_the_role_finds_sees_or_helps(
    session: Session, who: StaffCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = factories.account(session)
    user = user_with(session, account)
    for module in (consumers, consumer, helping):
        monkeypatch.setattr(module, "CONSUMERS", (Role.SUPERVISOR,))

    for refused in (
        lambda: find(session, who, account.number, NOW),
        lambda: consumer.open_consumer(session, who, account.number, NOW),
        lambda: consumer.open_user(session, who, user.id or 0, NOW),
        lambda: consumer.turn_payments(session, who, account.number, 0, NOW),
        lambda: helping.end_sessions(session, who, account.number, user.id or 0, NOW),
        lambda: helping.unlock(session, who, account.number, user.id or 0, NOW),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert session.exec(select(AuditEvent)).all() == []


@sqlite
def test_what_a_user_gave_up_meanwhile_is_said(session: Session) -> None:
    member = factories.staff_caller(session, Role.SUPERVISOR)
    account = factories.account(session)
    asker = factories.consumer(session, account)
    attaching.detach(session, asker, account.number, HOME, NOW)

    with pytest.raises(NotFound, match="уже нет"):
        helping.detach(session, member, account.number, asker.user_id, "asked", NOW)
