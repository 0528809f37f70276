"""What staff do about a payment: ask the bank, give money back, take it off the list. Each is kept in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from lk_app.clock import Clock
from lk_app.gateways.bank.interface import Bank
from lk_app.models import Action, ConcernReason, RefundState
from lk_app.models.values import Kopecks
from lk_app.services import typed
from lk_app.services.acquiring import asking, attention, refunds
from lk_app.services.acquiring.refunds import RefundOrder, TooMuch
from lk_app.services.acquiring.schedule import ASKED_AT_MOST_EVERY
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import FieldErrors, NotFound
from lk_app.services.numbers import is_order_number
from lk_app.services.session import reading, writing
from lk_app.services.staff import audit
from lk_app.services.staff.duties import PAYMENTS
from lk_app.services.staff.passwords import login_of
from lk_app.services.typed import Reader

ALL = "all"
PART = "part-"
"""What the choice of a part begins with; the code of its division follows."""
LONGEST = 300
MOST = Kopecks(10**12)
NOT_CHOSEN = "Выберите, что вернуть"
AMOUNT_NEEDED = "Введите сумму, которую нужно вернуть"
AMOUNT_SPARE = "Вы выбрали вернуть всё: сотрите сумму или выберите часть"
NOT_WRITTEN = "Напишите причину: по ней потом разберутся коллеги"
TOO_LONG = "Не больше {} знаков, а здесь {}"

TOLD = {
    RefundState.ASKED: (
        "Банк пока не ответил, выполнен ли возврат. Не отправляйте его ещё раз: портал спросит банк сам, "
        "и в течение 10 минут здесь будет видно, чем кончилось."
    ),
    RefundState.DONE: "Деньги возвращены.",
    RefundState.REFUSED: (
        "Банк отказал, деньги не возвращены. Что ответил банк, видно в его сообщениях. "
        "Чтобы попробовать ещё раз, закройте окно и откройте его снова."
    ),
}


@dataclass(frozen=True)
class Refunding:
    """What was chosen and typed about a refund."""

    order_number: str
    division_code: str | None
    amount: Kopecks | None
    """None for all that is left."""
    reason: str
    seen: int
    """The last refund that the page showed."""


@dataclass(frozen=True)
class Settlement:
    """Which concern about which payment is settled, and what was done about it."""

    order_number: str
    reason: ConcernReason
    note: str


def read_refund(fields: Mapping[str, str]) -> Refunding:
    """Return what a form asks to give back; raises FieldErrors, or NotFound for what no page of ours sends."""
    order, seen = fields.get("order", ""), fields.get("seen", "")
    if not is_order_number(order) or not (seen.isascii() and seen.isdecimal()) or len(seen) > 18:
        raise NotFound
    form = Reader(fields)
    what = form.read("what", _choice)
    text = fields.get("amount", "").strip()
    amount = None
    if what == ALL and text:
        form.errors["amount"] = AMOUNT_SPARE
    elif what.startswith(PART):
        form.read("amount", _amount_needed)
        if "amount" not in form.errors:
            amount = typed.amount(text, Kopecks(1), MOST)
    reason = form.read("reason", _note)
    form.finish()
    division = what.removeprefix(PART) if what.startswith(PART) else None
    return Refunding(order, division, amount, reason, int(seen))


def read_settlement(fields: Mapping[str, str]) -> Settlement:
    """Return which concern a form settles; raises FieldErrors, or NotFound for what no page of ours sends."""
    order, reason = fields.get("order", ""), fields.get("reason", "")
    if not is_order_number(order) or reason not in list(ConcernReason):
        raise NotFound
    form = Reader(fields)
    note = form.read("note", _note)
    form.finish()
    return Settlement(order, ConcernReason(reason), note)


def ask_bank(who: StaffCaller, order_number: str, bank: Bank, now: Clock) -> bool:
    """Ask the bank about a payment, unless somebody has just done so; say whether it has answered. Raises NotFound."""
    require_role(who, *PAYMENTS)
    with writing() as session:
        attempt = attention.attempt_of(session, order_number)
        attempt_id, before = attempt.id or 0, now()
        audit.record(session, who, Action.BANK_ASKED, before, subject=order_number)
    asking.ask_now(attempt_id, bank, now)
    with reading() as session:
        answered_at = attention.attempt_of(session, order_number).answered_at
        return answered_at is not None and answered_at >= before - ASKED_AT_MOST_EVERY


def refund(who: StaffCaller, wanted: Refunding, bank: Bank, now: Clock) -> RefundState:
    """Give money back and return how far that came; raises NotFound, CannotRefund, or FieldErrors for the amount.

    Whatever is sent again, by whomever, names a refund as the last one that is not the last one any more.
    """
    require_role(who, *PAYMENTS)
    with reading() as session:
        login = login_of(session, who)

    def noting(session: Session, amount: Kopecks, at: datetime) -> None:
        of = f", division {wanted.division_code}" if wanted.division_code else ""
        audit.record(session, who, Action.REFUND_ASKED, at, subject=wanted.order_number, detail=f"{amount} kopecks{of}")

    order = RefundOrder(
        wanted.order_number, login, wanted.reason, wanted.division_code, wanted.amount, seen=wanted.seen
    )
    try:
        return refunds.refund(order, bank, now, noting)
    except TooMuch as refusal:
        raise FieldErrors({"amount": refusal.message}) from refusal


def settle(session: Session, who: StaffCaller, settled: Settlement, now: datetime) -> None:
    """Take one concern about a payment off the list; raises NotFound, also when it is not on the list."""
    require_role(who, *PAYMENTS)
    by = login_of(session, who)
    attention.settle(session, settled.order_number, settled.reason, by, settled.note, now)
    audit.record(session, who, Action.CONCERN_SETTLED, now, subject=settled.order_number, detail=settled.reason)


def _choice(text: str) -> str:
    if text != ALL and not (text.startswith(PART) and 0 < len(text.removeprefix(PART)) <= 20):
        raise typed.Refused(NOT_CHOSEN)
    return text


def _amount_needed(text: str) -> str:
    if not text.strip():
        raise typed.Refused(AMOUNT_NEEDED)
    typed.amount(text, Kopecks(1), MOST)
    return text


def _note(text: str) -> str:
    note = " ".join(text.replace("\0", "").split())
    if not note:
        raise typed.Refused(NOT_WRITTEN)
    if len(note) > LONGEST:
        raise typed.Refused(TOO_LONG.format(LONGEST, len(note)))
    return note
