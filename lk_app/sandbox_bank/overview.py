"""What the bank shows of itself: the test cards and the last orders."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from lk_app.sandbox_bank import words
from lk_app.sandbox_bank.bank import Bank
from lk_app.sandbox_bank.cards import CARDS
from lk_app.sandbox_bank.order import BankOrder
from lk_app.templates import template

SHOWN = 50


class Overview:
    """Shows the books without anything personal."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    async def page(self, request: Request) -> Response:
        """GET /: for people."""
        orders = [
            {
                "number": order.order_number,
                "amount": words.money(order.amount),
                "state": words.state(order),
                "tone": words.tone(order),
                "registered_at": words.moment(order.registered_at),
            }
            for order in self._bank.orders(SHOWN)
        ]
        return HTMLResponse(template("bank/home.html").render(cards=CARDS, orders=orders, home=self._bank.public_url))

    async def orders(self, request: Request) -> Response:
        """GET /orders.json: all orders, for scripts."""
        return JSONResponse([entry(order) for order in self._bank.orders()])


def entry(order: BankOrder) -> dict[str, Any]:
    """Return an order as scripts see it; times are ISO 8601."""
    return {
        "order_number": order.order_number,
        "order_id": order.order_id,
        "amount": order.amount,
        "state": int(order.state),
        "action_code": int(order.action),
        "deposited": order.deposited,
        "refunded": order.refunded,
        "registered_at": order.registered_at.isoformat(),
        "expires_at": order.expires_at.isoformat(),
        "deposited_at": order.deposited_at and order.deposited_at.isoformat(),
    }


def routes(bank: Bank) -> list[Route]:
    overview = Overview(bank)
    return [
        Route("/", overview.page, methods=["GET"]),
        Route("/orders.json", overview.orders, methods=["GET"]),
    ]
