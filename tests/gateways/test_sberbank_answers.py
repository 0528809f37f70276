"""What is made of what the bank says, what is kept of it, and by what a callback proves to be the bank's."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lk_app.gateways.bank.checksum import checksum, is_genuine
from lk_app.gateways.bank.interface import LeadsElsewhere, NoAnswer, NumberTaken, OrderStatus, Refused, UnknownOrder
from lk_app.gateways.bank.sberbank import Sberbank, kept
from lk_app.models.values import Kopecks
from tests.bank.running import pay, running_bank
from tests.gateways.bank import CALLS, NUMBER, OPENED, ORDER, ORDER_ID, PAGE
from tests.payments.world import DECLINED_CARD, GOOD_CARD, bank_at
from tests.providers import Provider, reply

PAID = {
    "errorCode": "0",
    "errorMessage": "Успешно",
    "orderNumber": NUMBER,
    "orderStatus": 2,
    "actionCode": 0,
    "actionCodeDescription": "",
    "amount": 215_363,
    "currency": "643",
    "date": 1_795_332_600_000,
    "ip": "203.0.113.7",
    "orderDescription": "Демогаз: лицевой счёт 66010000017",
    "merchantOrderParams": [{"name": "phone", "value": "9120000001"}],
    "attributes": [{"name": "mdOrder", "value": ORDER_ID}],
    "cardAuthInfo": {
        "maskedPan": "411111**1111",
        "expiration": "203912",
        "cardholderName": "MARIA IVANOVA",
        "approvalCode": "123456",
    },
    "authDateTime": 1_795_332_660_000,
    "authRefNum": "111111111111",
    "terminalId": "12345678",
    "paymentAmountInfo": {
        "paymentState": "DEPOSITED",
        "approvedAmount": 215_363,
        "depositedAmount": 215_363,
        "refundedAmount": 0,
        "feeAmount": 1,
    },
    "bankInfo": {"bankName": "ПАО СБЕРБАНК"},
    "payerData": {"email": "maria@example.ru"},
}


@pytest.mark.parametrize("code", [{}, {"errorCode": 0}, {"errorCode": "0"}, {"errorCode": None}, {"errorCode": ""}])
@pytest.mark.parametrize("call", CALLS)
def test_a_call_worked_if_its_code_is_none(
    bank: Sberbank, provider: Provider, call: str, code: dict[str, object]
) -> None:
    answer = {name: value for name, value in PAID.items() if name != "errorCode"} | OPENED
    provider.reply = reply(answer | code)

    CALLS[call](bank)


@pytest.mark.parametrize("code", [str, int], ids=["text", "number"])
@pytest.mark.parametrize(
    ("call", "number", "refusal"),
    [
        ("register", 1, NumberTaken),
        ("register", 5, Refused),
        ("register", 6, Refused),
        ("status", 1, Refused),
        ("status", 5, Refused),
        ("status", 6, UnknownOrder),
        ("refund", 5, Refused),
        ("refund", 6, UnknownOrder),
        ("refund", 7, Refused),
        ("refund", 1, Refused),
    ],
)
def test_a_refusal_is_known_by_its_code(
    bank: Sberbank, provider: Provider, call: str, number: int, refusal: type[Refused], code: type
) -> None:
    provider.reply = reply(PAID | OPENED | {"errorCode": code(number), "errorMessage": "Нет"})

    with pytest.raises(Refused) as fault:
        CALLS[call](bank)

    assert (type(fault.value), fault.value.reason) == (refusal, str(number))
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"orderId": None},
        {"orderId": ""},
        {"orderId": 17},
        {"orderId": "3" * 65},
        {"formUrl": None},
        {"formUrl": ""},
        {"formUrl": "javascript:alert(1)"},
        {"formUrl": "//bank.example/pay"},
        {"formUrl": "https://bank.example/" + "a" * 512},
        {"formUrl": [PAGE]},
    ],
    ids=str,
)
def test_an_order_without_its_name_or_page_was_not_opened_for_all_we_know(
    bank: Sberbank, provider: Provider, wrong: dict[str, object]
) -> None:
    provider.reply = reply(OPENED | wrong)

    with pytest.raises(NoAnswer, match="unreadable answer"):
        bank.register(ORDER)


ELSEWHERE = [
    "https://evil.example/pay",
    "https://bank.example.evil.example/pay",
    "https://evilbank.example/pay",
    "https://evil.example/bank.example",
    "https://evil.example?bank.example",
    "https://bank.example./pay",
    "https://example/pay",
]
MISREAD = [
    "https://evil.example\\@bank.example/pay",
    "https://evil.example\\.bank.example/pay",
    "https://bank.example@evil.example/pay",
    "https://evil.example@bank.example/pay",
    "https://bank.example:pw@evil.example/pay",
    "https://evil.example/\n.bank.example",
    "https://evil.example\t.bank.example/",
    "https:///bank.example/pay",
    "https:/evil.example/pay",
    "https://еvil.bank.example/pay",
    " https://bank.example/pay",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_led_to_a_host_that_was_not_named(bank: Sberbank, provider: Provider, address: str) -> None:
    provider.reply = reply(OPENED | {"formUrl": address})

    with pytest.raises(LeadsElsewhere, match=r"^page at [a-z.]*example\.?$"):
        bank.register(ORDER)


@pytest.mark.parametrize("address", MISREAD)
def test_an_address_that_browsers_may_read_otherwise_is_none(bank: Sberbank, provider: Provider, address: str) -> None:
    provider.reply = reply(OPENED | {"formUrl": address})

    with pytest.raises(NoAnswer, match="unreadable answer"):
        bank.register(ORDER)


@pytest.mark.parametrize(
    "address",
    [
        "https://bank.example",
        "https://bank.example?mdOrder=1",
        "https://BANK.example:8443/a/b?c=d&e=f%20g#h",
        "https://three.d.pages.example/payment/merchants/lk/payment_ru.html?mdOrder=1",
    ],
)
def test_pages_of_named_hosts_and_below_are_the_banks(bank: Sberbank, provider: Provider, address: str) -> None:
    provider.reply = reply(OPENED | {"formUrl": address})

    assert bank.register(ORDER).form_url == address


def test_a_paid_order_says_all_there_is_to_compare(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(PAID)

    order = bank.status(NUMBER, None)

    assert (order.order_id, order.order_number, order.status) == (ORDER_ID, NUMBER, OrderStatus.PAID)
    assert (order.amount, order.currency, order.deposited, order.refunded) == (215_363, "643", 215_363, 0)
    assert (order.card, order.action_code) == ("1111", "0")
    assert order.paid_at == datetime(2026, 11, 22, 7, 31, tzinfo=UTC)


@pytest.mark.parametrize("status", range(7))
@pytest.mark.parametrize("form", [str, int])
def test_the_status_is_the_banks_number_and_never_the_error_code(
    bank: Sberbank, provider: Provider, status: int, form: type
) -> None:
    provider.reply = reply(PAID | {"orderStatus": form(status)})

    assert bank.status(NUMBER, None).status is OrderStatus(status)


def test_an_order_that_nobody_paid_may_say_less(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(
        {"errorCode": 0, "orderNumber": NUMBER, "orderStatus": 0, "amount": "215363", "currency": 643}
    )

    order = bank.status(NUMBER, ORDER_ID)

    assert (order.order_id, order.amount, order.currency) == (ORDER_ID, 215_363, "643")
    assert (order.deposited, order.refunded, order.paid_at, order.card, order.action_code) == (None, 0, None, "", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"orderNumber": ...},
        {"orderStatus": ...},
        {"orderStatus": None},
        {"orderStatus": 7},
        {"orderStatus": "paid"},
        {"amount": ...},
        {"amount": None},
        {"amount": "2 153,63"},
        {"amount": []},
        {"currency": ...},
        {"authDateTime": "вчера"},
        {"authDateTime": 10**30},
        {"paymentAmountInfo": {"depositedAmount": "all"}},
        {"paymentAmountInfo": {"refundedAmount": "all"}},
    ],
    ids=str,
)
def test_an_answer_that_lacks_what_must_be_compared_is_none(
    bank: Sberbank, provider: Provider, wrong: dict[str, Any]
) -> None:
    said = PAID | wrong
    provider.reply = reply({name: value for name, value in said.items() if value is not ...})

    with pytest.raises(NoAnswer, match="unreadable answer"):
        bank.status(NUMBER, ORDER_ID)


@pytest.mark.parametrize(
    ("card", "digits"),
    [
        ({"maskedPan": "411111**1111"}, "1111"),
        ({"pan": "411111XXXXXX0002"}, "0002"),
        ({"maskedPan": "411111******"}, ""),
        ({"maskedPan": None}, ""),
        ({"maskedPan": 4111}, "4111"),
        ("4111", ""),
        (None, ""),
    ],
)
def test_of_a_card_the_last_digits_are_kept(bank: Sberbank, provider: Provider, card: object, digits: str) -> None:
    provider.reply = reply(PAID | {"cardAuthInfo": card})

    assert bank.status(NUMBER, None).card == digits


@pytest.mark.parametrize("attributes", [None, {}, [], ["mdOrder"], [{"name": "other", "value": "1"}]])
def test_the_banks_name_is_ours_to_remember_where_it_does_not_say(
    bank: Sberbank, provider: Provider, attributes: object
) -> None:
    provider.reply = reply(PAID | {"attributes": attributes})

    assert bank.status(NUMBER, "known before").order_id == "known before"


def test_nothing_kept_names_a_person_or_a_card() -> None:
    evidence = kept(PAID)

    assert evidence["orderNumber"] == NUMBER
    assert evidence["depositedAmount"] == 215_363
    assert evidence["authRefNum"] == "111111111111"
    for personal in ("**1111", "IVANOVA", "203.0.113.7", "9120000001", "maria@", "66010000017", "203912", "'123456'"):
        assert personal in repr(PAID), "the test must see what it looks for"
        assert personal not in repr(evidence)


def test_what_is_kept_is_short_and_plain() -> None:
    evidence = kept({"errorMessage": "я" * 1_000, "date": [1], "amount": 1.5, "orderId": None, "currency": True})

    assert evidence == {"errorMessage": "я" * 200, "date": "[1]", "amount": 1.5, "orderId": None, "currency": True}


def test_an_order_at_a_real_bank_from_its_opening_to_its_refund(tmp_path: Path) -> None:
    with running_bank(tmp_path) as there:
        bank = bank_at(there.address)
        opened = bank.register(ORDER)
        before = bank.status(NUMBER, None)
        pay(opened.form_url, GOOD_CARD)
        after = bank.status(NUMBER, opened.order_id)
        bank.refund(opened.order_id, Kopecks(100))
        refunded = bank.status(NUMBER, opened.order_id)

    assert (before.order_id, before.status, before.deposited) == (opened.order_id, OrderStatus.REGISTERED, 0)
    assert (after.status, after.amount, after.deposited, after.card) == (OrderStatus.PAID, 215_363, 215_363, "1111")
    assert (refunded.status, refunded.refunded) == (OrderStatus.REFUNDED, 100)


def test_what_a_real_bank_refuses(tmp_path: Path) -> None:
    with running_bank(tmp_path) as there:
        bank, unpaid = bank_at(there.address), bank_at(there.address).register(ORDER)
        with pytest.raises(NumberTaken):
            bank.register(ORDER)
        with pytest.raises(UnknownOrder):
            bank.status("261122-ZZZZZZZZZZ", None)
        with pytest.raises(Refused, match="7"):
            bank.refund(unpaid.order_id, Kopecks(1))
        pay(unpaid.form_url, DECLINED_CARD)
        assert bank.status(NUMBER, None).status is OrderStatus.DECLINED


SAID = {
    "amount": "123456",
    "mdOrder": ORDER_ID,
    "operation": "deposited",
    "orderNumber": "10747",
    "status": "1",
}
VECTOR = "81BF68537F3882AE28A6EF9A96D5F5919C907F0CB5243BF46F4F3B12933C2E2A"


def test_the_checksum_is_the_one_of_the_rule() -> None:
    assert checksum("k", SAID) == VECTOR
    assert is_genuine("k", SAID | {"checksum": VECTOR})
    assert is_genuine("k", SAID | {"checksum": VECTOR.lower(), "sign_alias": "SHA-256 with HMAC"})


@pytest.mark.parametrize("name", [*SAID, "checksum"])
@pytest.mark.parametrize("change", [lambda value: value + "0", lambda value: value[:-1], lambda value: None])
def test_whatever_is_altered_the_checksum_fits_no_longer(name: str, change: Any) -> None:
    genuine = SAID | {"checksum": VECTOR}
    altered = genuine | {name: change(genuine[name])}

    assert not is_genuine("k", {name: value for name, value in altered.items() if value is not None})


def test_a_field_more_another_key_or_no_key_is_not_genuine() -> None:
    genuine = SAID | {"checksum": VECTOR}

    assert not is_genuine("k", genuine | {"extra": ""})
    assert not is_genuine("other", genuine)
    assert not is_genuine("", SAID | {"checksum": checksum("", SAID)})
    assert not is_genuine("", {})
    assert not is_genuine("k", SAID | {"checksum": "подпись \udcff"})
