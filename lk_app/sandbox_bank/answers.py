"""The bank's answers, field by field; `errorCode` is a text, `orderStatus` a number, times are milliseconds."""

from typing import Any

from lk_app.sandbox_bank.order import Action, BankOrder, State
from lk_app.sandbox_bank.refusal import Refusal
from lk_app.sandbox_bank.registration import ROUBLES
from lk_app.sandbox_bank.store import milliseconds

Answer = dict[str, Any]

DONE: Answer = {"errorCode": "0", "errorMessage": "Успешно"}
TERMINAL = "123456"
ACTIONS = {
    Action.DONE: "",
    Action.NO_ATTEMPT: "",
    Action.STARTED: "",
    Action.NOT_ENOUGH_MONEY: "Недостаточно средств на карте",
    Action.WRONG_PASSWORD: "3DS-авторизация не пройдена",
    Action.TIME_IS_UP: "Истек срок ожидания ввода данных.",
}
PAYMENT_STATES = {
    State.REGISTERED: "CREATED",
    State.ASKS_PASSWORD: "CREATED",
    State.DEPOSITED: "DEPOSITED",
    State.REFUNDED: "REFUNDED",
    State.DECLINED: "DECLINED",
}
ISSUER = {"bankName": "TEST CARD", "bankCountryCode": "RU", "bankCountryName": "Россия"}
NO_ISSUER = {"bankCountryCode": "UNKNOWN", "bankCountryName": "<Неизвестно>"}


def refused(refusal: Refusal) -> Answer:
    return {"errorCode": str(refusal.code), "errorMessage": refusal.message}


def status_refused(refusal: Refusal) -> Answer:
    return refused(refusal) | {"merchantOrderParams": [], "attributes": []}


def registered(order: BankOrder, form_url: str) -> Answer:
    return {"orderId": order.order_id, "formUrl": form_url}


def status(order: BankOrder) -> Answer:
    """Return all that is known of an order; what did not happen has no field."""
    answer: Answer = DONE | {
        "orderNumber": order.order_number,
        "orderStatus": int(order.state),
        "actionCode": int(order.action),
        "actionCodeDescription": ACTIONS[order.action],
        "amount": order.amount,
        "currency": ROUBLES,
        "date": milliseconds(order.registered_at),
        "orderDescription": order.description,
        "merchantOrderParams": [{"name": name, "value": value} for name, value in order.params.items()],
        "transactionAttributes": [],
        "attributes": [{"name": "mdOrder", "value": order.order_id}],
        "terminalId": TERMINAL,
        "paymentAmountInfo": _amounts(order),
        "bankInfo": ISSUER if order.masked_pan else NO_ISSUER,
    }
    if order.masked_pan:
        answer |= {"ip": order.ip, "cardAuthInfo": _card(order)}
    if order.authorized_at and order.deposited_at:
        answer |= {
            "authDateTime": milliseconds(order.authorized_at),
            "authRefNum": order.reference,
            "depositedDate": milliseconds(order.deposited_at),
        }
    return answer


def _amounts(order: BankOrder) -> Answer:
    return {
        "paymentState": PAYMENT_STATES[order.state],
        "approvedAmount": order.deposited,
        # A refund lowers it: it is what the merchant still has.
        "depositedAmount": order.left,
        "refundedAmount": order.refunded,
    }


def _card(order: BankOrder) -> Answer:
    card = {
        "maskedPan": order.masked_pan,
        "expiration": order.card_expiry,
        "cardholderName": "CARDHOLDER NAME",
        "paymentSystem": order.payment_system,
        "pan": order.masked_pan,
    }
    return card | ({"approvalCode": order.approval_code} if order.approval_code else {})
