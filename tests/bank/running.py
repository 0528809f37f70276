"""A sandbox bank that runs on loopback, within the process of the test, and a consumer who pays at it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypedDict, Unpack

import httpx

from lk_app.sandbox_bank import Bank, Faults, Merchant, create_app
from tests.bank.server import serving
from tests.servers import free_port

LOGIN, PASSWORD, CALLBACK_KEY = "demogaz-api", "bank password", "callback key"
RETURN_URL = "http://127.0.0.1/paid?payment=17"
FAIL_URL = "http://127.0.0.1/failed?payment=17"


class Options(TypedDict, total=False):
    """What a test may ask of a bank, and whom it calls back; it calls nobody back by default."""

    clock: Callable[[], datetime]
    faults: Faults
    callback_waits: tuple[float, ...]
    callback_url: str
    public_url: str


@dataclass(frozen=True)
class RunningBank:
    """A bank with its address and the credentials of its merchant; `register`, `status` and `refund` ask over HTTP."""

    address: str
    bank: Bank

    def call(self, method: str, fields: Mapping[str, object], timeout: float = 10) -> dict[str, Any]:
        """Return the bank's answer to a form; `fields` may replace the credentials, too."""
        form = {"userName": LOGIN, "password": PASSWORD} | dict(fields)
        with browser(timeout) as client:
            response = client.post(f"{self.address}/payment/rest/{method}", data=form)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def register(self, order_number: str = "1001", amount: object = 123456, **fields: object) -> dict[str, Any]:
        asked = {"orderNumber": order_number, "amount": amount, "returnUrl": RETURN_URL, "failUrl": FAIL_URL}
        return self.call("register.do", asked | fields)

    def status(self, order_id: str, timeout: float = 10) -> dict[str, Any]:
        return self.call("getOrderStatusExtended.do", {"orderId": order_id}, timeout)

    def refund(self, order_id: str, amount: object) -> dict[str, Any]:
        return self.call("refund.do", {"orderId": order_id, "amount": amount})


@contextmanager
def running_bank(folder: Path, **options: Unpack[Options]) -> Iterator[RunningBank]:
    """Run a bank that keeps its books in `folder`; two of them in one folder are two processes of one bank."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    merchant = Merchant(LOGIN, PASSWORD, options.get("callback_url", ""), CALLBACK_KEY)
    bank = Bank(
        folder / "bank" / "bank.db",
        merchant,
        options.get("public_url", address),
        clock=options.get("clock", lambda: datetime.now(UTC)),
        faults=options.get("faults", Faults()),
        callback_waits=options.get("callback_waits", (0, 0, 0)),
    )
    with serving(create_app(bank), port):
        yield RunningBank(address, bank)


def pay(form_url: str, card: str, password: str | None = None) -> httpx.Response:
    """Pay as a consumer does, page by page; return the redirect to the merchant, or the page that shows errors."""
    with browser() as consumer:
        page = consumer.get(form_url, follow_redirects=True)
        assert page.status_code == 200, page.text
        typed = {"Номер карты": card, "Срок действия": "12/39", "CVC": "123"}
        answer = send_form(consumer, page, typed)
        if not answer.is_redirect or not leads_to(answer, form_url):
            return answer
        page = consumer.get(answer.next_request.url if answer.next_request else "")
        if password is None:
            return page
        return send_form(consumer, page, {"Пароль из SMS": password})


def browser(timeout: float = 10) -> httpx.Client:
    """A client that follows no redirects by itself and spends no time on certificates."""
    return httpx.Client(trust_env=False, timeout=timeout, verify=False)


def send_form(consumer: httpx.Client, page: httpx.Response, typed: Mapping[str, str]) -> httpx.Response:
    """Fill in the form of a page by its labels and send it to where the page is."""
    form = Form()
    form.feed(page.text)
    assert set(typed) <= set(form.labels), f"the page has no such fields: {form.labels}"
    named = {form.names[form.labels[label]]: value for label, value in typed.items()}
    return consumer.post(page.url, data=named)


def leads_to(redirect: httpx.Response, page: str) -> bool:
    """Tell whether a redirect stays at the server of a page."""
    to, at = redirect.next_request, httpx.URL(page)
    return to is not None and (to.url.host, to.url.port) == (at.host, at.port) and "mdOrder" in to.url.params


class Form(HTMLParser):
    """The labels of a page with the ids they are for, and the ids with their names."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._label_for = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "label":
            self._label_for = given["for"]
        elif tag == "input":
            self.names[given["id"]] = given["name"]

    def handle_data(self, data: str) -> None:
        if self._label_for:
            self.labels[data.strip()] = self._label_for
            self._label_for = ""
