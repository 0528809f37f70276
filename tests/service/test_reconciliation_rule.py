"""Whatever was charged and paid, an act adds up: histories that a machine makes up."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from sqlmodel import Session

from lk_app.formats import MINUS
from lk_app.models import Account
from lk_app.models.values import Month, next_month
from lk_app.services.errors import FieldErrors
from lk_app.services.statements import ReconciliationPage, reconciliation_page
from tests import factories
from tests.factories import TODAY
from tests.texts import plain

MARCH = Month(202603)


@dataclass(frozen=True)
class Posting:
    """What billing does in a month of a generated history; it may have no charges."""

    charged: bool
    accrued: int
    recalculation: int
    penalty: int
    payments: tuple[int, ...]
    paid_otherwise: int | None
    """What billing counts as paid if not the payments."""
    carries: int
    """What the month begins with, beyond what follows from the one before."""


def postings(*, tidy: bool) -> st.SearchStrategy[list[Posting]]:
    """Histories; tidy ones follow from payments alone, with nothing unexplained in them."""
    amounts = st.integers(-300_000, 300_000)
    month = st.builds(
        Posting,
        charged=st.booleans(),
        accrued=amounts,
        recalculation=amounts,
        penalty=st.integers(0, 5_000),
        payments=st.lists(st.integers(1, 400_000), max_size=3).map(tuple),
        paid_otherwise=st.none() if tidy else st.none() | amounts,
        carries=st.just(0) if tidy else st.just(0) | amounts,
    )
    return st.lists(month, min_size=1, max_size=8).filter(lambda history: any(posting.charged for posting in history))


DATABASES_STAY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ranges = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(sorted)
"""The first and the last place in a history that an act covers."""


@DATABASES_STAY
@given(history=postings(tidy=False), places=ranges)
def test_every_act_adds_up(session: Session, history: list[Posting], places: list[int]) -> None:
    with forgotten(session):
        account, closings = stored(session, history)
        act = generated_act(session, account, *places)

    balance = kopecks(act.opening)
    for row in act.rows:
        figures = [kopecks(figure) for figure in (row.accrued, row.recalculation, row.penalty, row.paid)]
        if row.text == "Остаток изменён по данным расчётов":
            assert not any(figures)
            balance += kopecks(plain(row.note).removeprefix("на ").removesuffix(" ₽"))
        balance += sum(figures[:3]) - figures[3]
        assert kopecks(row.balance) == balance
    assert kopecks(act.closing) == balance

    turnover = act.turnover
    for column in ("accrued", "recalculation", "penalty", "paid"):
        assert kopecks(getattr(turnover, column)) == sum(kopecks(getattr(row, column)) for row in act.rows), column
    change = kopecks(turnover.charged) + kopecks(turnover.shift) - kopecks(turnover.paid)
    assert kopecks(act.opening) + change == kopecks(act.closing)
    closed = month_before(act.closed_on)
    if closed in closings:
        assert kopecks(act.closing) == closings[closed], "billing's own figure"


@DATABASES_STAY
@given(history=postings(tidy=True), places=ranges)
def test_an_act_of_a_tidy_history_names_every_payment_and_nothing_else(
    session: Session, history: list[Posting], places: list[int]
) -> None:
    with forgotten(session):
        account, _ = stored(session, history)
        act = generated_act(session, account, *places)

    begun = Month(int(act.opened_on[6:]) * 100 + int(act.opened_on[3:5]))
    covered = [month for month in months_of(history) if begun <= month <= month_before(act.closed_on)]
    expected = Counter(
        amount
        for month, posting in zip(months_of(history), history, strict=True)
        if month in covered
        for amount in posting.payments
    )
    assert Counter(kopecks(row.paid) for row in act.rows if row.text == "Оплата в банке") == expected
    assert {row.text for row in act.rows} <= {"Оплата в банке", "Начислено за месяц"}
    assert (act.turnover.shift, kopecks(act.turnover.paid)) == ("", sum(expected.elements()))


@contextmanager
def forgotten(session: Session) -> Iterator[None]:
    """Let one example's rows be gone when the next begins."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def months_of(history: list[Posting]) -> list[Month]:
    return [next_month(MARCH, step) for step in range(len(history))]


def stored(session: Session, history: list[Posting]) -> tuple[Account, dict[Month, int]]:
    """Store a history that begins in March; returns its account and the closing balance of each charged month."""
    account = factories.account(session)
    closings: dict[Month, int] = {}
    balance = 0
    for month, posting in zip(months_of(history), history, strict=True):
        for amount in posting.payments:
            factories.payment(session, account, amount, month, paid_on=date(month // 100, month % 100, 5))
        paid = sum(posting.payments)
        if not posting.charged:
            balance -= paid
            continue
        if posting.paid_otherwise is not None:
            paid = posting.paid_otherwise
        charge = factories.charge(
            session,
            account,
            month,
            opening=balance + posting.carries,
            accrued=posting.accrued,
            recalculation=posting.recalculation,
            penalty=posting.penalty,
            paid=paid,
        )
        balance = closings[month] = charge.closing
    return account, closings


def generated_act(session: Session, account: Account, first: int, last: int) -> ReconciliationPage:
    """Return the act from one place of the history to another; passes over those without a charged month."""
    who, months = factories.consumer(session, account), (next_month(MARCH, first), next_month(MARCH, last))
    try:
        return reconciliation_page(session, who, account.number, "gas", *months, TODAY)
    except FieldErrors:
        reject()


def month_before(day: str) -> Month:
    return next_month(Month(int(day[6:]) * 100 + int(day[3:5])), -1)


def kopecks(figure: str) -> int:
    """Read a figure as it is drawn: «−1 234,56»; an empty place is nothing."""
    return int(plain(figure).replace(MINUS, "-").replace(" ", "").replace(",", "") or 0)
