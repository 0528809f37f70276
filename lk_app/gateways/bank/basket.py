"""The basket of the fiscal receipt (54-ФЗ), as the bank's `orderBundle` has it."""

from dataclasses import dataclass
from typing import Any

from lk_app.gateways.bank.interface import NewOrder, OrderItem


@dataclass(frozen=True)
class FiscalRules:
    """Codes that the tax law and the company's own regime decide: settings, because they change."""

    tax_type: int
    measure: str
    payment_method: int
    payment_object: int


def basket(order: NewOrder, rules: FiscalRules) -> dict[str, Any]:
    """Return the order's bundle, whose lines sum to its amount."""
    items = [_line(position, item, rules) for position, item in enumerate(order.items, start=1)]
    return {"customerDetails": _contact(order), "cartItems": {"items": items}}


def _contact(order: NewOrder) -> dict[str, str]:
    return {"email": order.email} if order.email else {"phone": f"+7{order.phone}"}


def _line(position: int, item: OrderItem, rules: FiscalRules) -> dict[str, Any]:
    attributes = {"paymentMethod": rules.payment_method, "paymentObject": rules.payment_object}
    return {
        "positionId": str(position),
        "name": item.name[:100],
        "quantity": {"value": 1, "measure": rules.measure},
        "itemAmount": item.amount,
        "itemPrice": item.amount,
        "itemCode": item.code,
        "tax": {"taxType": rules.tax_type},
        "itemAttributes": {"attributes": [{"name": name, "value": str(code)} for name, code in attributes.items()]},
    }
