"""What billing is told of, once, and what comes of what it posts."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from lk_app.models import Account, Attempt, AttemptPart, AttemptState, Concern, ConcernReason, Posting
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import billing
from lk_app.services.acquiring.billing import PaidPart
from lk_app.services.acquiring.concerns import resolve
from lk_app.services.callers import Consumer
from tests import attempts, factories
from tests.exchange_fixtures import everything, load, refusal, write_package
from tests.factories import NOW, TODAY

PAID, EXPORTED, POSTED, REFUNDED = (
    AttemptState.PAID,
    AttemptState.EXPORTED,
    AttemptState.POSTED,
    AttemptState.REFUNDED,
)
DIFFERENTLY, NOT_POSTED = ConcernReason.POSTED_DIFFERENTLY, ConcernReason.NOT_POSTED
BOTH = {"gas": 100_000, "vdgo": 50_000}
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def account(session: Session) -> Account:
    return factories.account(session)


@pytest.fixture
def who(session: Session, account: Account) -> Consumer:
    return factories.consumer(session, account)


def concerns(session: Session, attempt: Attempt) -> list[ConcernReason]:
    listed = select(Concern.reason).where(Concern.attempt_id == attempt.id, col(Concern.resolved_at).is_(None))
    return list(session.exec(listed))


# What billing is told.


def test_what_was_paid_is_told_once_division_by_division(session: Session, who: Consumer, account: Account) -> None:
    attempt = attempts.attempt(session, who, account, BOTH)

    told = billing.export(session, NOW, LATER)

    number = attempt.order_number
    assert told == [
        PaidPart(number, account.number, "gas", Kopecks(100_000), TODAY),
        PaidPart(number, account.number, "vdgo", Kopecks(50_000), TODAY),
    ]
    assert (attempt.state, attempt.exported_at, attempt.next_ask_at) == (EXPORTED, LATER, None)
    assert billing.export(session, LATER, LATER) == []


@pytest.mark.parametrize("state", [state for state in AttemptState if state is not PAID])
def test_of_nothing_else_is_billing_told(
    session: Session, who: Consumer, account: Account, state: AttemptState
) -> None:
    attempts.attempt(session, who, account, BOTH, state)

    assert billing.export(session, LATER, LATER) == []


def test_billing_is_told_of_what_was_not_given_back(session: Session, who: Consumer, account: Account) -> None:
    some, none = (attempts.attempt(session, who, account, BOTH) for _ in range(2))
    attempts.give_back(session, some, {"gas": 40_000, "vdgo": 50_000})
    attempts.give_back(session, none, BOTH)

    told = billing.export(session, NOW, LATER)

    assert [(part.order_number, part.division_code, part.amount) for part in told] == [
        (some.order_number, "gas", 60_000)
    ]


def test_what_was_paid_too_lately_waits(session: Session, who: Consumer, account: Account) -> None:
    first = attempts.attempt(session, who, account, BOTH, at=NOW)
    attempts.attempt(session, who, account, BOTH, at=NOW + timedelta(seconds=1))

    assert {part.order_number for part in billing.export(session, NOW, LATER)} == {first.order_number}


def test_so_much_is_told_at_a_time(session: Session, who: Consumer, account: Account) -> None:
    for _ in range(5):
        attempts.attempt(session, who, account, {"gas": 100})

    assert [len(billing.export(session, NOW, LATER, most=2)) for _ in range(4)] == [2, 2, 1, 0]


# What billing posts.


@pytest.mark.parametrize("state", [PAID, EXPORTED])
def test_an_attempt_is_posted_when_all_its_parts_are(
    session: Session, who: Consumer, account: Account, state: AttemptState
) -> None:
    attempt = attempts.attempt(session, who, account, BOTH, state)
    attempts.post(session, attempt, "gas")
    assert (billing.note_postings(session, NOW), attempt.state) == (0, state)

    attempts.post(session, attempt, "vdgo")

    assert billing.note_postings(session, LATER) == 1
    assert (attempt.state, attempt.posted_at, concerns(session, attempt)) == (POSTED, LATER, [])
    assert billing.note_postings(session, LATER) == 0


def test_a_part_that_was_given_back_before_billing_was_told_is_not_waited_for(
    session: Session, who: Consumer, account: Account
) -> None:
    attempt = attempts.attempt(session, who, account, BOTH)
    attempts.give_back(session, attempt, {"vdgo": 50_000})
    billing.export(session, NOW, NOW)
    attempts.post(session, attempt, "gas")

    assert billing.note_postings(session, LATER) == 1
    assert (attempt.state, concerns(session, attempt)) == (POSTED, [])


def test_what_billing_was_told_counts_and_not_what_went_back_later(
    session: Session, who: Consumer, account: Account
) -> None:
    attempt = attempts.attempt(session, who, account, {"gas": 100_000})
    billing.export(session, NOW, NOW)
    attempts.give_back(session, attempt, {"gas": 40_000})
    attempts.post(session, attempt)

    billing.note_postings(session, LATER)

    assert (attempt.state, concerns(session, attempt)) == (POSTED, [])


def test_another_amount_is_posted_and_needs_a_person(session: Session, who: Consumer, account: Account) -> None:
    attempt = attempts.attempt(session, who, account, BOTH, EXPORTED)
    gas, _ = attempts.post(session, attempt)
    gas.amount = Kopecks(99_999)
    session.add(gas)

    assert billing.note_postings(session, LATER) == 1

    assert (attempt.state, concerns(session, attempt)) == (POSTED, [DIFFERENTLY])
    concern = session.get_one(Concern, (attempt.id, DIFFERENTLY))
    assert concern.detail == "gas: paid 100000, posted 99999 kopecks"


@pytest.mark.parametrize("where", ["account", "division", "part"])
def test_what_is_posted_elsewhere_stays_in_processing_and_needs_a_person(
    session: Session, who: Consumer, account: Account, where: str
) -> None:
    attempt = attempts.attempt(session, who, account, {"gas": 100_000}, EXPORTED)
    factories.division(session, "vdgo")
    [payment] = attempts.post(session, attempt)
    if where == "account":
        payment.account_number = factories.account(session).number
    elif where == "division":
        payment.division_code = "vdgo"
    else:
        posting = session.exec(select(Posting)).one()
        posting.division_code = "vdgo"
        session.add(posting)
    session.add(payment)
    session.flush()

    assert billing.note_postings(session, LATER) == 0
    assert (attempt.state, concerns(session, attempt)) == (EXPORTED, [DIFFERENTLY])


def test_a_posting_of_what_was_given_back_moves_nothing(session: Session, who: Consumer, account: Account) -> None:
    attempt = attempts.attempt(session, who, account, {"gas": 100_000})
    attempts.give_back(session, attempt, {"gas": 100_000})
    attempts.post(session, attempt)

    assert (billing.note_postings(session, LATER), attempt.state) == (0, REFUNDED)


@pytest.mark.parametrize(
    ("state", "age", "listed"),
    [
        (PAID, timedelta(days=3), []),
        (PAID, timedelta(days=3, seconds=1), [NOT_POSTED]),
        (EXPORTED, timedelta(days=3, seconds=1), [NOT_POSTED]),
        (POSTED, timedelta(days=30), []),
        (REFUNDED, timedelta(days=30), []),
        (AttemptState.EXPIRED, timedelta(days=30), []),
    ],
)
def test_what_is_not_posted_in_three_days_needs_a_person(
    session: Session, who: Consumer, account: Account, state: AttemptState, age: timedelta, listed: list[ConcernReason]
) -> None:
    attempt = attempts.attempt(session, who, account, BOTH, state)

    billing.note_unposted(session, NOW + age)

    assert concerns(session, attempt) == listed


def test_who_was_told_to_wait_is_reminded_after_a_week(session: Session, who: Consumer, account: Account) -> None:
    attempt = attempts.attempt(session, who, account, BOTH, EXPORTED)
    billing.note_unposted(session, NOW + timedelta(days=4))
    resolve(session, session.get_one(Concern, (attempt.id, NOT_POSTED)), "operator", "billing will", NOW)

    billing.note_unposted(session, NOW + timedelta(days=6))
    assert concerns(session, attempt) == []
    billing.note_unposted(session, NOW + timedelta(days=7))
    assert concerns(session, attempt) == [NOT_POSTED]


def test_and_once_it_is_posted_nobody_any_more(session: Session, who: Consumer, account: Account) -> None:
    attempt = attempts.attempt(session, who, account, BOTH, EXPORTED)
    billing.note_unposted(session, NOW + timedelta(days=4))
    attempts.post(session, attempt)

    billing.note_postings(session, NOW + timedelta(days=5))

    assert concerns(session, attempt) == []


# Postings in a package.

PAYMENTS = ["id", "account_number", "division_code", "month", "paid_on", "amount", "channel"]
POSTINGS = ["order_number", "division_code", "payment_id"]


@pytest.fixture
def paid(engine: Engine) -> Attempt:
    """A paid attempt, committed, of an account with an open period."""
    with Session(engine, expire_on_commit=False) as session:
        account = factories.account(session)
        factories.period(session, factories.Month(202611), closed=False)
        attempt = attempts.attempt(session, factories.consumer(session, account), account, BOTH, EXPORTED)
        session.commit()
        return attempt


def package(folder: Path, attempt: Attempt, *codes: str, number: str = "") -> Path:
    """A package in which billing posts parts of an attempt."""
    payments, postings = [PAYMENTS], [POSTINGS]
    for code in codes:
        amount = f"{BOTH[code] // 100}.00"
        document = f"D-{code}"
        payments.append([document, attempt.account_number, code, "2026-11", str(TODAY), amount, "online"])
        postings.append([number or attempt.order_number, code, document])
    return write_package(folder, {"payments.csv": payments, "postings.csv": postings})


def state_of(engine: Engine, attempt: Attempt) -> AttemptState:
    with Session(engine) as session:
        return session.get_one(Attempt, attempt.id).state


def test_a_package_posts_an_attempt(engine: Engine, paid: Attempt, tmp_path: Path) -> None:
    report = load(engine, package(tmp_path / "some", paid, "gas"))
    assert [(file.name, file.changed) for file in report.files] == [("payments.csv", 1), ("postings.csv", 1)]
    assert state_of(engine, paid) is EXPORTED

    load(engine, package(tmp_path / "all", paid, "gas", "vdgo"))
    assert state_of(engine, paid) is POSTED


def test_the_same_package_again_changes_nothing(engine: Engine, paid: Attempt, tmp_path: Path) -> None:
    folder = package(tmp_path / "package", paid, "gas", "vdgo")
    load(engine, folder)
    before = everything(engine)

    assert load(engine, folder).already_loaded
    assert everything(engine) == before


def test_an_order_that_is_not_ours_is_named_and_nothing_is_loaded(
    engine: Engine, paid: Attempt, tmp_path: Path
) -> None:
    folder = package(tmp_path / "package", paid, "gas", "vdgo", number="261122-ZZZZZZZZZZ")
    before = everything(engine)

    refused = refusal(engine, folder)

    assert [str(issue) for issue in refused.issues] == [
        f"postings.csv, строка {line}, order_number: портал не создавал заказа с таким номером" for line in (2, 3)
    ]
    assert everything(engine) == before


@pytest.mark.parametrize(
    ("posting", "place"),
    [
        (["{order}", "water", "D-gas"], (2, "division_code")),
        (["{order}", "gas", "D-nothing"], (2, "payment_id")),
        (["", "gas", "D-gas"], (2, "order_number")),
        (["{order}", "gas", "D-gas", "more"], (2, "")),
    ],
)
def test_a_bad_posting_is_named(
    engine: Engine, paid: Attempt, tmp_path: Path, posting: list[str], place: tuple[int, str]
) -> None:
    payment = ["D-gas", paid.account_number, "gas", "2026-11", str(TODAY), "1000.00", "online"]
    rows = [cell.format(order=paid.order_number) for cell in posting]
    before = everything(engine)

    refused = refusal(
        engine,
        write_package(tmp_path / "package", {"payments.csv": [PAYMENTS, payment], "postings.csv": [POSTINGS, rows]}),
    )

    [issue] = refused.issues
    assert (issue.file, issue.line, issue.column) == ("postings.csv", *place)
    assert everything(engine) == before


def test_one_document_for_two_parts_is_named_by_its_line(engine: Engine, paid: Attempt, tmp_path: Path) -> None:
    payment = ["D", paid.account_number, "gas", "2026-11", str(TODAY), "1500.00", "online"]
    postings = [POSTINGS, *([paid.order_number, code, "D"] for code in BOTH)]

    refused = refusal(
        engine, write_package(tmp_path / "package", {"payments.csv": [PAYMENTS, payment], "postings.csv": postings})
    )

    [issue] = refused.issues
    assert (issue.file, issue.line, issue.column) == ("postings.csv", 3, "payment_id")


def test_what_was_exported_stands_beside_what_was_paid(engine: Engine, paid: Attempt) -> None:
    with Session(engine) as session:
        attempt = session.get_one(Attempt, paid.id)
        attempt.state = PAID
        session.flush()
        [gas, vdgo] = billing.export(session, NOW, NOW)
        parts = session.exec(select(AttemptPart.exported).order_by(col(AttemptPart.division_code))).all()

    assert parts == [gas.amount, vdgo.amount] == [100_000, 50_000]
