"""The basket of an order, `orderBundle`: what a fiscal receipt is made of."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from lk_app.sandbox_bank.refusal import Refusal

PHONE = re.compile(r"\+?\d{7,15}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NAME_LENGTH = 128
CODE_LENGTH = 100
ATTRIBUTES = ("paymentMethod", "paymentObject")


def check_basket(bundle: str, amount: int) -> None:
    """Refuse a basket that no receipt could be made of, or that is not worth `amount` kopecks."""
    try:
        basket = json.loads(bundle, parse_float=Decimal)
    except ValueError:
        raise Refusal(4, "Неверный формат запроса") from None
    customer = _object(basket, "customerDetails")
    if not (_matches(PHONE, customer.get("phone")) or _matches(EMAIL, customer.get("email"))):
        raise _wrong("customerDetails: нужен телефон или адрес электронной почты")
    items = _object(basket, "cartItems").get("items")
    if not isinstance(items, list) or not items:
        raise _wrong("cartItems.items: нет позиций")
    total = sum(_worth(item) for item in items)
    positions = [str(item.get("positionId", "")) for item in items]
    if "" in positions or len(set(positions)) < len(positions):
        raise _wrong("positionId: не заполнен или повторяется")
    if total != amount:
        raise Refusal(8, "Сумма заказа не равна сумме позиций корзины")


def _worth(item: Any) -> int:
    """Return the amount of one position in kopecks."""
    if not isinstance(item, dict):
        raise _wrong("cartItems.items: позиция не объект")
    _check_text(item, "name", NAME_LENGTH)
    _check_text(item, "itemCode", CODE_LENGTH)
    _check_attributes(item)
    price, worth = _kopecks(item, "itemPrice"), _kopecks(item, "itemAmount")
    if "tax" in item and not isinstance(_object(item, "tax").get("taxType"), int):
        raise _wrong("tax.taxType: не число")
    product = (price * _quantity(item)).to_integral_value(ROUND_HALF_UP)
    if product != worth:
        raise Refusal(8, "itemAmount не равен itemPrice * quantity")
    return worth


def _quantity(item: dict[str, Any]) -> Decimal:
    quantity = _object(item, "quantity")
    try:
        value = Decimal(str(quantity.get("value")))
    except InvalidOperation:
        raise _wrong("quantity.value: не число") from None
    if not value.is_finite() or value <= 0 or not str(quantity.get("measure", "")):
        raise _wrong("quantity: нужны количество и единица измерения")
    return value


def _check_attributes(item: dict[str, Any]) -> None:
    """If there are attributes, those the law asks for are among them; the bank has defaults for a basket without."""
    if "itemAttributes" not in item:
        return
    attributes = _object(item, "itemAttributes").get("attributes")
    if not isinstance(attributes, list) or not all(isinstance(attribute, dict) for attribute in attributes):
        raise _wrong("itemAttributes.attributes: не список")
    given = {attribute.get("name") for attribute in attributes if str(attribute.get("value", ""))}
    if not given.issuperset(ATTRIBUTES):
        raise _wrong("itemAttributes: нужны paymentMethod и paymentObject")


def _check_text(item: dict[str, Any], name: str, length: int) -> None:
    text = item.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > length:
        raise _wrong(f"{name}: не заполнен или слишком длинный")


def _kopecks(item: dict[str, Any], name: str) -> int:
    value = item.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(f"{name}: не сумма в копейках")
    return value


def _object(holder: Any, name: str) -> dict[str, Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(value, dict):
        raise _wrong(f"{name}: не заполнен")
    return value


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _wrong(what: str) -> Refusal:
    return Refusal(5, f"Неверный параметр [orderBundle]. {what}")
