"""«История платежей»: every payment once, the latest first, and whose it is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from lk_app.models import Account, AccountLink, Attempt, AttemptState, Channel
from lk_app.models.values import Kopecks, Month
from lk_app.services.acquiring import billing
from lk_app.services.callers import Consumer
from lk_app.services.payments import history
from lk_app.services.payments.history import Filter, History, PaymentLine, PaymentState, history_of, whole_history
from tests import attempts, factories
from tests.factories import NOW

CREATED, REGISTERED, PAID, DECLINED, EXPIRED, EXPORTED, POSTED, REFUNDED = AttemptState
BOTH = {"gas": 100_000, "vdgo": 50_000}
EVERYTHING = Filter()


@dataclass
class Home:
    """An account that two users have, and somebody else's account."""

    session: Session
    account: Account
    who: Consumer
    spouse: Consumer
    stranger: Consumer

    def attempt(self, state: AttemptState = PAID, by: Consumer | None = None, **values: Any) -> Attempt:
        parts = values.pop("parts", {"gas": 100_000})
        return attempts.attempt(self.session, by or self.who, self.account, parts, state, **values)

    def history(self, who: Consumer | None = None, wanted: Filter = EVERYTHING, page: int = 0) -> History:
        return history_of(self.session, who or self.who, self.account.number, wanted, page, NOW)

    def lines(self, who: Consumer | None = None, wanted: Filter = EVERYTHING) -> tuple[PaymentLine, ...]:
        return self.history(who, wanted).lines

    def line(self, who: Consumer | None = None) -> PaymentLine:
        [line] = self.lines(who)
        return line


@pytest.fixture
def home(session: Session) -> Home:
    account, other = factories.account(session), factories.account(session)
    factories.division(session, "gas")
    factories.division(session, "vdgo", name="ВДГО", position=2)
    people = [factories.consumer(session, attached) for attached in (account, account, other)]
    return Home(session, account, *people)


def test_a_payment_at_the_bank_or_the_post_is_billings(home: Home) -> None:
    factories.payment(home.session, home.account, 12_345, id="D-1", channel=Channel.POST)

    line = home.line()

    assert (line.day, line.amount, line.division, line.channel) == (factories.TODAY, 12_345, "Природный газ", "post")
    assert (line.state, line.payment_id, line.order_number) == (PaymentState.POSTED, "D-1", None)
    assert (line.at, line.is_own, line.card, line.refunded) == (None, False, "", 0)
    assert (line.can_continue, line.can_repeat) == (False, False)


@pytest.mark.parametrize(
    ("state", "called", "can_continue", "can_repeat"),
    [
        (CREATED, PaymentState.UNFINISHED, False, True),
        (REGISTERED, PaymentState.UNFINISHED, True, False),
        (DECLINED, PaymentState.DECLINED, False, True),
        (EXPIRED, PaymentState.UNFINISHED, False, True),
        (PAID, PaymentState.PROCESSING, False, False),
        (EXPORTED, PaymentState.PROCESSING, False, False),
    ],
)
def test_an_attempt_is_called_by_what_it_means(
    home: Home, state: AttemptState, called: PaymentState, can_continue: bool, can_repeat: bool
) -> None:
    attempt = home.attempt(state)

    line = home.line()

    assert (line.state, line.order_number, line.payment_id) == (called, attempt.order_number, None)
    assert (line.is_own, line.channel, line.amount) == (True, Channel.ONLINE, 100_000)
    assert (line.can_continue, line.can_repeat) == (can_continue, can_repeat)
    assert line.at == (NOW if state in (PAID, EXPORTED) else NOW - timedelta(minutes=3))


@pytest.mark.parametrize(
    "values", [{"form_url": ""}, {"expires_at": NOW}, {"expires_at": NOW - timedelta(seconds=1)}], ids=str
)
def test_without_an_open_page_an_attempt_is_repeated(home: Home, values: dict[str, Any]) -> None:
    home.attempt(REGISTERED, **values)

    assert (home.line().can_continue, home.line().can_repeat) == (False, True)


def test_an_attempt_at_several_divisions_has_a_line_for_each_in_their_order(home: Home) -> None:
    home.attempt(parts={"vdgo": 50_000, "gas": 100_000})

    assert [(line.division, line.amount) for line in home.lines()] == [("Природный газ", 100_000), ("ВДГО", 50_000)]
    assert {line.whole for line in home.lines()} == {150_000}


def test_a_posted_attempt_appears_once_as_billing_has_it(home: Home) -> None:
    attempt = home.attempt(POSTED)
    attempts.post(home.session, attempt)

    line = home.line()

    assert (line.state, line.order_number, line.at) == (PaymentState.POSTED, attempt.order_number, NOW)
    assert (line.payment_id, line.is_own, line.card) == (f"doc:{attempt.order_number}:gas", True, "1111")


