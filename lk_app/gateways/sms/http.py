"""Calls to providers over HTTP: what an answer, or the lack of one, says about the message.

Nothing that was sent leaves here in an error: httpx's own exceptions hold the whole request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from lk_app import telemetry
from lk_app.gateways.sms.interface import Outcome, Verdict
from lk_app.models.values import Kopecks

TIMEOUT = httpx.Timeout(10, connect=5)

NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True)
class Answer:
    """A provider's answer that could be read: a JSON object."""

    http_status: int
    fields: dict[str, Any]


class NoAnswer(Exception):
    """No answer, or one nobody can read; the outcome says whether the provider may have got the call."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


def make_client(timeout: httpx.Timeout = TIMEOUT) -> httpx.Client:
    """Return a client for calls that must not be made twice."""
    # A connection kept from the call before may be closed by the other end just when it is used again, and then nobody
    # could say whether the provider got the message.
    return httpx.Client(timeout=timeout, limits=httpx.Limits(max_keepalive_connections=0))


def post(client: httpx.Client, url: str, **content: Any) -> Answer:
    """Send one request, whose content goes into the body; raises NoAnswer."""
    try:
        with telemetry.span("call to an SMS provider", {"server.address": httpx.URL(url).host}):
            response = client.post(url, **content)
    except NEVER_CONNECTED as error:
        raise NoAnswer(Outcome(Verdict.NOT_HANDED_OVER, error=type(error).__name__)) from None
    except httpx.HTTPError as error:
        raise NoAnswer(unclear(type(error).__name__)) from None
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NoAnswer(unclear(f"HTTP {response.status_code}"))
    return Answer(response.status_code, _fields(response))


def accepted(provider_id: object) -> Outcome:
    """Return the outcome for a message that the provider has given an id."""
    return Outcome(Verdict.ACCEPTED, provider_id=str(provider_id)[:64])


def refused(code: int) -> Outcome:
    return Outcome(Verdict.REFUSED, error=str(code))


def unclear(reason: str) -> Outcome:
    return Outcome(Verdict.UNCLEAR, error=reason)


def code_of(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a code within an answer: a small whole number, so that nothing else gets among the errors we keep."""
    code = fields.get(name)
    return code if isinstance(code, int) and abs(code) < 1_000 else None


def money_of(fields: Mapping[str, Any], name: str) -> Kopecks | None:
    """Return an amount of roubles within an answer, be it a number or a text."""
    try:
        return Kopecks(int(Decimal(str(fields.get(name))) * 100))
    except (ArithmeticError, ValueError):
        return None


def part(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object within an answer; empty when there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _fields(response: httpx.Response) -> dict[str, Any]:
    try:
        fields = response.json()
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise NoAnswer(unclear("unreadable answer"))
    return fields
