"""What the bank is asked, field by field."""

import json
from dataclasses import replace

import httpx
import pytest

from lk_app.gateways.bank import bank_of
from lk_app.gateways.bank.interface import OrderItem
from lk_app.gateways.bank.sberbank import Sberbank
from lk_app.models.values import Kopecks
from lk_app.settings import SANDBOX_BANK_LOGIN, Settings
from tests.gateways.bank import (
    CALLS,
    EMAIL,
    LOGIN,
    NOT_PAID,
    NUMBER,
    OPENED,
    ORDER,
    ORDER_ID,
    PAGE,
    PASSWORD,
    RETURN_URL,
    TOKEN,
    every_call,
    sberbank,
)
from tests.providers import Provider, reply


def test_an_order_is_opened_with_all_that_the_bank_wants(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(OPENED)

    opened = bank.register(ORDER)

    sent = dict(provider.call.form)
    del sent["orderBundle"]
    assert (opened.order_id, opened.form_url) == (ORDER_ID, PAGE)
    assert provider.call.path == "/payment/rest/register.do"
    assert sent == {
        "userName": LOGIN,
        "password": PASSWORD,
        "orderNumber": NUMBER,
        "amount": "215363",
        "currency": "643",
        "returnUrl": RETURN_URL,
        "failUrl": RETURN_URL,
        "description": "Демогаз: лицевой счёт 66010000017",
        "language": "ru",
        "sessionTimeoutSecs": "1200",
    }


def test_the_basket_names_each_division_and_comes_to_the_amount(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(OPENED)

    bank.register(ORDER)

    bundle = json.loads(provider.call.form["orderBundle"])
    items = bundle["cartItems"]["items"]
    assert bundle["customerDetails"] == {"phone": "+79120000001"}
    assert items[0] == {
        "positionId": "1",
        "name": "Природный газ",
        "quantity": {"value": 1, "measure": "шт"},
        "itemAmount": 184_356,
        "itemPrice": 184_356,
        "itemCode": "gas",
        "tax": {"taxType": 6},
        "itemAttributes": {
            "attributes": [{"name": "paymentMethod", "value": "4"}, {"name": "paymentObject", "value": "4"}]
        },
    }
    assert [(item["positionId"], item["itemCode"]) for item in items] == [("1", "gas"), ("2", "vdgo")]
    assert sum(item["itemAmount"] for item in items) == int(provider.call.form["amount"])


def test_an_address_for_letters_goes_before_a_phone(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(OPENED)

    bank.register(replace(ORDER, email=EMAIL))

    assert json.loads(provider.call.form["orderBundle"])["customerDetails"] == {"email": EMAIL}


def test_a_description_has_no_forbidden_signs_and_is_not_too_long(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(OPENED)

    bank.register(replace(ORDER, description="100%+газ\r\n" + "я" * 200))

    assert provider.call.form["description"] == "100  газ  " + "я" * 89


def test_a_long_name_is_shortened_for_the_receipt(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(OPENED)

    bank.register(replace(ORDER, items=(OrderItem("gas", "я" * 150, Kopecks(100)),)))

    [item] = json.loads(provider.call.form["orderBundle"])["cartItems"]["items"]
    assert item["name"] == "я" * 100


@pytest.mark.parametrize(
    ("order_id", "asked"), [(ORDER_ID, {"orderId": ORDER_ID}), (None, {"orderNumber": NUMBER})], ids=["theirs", "ours"]
)
def test_an_order_is_asked_about_by_the_banks_name_or_by_ours(
    bank: Sberbank, provider: Provider, order_id: str | None, asked: dict[str, str]
) -> None:
    provider.reply = reply(NOT_PAID)

    bank.status(NUMBER, order_id)

    assert provider.call.path == "/payment/rest/getOrderStatusExtended.do"
    assert provider.call.form == {"userName": LOGIN, "password": PASSWORD, "language": "ru"} | asked


def test_a_refund_names_the_order_and_the_kopecks(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply({"errorCode": "0", "errorMessage": "Успешно"})

    assert bank.refund(ORDER_ID, Kopecks(12_345)) == {"errorCode": "0", "errorMessage": "Успешно"}
    assert provider.call.path == "/payment/rest/refund.do"
    assert provider.call.form == {"userName": LOGIN, "password": PASSWORD, "orderId": ORDER_ID, "amount": "12345"}


@every_call
def test_a_token_stands_for_login_and_password(provider: Provider, bank_client: httpx.Client, call: str) -> None:
    provider.reply = reply(OPENED | NOT_PAID)

    CALLS[call](sberbank(provider.url, bank_client, TOKEN))

    assert provider.call.form["token"] == TOKEN
    assert not {"userName", "password"} & provider.call.form.keys()


@every_call
def test_nothing_is_in_the_address(bank: Sberbank, provider: Provider, call: str) -> None:
    provider.reply = reply(OPENED | NOT_PAID)

    CALLS[call](bank)

    assert "?" not in provider.call.path


def test_the_settings_say_which_bank_and_by_which_name() -> None:
    set_up = Settings(_env_file=None, bank_url="https://bank.example/payment/rest", bank_token=TOKEN, bank_login=LOGIN)
    sandbox = Settings(_env_file=None, env="demo", port=3100)

    assert bank_of(set_up).credentials.fields == {"token": TOKEN}
    assert bank_of(set_up).url == "https://bank.example/payment/rest"
    assert bank_of(sandbox).credentials.fields["userName"] == SANDBOX_BANK_LOGIN
    assert bank_of(sandbox).url == "http://127.0.0.1:3100/sandbox/bank/payment/rest"
