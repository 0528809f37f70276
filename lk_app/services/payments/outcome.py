"""What came of an attempt to pay: the page to which the bank sends its consumers back."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from lk_app.clock import Clock
from lk_app.gateways.bank.interface import Bank
from lk_app.models import AttemptState, Division
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import asking
from lk_app.services.acquiring.machine import parts_of
from lk_app.services.acquiring.schedule import OPEN, UNPAID
from lk_app.services.callers import Consumer
from lk_app.services.payments.history import LATE_MONEY_AWAITED, STATES, PaymentState
from lk_app.services.payments.paying import own_attempt
from lk_app.services.session import reading


@dataclass(frozen=True)
class Outcome:
    """An attempt of the caller's as it stands."""

    order_number: str
    account_number: str
    amount: Kopecks
    parts: tuple[tuple[str, Kopecks], ...]
    """The division's name and how much."""
    state: PaymentState
    is_awaited: bool
    """Whether the bank may still say more within minutes."""
    is_bank_silent: bool
    """Whether the bank was asked and has not answered yet."""
    can_continue: bool
    may_change: bool
    """Whether looking again within minutes may show something else."""
    at: datetime
    """When it was paid, or else made."""
    card: str
    refunded: Kopecks


def ask_for_outcome(who: Consumer, order_number: str, bank: Bank, now: Clock) -> None:
    """Ask the bank about an attempt of the caller's that may still be paid; raises NotFound for any other."""
    with reading() as session:
        attempt = own_attempt(session, who, order_number)
        attempt_id, is_unpaid = attempt.id, attempt.state in UNPAID
    if is_unpaid and attempt_id is not None:
        asking.ask_now(attempt_id, bank, now)


def outcome_of(session: Session, who: Consumer, order_number: str, now: datetime) -> Outcome:
    """Return what is known of an attempt of the caller's; raises NotFound for any other."""
    attempt = own_attempt(session, who, order_number)
    names = {code: name for code, name in session.exec(select(Division.code, Division.name))}
    answered_at, asked_at = attempt.answered_at, attempt.asked_at
    is_bank_silent = answered_at is None or (asked_at is not None and answered_at < asked_at)
    has_page = attempt.state is AttemptState.REGISTERED and bool(attempt.form_url)
    return Outcome(
        order_number=attempt.order_number,
        account_number=attempt.account_number,
        amount=attempt.amount,
        parts=tuple((names[part.division_code], part.amount) for part in parts_of(session, attempt)),
        state=STATES[attempt.state],
        is_awaited=attempt.state in OPEN,
        is_bank_silent=is_bank_silent,
        # Whoever may have paid is not led to pay again.
        can_continue=has_page and now < attempt.expires_at and not is_bank_silent,
        may_change=STATES[attempt.state] is PaymentState.PROCESSING
        or (attempt.state in UNPAID and now < attempt.created_at + LATE_MONEY_AWAITED),
        at=attempt.paid_at or attempt.created_at,
        card=attempt.card,
        refunded=attempt.refunded,
    )
