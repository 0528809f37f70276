"""What is known of a payment in words that staff read: on their screens, and as commands print it."""

import re
from collections.abc import Mapping
from typing import Any

from lk_app import formats
from lk_app.formats import NBSP
from lk_app.gateways.bank.interface import OrderStatus
from lk_app.models import AttemptState, ConcernReason, MessageKind, RefundState
from lk_app.models.values import Kopecks

STATES = {
    AttemptState.CREATED: "заказ создан, банк его не подтвердил",
    AttemptState.REGISTERED: "ждёт оплаты в банке",
    AttemptState.PAID: "оплачен, биллингу ещё не передан",
    AttemptState.DECLINED: "банк отклонил",
    AttemptState.EXPIRED: "не оплачен вовремя",
    AttemptState.EXPORTED: "оплачен, передан в биллинг",
    AttemptState.POSTED: "учтён биллингом",
    AttemptState.REFUNDED: "возвращён целиком",
}

REASONS = {
    ConcernReason.ANSWER_DIFFERS: "ответ банка не совпадает с нашим заказом",
    ConcernReason.ANSWER_CONTRADICTS: "банк противоречит тому, что отвечал раньше",
    ConcernReason.MONEY_HELD: "банк удержал деньги и не списал их",
    ConcernReason.STILL_OPEN: "банк сутки спустя считает заказ открытым",
    ConcernReason.BANK_SILENT: "банк сутки не отвечает",
    ConcernReason.UNKNOWN_AT_BANK: "банк не знает заказа, который сам открыл",
    ConcernReason.NOT_POSTED: "биллинг не учёл оплату",
    ConcernReason.POSTED_DIFFERENTLY: "биллинг учёл оплату иначе",
    ConcernReason.REFUNDED_AFTER_EXPORT: "возврат после передачи в биллинг: сообщите биллингу",
    ConcernReason.REFUND_UNCLEAR: "неизвестно, выполнен ли возврат",
    ConcernReason.REFUNDED_ELSEWHERE: "возврат мимо портала: неизвестно, по какому разделу",
}
"""What a concern is about."""

WHAT_TO_DO = {
    ConcernReason.ANSWER_DIFFERS: (
        "Деньги не зачислены. Сравните ответы банка с личным кабинетом банка и позвоните в банк."
    ),
    ConcernReason.ANSWER_CONTRADICTS: "Сравните ответы банка с личным кабинетом банка и позвоните в банк.",
    ConcernReason.MONEY_HELD: (
        "Завершите или отмените платёж в личном кабинете банка. "
        "Попросите банк перевести магазин на оплату в одну стадию."
    ),
    ConcernReason.STILL_OPEN: (
        "Спросите банк, почему заказ не закрылся по времени. Портал тоже спрашивает банк каждый час."
    ),
    ConcernReason.BANK_SILENT: (
        "Попросите администратора проверить связь с банком, сертификат и пароль. Портал спрашивает банк каждый час."
    ),
    ConcernReason.UNKNOWN_AT_BANK: (
        "Попросите администратора проверить, тот ли адрес банка указан в настройках портала."
    ),
    ConcernReason.NOT_POSTED: (
        "Проверьте последние пакеты обмена и разнесение в биллинге. "
        "Если биллинг обещал учесть позже, снимите с контроля: через неделю платёж появится здесь снова."
    ),
    ConcernReason.POSTED_DIFFERENTLY: "Исправьте разнесение в биллинге.",
    ConcernReason.REFUNDED_AFTER_EXPORT: "Сообщите биллингу, что деньги возвращены, и снимите с контроля.",
    ConcernReason.REFUND_UNCLEAR: (
        "Сверьте с личным кабинетом банка. Если возврата там нет, снимите с контроля и верните деньги ещё раз."
    ),
    ConcernReason.REFUNDED_ELSEWHERE: "Узнайте, по какому разделу возврат, сообщите биллингу и снимите с контроля.",
}

REFUNDS = {
    RefundState.ASKED: "банк не ответил: что с возвратом, станет известно в течение 10 минут",
    RefundState.DONE: "возвращено",
    RefundState.REFUSED: "банк отказал",
}

KINDS = {
    MessageKind.REGISTRATION: "открытие заказа",
    MessageKind.STATUS: "ответ о состоянии",
    MessageKind.CALLBACK: "уведомление банка",
    MessageKind.REFUND: "ответ на возврат",
}
"""What a message of the bank was."""

ORDERS = {
    OrderStatus.REGISTERED: "заказ открыт и не оплачен",
    OrderStatus.HELD: "деньги удержаны и не списаны",
    OrderStatus.PAID: "деньги списаны",
    OrderStatus.CANCELLED: "оплата отменена",
    OrderStatus.REFUNDED: "деньги возвращались",
    OrderStatus.CONFIRMING: "банк карты ждёт подтверждения владельца",
    OrderStatus.DECLINED: "оплата отклонена",
}

OPERATIONS = {
    "created": "заказ открыт",
    "approved": "деньги удержаны",
    "deposited": "деньги списаны",
    "reversed": "оплата отменена",
    "refunded": "деньги возвращены",
    "declinedByTimeout": "время на оплату вышло",
}

