"""The demo company's billing: what is paid in the demo is posted by a package, as real billing would."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from lk_app.models import Account, Attempt, AttemptState, Channel, Payment, Period, Posting, User
from lk_app.models.values import Month
from lk_app.services import jobs
from lk_app.services.callers import Consumer
from lk_app.services.demo import billing as demo_billing
from lk_app.services.demo.load import load_demo
from lk_app.services.session import reading, writing
from lk_app.services.settlements import balances
from lk_app.settings import settings
from tests import attempts, factories
from tests.factories import NOW, TODAY

OWN = "66010000017"
UNTIL = Month(202610)
LATER = NOW + timedelta(seconds=15)
BOTH = {"gas": 100_000, "vdgo": 5_000}

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def demo(portal: str) -> Consumer:
    """The demo company, and its user, who has just paid for both divisions."""
    load_demo(UNTIL, "оператор", lambda: NOW)
    with writing() as session:
        user = session.exec(select(User)).one()
        who = Consumer(user.id or 0, session_id=0)
        attempts.attempt(session, who, session.get_one(Account, OWN), BOTH)
        return who


@pytest.fixture
def environment(portal: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


def bill(now: datetime = LATER) -> AttemptState:
    with writing() as session:
        demo_billing.run(session, now)
    return state()


def state() -> AttemptState:
    with reading() as session:
        return session.exec(select(Attempt.state)).one()


def test_what_was_paid_is_posted_and_comes_off_the_debt(demo: Consumer) -> None:
    with reading() as session:
        before = balances(session, demo, OWN, TODAY)

    assert bill() is AttemptState.POSTED

    with reading() as session:
        after = balances(session, demo, OWN, TODAY)
        posted = session.exec(select(Payment).join(Posting).order_by(col(Payment.division_code))).all()
    assert [division.processing for division in before] == [100_000, 5_000]
    assert [division.processing for division in after] == [0, 0]
    assert [was.balance - now.balance for was, now in zip(before, after, strict=True)] == [100_000, 5_000]
    assert [(payment.amount, payment.paid_on, payment.channel) for payment in posted] == [
        (100_000, TODAY, Channel.ONLINE),
        (5_000, TODAY, Channel.ONLINE),
    ]


def test_a_payment_can_be_seen_in_processing_for_a_while_and_is_posted_once(demo: Consumer) -> None:
    assert bill(NOW + timedelta(seconds=14)) is AttemptState.PAID
    assert bill(NOW + timedelta(seconds=15)) is AttemptState.POSTED
    assert bill(NOW + timedelta(seconds=35)) is AttemptState.POSTED

    with reading() as session:
        assert len(session.exec(select(Posting)).all()) == 2


@pytest.mark.parametrize(
    ("closed", "now", "month"),
    [
        ([], NOW, 202611),
        ([202611], NOW, 202612),
        ([], NOW + timedelta(days=40), 202701),
        ([202611, 202612], NOW, 202701),
    ],
    ids=["open", "closed already", "missing", "closed in advance"],
)
def test_it_counts_in_the_open_month(demo: Consumer, closed: list[int], now: datetime, month: int) -> None:
    with writing() as session:
        for number in closed:
            period = factories.period(session, Month(number))
            period.closed_on = TODAY
            session.add(period)

    assert bill(now + timedelta(seconds=15)) is AttemptState.POSTED

    with reading() as session:
        assert set(session.exec(select(Payment.month).join(Posting))) == {month}
        period = session.get_one(Period, Month(month))
        assert period.closed_on is None


def test_only_the_demo_bills_itself(demo: Consumer, environment: pytest.MonkeyPatch) -> None:
    became = {}
    for name in ("test", "production", "demo"):
        environment.setenv("LK_ENV", name)
        settings.cache_clear()
        assert jobs.bill_demo(lambda: LATER) is False
        became[name] = state()

    assert became == {"test": AttemptState.PAID, "production": AttemptState.PAID, "demo": AttemptState.POSTED}


def test_where_the_demo_company_is_not_nothing_is_billed(portal: str) -> None:
    with writing() as session:
        account = factories.account(session)
        attempts.attempt(session, factories.consumer(session, account), account, {"gas": 100})

    assert bill() is AttemptState.PAID


def test_without_payments_billing_waits_for_nobody(portal: str) -> None:
    with writing() as session:
        factories.account(session, OWN)

    with reading() as session:
        demo_billing.run(session, NOW)


def test_a_late_fault_leaves_the_payment_as_it_was(demo: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise InterruptedError

    monkeypatch.setattr(demo_billing, "import_package", broken)
    with pytest.raises(InterruptedError):
        bill()

    assert state() is AttemptState.PAID
