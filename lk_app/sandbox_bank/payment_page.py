"""The pages people pay on: the card, the password from an SMS, and what came of it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from lk_app.sandbox_bank import words
from lk_app.sandbox_bank.bank import FORM, Bank
from lk_app.sandbox_bank.card_form import CardForm, read_card
from lk_app.sandbox_bank.cards import CARDS, PASSWORD
from lk_app.sandbox_bank.order import Action, BankOrder, State
from lk_app.sandbox_bank.refusal import Refusal
from lk_app.sandbox_bank.rest import fields
from lk_app.templates import template

MERCHANT_NAME = "Демогаз"
PASSWORD_FORM = FORM.replace("payment_ru", "acs_ru")
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
SEE_OTHER = 303


class PaymentPages:
    """Shows the pages and takes what people type."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    async def card(self, request: Request) -> Response:
        """GET: the form for a card. POST: pays with it."""
        order = self._order(request)
        if order is None:
            return self._not_found()
        if request.method == "GET":
            return self._card_page(order, CardForm())
        if order.state is not State.REGISTERED:
            return _onward(order)
        form = read_card(await fields(request), self._bank.clock())
        if form.errors or form.card is None:
            return self._card_page(order, form)
        ip = request.client.host if request.client else ""
        return _onward(self._bank.give_card(order.order_id, form.card, form.expires, ip))

    async def password(self, request: Request) -> Response:
        """GET: the form for the password. POST: confirms with it."""
        order = self._order(request)
        if order is None:
            return self._not_found()
        if request.method == "GET":
            return self._password_page(order)
        if order.state is State.ASKS_PASSWORD:
            typed = (await fields(request)).get("password", "").strip()
            if not typed:
                return self._password_page(order, "Введите пароль из SMS.")
            order = self._bank.give_password(order.order_id, typed)
            if order.state is State.ASKS_PASSWORD:
                left = words.counted(order.tries_left, "попытка", "попытки", "попыток")
                return self._password_page(order, f"Пароль не подошёл. Осталось: {left}.")
        return _onward(order)

    def _order(self, request: Request) -> BankOrder | None:
        try:
            return self._bank.order(request.query_params.get("mdOrder", ""))
        except Refusal:
            return None

    def _card_page(self, order: BankOrder, form: CardForm) -> Response:
        if order.state is State.ASKS_PASSWORD:
            return _onward(order)
        if order.state is not State.REGISTERED:
            return self._finished_page(order)
        first = next(iter(form.errors), "pan")
        return self._page("bank/payment.html", order, form=form, focus=first, cards=CARDS)

    def _password_page(self, order: BankOrder, error: str = "") -> Response:
        if order.state is State.REGISTERED:
            return _redirect(_sibling(FORM, order))
        if order.state is not State.ASKS_PASSWORD:
            return self._finished_page(order)
        return self._page("bank/password.html", order, password=PASSWORD, error=error)

    def _finished_page(self, order: BankOrder) -> Response:
        return self._page("bank/finished.html", order, paid=order.is_paid, late=order.action is Action.TIME_IS_UP)

    def _page(self, name: str, order: BankOrder, **values: Any) -> Response:
        common = {
            "merchant": MERCHANT_NAME,
            "number": order.order_number,
            "description": order.description,
            "amount": words.money(order.amount),
            "time_left": words.time_left(order.expires_at - self._bank.clock()),
            "back": back(order),
            "home": self._bank.public_url,
        }
        return HTMLResponse(template(name).render(common | values), headers=HEADERS)

    def _not_found(self) -> Response:
        return HTMLResponse(template("bank/not_found.html").render(home=self._bank.public_url), 404, HEADERS)


def back(order: BankOrder) -> str:
    """Return where the merchant waits for who paid, or for who did not."""
    url = order.return_url if order.is_paid else order.fail_url or order.return_url
    return with_query(url, {"orderId": order.order_id, "lang": "ru"})


def with_query(url: str, added: Mapping[str, str]) -> str:
    """Return an address with more in its query, and all that was there."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(added)]))
    return parts._replace(query=query).geturl()


def _onward(order: BankOrder) -> Response:
    """Send on to the next step: the password or back to the merchant."""
    return _redirect(_sibling(PASSWORD_FORM, order) if order.state is State.ASKS_PASSWORD else back(order))


def _sibling(page: str, order: BankOrder) -> str:
    """Return a page's address relative to the other: whatever the app is mounted at, it stays there."""
    return f"{page.rpartition('/')[2]}?mdOrder={order.order_id}"


def _redirect(url: str) -> Response:
    return RedirectResponse(url, SEE_OTHER, HEADERS)


def routes(bank: Bank) -> list[Route]:
    pages = PaymentPages(bank)
    return [
        Route(FORM, pages.card, methods=["GET", "POST"]),
        Route(PASSWORD_FORM, pages.password, methods=["GET", "POST"]),
    ]
