"""Sberbank's acquiring by REST: forms in, JSON out, HTTP 200 for refusals too.

`errorCode` says whether a call worked, never whether an order is paid.
"""

import json
import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeGuard

import httpx
from pydantic import SecretStr

from lk_app import telemetry
from lk_app.gateways.bank.basket import FiscalRules, basket
from lk_app.gateways.bank.interface import (
    BankOrder,
    Evidence,
    LeadsElsewhere,
    NeverConnected,
    NewOrder,
    NoAnswer,
    NumberTaken,
    OrderStatus,
    Refused,
    Registered,
    UnknownOrder,
)
from lk_app.models.values import Kopecks

ROUBLE = "643"
NUMBER_TAKEN = 1
UNKNOWN = 6
LONGEST_DESCRIPTION = 99
LONGEST_ADDRESS = 512
LONGEST_NAME = 64
PAGE = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?(?:[/?#][!-\[\]-~]*)?")
"""An address that browsers and we read alike: nobody's name before the host, no \\ that they take for a /."""
FORBIDDEN_IN_DESCRIPTIONS = str.maketrans("%+\r\n", "    ")

TRIES = 2
"""Of a call that surely never arrived; no other is made twice."""

KEPT = {
    "errorCode", "errorMessage", "orderId", "orderNumber", "orderStatus", "actionCode", "amount", "currency", "date",
    "authDateTime", "depositedDate", "refundedDate", "authRefNum", "terminalId",
}  # fmt: skip
KEPT_AMOUNTS = {"paymentState", "approvedAmount", "depositedAmount", "refundedAmount", "totalAmount"}

NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Credentials:
    """How the merchant names itself: a login and a password, or a token."""

    login: str
    password: SecretStr
    token: SecretStr

    @property
    def fields(self) -> dict[str, str]:
        if self.token:
            return {"token": self.token.get_secret_value()}
        return {"userName": self.login, "password": self.password.get_secret_value()}


@dataclass(frozen=True)
class Patience:
    """How long each call is waited for."""

    registration: httpx.Timeout = field(default_factory=lambda: httpx.Timeout(15, connect=5))
    status: httpx.Timeout = field(default_factory=lambda: httpx.Timeout(10, connect=5))
    refund: httpx.Timeout = field(default_factory=lambda: httpx.Timeout(30, connect=5))


@dataclass(frozen=True)
class Sberbank:
    """Calls the bank at `url`, its address up to and including `/rest`."""

    url: str
    credentials: Credentials
    rules: FiscalRules
    client: httpx.Client = field(repr=False)
    page_hosts: Collection[str]
    """Where its pages may be; hosts below these count too."""
    patience: Patience = field(default_factory=Patience)

    def register(self, order: NewOrder) -> Registered:
        content = {
            "orderNumber": order.number,
            "amount": str(order.amount),
            "currency": ROUBLE,
            "returnUrl": order.return_url,
            "failUrl": order.return_url,
            "description": order.description.translate(FORBIDDEN_IN_DESCRIPTIONS)[:LONGEST_DESCRIPTION],
            "language": "ru",
            "sessionTimeoutSecs": str(int(order.lives.total_seconds())),
            "orderBundle": json.dumps(basket(order, self.rules), ensure_ascii=False),
        }
        answer = self._asked("register.do", content, self.patience.registration)
        order_id, form_url = answer.get("orderId"), answer.get("formUrl")
        if not (_is_name(order_id) and isinstance(form_url, str)):
            raise NoAnswer("unreadable answer")
        self._require_bank_page(form_url)
        return Registered(order_id, form_url, kept(answer))

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        content = {"orderId": order_id} if order_id else {"orderNumber": order_number}
        content["language"] = "ru"
        answer = self._asked("getOrderStatusExtended.do", content, self.patience.status)
        try:
            return _order(answer, order_id or "")
        except (KeyError, TypeError, ValueError, OverflowError):
            raise NoAnswer("unreadable answer") from None

    def refund(self, order_id: str, amount: Kopecks) -> Evidence:
        content = {"orderId": order_id, "amount": str(amount)}
        return kept(self._asked("refund.do", content, self.patience.refund))

    def _require_bank_page(self, form_url: str) -> None:
        """Raise NoAnswer unless an address is as safe as the bank's own, and LeadsElsewhere at an unknown host."""
        page = PAGE.fullmatch(form_url)
        schemes = ("https",) if self.url.startswith("https://") else ("https", "http")
        if not page or page["scheme"] not in schemes or len(form_url) > LONGEST_ADDRESS:
            raise NoAnswer("unreadable answer")
        host = page["host"].lower()
        if not any(host == known or host.endswith(f".{known}") for known in self.page_hosts):
            raise LeadsElsewhere(f"page at {host}")

    def _asked(self, method: str, content: Mapping[str, str], timeout: httpx.Timeout) -> dict[str, Any]:
        """Call the bank, once more if the first call surely never arrived."""
        for _ in range(TRIES - 1):
            try:
                return self._ask(method, content, timeout)
            except NeverConnected:
                continue
        return self._ask(method, content, timeout)

    def _ask(self, method: str, content: Mapping[str, str], timeout: httpx.Timeout) -> dict[str, Any]:
        address = f"{self.url.rstrip('/')}/{method}"
        try:
            with telemetry.span(f"call to the bank: {method}"):
                response = self.client.post(address, data={**self.credentials.fields, **content}, timeout=timeout)
        # httpx's own errors hold the whole request, with the password in it: nothing of them goes on.
        except NEVER_CONNECTED as error:
            raise NeverConnected(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(type(error).__name__) from None
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"HTTP {response.status_code}")
        answer = _json_object(response)
        code = _code(answer)
        if code == 0:
            return answer
        raise REFUSALS.get((method, code), Refused)(str(code))


REFUSALS: dict[tuple[str, int], type[Refused]] = {
    ("register.do", NUMBER_TAKEN): NumberTaken,
    ("getOrderStatusExtended.do", UNKNOWN): UnknownOrder,
    ("refund.do", UNKNOWN): UnknownOrder,
}


def make_client(ca_bundle: str = "") -> httpx.Client:
    """Return a client for the bank; `ca_bundle` is a file with certificates to trust besides the system's."""
    context = ssl.create_default_context()
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
    # A connection kept from the call before may be closed by the other end just when it is used again, and then nobody
    # could say whether the bank got the request. No proxy from the environment may see the password.
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(verify=context, limits=limits, trust_env=False, follow_redirects=False)


def kept(answer: Mapping[str, Any]) -> Evidence:
    """Return what may be kept of an answer: no card, no name, no address of a browser."""
    evidence = {name: _short(answer[name]) for name in sorted(KEPT & answer.keys())}
    amounts = _part(answer, "paymentAmountInfo")
    evidence |= {name: _short(amounts[name]) for name in sorted(KEPT_AMOUNTS & amounts.keys())}
    return evidence


def _order(answer: Mapping[str, Any], order_id: str) -> BankOrder:
    amounts, card = _part(answer, "paymentAmountInfo"), _part(answer, "cardAuthInfo")
    deposited = amounts.get("depositedAmount")
    pan = str(card.get("maskedPan") or card.get("pan") or "")
    return BankOrder(
        # Not every answer repeats it.
        order_id=_text(_attribute(answer, "mdOrder") or answer.get("orderId") or order_id)[:LONGEST_NAME],
        order_number=_text(answer["orderNumber"])[:LONGEST_NAME],
        status=OrderStatus(int(answer["orderStatus"])),
        amount=Kopecks(int(answer["amount"])),
        currency=_text(answer["currency"])[:LONGEST_NAME],
        deposited=None if deposited is None else Kopecks(int(deposited)),
        refunded=Kopecks(int(amounts.get("refundedAmount") or 0)),
        paid_at=_instant(answer.get("depositedDate") or answer.get("authDateTime")),
        card=pan[-4:] if pan[-4:].isdigit() else "",
        action_code=_text(answer.get("actionCode", ""))[:12],
        evidence=kept(answer),
    )


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise NoAnswer("unreadable answer")
    return answer


def _code(answer: Mapping[str, Any]) -> int:
    """Return the error code, which is 0 or missing when the call worked."""
    try:
        return int(answer.get("errorCode") or 0)
    except (TypeError, ValueError, OverflowError):
        raise NoAnswer("unreadable answer") from None


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def _attribute(answer: Mapping[str, Any], name: str) -> Any:
    attributes = answer.get("attributes")
    named = attributes if isinstance(attributes, list) else []
    return next((one.get("value") for one in named if isinstance(one, dict) and one.get("name") == name), None)


def _instant(milliseconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else None


def _is_name(order_id: Any) -> TypeGuard[str]:
    """Say whether this can be the bank's name for an order."""
    return isinstance(order_id, str) and 0 < len(order_id) <= LONGEST_NAME


def _short(value: Any) -> Any:
    return value if isinstance(value, int | float | bool | None) else _text(value)[:200]


def _text(value: Any) -> str:
    """Return a value as a text that a database can hold."""
    return str(value).replace("\0", "")
