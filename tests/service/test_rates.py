"""Limits hold over bursts, time and threads."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import RateLimit
from lk_app.services import rates
from lk_app.services.errors import TooManyAttempts
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import WRITES

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LIMIT = Limit("test", "somebody", Pace(burst=3, interval=timedelta(seconds=60)))


def test_a_burst_passes_and_the_next_is_told_when_to_come(session: Session) -> None:
    for _ in range(3):
        rates.take(session, [LIMIT], NOW)

    with pytest.raises(TooManyAttempts) as refusal:
        rates.take(session, [LIMIT], NOW + timedelta(seconds=10))

    assert refusal.value.seconds == 50
    assert "50" in refusal.value.message


def test_one_more_passes_after_each_interval(session: Session) -> None:
    for _ in range(3):
        rates.take(session, [LIMIT], NOW)

    rates.take(session, [LIMIT], NOW + timedelta(seconds=60))
    with pytest.raises(TooManyAttempts):
        rates.take(session, [LIMIT], NOW + timedelta(seconds=60))


def test_what_is_given_back_can_be_taken_again(session: Session) -> None:
    for _ in range(10):
        rates.take(session, [LIMIT], NOW)
        rates.give_back(session, [LIMIT], NOW)


def test_a_refusal_takes_nothing_of_the_other_limits(session: Session) -> None:
    other = Limit("test", "another", LIMIT.pace)
    for _ in range(3):
        rates.take(session, [LIMIT], NOW)
    for _ in range(5):
        with pytest.raises(TooManyAttempts):
            rates.take(session, [other, LIMIT], NOW)

    for _ in range(3):
        rates.take(session, [other], NOW)


def test_the_table_does_not_name_whom_it_limits(session: Session) -> None:
    rates.take(session, [Limit("test", "Мария Иванова", LIMIT.pace)], NOW)

    assert "Мария" not in session.exec(select(RateLimit.key)).one()


def test_rows_that_limit_nothing_are_forgotten(session: Session) -> None:
    rates.take(session, [LIMIT], NOW)

    rates.forget_past(session, NOW + timedelta(seconds=59))
    assert session.exec(select(RateLimit)).all()
    rates.forget_past(session, NOW + timedelta(seconds=61))
    assert not session.exec(select(RateLimit)).all()


def test_attempts_side_by_side_cannot_outrun_the_limit(engine: Engine) -> None:
    def attempt(_: int) -> bool:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            try:
                rates.take(session, [LIMIT], NOW)
            except TooManyAttempts:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(8) as threads:
        passed = sum(threads.map(attempt, range(40)))

    assert passed == LIMIT.pace.burst


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.integers(min_value=0, max_value=200), max_size=15), name=st.uuids())
def test_no_sequence_passes_more_than_its_pace(session: Session, pauses: list[int], name: UUID) -> None:
    """In any window, at most the burst and one more per interval."""
    limit = Limit("test", str(name), LIMIT.pace)
    passed: list[datetime] = []
    now = NOW
    for pause in pauses:
        now += timedelta(seconds=pause)
        with suppress(TooManyAttempts):
            rates.take(session, [limit], now)
            passed.append(now)
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:]):
            assert last + 1 <= limit.pace.burst + (end - start) // limit.pace.interval