def test_of_an_attempt_posted_in_part_each_part_appears_once(home: Home) -> None:
    attempt = home.attempt(EXPORTED, parts=BOTH)
    attempts.post(home.session, attempt, "vdgo")

    assert {(line.division_code, line.state) for line in home.lines()} == {
        ("gas", PaymentState.PROCESSING),
        ("vdgo", PaymentState.POSTED),
    }
    assert home.history().count == 2
    assert (home.history().posted, home.history().processing) == (50_000, 100_000)


@pytest.mark.parametrize("state", [PAID, EXPORTED, POSTED])
def test_a_part_that_was_given_back_is_called_so(home: Home, state: AttemptState) -> None:
    attempt = home.attempt(state, parts=BOTH)
    attempts.give_back(home.session, attempt, {"gas": 40_000, "vdgo": 50_000})
    if state is POSTED:
        attempts.post(home.session, attempt, "gas")

    gas, vdgo = sorted(home.lines(), key=lambda line: line.division_code)

    called = PaymentState.POSTED if state is POSTED else PaymentState.PROCESSING
    assert (gas.state, gas.amount, gas.refunded) == (called, 100_000, 40_000)
    assert (vdgo.state, vdgo.amount, vdgo.refunded) == (PaymentState.REFUNDED, 50_000, 50_000)
    assert home.history().posted + home.history().processing == 60_000


def test_what_went_back_before_billing_was_told_is_not_taken_off_twice(home: Home) -> None:
    attempt = home.attempt()
    attempts.give_back(home.session, attempt, {"gas": 40_000})
    billing.export(home.session, NOW, NOW)
    [payment] = attempts.post(home.session, attempt)
    payment.amount = Kopecks(60_000)
    home.session.add(payment)
    assert (home.line().amount, home.line().refunded, home.history().posted) == (60_000, 0, 60_000)

    attempts.give_back(home.session, attempt, {"gas": 10_000})
    assert (home.line().refunded, home.history().posted) == (10_000, 50_000)

    attempts.give_back(home.session, attempt, {"gas": 50_000})
    assert (home.line().state, home.history().posted) == (PaymentState.REFUNDED, 0)


def test_a_document_on_the_wrong_account_tells_nobody_of_the_order(home: Home) -> None:
    """A slip of billing: the money of one account posted to another."""
    theirs = home.session.exec(select(AccountLink.account_number).where(AccountLink.user_id == home.stranger.user_id))
    attempt = home.attempt(EXPORTED)
    [payment] = attempts.post(home.session, attempt)
    payment.account_number = theirs.one()
    home.session.add(payment)

    [line] = history_of(home.session, home.stranger, payment.account_number, EVERYTHING, 0, NOW).lines

    assert (line.order_number, line.at, line.card, line.is_own) == (None, None, "", False)
    assert (line.payment_id, line.amount, line.refunded) == (payment.id, 100_000, 0)
    assert home.line().state is PaymentState.PROCESSING, "to its payer it is as if nothing were posted"


@pytest.mark.parametrize("posted", [False, True])
def test_what_was_given_back_whole_counts_nowhere(home: Home, posted: bool) -> None:
    attempt = home.attempt(parts=BOTH)
    attempts.give_back(home.session, attempt, BOTH)
    if posted:
        attempts.post(home.session, attempt)

    found = home.history()

    assert [line.state for line in found.lines] == [PaymentState.REFUNDED] * 2
    assert (found.count, found.posted, found.processing) == (2, 0, 0)


@pytest.mark.parametrize("state", [PAID, EXPORTED, POSTED, REFUNDED])
def test_who_shares_the_account_sees_what_was_paid_and_no_card(home: Home, state: AttemptState) -> None:
    attempt = home.attempt(PAID if state is REFUNDED else state)
    if state is POSTED:
        attempts.post(home.session, attempt)
    if state is REFUNDED:
        attempts.give_back(home.session, attempt, {"gas": 100_000})

    own, other = home.line(home.who), home.line(home.spouse)

    assert (own.is_own, own.card) == (True, "1111")
    assert (other.is_own, other.card, other.state, other.amount) == (False, "", own.state, own.amount)


@pytest.mark.parametrize("state", [CREATED, REGISTERED, DECLINED, EXPIRED])
def test_what_others_did_not_pay_is_theirs_alone(home: Home, state: AttemptState) -> None:
    home.attempt(state)

    assert home.history(home.spouse).count == 0
    assert home.history(home.who).count == 1


