"""What a merchant hears from the bank, field by field."""

import json
from typing import Any

import httpx
import pytest

from tests.bank.conftest import Clock
from tests.bank.running import RETURN_URL, RunningBank, pay

REGISTERED = {
    "errorCode", "errorMessage", "orderNumber", "orderStatus", "actionCode", "actionCodeDescription", "amount",
    "currency", "date", "orderDescription", "merchantOrderParams", "transactionAttributes", "attributes", "terminalId",
    "paymentAmountInfo", "bankInfo",
}  # fmt: skip
GIVEN_A_CARD = REGISTERED | {"ip", "cardAuthInfo"}
PAID = GIVEN_A_CARD | {"authDateTime", "authRefNum", "depositedDate"}


def item(**fields: object) -> dict[str, Any]:
    """One position: two cubic metres of gas."""
    usual = {
        "positionId": 1,
        "name": "Газоснабжение",
        "quantity": {"value": 2, "measure": "м3"},
        "itemAmount": 123456,
        "itemPrice": 61728,
        "itemCode": "gas",
        "tax": {"taxType": 6},
        "itemAttributes": {
            "attributes": [{"name": "paymentMethod", "value": "4"}, {"name": "paymentObject", "value": "4"}]
        },
    }
    return usual | fields


def bundle(*items: dict[str, Any], **customer: str) -> str:
    return json.dumps({"customerDetails": customer, "cartItems": {"items": items}})


def test_an_order_is_registered(bank: RunningBank) -> None:
    answer = bank.register()

    assert set(answer) == {"orderId", "formUrl"}
    assert answer["formUrl"] == f"{bank.address}/payment/merchants/lk/payment_ru.html?mdOrder={answer['orderId']}"
    [order] = bank.bank.orders()
    assert (order.order_number, order.order_id, order.amount, order.state) == ("1001", answer["orderId"], 123456, 0)
    assert (order.deposited, order.refunded) == (0, 0)


def test_the_status_of_an_order_nobody_paid(bank: RunningBank, clock: Clock) -> None:
    order = bank.register(description="ЛС 1234567890", jsonParams='{"account": "1234567890"}')

    status = bank.status(order["orderId"])

    assert status == {
        "errorCode": "0",
        "errorMessage": "Успешно",
        "orderNumber": "1001",
        "orderStatus": 0,
        "actionCode": -100,
        "actionCodeDescription": "",
        "amount": 123456,
        "currency": "643",
        "date": int(clock.now.timestamp() * 1000),
        "orderDescription": "ЛС 1234567890",
        "merchantOrderParams": [{"name": "account", "value": "1234567890"}],
        "transactionAttributes": [],
        "attributes": [{"name": "mdOrder", "value": order["orderId"]}],
        "terminalId": "123456",
        "paymentAmountInfo": {
            "paymentState": "CREATED", "approvedAmount": 0, "depositedAmount": 0, "refundedAmount": 0,
        },
        "bankInfo": {"bankCountryCode": "UNKNOWN", "bankCountryName": "<Неизвестно>"},
    }  # fmt: skip
    assert bank.call("getOrderStatusExtended.do", {"orderNumber": "1001"}) == status


def test_the_status_of_a_paid_order(bank: RunningBank, clock: Clock) -> None:
    order = bank.register()
    pay(order["formUrl"], "4111 1111 1111 1111")

    status = bank.status(order["orderId"])

    assert set(status) == PAID
    assert (status["orderStatus"], status["actionCode"], status["ip"]) == (2, 0, "127.0.0.1")
    assert status["authDateTime"] == status["depositedDate"] == int(clock.now.timestamp() * 1000)
    assert status["paymentAmountInfo"] == {
        "paymentState": "DEPOSITED", "approvedAmount": 123456, "depositedAmount": 123456, "refundedAmount": 0,
    }  # fmt: skip
    card = status["cardAuthInfo"]
    assert len(card.pop("approvalCode")) == 6
    assert card == {
        "maskedPan": "411111**1111",
        "pan": "411111**1111",
        "expiration": "203912",
        "cardholderName": "CARDHOLDER NAME",
        "paymentSystem": "VISA",
    }
    assert status["bankInfo"] == {"bankName": "TEST CARD", "bankCountryCode": "RU", "bankCountryName": "Россия"}


