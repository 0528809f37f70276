"""What each answer of the bank, or the lack of one, does to an attempt."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from lk_app.gateways.bank.interface import BankOrder, OrderStatus, Registered
from lk_app.gateways.bank.sberbank import ROUBLE
from lk_app.models import Attempt, AttemptState, ConcernReason, MessageKind
from lk_app.services.acquiring.concerns import drop, raise_concern
from lk_app.services.acquiring.machine import locked, move, note
from lk_app.services.acquiring.returned import book
from lk_app.services.acquiring.schedule import (
    CREDITED,
    FOLLOWED,
    OPEN,
    REGISTRATION_TAKES,
    SILENCE_ASKED_EVERY,
    UNPAID,
    is_over,
    next_ask,
)
from lk_app.settings import settings

SESSION_ENDED = "-2007"
"""The bank's code for an order that nobody paid in time."""

TOOK_MONEY = (OrderStatus.PAID, OrderStatus.REFUNDED)
ENDED = (OrderStatus.DECLINED, OrderStatus.CANCELLED)

CONFIRMING_TAKES = timedelta(minutes=30)
"""How much longer than a session its card's bank may be asking: whoever is asked has not failed to pay."""

CLOCKS_DIFFER = timedelta(minutes=5)

SETTLED_BY_MONEY = (ConcernReason.MONEY_HELD, ConcernReason.BANK_SILENT, ConcernReason.UNKNOWN_AT_BANK)


def registered(session: Session, attempt_id: int, answer: Registered, now: datetime) -> bool:
    """Note that the bank has opened the order; say whether a browser may be given its page."""
    attempt = locked(session, attempt_id)
    note(session, attempt, MessageKind.REGISTRATION, answer.evidence, now)
    attempt.bank_order_id = attempt.bank_order_id or answer.order_id
    # Whoever comes later was taken for dead: another order may be open by now, and one page is enough.
    in_time = now < attempt.created_at + REGISTRATION_TAKES
    if attempt.state is AttemptState.CREATED and in_time:
        attempt.form_url = answer.form_url
        move(session, attempt, AttemptState.REGISTERED, now)
        return True
    session.add(attempt)
    return False


def not_registered(session: Session, attempt_id: int, code: str, now: datetime) -> None:
    """Note that the bank did not open the order, or opened it and could not say where: nobody can pay it."""
    attempt = locked(session, attempt_id)
    note(session, attempt, MessageKind.REGISTRATION, {"errorCode": code}, now)
    if attempt.state is AttemptState.CREATED:
        attempt.action_code = code[:12]
        move(session, attempt, AttemptState.EXPIRED, now)


def learn(session: Session, attempt_id: int, answer: BankOrder, asked_at: datetime, now: datetime) -> None:
    """Let an attempt become what the bank says it is, if the answer proves to be about this very attempt."""
    attempt = locked(session, attempt_id)
    note(session, attempt, MessageKind.STATUS, answer.evidence, now)
    difference = _difference(attempt, answer) or _of_another(session, attempt, answer)
    if difference:
        raise_concern(session, attempt, ConcernReason.ANSWER_DIFFERS, now, difference)
        attempt.next_ask_at = _ask_again(attempt, now)
    else:
        # Of two who asked, the one who heard first may be answered last.
        is_news = attempt.answered_at is None or asked_at > attempt.answered_at
        attempt.answered_at = now
        _become(session, attempt, answer, now, is_news=is_news)
        if attempt.state not in UNPAID:
            # A callback had us ask once more.
            attempt.next_ask_at = None
        if attempt.next_ask_at is None:
            drop(session, attempt, ConcernReason.BANK_SILENT, now)
    session.add(attempt)
    session.flush()


def unknown_at_bank(session: Session, attempt_id: int, now: datetime) -> None:
    """Note that the bank has no such order; an attempt that it never registered ends."""
    attempt = locked(session, attempt_id)
    note(session, attempt, MessageKind.STATUS, {"errorCode": "6"}, now)
    if attempt.bank_order_id is not None:
        # No answer about our order: what was given back of it is as unknown as before.
        raise_concern(session, attempt, ConcernReason.UNKNOWN_AT_BANK, now)
        attempt.next_ask_at = _ask_again(attempt, now)
        session.add(attempt)
        return
    attempt.answered_at = now
    if attempt.state is AttemptState.CREATED and now >= attempt.created_at + REGISTRATION_TAKES:
        move(session, attempt, AttemptState.EXPIRED, now)
    else:
        # A request that is still on its way may arrive.
        attempt.next_ask_at = next_ask(attempt, now)
    session.add(attempt)


def no_answer(session: Session, attempt_id: int, now: datetime) -> None:
    """Note that the bank could not be asked, which says nothing about the money."""
    attempt = locked(session, attempt_id)
    attempt.next_ask_at = _ask_again(attempt, now)
    heard_after_the_end = attempt.answered_at is not None and is_over(attempt, attempt.answered_at)
    if now >= attempt.created_at + FOLLOWED and attempt.state in UNPAID and not heard_after_the_end:
        raise_concern(session, attempt, ConcernReason.BANK_SILENT, now)
    session.add(attempt)