UNKNOWN_ORDER = "6"
FIELDS = {
    "orderNumber": "номер заказа",
    "orderId": "заказ банка",
    "amount": "сумма",
    "currency": "валюта",
    "refundedAmount": "возвращено",
    "depositedAmount": "списано",
}
AMOUNTS = ("amount", "refundedAmount", "depositedAmount")


def said(kind: MessageKind, content: Mapping[str, Any]) -> str:
    """Return what the bank said in a message: «деньги списаны: 1 843,56 ₽»."""
    code = str(content.get("errorCode", "0"))
    if kind is MessageKind.CALLBACK:
        done = "" if str(content.get("status", "1")) == "1" else " (не удалось)"
        operation = str(content.get("operation", ""))
        return OPERATIONS.get(operation, operation or "без содержания") + done
    if code == UNKNOWN_ORDER:
        return "такого заказа в банке нет"
    if code != "0":
        text = str(content.get("errorMessage", ""))
        return f"отказ, код {code}" + (f": {text}" if text else "")
    if kind is MessageKind.REGISTRATION:
        return "заказ открыт"
    if kind is MessageKind.REFUND:
        return "возврат принят"
    return _order(content)


def explained(reason: ConcernReason, detail: str, divisions: Mapping[str, str]) -> str:
    """Return what exactly a concern is about; `divisions` are names by code. What has no words stays as it is."""
    if reason is ConcernReason.ANSWER_DIFFERS:
        return _compared(detail)
    if reason is ConcernReason.POSTED_DIFFERENTLY:
        return _posted(detail, divisions)
    for pattern, words in _DETAILS:
        if found := pattern.fullmatch(detail):
            return words(*found.groups())
    return detail


def _order(content: Mapping[str, Any]) -> str:
    status = content.get("orderStatus")
    known = _status(status)
    words = ORDERS[known] if known is not None else f"состояние {status}"
    amount = _kopecks(content.get("depositedAmount")) or _kopecks(content.get("amount"))
    refunded = _kopecks(content.get("refundedAmount"))
    took = known is OrderStatus.PAID
    parts = [f"{words}: {formats.money(amount)}" if took and amount else words]
    if refunded:
        parts.append(f"возвращено {formats.money(refunded)}")
    reason = str(content.get("actionCode", "0"))
    if reason != "0" and not took:
        parts.append(f"код причины {reason}")
    return ", ".join(parts)


def _status(text: object) -> OrderStatus | None:
    try:
        return OrderStatus(int(str(text)))
    except ValueError:
        return None


def _kopecks(value: object) -> Kopecks:
    text = str(value)
    return Kopecks(int(text)) if text.isdecimal() else Kopecks(0)


def _money(kopecks: str) -> str:
    return formats.money(_kopecks(kopecks))


def _compared(detail: str) -> str:
    def words(found: re.Match[str]) -> str:
        name, ours, theirs = found.groups()
        values = [_money(value) if name in AMOUNTS and value.isdecimal() else value for value in (ours, theirs)]
        return f"{FIELDS.get(name, name)}: у{NBSP}нас {values[0]}, у{NBSP}банка {values[1]}"

    return re.sub(r"(\w+): ours ([^,]*), theirs ([^,]*)", words, detail)


def _posted(detail: str, divisions: Mapping[str, str]) -> str:
    elsewhere = re.fullmatch(r"to another account or division: (.*)", detail)
    if elsewhere:
        names = ", ".join(divisions.get(code, code) for code in elsewhere[1].split(", "))
        return f"на другой лицевой счёт или раздел: {names}"

    def words(found: re.Match[str]) -> str:
        code, paid, posted = found.groups()
        return f"{divisions.get(code, code)}: оплачено {_money(paid)}, учтено {_money(posted)}"

    return re.sub(r"([^,\s]+): paid (\d+), posted (\d+) kopecks", words, detail)


_DETAILS = (
    (re.compile(r"week (\d+)"), lambda week: f"неделя {week}-я"),
    (re.compile(r"refund \d+, (\d+) kopecks"), lambda amount: f"возврат на{NBSP}{_money(amount)}"),
    (re.compile(r"refunded (\d+) kopecks in all"), lambda amount: f"всего возвращено {_money(amount)}"),
    (
        re.compile(r"(\d+) of (\d+) kopecks in all: of which division\?"),
        lambda part, total: f"{_money(part)} из возвращённых {_money(total)}",
    ),
    (re.compile(r"orderStatus (\d+)"), lambda status: f"банк отвечает: {_order({'orderStatus': status})}"),
    (
        re.compile(r"(\w+) here, refundedAmount (\d+) there"),
        lambda state, amount: f"у{NBSP}нас {_state(state)}, а{NBSP}банк отвечает, что возвращено {_money(amount)}",
    ),
    (
        re.compile(r"(\w+) here, orderStatus (\d+) there"),
        lambda state, status: f"у{NBSP}нас {_state(state)}, а{NBSP}банк отвечает: {_order({'orderStatus': status})}",
    ),
)


def _state(word: str) -> str:
    return f"«{STATES[AttemptState(word)]}»" if word in list(AttemptState) else word