def test_of_somebody_elses_account_nothing_is_seen(home: Home) -> None:
    home.attempt(PAID)
    home.attempt(DECLINED, by=home.stranger)
    attempts.post(home.session, home.attempt(POSTED))
    factories.payment(home.session, home.account, 1)

    found = home.history(home.stranger)

    assert (found.lines, found.count, found.posted, found.processing) == ((), 0, 0, 0)
    assert whole_history(home.session, home.stranger, home.account.number, EVERYTHING, NOW) == []


def test_the_latest_comes_first_and_moments_break_ties(home: Home) -> None:
    days = [date(2026, 11, 20), date(2026, 11, 22), date(2026, 1, 3)]
    for day in days:
        factories.payment(home.session, home.account, 100, paid_on=day)
    home.attempt(at=NOW - timedelta(hours=2))
    home.attempt(EXPIRED, at=NOW)

    shown = [(line.day, line.at) for line in home.lines()]

    at_noon, before = NOW - timedelta(minutes=3), NOW - timedelta(hours=2)
    assert shown == [
        (days[1], at_noon),
        (days[1], before),
        (days[1], None),
        (days[0], None),
        (days[2], None),
    ]


def test_pages_of_twenty_hold_every_payment_once_and_the_totals_are_of_all(home: Home) -> None:
    for _ in range(15):
        home.attempt(parts=BOTH)
    for number in range(15):
        factories.payment(home.session, home.account, 100, id=f"D-{number:02}")

    pages = [home.history(page=page) for page in range(4)]

    assert [len(page.lines) for page in pages] == [20, 20, 5, 0]
    assert {page.count for page in pages} == {45}
    assert {(page.posted, page.processing) for page in pages} == {(1_500, 15 * 150_000)}
    shown = [(line.order_number, line.payment_id, line.division_code) for page in pages for line in page.lines]
    assert len(set(shown)) == 45
    whole = whole_history(home.session, home.who, home.account.number, EVERYTHING, NOW)
    assert [(line.order_number, line.payment_id, line.division_code) for line in whole] == shown


NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("wanted", "days"),
    [
        (Filter(), [30, 1, 31]),
        (Filter(*NOVEMBER), [30, 1]),
        (Filter(first_day=date(2026, 11, 2)), [30]),
        (Filter(last_day=date(2026, 11, 1)), [1, 31]),
        (Filter(first_day=date(2026, 12, 1)), []),
    ],
)
@pytest.mark.parametrize("online", [True, False])
def test_the_days_of_a_filter_are_both_included(home: Home, online: bool, wanted: Filter, days: list[int]) -> None:
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30)):
        if online:
            home.attempt(at=datetime(day.year, day.month, day.day, 7, tzinfo=NOW.tzinfo))
        else:
            factories.payment(home.session, home.account, 100_000, paid_on=day)

    found = home.history(wanted=wanted)

    assert [line.day.day for line in found.lines] == days
    assert (found.count, found.posted + found.processing) == (len(days), 100_000 * len(days))


@pytest.mark.parametrize(("code", "amounts"), [("gas", [100_000, 100]), ("vdgo", [50_000]), ("water", [])])
def test_a_filter_may_want_one_division(home: Home, code: str, amounts: list[int]) -> None:
    home.attempt(parts=BOTH)
    factories.payment(home.session, home.account, 100)

    found = home.history(wanted=Filter(division_code=code))

    assert [line.amount for line in found.lines] == amounts
    assert found.posted + found.processing == sum(amounts)


@pytest.mark.parametrize(
    ("state", "values", "settles"),
    [
        (PAID, {}, True),
        (REGISTERED, {}, True),
        (REGISTERED, {"expires_at": NOW}, True),
        (EXPIRED, {}, True),
        (DECLINED, {"created_at": NOW - timedelta(minutes=59)}, True),
        (DECLINED, {"created_at": NOW - timedelta(minutes=60)}, False),
    ],
)
def test_a_page_knows_whether_it_may_change_by_itself(
    home: Home, state: AttemptState, values: dict[str, Any], settles: bool
) -> None:
    factories.payment(home.session, home.account, 100)
    home.attempt(state, **values)

    assert home.history().is_settling is settles


def test_the_screen_has_the_divisions_in_their_order_and_the_chosen_account(home: Home) -> None:
    home.attempt()

    screen = history.open_history(home.session, home.who, EVERYTHING, 0, NOW)

    assert screen.cabinet.chosen.number == home.account.number
    assert screen.divisions == (("gas", "Природный газ"), ("vdgo", "ВДГО"))
    assert screen.history is not None
    assert screen.history.count == 1
    assert history.open_history(home.session, factories.consumer(home.session), EVERYTHING, 0, NOW).history is None


def test_sums_are_whole_kopecks_on_either_database(home: Home) -> None:
    factories.payment(home.session, home.account, 2**40, Month(202611))

    assert type(home.history().posted) is int