def _difference(attempt: Attempt, answer: BankOrder) -> str:
    """Say what in an answer is not about this attempt, or can't be; nothing when all agrees."""
    compared = [
        ("orderNumber", attempt.order_number, answer.order_number),
        ("orderId", attempt.bank_order_id or answer.order_id, answer.order_id),
        ("amount", attempt.amount, answer.amount),
        ("currency", ROUBLE, answer.currency),
    ]
    least = 1 if answer.status is OrderStatus.REFUNDED else 0
    if not least <= answer.refunded <= attempt.amount:
        compared.append(("refundedAmount", attempt.refunded, f"{answer.refunded}, which can't be"))
    elif answer.deposited is not None and answer.status in TOOK_MONEY:
        # Some banks count what was given back as taken.
        left = attempt.amount - answer.refunded
        compared.append(("depositedAmount", left, left if answer.deposited == attempt.amount else answer.deposited))
    return ", ".join(f"{name}: ours {ours}, theirs {theirs}" for name, ours, theirs in compared if ours != theirs)


def _of_another(session: Session, attempt: Attempt, answer: BankOrder) -> str:
    """Say whether the order that an answer tells of is known as that of another attempt."""
    if attempt.bank_order_id is not None or answer.status not in TOOK_MONEY:
        return ""
    another = select(Attempt.order_number).where(Attempt.bank_order_id == answer.order_id, Attempt.id != attempt.id)
    number = session.exec(another).first()
    return f"orderId: theirs is that of our {number}" if number else ""


def _become(session: Session, attempt: Attempt, answer: BankOrder, now: datetime, *, is_news: bool) -> None:
    if answer.status in TOOK_MONEY:
        _credit(session, attempt, answer, now)
        if is_news and answer.refunded < attempt.refunded:
            _contradicted(session, attempt, f"refundedAmount {answer.refunded}", now)
    elif attempt.state in UNPAID:
        _wait_or_end(session, attempt, answer, now)
    elif answer.status is OrderStatus.CANCELLED and attempt.state in CREDITED:
        book(session, attempt, attempt.amount, now)
    elif is_news and attempt.state in CREDITED:
        _contradicted(session, attempt, f"orderStatus {answer.status.value}", now)


def _credit(session: Session, attempt: Attempt, answer: BankOrder, now: datetime) -> None:
    # Else only registration is believed: until there is money, our own number is enough to ask by.
    attempt.bank_order_id = attempt.bank_order_id or answer.order_id or None
    if attempt.state in UNPAID:
        attempt.paid_at = _within(answer.paid_at or now, attempt.created_at, now)
        attempt.day = attempt.paid_at.astimezone(settings().zone).date()
        attempt.card, attempt.action_code = answer.card, ""
        move(session, attempt, AttemptState.PAID, now)
        for settled in SETTLED_BY_MONEY:
            drop(session, attempt, settled, now)
    book(session, attempt, answer.refunded, now)


def _wait_or_end(session: Session, attempt: Attempt, answer: BankOrder, now: datetime) -> None:
    waits_for_bank = CONFIRMING_TAKES if answer.status is OrderStatus.CONFIRMING else timedelta(0)
    is_open, over = attempt.state in OPEN, is_over(attempt, now - waits_for_bank)
    if answer.status is OrderStatus.HELD and over:
        raise_concern(session, attempt, ConcernReason.MONEY_HELD, now)
        attempt.next_ask_at = _ask_again(attempt, now)
    elif is_open and answer.status in ENDED:
        attempt.action_code = answer.action_code
        ended = AttemptState.EXPIRED if answer.action_code == SESSION_ENDED else AttemptState.DECLINED
        move(session, attempt, ended, now)
    elif is_open and over:
        move(session, attempt, AttemptState.EXPIRED, now)
    elif attempt.state is AttemptState.CREATED and now >= attempt.created_at + REGISTRATION_TAKES:
        # Its page was lost on the way: nobody can pay it, but only the bank's clock ends it.
        move(session, attempt, AttemptState.REGISTERED, now)
    elif answer.status in ENDED:
        attempt.next_ask_at = next_ask(attempt, now)
    else:
        # As long as the bank calls it open, it may be paid.
        attempt.next_ask_at = _ask_again(attempt, now)
        if now >= attempt.created_at + FOLLOWED:
            raise_concern(session, attempt, ConcernReason.STILL_OPEN, now, f"orderStatus {answer.status.value}")


def _contradicted(session: Session, attempt: Attempt, word: str, now: datetime) -> None:
    raise_concern(session, attempt, ConcernReason.ANSWER_CONTRADICTS, now, f"{attempt.state} here, {word} there")


def _ask_again(attempt: Attempt, now: datetime) -> datetime | None:
    """Return when to ask about an attempt of which nothing was learnt: until something is, however long it takes."""
    if attempt.state not in UNPAID:
        # Something was heard of it, for example a refund in the bank's cabinet, and is still to be learnt.
        return None if attempt.next_ask_at is None else now + SILENCE_ASKED_EVERY
    return next_ask(attempt, now) or now + SILENCE_ASKED_EVERY


def _within(instant: datetime, first: datetime, last: datetime) -> datetime:
    """Return the bank's instant unless its clock is far from ours."""
    return instant if first - CLOCKS_DIFFER <= instant <= last + CLOCKS_DIFFER else last
