"""Opening lists of the office over a million rows against over a thousand: the first page, and one deep inside."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, text
from sqlmodel import Session

from lk_app.models import Role, Service
from lk_app.services import migrations
from lk_app.services.callers import StaffCaller
from lk_app.services.feedback import queue as appeals
from lk_app.services.feedback.finding import Kind
from lk_app.services.office import audit_log, consumers
from lk_app.services.session import WRITES, make_engine
from tests import factories
from tests.bench.imports import databases
from tests.bench.queue import beside
from tests.bench.report import Measure
from tests.bench.sign_in import timed
from tests.factories import NOW

MANY, FEW = 1_000_000, 1_000
ROUNDS = 30
TARGET = 1.3

NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {many})",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(1, {many}))",
}
"""The numbers from 1 to as many as there shall be rows."""

ROWS = (
    "INSERT INTO accounts (number, last_name, first_name, middle_name, office_code, opened_on) "
    "{numbers} SELECT CAST(70000000000 + n AS VARCHAR(11)), CASE n % 10 WHEN 0 THEN 'Иванова' ELSE 'Житель' END, "
    "'Мария', 'Петровна', '07', '2020-01-01' FROM numbers",
    "INSERT INTO audit_events (staff_id, action, at, subject, detail, address) "
    "{numbers} SELECT {staff}, CASE n % 3 WHEN 0 THEN 'queue seen' ELSE 'reading seen' END, '{now}', '', '', '' "
    "FROM numbers",
    "INSERT INTO appeals (id, user_id, type_code, subject, state, created_at, changed_at, closed_at, seen_at) "
    "{numbers} SELECT 'Q' || n, {user}, 'charges', 'Квитанция', 'closed', '{now}', '{now}', '{now}', '{now}' "
    "FROM numbers",
)


@dataclass(frozen=True)
class Office:
    """A database with so many rows in each list, and an administrator."""

    engine: Engine
    who: StaffCaller

    def opens(self, page: Callable[[Session, StaffCaller], object]) -> None:
        with self.engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            page(session, self.who)
            session.rollback()


PAGES: dict[str, Callable[[Session, StaffCaller], object]] = {
    "the audit log": lambda session, who: audit_log.open_log(session, who, audit_log.Filter(), NOW),
    "the audit log, one member's, from the middle": lambda session, who: audit_log.open_log(
        session, who, audit_log.Filter(staff_id=who.staff_id), NOW, after=FEW // 2
    ),
    "closed appeals of a service": lambda session, who: appeals.open_queue(
        session, who, appeals.Filter(Kind.CLOSED, Service.SUBSCRIBER), NOW
    ),
    "consumers of one name": lambda session, who: consumers.find(session, who, "Иванова", NOW),
    "consumers of one name, a page later": lambda session, who: consumers.find(
        session, who, "Иванова", NOW, after="70000000300"
    ),
}


def many_against_few() -> Iterator[Measure]:
    with TemporaryDirectory(prefix="lk-bench-") as folder, databases(Path(folder)) as urls, ExitStack() as stack:
        for database, url in urls.items():
            large, small = (filled(beside(url, many), many) for many in (MANY, FEW))
            for office in (large, small):
                stack.callback(office.engine.dispose)
            for name, page in PAGES.items():
                many, few = [], []
                for _ in range(ROUNDS):
                    many.append(timed(lambda office=large, page=page: office.opens(page)))
                    few.append(timed(lambda office=small, page=page: office.opens(page)))
                yield Measure(
                    f"{name}, {MANY:,} rows, {database}",
                    median(many), median(few), "ms", f"{FEW:,} rows", TARGET,
                )  # fmt: skip


def filled(url: str, many: int) -> Office:
    migrations.upgrade(url)
    engine = make_engine(url, 1)
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        factories.office(session)
        factories.appeal_type(session)
        user = factories.user(session).id
        who = factories.staff_caller(session, Role.ADMINISTRATOR)
        now = (NOW - timedelta(days=1)).isoformat(" ")
        numbers = NUMBERS[engine.dialect.name].format(many=many)
        for rows in ROWS:
            session.connection().execute(text(rows.format(numbers=numbers, staff=who.staff_id, user=user, now=now)))
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return Office(engine, who)