def test_the_status_of_a_declined_order(bank: RunningBank) -> None:
    order = bank.register()
    pay(order["formUrl"], "4000 0000 0000 0002")

    status = bank.status(order["orderId"])

    assert set(status) == GIVEN_A_CARD
    assert (status["orderStatus"], status["actionCode"]) == (6, 116)
    assert "approvalCode" not in status["cardAuthInfo"]
    assert status["paymentAmountInfo"]["paymentState"] == "DECLINED"


def test_an_unknown_order(bank: RunningBank) -> None:
    unknown = {"errorCode": "6", "errorMessage": "Заказ не найден", "merchantOrderParams": [], "attributes": []}

    assert bank.status("3ff6962a-7dcc-4283-ab50-a6d7dd3386fe") == unknown
    assert bank.call("getOrderStatusExtended.do", {"orderNumber": "1001"}) == unknown
    assert bank.call("getOrderStatusExtended.do", {})["errorCode"] == "1"


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"userName": "guess"}, {"password": ""}])
@pytest.mark.parametrize("method", ["register.do", "getOrderStatusExtended.do", "refund.do"])
def test_wrong_credentials(bank: RunningBank, method: str, wrong: dict[str, str]) -> None:
    order = bank.register()
    answer = bank.call(method, {"orderId": order["orderId"], "amount": 1, "orderNumber": "1002"} | wrong)

    assert (answer["errorCode"], answer["errorMessage"]) == ("5", "Доступ запрещён")
    assert len(bank.bank.orders()) == 1


def test_only_forms_are_read_and_only_by_post(bank: RunningBank) -> None:
    url = f"{bank.address}/payment/rest/register.do"

    assert httpx.get(url, trust_env=False).status_code == 405
    assert httpx.post(url, json={"userName": "demogaz-api"}, trust_env=False).json()["errorCode"] == "5"


def test_a_number_is_used_once(bank: RunningBank) -> None:
    first = bank.register()
    assert bank.register(amount=1) == {
        "errorCode": "1",
        "errorMessage": "Заказ с таким номером был зарегистрирован, но не был оплачен",
    }
    pay(first["formUrl"], "4111 1111 1111 1111")
    assert bank.register() == {"errorCode": "1", "errorMessage": "Заказ с таким номером уже обработан"}
    assert [order.amount for order in bank.bank.orders()] == [123456]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("orderNumber", "", "4"),
        ("orderNumber", "1" * 33, "1"),
        ("amount", "", "4"),
        ("amount", "0", "5"),
        ("amount", "-1", "5"),
        ("amount", "12.50", "5"),
        ("amount", "١٢", "5"),
        ("currency", "840", "3"),
        ("language", "russian", "5"),
        ("returnUrl", "", "4"),
        ("returnUrl", "javascript:alert(1)", "5"),
        ("returnUrl", "/paid", "5"),
        ("returnUrl", "http://127.0.0.1/\r\nX: 1", "5"),
        ("failUrl", "ftp://127.0.0.1/", "5"),
        ("description", "x" * 100, "5"),
        ("description", "50 %", "5"),
        ("description", "1 + 1", "5"),
        ("description", "1\n2", "5"),
        ("sessionTimeoutSecs", "soon", "5"),
        ("expirationDate", "22.11.2026", "5"),
        ("expirationDate", "2026-11-22T12:29:59", "5"),
        ("jsonParams", "[1]", "5"),
        ("jsonParams", "account=1", "5"),
        ("orderBundle", "{", "4"),
    ],
)
def test_a_wrong_field_registers_nothing(bank: RunningBank, field: str, value: str, code: str) -> None:
    answer = bank.register(**{field: value})

    assert set(answer) == {"errorCode", "errorMessage"}
    assert answer["errorCode"] == code, answer
    assert bank.bank.orders() == []


def test_a_basket_that_adds_up(bank: RunningBank) -> None:
    half = item(positionId=2, itemAmount=61728, quantity={"value": 1, "measure": "м3"})
    part = item(positionId=3, itemAmount=20370, quantity={"value": 0.33, "measure": "м3"})
    basket = bundle(item(), half, part, email="maria@example.ru")

    assert "orderId" in bank.register(amount=123456 + 61728 + 20370, orderBundle=basket)


