"""«История платежей»: every payment however made, posted ones and attempts side by side."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlmodel import Session, col

from lk_app.models import Attempt, AttemptPart, AttemptState, Channel, Division, Payment, Posting
from lk_app.models.values import Instant, Kopecks
from lk_app.services.accounts import Cabinet, open_cabinet
from lk_app.services.acquiring import billing
from lk_app.services.callers import Consumer, Onlooker, Reader, account_numbers

PAGE = 20
LATE_MONEY_AWAITED = timedelta(hours=1)
"""How long a page goes on looking at an attempt that seems to have ended."""
EXPORTED_AT_MOST = 10_000


class PaymentState(StrEnum):
    """How a payment stands, as a consumer is told."""

    POSTED = "posted"
    PROCESSING = "processing"
    UNFINISHED = "unfinished"
    DECLINED = "declined"
    REFUNDED = "refunded"


STATES = {
    AttemptState.CREATED: PaymentState.UNFINISHED,
    AttemptState.REGISTERED: PaymentState.UNFINISHED,
    AttemptState.EXPIRED: PaymentState.UNFINISHED,
    AttemptState.DECLINED: PaymentState.DECLINED,
    AttemptState.PAID: PaymentState.PROCESSING,
    AttemptState.EXPORTED: PaymentState.PROCESSING,
    AttemptState.POSTED: PaymentState.POSTED,
    AttemptState.REFUNDED: PaymentState.REFUNDED,
}
"""What an attempt's state is called by; all that has taken no money and may still be paid is «не завершён»."""

SHOWN_TO_ALL = (AttemptState.PAID, AttemptState.EXPORTED, AttemptState.REFUNDED)
"""Attempts that everybody with the account sees; the others are of interest to who made them only."""
COUNTED = (PaymentState.POSTED, PaymentState.PROCESSING)


@dataclass(frozen=True)
class Filter:
    """Which payments are wanted: from and up to a day, both included, and of one division if it is given."""

    first_day: date | None = None
    last_day: date | None = None
    division_code: str = ""


@dataclass(frozen=True)
class PaymentLine:
    """A payment of one division."""

    day: date
    at: datetime | None
    """The moment, where the portal knows it."""
    division_code: str
    division: str
    amount: Kopecks
    channel: Channel
    state: PaymentState
    whole: Kopecks
    """What the order comes to that it is a part of; nothing for payments made elsewhere."""
    refunded: Kopecks
    """How much of it was given back."""
    order_number: str | None
    """Of an attempt made here."""
    payment_id: str | None
    """Billing's document, once it is posted."""
    is_own: bool
    """Whether the caller paid it, or tried to, here."""
    card: str
    """The last digits; empty for others than the payer."""
    can_continue: bool
    """Whether the bank's page still takes a card for it."""
    can_repeat: bool


@dataclass(frozen=True)
class History:
    """A page of payments, and what they come to on all pages."""

    lines: tuple[PaymentLine, ...]
    count: int
    posted: Kopecks
    processing: Kopecks
    is_settling: bool
    """Whether something on the page may change by itself."""


@dataclass(frozen=True)
class HistoryScreen:
    """The screen: the cabinet around it, what can be filtered by, and the page of payments."""

    cabinet: Cabinet
    divisions: tuple[tuple[str, str], ...]
    history: History | None


def open_history(session: Session, who: Consumer, wanted: Filter, page: int, now: datetime) -> HistoryScreen:
    """Return a page, counted from 0, of the payments of the account the session has chosen."""
    cabinet = open_cabinet(session, who)
    if cabinet.chosen is None:
        return HistoryScreen(cabinet, (), None)
    divisions = session.execute(
        select(col(Division.code), col(Division.name)).order_by(col(Division.position), col(Division.code))
    )
    history = history_of(session, who, cabinet.chosen.number, wanted, page, now)
    return HistoryScreen(cabinet, tuple((code, name) for code, name in divisions), history)


def history_of(session: Session, who: Reader, account_number: str, wanted: Filter, page: int, now: datetime) -> History:
    """Return a page, counted from 0, of an account's payments, the latest first."""
    rows = _all_rows(who, account_number, wanted).subquery()
    count, posted, processing = session.execute(
        select(
            func.count(),
            *(func.coalesce(func.sum(case((rows.c.state.in_(words), rows.c.amount - rows.c.refunded))), 0)
              for words in (_words(PaymentState.POSTED), _words(PaymentState.PROCESSING))),
        ).select_from(rows)
    ).one()  # fmt: skip
    shown = session.execute(_latest_first(rows).limit(PAGE).offset(page * PAGE))
    lines = tuple(_line(row, now) for row in shown)
    return History(
        lines=lines,
        count=count,
        # PostgreSQL sums whole numbers into its type for decimals.
        posted=Kopecks(int(posted)),
        processing=Kopecks(int(processing)),
        is_settling=any(_may_change(line, now) for line in lines),
    )


def _may_change(line: PaymentLine, now: datetime) -> bool:
    """Say whether looking again within minutes may show something else: late money counts too."""
    lately = line.at is not None and now < line.at + LATE_MONEY_AWAITED
    return line.state is PaymentState.PROCESSING or line.can_continue or (line.can_repeat and lately)


def whole_history(
    session: Session, who: Consumer, account_number: str, wanted: Filter, now: datetime
) -> list[PaymentLine]:
    """Return an account's payments for a file, the latest first."""
    rows = _all_rows(who, account_number, wanted).subquery()
    return [_line(row, now) for row in session.execute(_latest_first(rows).limit(EXPORTED_AT_MOST))]


def _words(state: PaymentState) -> list[str]:
    return [attempt.value for attempt, called in STATES.items() if called is state]


