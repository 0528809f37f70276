"""Payments for staff: which need a person, in which order, how others are found, and that each look is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from lk_app.models import Action, Attempt, AttemptState, AuditEvent, BankMessage, ConcernReason, MessageKind, Role
from lk_app.services.acquiring.concerns import drop, raise_concern
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import NotAllowed, NotFound
from lk_app.services.paging import PAGE, Count
from lk_app.services.payments import inspection, queue, settling
from lk_app.services.payments.inspection import look_closer
from lk_app.services.payments.queue import find, open_queue, standing
from tests import attempts, factories
from tests.factories import NOW

NUMBER = "66010000017"
NOT_POSTED, SILENT = ConcernReason.NOT_POSTED, ConcernReason.BANK_SILENT
HOUR = timedelta(hours=1)


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session, Role.SUPERVISOR)


@pytest.fixture
def consumer(session: Session) -> Consumer:
    return factories.consumer(session, factories.account(session, NUMBER))


def paid(session: Session, consumer: Consumer, **values: Any) -> Attempt:
    account = session.get_one(factories.Account, NUMBER)
    return attempts.attempt(session, consumer, account, {"gas": 100_000, "vdgo": 50_000}, **values)


def concerned(session: Session, consumer: Consumer, *reasons: ConcernReason, ago: timedelta = HOUR) -> Attempt:
    attempt = paid(session, consumer)
    for reason in reasons or (NOT_POSTED,):
        raise_concern(session, attempt, reason, NOW - ago)
    return attempt


def looks(session: Session, action: Action = Action.PAYMENTS_SEEN) -> list[tuple[str, str]]:
    rows = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id)))
    return [(row.subject, row.detail) for row in rows]


def test_whoever_waits_longest_comes_first_once_for_each_reason(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    later = concerned(session, consumer, SILENT, NOT_POSTED)
    sooner = concerned(session, consumer, ago=2 * HOUR)
    settled = concerned(session, consumer, ago=3 * HOUR)
    drop(session, settled, NOT_POSTED, NOW)

    page = open_queue(session, who, NOW)

    assert [(row.order_number, row.reason) for row in page.rows] == [
        (sooner.order_number, NOT_POSTED),
        (later.order_number, SILENT),
        (later.order_number, NOT_POSTED),
    ]
    assert (page.rows[0].at, page.rows[0].amount, page.rows[0].state) == (NOW - 2 * HOUR, 150_000, AttemptState.PAID)
    assert (standing(session, who).waiting, standing(session, who).oldest_at) == (Count(3), NOW - 2 * HOUR)


def test_pages_go_by_key_and_back(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    numbers = [
        concerned(session, consumer, ago=timedelta(minutes=200 - place // 3)).order_number
        for place in range(2 * PAGE + 1)
    ]

    first = open_queue(session, who, NOW)
    middle = open_queue(session, who, NOW, after=first.last)
    last = open_queue(session, who, NOW, after=middle.last)

    assert [row.order_number for page in (first, middle, last) for row in page.rows] == numbers
    assert [(page.has_earlier, page.has_later) for page in (first, middle, last)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert open_queue(session, who, NOW, before=last.first) == middle
    assert open_queue(session, who, NOW, before=middle.first) == first


def test_an_emptied_page_is_the_first_one(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    attempt = concerned(session, consumer)
    page = open_queue(session, who, NOW)

    again = open_queue(session, who, NOW, after=page.last)

    assert [row.order_number for row in again.rows] == [attempt.order_number]
    assert (again.start, again.has_earlier) == (None, False)


def test_nothing_needs_a_person(session: Session, who: StaffCaller) -> None:
    assert open_queue(session, who, NOW).rows == ()
    assert (standing(session, who).waiting, standing(session, who).oldest_at) == (Count(0), None)
    assert looks(session) == []


def test_payments_are_found_by_each_of_their_numbers(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    old = paid(session, consumer, at=NOW - timedelta(days=9))
    new = concerned(session, consumer)
    other = factories.account(session)
    attempts.attempt(session, factories.consumer(session, other), other, {"gas": 1})

    def found(search: str) -> list[str]:
        return [row.order_number for row in find(session, who, search, NOW).rows]

    assert found(old.order_number) == found(f" {old.order_number.lower()} ") == [old.order_number]
    assert found(old.bank_order_id or "") == [old.order_number]
    assert found(NUMBER) == found("ЛС № 660 1000 0017") == [new.order_number, old.order_number]
    assert [row.needs_attention for row in find(session, who, NUMBER, NOW).rows] == [True, False]
    assert found("66010000099") == found("Иванова") == found("261122-ZZZZZZZZZZ") == []


def test_each_look_is_kept_without_names(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    attempt = concerned(session, consumer)
    number = attempt.order_number

    open_queue(session, who, NOW)
    open_queue(session, who, NOW, shown=[number])
    find(session, who, NUMBER, NOW)
    find(session, who, number, NOW)
    find(session, who, attempt.bank_order_id or "", NOW)
    find(session, who, "Иванова", NOW)

    assert looks(session) == [
        ("", "attention: 1"),
        (NUMBER, "by account: 1"),
        (number, "by order: 1"),
        ("", "by order of the bank: 1"),
    ]


def test_a_closer_look_says_whose_it_is_and_is_kept_once(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    attempt = concerned(session, consumer)
    attempts.give_back(session, attempt, {"gas": 10_000}, at=NOW)
    session.add(BankMessage(attempt_id=attempt.id or 0, at=NOW, kind=MessageKind.STATUS, content={"orderStatus": 2}))

    look = look_closer(session, who, attempt.order_number, NOW)

    assert (look.account_number, look.last_name, look.left) == (NUMBER, "Иванова", 140_000)
    assert look.divisions.keys() == {"gas", "vdgo"}
    assert (look.obstacle, look.last_refund) == ("", look.report.refunds[0].id)
    assert [concern.reason for concern in look.report.concerns] == [NOT_POSTED]
    look_closer(session, who, attempt.order_number, NOW, again=True)
    assert looks(session, Action.PAYMENT_SEEN) == [(attempt.order_number, "")]
    with pytest.raises(NotFound):
        look_closer(session, who, "261122-ZZZZZZZZZZ", NOW)


@pytest.mark.parametrize(
    ("state", "reason", "obstacle"),
    [
        (AttemptState.PAID, None, ""),
        (AttemptState.POSTED, None, ""),
        (AttemptState.DECLINED, None, "только оплаченный"),
        (AttemptState.REFUNDED, None, "только оплаченный"),
        (AttemptState.PAID, ConcernReason.REFUND_UNCLEAR, "Сначала разберитесь"),
    ],
)
def test_why_nothing_can_be_given_back(
    session: Session,
    who: StaffCaller,
    consumer: Consumer,
    state: AttemptState,
    reason: ConcernReason | None,
    obstacle: str,
) -> None:
    attempt = paid(session, consumer, state=state)
    if reason:
        raise_concern(session, attempt, reason, NOW)

    found = look_closer(session, who, attempt.order_number, NOW).obstacle

    assert obstacle in found
    assert bool(found) == bool(obstacle)


def test_operators_see_no_payments(session: Session, consumer: Consumer) -> None:
    operator, attempt = factories.staff_caller(session, Role.OPERATOR), concerned(session, consumer)
    settled = settling.Settlement(attempt.order_number, NOT_POSTED, "готово")

    for attempt_at in (
        lambda: open_queue(session, operator, NOW),
        lambda: find(session, operator, NUMBER, NOW),
        lambda: standing(session, operator),
        lambda: look_closer(session, operator, attempt.order_number, NOW),
        lambda: settling.settle(session, operator, settled, NOW),
    ):
        with pytest.raises(NotAllowed):
            attempt_at()
    assert looks(session) == looks(session, Action.PAYMENT_SEEN) == []


def test_both_roles_with_the_duty_see_them(session: Session, consumer: Consumer) -> None:
    concerned(session, consumer)

    assert len(open_queue(session, factories.staff_caller(session, Role.ADMINISTRATOR), NOW).rows) == 1
    assert {queue.PAYMENTS, inspection.PAYMENTS} == {(Role.SUPERVISOR, Role.ADMINISTRATOR)}


@contextmanager
def statements_of(session: Session) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: object) -> None:
        if "payment_" in statement and statement.startswith("SELECT"):
            seen.append((statement, parameters))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def plans(session: Session, seen: list[tuple[str, Any]]) -> list[str]:
    """The steps of every statement, on SQLite."""
    return [
        row[3]
        for statement, parameters in seen
        for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_page_goes_by_its_index(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    concerned(session, consumer)
    after = (NOW - 2 * HOUR, 0, NOT_POSTED)
    with statements_of(session) as seen:
        open_queue(session, who, NOW, after=after)
        open_queue(session, who, NOW, before=(NOW, 0, NOT_POSTED))
        standing(session, who)

    steps = plans(session, seen)
    assert any(
        step.startswith("SEARCH payment_concerns USING") and "ix_payment_concerns_open" in step for step in steps
    )
    assert not any("payment_attempts" in step and step.startswith("SCAN") for step in steps)
    assert not any("TEMP B-TREE" in step for step in steps)
    assert {step for step in steps if step.startswith("SCAN payment_concerns")} <= {
        "SCAN payment_concerns USING COVERING INDEX ix_payment_concerns_open",
        "SCAN payment_concerns USING INDEX ix_payment_concerns_open",
    }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("search", "index"),
    [
        (NUMBER, "ix_payment_attempts_account_number_day"),
        ("261122-ABCDEFGHJK", "sqlite_autoindex_payment_attempts"),
        ("3ff6962a-7dcc-4283-ab50-000000000001", "sqlite_autoindex_payment_attempts"),
    ],
)
def test_a_search_goes_by_its_index(session: Session, who: StaffCaller, search: str, index: str) -> None:
    with statements_of(session) as seen:
        find(session, who, search, NOW)

    steps = plans(session, seen)
    assert any(step.startswith("SEARCH payment_attempts") and index in step for step in steps), steps
    assert not any(step.startswith("SCAN") for step in steps)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_the_list_is_read_along_its_index(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    concerned(session, consumer)
    connection = session.connection()
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    with statements_of(session) as seen:
        open_queue(session, who, NOW, after=(NOW - 2 * HOUR, 0, NOT_POSTED))

    statement, parameters = seen[0]
    plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
    assert "using ix_payment_concerns_open" in plan
    assert "Sort" not in plan
