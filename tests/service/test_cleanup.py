"""What the worker throws away every hour, and what it leaves."""

from datetime import timedelta

from sqlmodel import Session, select

from lk_app.models import (
    Captcha,
    Direction,
    EmailProof,
    ExchangeRun,
    IdempotencyKey,
    Letter,
    RateLimit,
    SandboxLetter,
    SandboxMessage,
    SmsMessage,
    StaffSession,
    User,
    UserSession,
    Verification,
)
from lk_app.services import captcha, deletion, email, rates, verification
from lk_app.services.jobs import JOBS
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Pace
from tests import factories
from tests.cleaning import cleaned
from tests.factories import NOW

PACE = Pace(burst=1, interval=timedelta(minutes=1))
PLACE = Place("203.0.113.7")


def fill(session: Session) -> None:
    """One of everything that is forgotten after a while, and many limits."""
    request, _ = verification.anonymous_request(verification.Purpose.RECOVERY, "9120000003", PLACE.address, NOW)
    verification.start(session, request, NOW)
    captcha.issue(session, PLACE.address, NOW)
    session.add(SandboxMessage(phone="9120000003", text="код", sent_at=NOW))
    session.add(SandboxLetter(address="maria@example.ru", subject="Код", text="код", sent_at=NOW))
    email.start(session, factories.consumer(session), "maria@example.ru", NOW)
    deletion.ask(session, factories.consumer(session), PLACE, NOW)
    factories.staff_caller(session)
    run = factories.store(
        session, ExchangeRun(direction=Direction.IN, started_at=NOW, started_by="lk", outcome="running")
    )
    session.add(IdempotencyKey(owner="billing", key="1", digest="0" * 64, run_id=run.id, created_at=NOW))
    for index in range(250):
        rates.take(session, [Limit("test", str(index), PACE)], NOW)
    session.flush()


def left(session: Session) -> dict[str, int]:
    tables = (
        *(Verification, Captcha, SandboxMessage, SmsMessage, UserSession, RateLimit),
        *(EmailProof, Letter, SandboxLetter, StaffSession, IdempotencyKey),
    )
    return {table.__name__: len(session.exec(select(table)).all()) for table in tables}


def test_after_a_month_nothing_is_left_but_the_empty_row_of_the_user(session: Session) -> None:
    fill(session)
    assert all(left(session).values())

    cleaned(session, NOW + timedelta(days=31))

    assert left(session) == dict.fromkeys(left(session), 0)
    assert [user.deleted_at is not None for user in session.exec(select(User).order_by(User.id))] == [False, True]


def test_what_may_still_be_needed_stays(session: Session) -> None:
    fill(session)
    before = left(session)

    cleaned(session, NOW)

    assert left(session) == before


def test_the_worker_cleans_up_every_hour() -> None:
    assert {job.name: job.every for job in JOBS}["clean up"] == timedelta(hours=1)
