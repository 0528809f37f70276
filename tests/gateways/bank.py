"""The product's client of the bank, less patient, and an order for it to open."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from lk_app.gateways.bank.basket import FiscalRules
from lk_app.gateways.bank.interface import NewOrder, OrderItem
from lk_app.gateways.bank.sberbank import Credentials, Patience, Sberbank
from lk_app.models.values import Kopecks

READ_TIMEOUT_S = 1.5
"""Long enough for a busy machine to answer in."""

LOGIN, PASSWORD, TOKEN = "demogaz-api", "p4ss & w0rd", "t0k3n-0f-0urs"
NUMBER, ORDER_ID = "261122-ABCDEFGHJK", "3ff6962a-7dcc-4283-ab50-a6d7dd3386fe"
PHONE, EMAIL = "9120000001", "maria@example.ru"
PAGE_HOSTS = ("bank.example", "pages.example")
PAGE = f"https://bank.example/pay?mdOrder={ORDER_ID}"
RETURN_URL = f"https://lk.example.ru/payments/return?order={NUMBER}"
ORDER = NewOrder(
    number=NUMBER,
    description="Демогаз: лицевой счёт 66010000017",
    return_url=RETURN_URL,
    lives=timedelta(minutes=20),
    items=(OrderItem("gas", "Природный газ", Kopecks(184_356)), OrderItem("vdgo", "ВДГО", Kopecks(31_007))),
    phone=PHONE,
)
OPENED = {"orderId": ORDER_ID, "formUrl": PAGE}
NOT_PAID = {"errorCode": "0", "orderNumber": NUMBER, "orderStatus": 0, "amount": 215_363, "currency": "643"}
RULES = FiscalRules(tax_type=6, measure="шт", payment_method=4, payment_object=4)
SECRETS = (PASSWORD, TOKEN, PHONE, EMAIL, "p4ss", "maria")

CALLS = {
    "register": lambda bank: bank.register(ORDER),
    "status": lambda bank: bank.status(NUMBER, ORDER_ID),
    "refund": lambda bank: bank.refund(ORDER_ID, Kopecks(100)),
}
every_call = pytest.mark.parametrize("call", CALLS)


def sberbank(url: str, client: httpx.Client, token: str = "") -> Sberbank:
    """The product's client, less patient."""
    credentials = Credentials(LOGIN, SecretStr(PASSWORD), SecretStr(token))
    timeout = httpx.Timeout(READ_TIMEOUT_S)
    return Sberbank(f"{url}/payment/rest", credentials, RULES, client, PAGE_HOSTS, Patience(timeout, timeout, timeout))
