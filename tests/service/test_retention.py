"""How long things are kept: nothing stays longer than its rule, nothing goes earlier, and no clean-up takes long."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from lk_app import clock
from lk_app.models import Attachment, AuditEvent, Captcha, SecurityEvent, Table, UserSession
from lk_app.services import cleanup, jobs, retention
from lk_app.services.session import reading, writing
from tests import everything, factories
from tests.cleaning import cleaned
from tests.factories import NOW

DAY = timedelta(days=1)
KEPT = {rule.table: rule.kept for rule in retention.RULES}
"""How long what `everything` fills is kept; where a table has several rules, the last one is of rows in use."""
del KEPT[Attachment]
"""Those that were sent go with their user."""


def left(session: Session, table: type[Table]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_a_year_of_clean_ups_leaves_nothing_older_than_its_rule_and_all_that_is_younger(session: Session) -> None:
    # By the true time, because the database lets go of its logs by its own clock.
    today = clock.now().replace(microsecond=0)
    moments = [today - timedelta(days=days, hours=6) for days in range(0, 1_600, 80)]
    for number, at in enumerate(moments):
        everything.fill(session, at, number)
    before = {table: left(session, table) for table in everything.TABLES}

    for day in (today - timedelta(days=days) for days in range(365, -1, -36)):
        cleaned(session, day)
        for table in everything.TABLES:
            young = sum(at >= day - KEPT[table] for at in moments) if table in KEPT else before[table]
            assert left(session, table) == young, (table.__tablename__, day)


def test_it_is_clear_of_every_table_how_long_it_is_kept() -> None:
    by_age, kept = {rule.table for rule in retention.RULES}, set(retention.KEPT)

    assert by_age | kept == set(everything.TABLES)
    assert not by_age & kept


SMALL = {"email_proofs", "staff_sessions", "exchange_runs", "untold_decisions", "untold_answers"}
OUTSIDE_PRODUCTION = {"sandbox_messages", "sandbox_letters"}


def test_what_is_old_is_found_by_an_index() -> None:
    for rule in retention.RULES:
        column = rule.since.expression
        leading = {index.columns[0].name for index in column.table.indexes}
        assert column.name in leading or column.table.name in SMALL | OUTSIDE_PRODUCTION, rule


def test_what_is_much_goes_in_portions_each_in_a_transaction_of_its_own(portal: str) -> None:
    with writing() as session:
        session.add_all(Captcha(id=f"{number}", question="1+1", created_at=NOW) for number in range(2_500))
    went_on, counts = True, []

    while went_on:
        went_on = jobs.clean_up(lambda: NOW + DAY)
        with reading() as session:
            counts.append(left(session, Captcha))

    assert counts == [1_500, 500, 0, 0]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_somebody_is_just_using_is_left_for_the_next_time(engine: Engine) -> None:
    with Session(engine) as session:
        who = factories.consumer(session)
        session.commit()
    with Session(engine) as using, Session(engine) as cleaning:
        using.exec(select(UserSession).where(UserSession.id == who.session_id).with_for_update()).one()

        assert not cleanup.clean_up(cleaning, NOW + 31 * DAY)
        using.rollback()
        assert cleanup.clean_up(cleaning, NOW + 31 * DAY)


LOGS = (AuditEvent, SecurityEvent)


def add(engine: Engine, log: type[Table], *at: datetime) -> None:
    with Session(engine) as session:
        session.add_all(log(action="signed in", kind="signed in", at=each) for each in at)
        session.commit()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("log", LOGS)
def test_the_database_lets_go_of_what_is_older_than_three_years_and_of_nothing_else(
    engine: Engine, log: type[Table]
) -> None:
    now, name = clock.now(), log.__tablename__
    old, young = now - retention.THREE_YEARS - DAY, now - retention.THREE_YEARS + 2 * DAY
    add(engine, log, young, old)

    refused = [
        f"UPDATE {name} SET address = 'x' WHERE id = 2",
        f"DELETE FROM {name}",
        f"DELETE FROM {name} WHERE id = 1",
    ]
    if engine.dialect.name == "postgresql":
        refused.append(f"TRUNCATE {name}")
    for statement in refused:
        with pytest.raises(DBAPIError, match="append-only"):
            run(engine, statement)
    run(engine, f"DELETE FROM {name} WHERE id = 2")

    with Session(engine) as session:
        assert Counter(session.exec(select(log.at))) == Counter([young])  # type: ignore[attr-defined]
