"""Giving money back, in full or in part: asked of the bank once, and believed when the bank's sum has grown.

The bank's call can't be told from a second one, so at most one refund of an attempt is underway; it is stored before
the bank hears of it, and one whose answer was lost is settled by asking, never by sending it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from lk_app import logs
from lk_app.clock import Clock
from lk_app.gateways.bank.interface import Bank, NeverConnected, NoAnswer, Refused
from lk_app.models import Attempt, BankMessage, ConcernReason, MessageKind, Refund, RefundState
from lk_app.models.values import Kopecks
from lk_app.services import live
from lk_app.services.acquiring.asking import Asked, ask
from lk_app.services.acquiring.concerns import open_concerns, raise_concern
from lk_app.services.acquiring.machine import locked, note, parts_of
from lk_app.services.acquiring.returned import underway
from lk_app.services.acquiring.schedule import CREDITED
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.session import reading, writing

SETTLED_WITHIN = timedelta(minutes=10)
"""After an answer was lost: by then the bank has carried the refund out, or never will."""

UNCLEAR = {ConcernReason.REFUND_UNCLEAR, ConcernReason.UNKNOWN_AT_BANK, ConcernReason.ANSWER_CONTRADICTS}
"""While these are open, nobody knows how much is left."""


Noting = Callable[[Session, Kopecks, datetime], None]
"""Told of a refund in the transaction that stores it: how much it is of."""


class CannotRefund(ServiceError):
    """The money can't be given back; the message says why."""


class TooMuch(CannotRefund):
    """Less is left than is to be given back, or nothing is to be."""


class RefundedMeanwhile(CannotRefund):
    """A refund was asked for that whoever asks has not seen: theirs, sent a second time, or a colleague's."""

    def __init__(self) -> None:
        super().__init__(
            "По этому платежу уже есть возврат, которого не было, когда вы открыли окно: ваш же, отправленный "
            "дважды, или коллеги. Деньги второй раз не возвращены. Закройте окно и посмотрите список возвратов."
        )


@dataclass(frozen=True)
class RefundOrder:
    """What staff wants given back: all that is left, or an amount of one division."""

    order_number: str
    asked_by: str
    reason: str
    division_code: str | None = None
    amount: Kopecks | None = None
    seen: int | None = None
    """The last refund of the payment that whoever asks knows of, 0 for none; None where nobody can ask twice."""


def refund(
    wanted: RefundOrder, bank: Bank, now: Clock, noting: Noting = lambda session, amount, at: None
) -> RefundState:
    """Give money back and return how far that came; raises NotFound or CannotRefund.

    ASKED means that the bank did not answer: `settle_refunds` learns what became of it.
    """
    with reading() as session:
        attempt_id = _attempt_id(session, wanted.order_number)
    # What the bank's cabinet gave back meanwhile must be known before more is.
    _ask_bank(attempt_id, bank, now)
    with writing() as session:
        refund_id, order_id, amount = _store(session, attempt_id, wanted, now())
        noting(session, amount, now())
    try:
        evidence = bank.refund(order_id, amount)
    except (Refused, NeverConnected) as fault:
        with writing() as session:
            _refuse(session, attempt_id, refund_id, fault.reason, now())
        return RefundState.REFUSED
    except NoAnswer:
        return _settled(refund_id, attempt_id, bank, now)
    with writing() as session:
        note(session, locked(session, attempt_id), MessageKind.REFUND, evidence, now())
    return _settled(refund_id, attempt_id, bank, now)


def obstacle_of(session: Session, attempt: Attempt) -> str:
    """Return why nothing of a payment can be given back now; nothing when something can."""
    assert attempt.id is not None
    if attempt.state not in CREDITED or attempt.bank_order_id is None:
        return "Вернуть можно только оплаченный платёж."
    if underway(session, attempt):
        return "Предыдущий возврат этого платежа ещё не завершён: дождитесь ответа банка."
    if UNCLEAR & {concern.reason for concern in open_concerns(session, attempt.id)}:
        return "Сначала разберитесь, почему платёж требует внимания."
    return ""


def last_refund(session: Session, attempt_id: int) -> int:
    """Return the last refund of a payment, 0 when it has none."""
    return session.exec(select(func.max(Refund.id)).where(Refund.attempt_id == attempt_id)).one() or 0


def settle_refunds(bank: Bank, now: Clock) -> bool:
    """Learn what became of refunds whose answer was lost; to be called every minute or so."""
    with reading() as session:
        asked = session.exec(select(Refund.id, Refund.attempt_id).where(col(Refund.state) == RefundState.ASKED)).all()
    for refund_id, attempt_id in asked:
        assert refund_id is not None
        try:
            _settled(refund_id, attempt_id, bank, now)
        except Exception as error:
            # Others wait too.
            logs.failed(error)
    return False