@pytest.mark.parametrize(
    ("basket", "code"),
    [
        (bundle(item(itemPrice=61729, itemAmount=123458), phone="+79120000003"), "8"),
        (bundle(item(itemAmount=123455), phone="+79120000003"), "8"),
        (bundle(item(), item(), phone="+79120000003"), "5"),
        (bundle(item()), "5"),
        (bundle(item(), phone="не скажу"), "5"),
        (bundle(phone="+79120000003"), "5"),
        (bundle(item(name=" "), phone="+79120000003"), "5"),
        (bundle(item(quantity={"value": "много", "measure": "м3"}), phone="+79120000003"), "5"),
        (bundle(item(itemAmount="123456"), phone="+79120000003"), "5"),
        (bundle(item(itemAttributes={"attributes": []}), phone="+79120000003"), "5"),
        ("[]", "5"),
    ],
)
def test_a_basket_no_receipt_can_be_made_of(bank: RunningBank, basket: str, code: str) -> None:
    answer = bank.register(orderBundle=basket)

    assert answer["errorCode"] == code, answer
    assert bank.bank.orders() == []


def test_refunds_in_parts_up_to_what_was_paid(bank: RunningBank) -> None:
    order_id, form_url = bank.register().values()
    pay(form_url, "4111 1111 1111 1111")

    assert bank.refund(order_id, 23456) == {"errorCode": "0", "errorMessage": "Успешно"}
    assert bank.refund(order_id, 100001) == {
        "errorCode": "7",
        "errorMessage": "Сумма возврата превышает сумму списания",
    }
    status = bank.status(order_id)
    assert (set(status), status["orderStatus"]) == (PAID, 4)
    assert status["paymentAmountInfo"] == {
        "paymentState": "REFUNDED", "approvedAmount": 123456, "depositedAmount": 100000, "refundedAmount": 23456,
    }  # fmt: skip

    assert bank.refund(order_id, 0)["errorCode"] == "0"
    [order] = bank.bank.orders()
    assert (order.deposited, order.refunded) == (123456, 123456)
    assert bank.refund(order_id, 1)["errorCode"] == "7"


def test_what_cannot_be_refunded(bank: RunningBank) -> None:
    order_id = bank.register()["orderId"]

    state = {"errorCode": "7", "errorMessage": "Платёж должен быть в корректном состоянии"}
    assert bank.refund(order_id, 1) == state
    assert bank.refund("unknown", 1) == {"errorCode": "6", "errorMessage": "Неверный номер заказа"}
    assert bank.refund("", 1) == {"errorCode": "5", "errorMessage": "[orderId] не задан"}
    for wrong in ("", "-1", "1,5"):
        assert bank.refund(order_id, wrong) == {"errorCode": "5", "errorMessage": "Неверная сумма"}


def test_the_session_ends(bank: RunningBank, clock: Clock) -> None:
    usual, short = bank.register("1001"), bank.register("1002", sessionTimeoutSecs=300)
    dated = bank.register("1003", sessionTimeoutSecs=300, expirationDate="2026-11-22T13:30:00")

    clock.move(seconds=300)
    assert [bank.status(order["orderId"])["orderStatus"] for order in (usual, short, dated)] == [0, 6, 0]
    clock.move(seconds=900)
    assert [bank.status(order["orderId"])["orderStatus"] for order in (usual, short, dated)] == [6, 6, 0]
    clock.move(seconds=2400)
    expired = bank.status(dated["orderId"])
    assert set(expired) == REGISTERED
    assert (expired["orderStatus"], expired["actionCode"]) == (6, -2007)
    assert expired["actionCodeDescription"] == "Истек срок ожидания ввода данных."
    assert pay_again(usual["formUrl"]).headers["Location"].startswith("http://127.0.0.1/failed?payment=17&orderId=")


def pay_again(form_url: str) -> httpx.Response:
    """Send the form from a page that was opened in time."""
    typed = {"pan": "4111111111111111", "expiry": "12/39", "cvc": "123"}
    return httpx.post(form_url, data=typed, trust_env=False)


def test_the_books_are_shown_to_scripts(bank: RunningBank) -> None:
    bank.register("1001")
    order_id, form_url = bank.register("1002", returnUrl=RETURN_URL).values()
    pay(form_url, "4111 1111 1111 1111")

    shown = httpx.get(f"{bank.address}/orders.json", trust_env=False).json()

    assert [order["order_number"] for order in shown] == ["1002", "1001"]
    assert shown[0] == {
        "order_number": "1002",
        "order_id": order_id,
        "amount": 123456,
        "state": 2,
        "action_code": 0,
        "deposited": 123456,
        "refunded": 0,
        "registered_at": "2026-11-22T09:30:00+00:00",
        "expires_at": "2026-11-22T09:50:00+00:00",
        "deposited_at": "2026-11-22T09:30:00+00:00",
    }
