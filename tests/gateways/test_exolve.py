"""MTS Exolve as its documentation describes it."""

import httpx
import pytest
from pydantic import SecretStr

from lk_app.gateways.sms.exolve import Exolve
from lk_app.gateways.sms.interface import Outcome, Verdict
from tests.gateways.conftest import KEY, MESSAGE
from tests.providers import Provider, reply


def exolve(provider: Provider, client: httpx.Client) -> Exolve:
    return Exolve(client, f"{provider.url}/messaging/v1", "79300000000", SecretStr(KEY))


def test_what_is_sent_and_what_an_accepted_message_is_called(provider: Provider, client: httpx.Client) -> None:
    provider.reply = reply({"message_id": "439166538239448536"})

    outcome = exolve(provider, client).send(MESSAGE)

    assert outcome == Outcome(Verdict.ACCEPTED, provider_id="439166538239448536")
    assert provider.call.path == "/messaging/v1/SendSMS"
    assert provider.call.headers["Authorization"] == f"Bearer {KEY}"
    assert provider.call.json == {"number": "79300000000", "destination": "79120000003", "text": MESSAGE.text}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429])
def test_a_refusal_is_kept_by_its_status(provider: Provider, client: httpx.Client, status: int) -> None:
    provider.reply = reply({"error": {"message": "no", "details": "not to 79120000003"}}, status)

    assert exolve(provider, client).send(MESSAGE) == Outcome(Verdict.REFUSED, error=str(status))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 200),
        ({"error": {"message": "odd"}}, 200),
        ({"message_id": ""}, 200),
        ({"message_id": "1"}, 202),
        ({"error": {"message": "you took too long"}}, 408),
        ({"error": {"message": "already there"}}, 409),
        ({"message": "not Exolve's"}, 403),
    ],
)
def test_a_riddle_is_unclear(provider: Provider, client: httpx.Client, fields: dict[str, object], status: int) -> None:
    provider.reply = reply(fields, status)

    assert exolve(provider, client).send(MESSAGE).verdict is Verdict.UNCLEAR