def _attempt_id(session: Session, order_number: str) -> int:
    attempt_id = session.exec(select(Attempt.id).where(Attempt.order_number == order_number)).one_or_none()
    if attempt_id is None:
        raise NotFound("Заказа с таким номером нет.")
    return attempt_id


def _ask_bank(attempt_id: int, bank: Bank, now: Clock) -> None:
    with reading() as session:
        row = session.exec(select(Attempt.order_number, Attempt.bank_order_id).where(Attempt.id == attempt_id)).one()
    ask(Asked(attempt_id, *row), bank, now)


def _store(session: Session, attempt_id: int, wanted: RefundOrder, now: datetime) -> tuple[int, str, Kopecks]:
    """Store a refund that the bank has not heard of; return its id, the bank's order and how much."""
    attempt = locked(session, attempt_id)
    if wanted.seen is not None and wanted.seen != last_refund(session, attempt_id):
        raise RefundedMeanwhile
    obstacle = obstacle_of(session, attempt)
    if obstacle:
        raise CannotRefund(obstacle)
    assert attempt.bank_order_id is not None
    if attempt.answered_at is None or attempt.answered_at < now - timedelta(minutes=1):
        raise CannotRefund("Банк не отвечает: сколько уже возвращено, сейчас не узнать. Попробуйте позже.")
    amount = _amount(session, attempt, wanted)
    refund = Refund(
        attempt_id=attempt_id,
        division_code=wanted.division_code,
        amount=amount,
        refunded_before=attempt.refunded,
        state=RefundState.ASKED,
        asked_at=now,
        asked_by=wanted.asked_by[:100],
        reason=wanted.reason[:300],
    )
    session.add(refund)
    session.flush()
    assert refund.id is not None
    live.publish(session, live.PAYMENTS, now)
    return refund.id, attempt.bank_order_id, amount


def _amount(session: Session, attempt: Attempt, wanted: RefundOrder) -> Kopecks:
    parts = {part.division_code: part for part in parts_of(session, attempt)}
    if wanted.division_code is None and len(parts) > 1 and wanted.amount is not None:
        raise CannotRefund("В платеже несколько разделов: укажите, по какому вернуть часть суммы.")
    if wanted.division_code is not None and wanted.division_code not in parts:
        raise CannotRefund("Такого раздела в платеже нет.")
    left = Kopecks(attempt.amount - attempt.refunded)
    if wanted.division_code is not None:
        left = Kopecks(min(left, parts[wanted.division_code].kept))
    amount = wanted.amount if wanted.amount is not None else left
    if not 0 < amount <= left:
        raise TooMuch(f"Вернуть можно от 0,01 ₽ до того, что осталось: {left // 100},{left % 100:02} ₽.")
    return amount


def _refuse(session: Session, attempt_id: int, refund_id: int, code: str, now: datetime) -> None:
    attempt = locked(session, attempt_id)
    note(session, attempt, MessageKind.REFUND, {"errorCode": code}, now)
    _end_refused(session, refund_id, code, now)


def _end_refused(session: Session, refund_id: int, error: str, now: datetime) -> None:
    refund = session.get_one(Refund, refund_id)
    if refund.state is RefundState.ASKED:
        refund.state, refund.settled_at, refund.error = RefundState.REFUSED, now, error[:40]
        session.add(refund)
        live.publish(session, live.PAYMENTS, now)


def _settled(refund_id: int, attempt_id: int, bank: Bank, now: Clock) -> RefundState:
    """Ask the bank how much it has given back, and return what that says of a refund."""
    asked_at = now()
    _ask_bank(attempt_id, bank, now)
    with writing() as session:
        attempt = locked(session, attempt_id)
        refund = session.get_one(Refund, refund_id, populate_existing=True)
        late = now() >= refund.asked_at + SETTLED_WITHIN
        if refund.state is not RefundState.ASKED or not late:
            return refund.state
        answered = attempt.answered_at is not None and attempt.answered_at >= asked_at
        if answered and not _was_accepted(session, refund):
            _end_refused(session, refund_id, "not carried out", now())
        raise_concern(
            session, attempt, ConcernReason.REFUND_UNCLEAR, now(), f"refund {refund.id}, {refund.amount} kopecks"
        )
        return refund.state


def _was_accepted(session: Session, refund: Refund) -> bool:
    """Say whether the bank has said that it carries the refund out: then its sum may still be on its way."""
    said = select(BankMessage).where(
        BankMessage.attempt_id == refund.attempt_id,
        BankMessage.kind == MessageKind.REFUND,
        col(BankMessage.at) >= refund.asked_at,
    )
    return any(str(message.content.get("errorCode", "0")) == "0" for message in session.exec(said))