def _latest_first(rows: Any) -> Select[Any]:
    return (
        select(rows, col(Division.name).label("division"))
        .join(Division, col(Division.code) == rows.c.division_code)
        .order_by(rows.c.day.desc(), rows.c.at.desc().nulls_last(), rows.c.key.desc(), col(Division.position))
    )


def _all_rows(who: Reader, account_number: str, wanted: Filter) -> CompoundSelect[Any]:
    return union_all(_posted_rows(who, account_number, wanted), _attempt_rows(who, account_number, wanted))


def _posted_rows(who: Reader, account_number: str, wanted: Filter) -> Any:
    """Select the payments that billing has posted, each with the attempt it comes from if it was made here."""
    is_own = col(Attempt.user_id) == who.user_id
    # What was given back before billing was told, the posted amount does not hold.
    left_out = col(AttemptPart.amount) - func.coalesce(col(AttemptPart.exported), col(Payment.amount))
    returned = case((col(AttemptPart.refunded) > left_out, col(AttemptPart.refunded) - left_out), else_=0)
    of_the_account = (
        col(Payment.account_number) == account_number,
        col(Payment.account_number).in_(account_numbers(who)),
    )
    return (
        select(
            col(Payment.paid_on).label("day"),
            col(Attempt.paid_at).label("at"),
            col(Payment.id).label("key"),
            col(Payment.division_code),
            col(Payment.amount),
            cast(col(Payment.channel), String).label("channel"),
            _or_refunded(returned >= col(Payment.amount), literal(AttemptState.POSTED.value, String)).label("state"),
            returned.label("refunded"),
            col(Attempt.order_number),
            col(Payment.id).label("payment_id"),
            case((is_own, 1), else_=0).label("is_own"),
            case((is_own, col(Attempt.card)), else_="").label("card"),
            null().cast(Instant).label("expires_at"),
            literal("", String).label("form_url"),
            literal(0, BigInteger).label("whole"),
        )
        .select_from(Payment)
        .outerjoin(Posting, col(Posting.payment_id) == col(Payment.id))
        .outerjoin(
            Attempt,
            and_(
                col(Attempt.order_number) == col(Posting.order_number),
                # Billing may err: nobody learns of a stranger's order by that.
                col(Attempt.account_number) == col(Payment.account_number),
            ),
        )
        .outerjoin(
            AttemptPart,
            and_(
                col(AttemptPart.attempt_id) == col(Attempt.id),
                col(AttemptPart.division_code) == col(Payment.division_code),
            ),
        )
        .where(*of_the_account, *_within(wanted, col(Payment.paid_on), col(Payment.division_code)))
    )  # fmt: skip


def _attempt_rows(who: Reader, account_number: str, wanted: Filter) -> Any:
    """Select the parts of attempts that billing has not posted; staff see those of everybody."""
    is_own = col(Attempt.user_id) == who.user_id
    is_seen = true() if isinstance(who, Onlooker) else is_own
    return (
        select(
            col(Attempt.day).label("day"),
            func.coalesce(col(Attempt.paid_at), col(Attempt.created_at)).label("at"),
            col(Attempt.order_number).label("key"),
            col(AttemptPart.division_code),
            col(AttemptPart.amount),
            literal(Channel.ONLINE.value, String).label("channel"),
            _or_refunded(col(AttemptPart.refunded) >= col(AttemptPart.amount), cast(col(Attempt.state), String)).label(
                "state"
            ),
            col(AttemptPart.refunded),
            col(Attempt.order_number),
            null().cast(String).label("payment_id"),
            case((is_own, 1), else_=0).label("is_own"),
            case((is_own, col(Attempt.card)), else_="").label("card"),
            col(Attempt.expires_at).label("expires_at"),
            col(Attempt.form_url),
            col(Attempt.amount).label("whole"),
        )
        .select_from(Attempt)
        .join(AttemptPart, col(AttemptPart.attempt_id) == col(Attempt.id))
        .where(
            col(Attempt.account_number) == account_number,
            col(Attempt.account_number).in_(account_numbers(who)),
            or_(
                col(Attempt.state).in_(SHOWN_TO_ALL),
                and_(is_seen, col(Attempt.state) != AttemptState.POSTED),
                col(AttemptPart.refunded) == col(AttemptPart.amount),
            ),
            ~billing.is_posted(),
            *_within(wanted, col(Attempt.day), col(AttemptPart.division_code)),
        )
    )


def _or_refunded(all_of_it: Any, state: Any) -> Any:
    """Return the state, but of what was given back whole the word for that."""
    return case((all_of_it, AttemptState.REFUNDED.value), else_=state)


def _within(wanted: Filter, day: Any, division_code: Any) -> list[Any]:
    conditions = []
    if wanted.first_day:
        conditions.append(day >= wanted.first_day)
    if wanted.last_day:
        conditions.append(day <= wanted.last_day)
    if wanted.division_code:
        conditions.append(division_code == wanted.division_code)
    return conditions


def _line(row: Row[Any], now: datetime) -> PaymentLine:
    state = STATES[AttemptState(row.state)]
    unpaid = state in (PaymentState.UNFINISHED, PaymentState.DECLINED)
    is_open = row.state == AttemptState.REGISTERED and bool(row.form_url) and now < row.expires_at
    return PaymentLine(
        day=row.day,
        at=row.at,
        division_code=row.division_code,
        division=row.division,
        amount=Kopecks(row.amount),
        channel=Channel(row.channel),
        state=state,
        whole=Kopecks(row.whole),
        refunded=Kopecks(row.refunded),
        order_number=row.order_number,
        payment_id=row.payment_id,
        is_own=bool(row.is_own),
        card=row.card or "",
        can_continue=bool(row.is_own) and is_open,
        can_repeat=bool(row.is_own) and unpaid and not is_open,
    )
