"""Readings that wait for staff to decide, for tests of the queue."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from lk_app.models import Account, Meter, Reading, ReadingPhoto, ReadingState, User
from tests import factories
from tests.factories import NOW, TODAY

OCTOBER = date(2026, 10, 20)

_numbers = count(1)


def meter_read(session: Session, account: Account | None = None, last: int = 5_214_000, **values: Any) -> Meter:
    """A meter with an accepted reading of October."""
    meter = factories.meter(session, account or factories.account(session), **values)
    factories.reading(session, meter, last, OCTOBER, consumption=60_000)
    return meter


def waiting(
    session: Session,
    meter: Meter | None = None,
    value: int = 5_258_000,
    *,
    sent_at: datetime = NOW,
    photo: bool = False,
    **values: Any,
) -> Reading:
    """A reading of today that a consumer sent; nothing about it is unusual unless `flags` say so."""
    meter = meter or meter_read(session)
    defaults: dict[str, Any] = {
        "id": f"R261122-{next(_numbers):010d}",
        "state": ReadingState.PENDING,
        "announced": ReadingState.PENDING,
        "consumption": 44_000,
        "flags": "",
        "usual": 88_000,
    }
    reading = factories.reading(session, meter, value, sent_at=sent_at, **(defaults | values))
    if photo:
        add_photo(session, reading)
    return reading


def add_photo(session: Session, reading: Reading, content: bytes = b"JPEG") -> ReadingPhoto:
    """A photo that came with a reading."""
    user = session.exec(select(User)).first() or factories.user(session)
    return factories.store(
        session,
        ReadingPhoto(
            id=f"photo-{next(_numbers):016d}",
            meter_id=reading.meter_id,
            user_id=user.id or 0,
            reading_id=reading.id,
            uploaded_at=NOW,
            content=content,
        ),
    )


def queue_of(session: Session, length: int, **values: Any) -> list[Reading]:
    """So many readings that were sent one minute after another, the last one now, each of another account."""
    moments = (NOW - timedelta(minutes=length - 1 - number) for number in range(length))
    return [waiting(session, sent_at=at, **values) for at in moments]


NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)"
SECONDS_AFTER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', :first, '+' || n || ' seconds')",
    "postgresql": "CAST(:first AS timestamptz) + n * interval '1 second'",
}
LETTERS = " || ".join(f"substr('абвгдежзик', 1 + n / {step} % 10, 1)" for step in (1, 10, 100))
CROWD = (
    """
    INSERT INTO accounts (number, last_name, first_name, middle_name, office_code, opened_on) {numbers}
    SELECT CAST(67000000000 + n AS varchar), 'Житель' || {letters}, 'Пётр', '', '07', :day
    FROM numbers
    """,
    """
    INSERT INTO premises (account_number, kind, address, residents, heating, equipment) {numbers}
    SELECT CAST(67000000000 + n AS varchar), 'flat', 'г. Ясный, ул. Садовая, ' || n, 3, false, '[]' FROM numbers
    """,
    """
    INSERT INTO meters (id, account_number, serial, model, place, digits, decimals, state, remote, installed_on)
    {numbers}
    SELECT 'crowd-' || n, CAST(67000000000 + n AS varchar), 'serial-' || n, 'ВК-G4', '', 5, 0, 'working', false, :day
    FROM numbers
    """,
    """
    INSERT INTO readings (id, meter_id, taken_on, value, consumption, source, state, reason) {numbers}
    SELECT 'crowd-' || n, 'crowd-' || n, :october, 5214000, 60000, 'portal', 'accepted', '' FROM numbers
    """,
    """
    INSERT INTO readings (id, meter_id, taken_on, value, consumption, source, state, reason, announced, sent_at, flags)
    {numbers}
    SELECT 'R261122-' || (1000000000 + n), 'crowd-' || n, :day, 5258000, 44000, 'portal', 'pending', '', 'pending',
           {sent_at}, CASE n % 100 WHEN 0 THEN 'high' ELSE '' END
    FROM numbers
    """,
    "ANALYZE",
)


def crowd(session: Session, many: int) -> None:
    """Let so many readings wait, each of another account and a second after the one before; every hundredth needs
    attention."""
    factories.office(session)
    dialect = session.connection().dialect.name
    first = f"{NOW:%Y-%m-%d %H:%M:%S}" if dialect == "sqlite" else NOW
    given = {"many": many, "first": first, "day": TODAY, "october": OCTOBER}
    for statement in CROWD:
        filled = statement.format(numbers=NUMBERS, letters=LETTERS, sent_at=SECONDS_AFTER[dialect])
        session.execute(text(filled), {name: value for name, value in given.items() if f":{name}" in filled})
