"""The summary staff begin with: what waits for each role, what happened today, and the days before."""

import dataclasses
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from lk_app import formats
from lk_app.models import (
    Action,
    AppealState,
    AttemptState,
    ConcernReason,
    Direction,
    ExchangeRun,
    Outcome,
    ReadingState,
    Role,
    SecurityEventKind,
)
from lk_app.services import security
from lk_app.services.acquiring.concerns import raise_concern
from lk_app.services.callers import StaffCaller
from lk_app.services.paging import Count
from lk_app.services.places import Place
from lk_app.services.staff import audit, summary
from lk_app.services.staff.summary import DAYS, Today, Waiting, by_day, duties_of
from tests import attempts, factories, plans
from tests.factories import NOW, TODAY
from tests.waiting import waiting

MIDNIGHT = NOW.replace(hour=19, minute=0) - timedelta(days=1)
"""The company's, five hours ahead of UTC."""
BEFORE = MIDNIGHT - timedelta(seconds=1)


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session, Role.ADMINISTRATOR)


def test_what_waits_and_since_when(session: Session, who: StaffCaller) -> None:
    waiting(session, sent_at=NOW - timedelta(hours=2))
    waiting(session, sent_at=NOW - timedelta(hours=1))
    account = factories.account(session)
    consumer = factories.consumer(session, account)
    factories.appeal(session, consumer, at=NOW - timedelta(hours=3))
    factories.appeal(session, consumer, state=AppealState.ANSWERED, waiting_since=None)
    attempt = attempts.attempt(session, consumer, account, {"gas": 100})
    raise_concern(session, attempt, ConcernReason.NOT_POSTED, NOW)
    run = ExchangeRun(
        direction=Direction.IN, started_at=NOW, ended_at=NOW, started_by="billing", outcome=Outcome.REFUSED
    )
    factories.store(session, run)

    found = duties_of(session, who)

    assert found.readings == Waiting(Count(2), NOW - timedelta(hours=2))
    assert found.appeals == Waiting(Count(1), NOW - timedelta(hours=3))
    assert found.payments == Waiting(Count(1), NOW)
    assert found.last_run
    assert (found.last_run.id, found.last_run.outcome) == (run.id, Outcome.REFUSED)


def test_nothing_waits(session: Session, who: StaffCaller) -> None:
    nothing = Waiting(Count(0), None)

    assert duties_of(session, who) == summary.Duties(nothing, nothing, nothing, sees_exchange=True, last_run=None)


def test_each_sees_what_is_theirs_to_do(session: Session) -> None:
    operator = duties_of(session, factories.staff_caller(session, Role.OPERATOR))
    supervisor = duties_of(session, factories.staff_caller(session, Role.SUPERVISOR))

    assert operator.readings
    assert operator.appeals
    assert (operator.payments, operator.sees_exchange, operator.last_run) == (None, False, None)
    assert supervisor.payments
    assert supervisor.sees_exchange


def fill(session: Session, at: datetime) -> None:
    """One of everything that is counted, at a moment."""
    account = factories.account(session)
    consumer = factories.consumer(session, account)
    user = session.get_one(factories.User, consumer.user_id)
    user.created_at = at
    waiting(session, sent_at=at)
    waiting(session, sent_at=at, state=ReadingState.WITHDRAWN)
    attempts.attempt(session, consumer, account, {"gas": 1_050}, at=at)
    attempts.attempt(session, consumer, account, {"gas": 7}, AttemptState.DECLINED, at=at)
    security.record(session, SecurityEventKind.SIGNED_IN, consumer.user_id, at, place=Place(""))
    security.record(session, SecurityEventKind.SIGN_IN_REFUSED, consumer.user_id, at, place=Place(""))
    factories.appeal(session, consumer, at=at)
    audit.add(session, None, Action.APPEAL_ANSWERED, at)
    audit.add(session, None, Action.APPEAL_SEEN, at)
    session.flush()


def test_today_begins_at_the_midnight_of_the_company(session: Session, who: StaffCaller) -> None:
    fill(session, BEFORE)
    fill(session, MIDNIGHT)
    fill(session, NOW)

    today = summary.today(session, who, NOW)

    assert today == Today(readings=4, payments=2, paid=2_100, sign_ins=2, registrations=2, asked=2, answered=2)
    assert formats.money(today.paid) == "21,00\N{NO-BREAK SPACE}₽"


def test_a_day_on_which_nothing_has_happened_yet(session: Session, who: StaffCaller) -> None:
    fill(session, BEFORE)

    assert summary.today(session, who, NOW) == Today(0, 0, 0, 0, 0, 0, 0)


def test_figures_are_whole_numbers_whatever_the_database_sums_into(session: Session, who: StaffCaller) -> None:
    assert {type(figure) for figure in dataclasses.astuple(summary.today(session, who, NOW))} == {int}


def test_the_days_before_today(session: Session, who: StaffCaller) -> None:
    fill(session, BEFORE)
    fill(session, NOW)
    first = MIDNIGHT - timedelta(days=DAYS - 1)
    fill(session, first)
    fill(session, first - timedelta(seconds=1))

    days = by_day(session, who, NOW)

    assert [day.day for day in days] == [TODAY - timedelta(days=ago) for ago in range(DAYS - 1, 0, -1)]
    assert {day.day: (day.readings, day.paid, day.asked) for day in days if day.readings or day.paid or day.asked} == {
        date(2026, 11, 21): (2, 1_050, 1),
        date(2026, 10, 24): (2, 1_050, 1),
    }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_figure_goes_by_an_index(session: Session, who: StaffCaller) -> None:
    fill(session, NOW)
    with plans.statements_about(session) as seen:
        summary.today(session, who, NOW)
        by_day(session, who, NOW)
        duties_of(session, who)

    steps = {step for statement in seen for step in plans.steps(session, *statement)}

    for index in (
        "ix_readings_source_sent_at",
        "ix_payment_attempts_paid_at",
        "ix_appeals_created_at",
        "ix_users_created_at",
        "ix_security_events_kind_at",
        "ix_audit_events_action_id",
        "ix_audit_events_at_id",
        "ix_appeals_waiting",
    ):
        assert any(index in step for step in steps), index
    whole = {step for step in steps if step.startswith("SCAN") and " USING " not in step}
    # Small tables, subqueries of so many rows at most, and the newest of the runs.
    assert whole <= {"SCAN anon_1", "SCAN candidates", "SCAN exchange_runs"}
    assert len(seen) < 25


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_a_day_is_a_piece_of_the_index(session: Session, who: StaffCaller) -> None:
    fill(session, NOW)
    connection = session.connection()
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    with plans.statements_about(session) as seen:
        by_day(session, who, NOW)

    indexes = ("ix_readings_source_sent_at", "ix_payment_attempts_paid_at", "ix_appeals_created_at")
    for (statement, parameters), index in zip(seen, indexes, strict=True):
        plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
        assert sum(index in step for step in plan) == DAYS - 1
        assert not any("Seq Scan" in step for step in plan)
