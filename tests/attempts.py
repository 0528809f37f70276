"""Makers of online payments as they stand in the tables, without a bank."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlmodel import Session, col, select

from lk_app.models import (
    Account,
    Attempt,
    AttemptPart,
    AttemptState,
    Channel,
    Payment,
    Posting,
    Refund,
    RefundState,
)
from lk_app.models.values import Kopecks
from lk_app.services.callers import Consumer
from lk_app.settings import settings
from tests import factories
from tests.factories import NOW, store

CREDITED = (AttemptState.PAID, AttemptState.EXPORTED, AttemptState.POSTED, AttemptState.REFUNDED)
_numbers = count(1)


def attempt(
    session: Session,
    who: Consumer,
    account: Account,
    parts: dict[str, int],
    state: AttemptState = AttemptState.PAID,
    *,
    at: datetime = NOW,
    **values: Any,
) -> Attempt:
    """An attempt to pay so many kopecks for each division; paid at `at` if its state says so."""
    number = next(_numbers)
    for code in parts:
        factories.division(session, code)
    defaults: dict[str, Any] = {
        "order_number": f"{at:%y%m%d}-ABCDEF{number:04d}",
        "bank_order_id": f"3ff6962a-7dcc-4283-ab50-{number:012d}",
        "form_url": "https://bank.example/pay",
        "created_at": at - timedelta(minutes=3),
        "expires_at": at + timedelta(minutes=17),
        "day": at.astimezone(settings().zone).date(),
    }
    if state in CREDITED:
        defaults |= {"paid_at": at, "card": "1111"}
    if state is AttemptState.POSTED:
        defaults["posted_at"] = at + timedelta(days=1)
    row = store(
        session,
        Attempt(
            user_id=who.user_id,
            account_number=account.number,
            amount=Kopecks(sum(parts.values())),
            state=state,
            **(defaults | values),
        ),
    )
    assert row.id is not None
    for code, amount in parts.items():
        store(session, AttemptPart(attempt_id=row.id, division_code=code, amount=Kopecks(amount)))
    return row


def give_back(session: Session, attempt: Attempt, parts: dict[str, int], *, at: datetime | None = None) -> None:
    """Return so many kopecks of each division; by a refund of ours if `at` says when, or else past us."""
    for part in session.exec(select(AttemptPart).where(AttemptPart.attempt_id == attempt.id)):
        part.refunded = Kopecks(part.refunded + parts.get(part.division_code, 0))
        session.add(part)
    amount = sum(parts.values())
    attempt.refunded = Kopecks(attempt.refunded + amount)
    if attempt.refunded == attempt.amount:
        attempt.state = AttemptState.REFUNDED
    store(session, attempt)
    if at is not None:
        store(
            session,
            Refund(
                attempt_id=attempt.id or 0,
                amount=Kopecks(amount),
                refunded_before=Kopecks(attempt.refunded - amount),
                state=RefundState.DONE,
                asked_at=at,
                settled_at=at,
                asked_by="operator",
                reason="заявление",
            ),
        )


def post(session: Session, attempt: Attempt, *division_codes: str) -> list[Payment]:
    """Let billing post parts of an attempt, all of them if none is named."""
    parts = session.exec(
        select(AttemptPart).where(AttemptPart.attempt_id == attempt.id).order_by(col(AttemptPart.division_code))
    ).all()
    account = session.get_one(Account, attempt.account_number)
    posted = []
    for part in parts:
        if division_codes and part.division_code not in division_codes:
            continue
        payment = factories.payment(
            session,
            account,
            part.amount,
            division_code=part.division_code,
            paid_on=attempt.day,
            channel=Channel.ONLINE,
            id=f"doc:{attempt.order_number}:{part.division_code}",
        )
        posting = Posting(order_number=attempt.order_number, division_code=part.division_code, payment_id=payment.id)
        store(session, posting)
        posted.append(payment)
    return posted
