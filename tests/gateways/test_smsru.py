"""SMS.ru as its documentation describes it."""

import httpx
import pytest
from pydantic import SecretStr

from lk_app.gateways.sms.interface import Fate, Outcome, Status, Verdict
from lk_app.gateways.sms.smsru import SmsRu
from tests.gateways.conftest import KEY, MESSAGE
from tests.providers import Provider, reply

PHONE = MESSAGE.destination


def smsru(provider: Provider, client: httpx.Client) -> SmsRu:
    return SmsRu(client, provider.url, "Demogaz", SecretStr(KEY))


def for_the_phone(**fields: object) -> dict[str, object]:
    return {"status": "OK", "status_code": 100, "sms": {PHONE: fields}, "balance": 41.5}


def test_what_is_sent_and_what_an_accepted_message_is_called(provider: Provider, client: httpx.Client) -> None:
    provider.reply = reply(for_the_phone(status="OK", status_code=100, sms_id="202611-1000001"))

    outcome = smsru(provider, client).send(MESSAGE)

    assert outcome == Outcome(Verdict.ACCEPTED, provider_id="202611-1000001")
    assert provider.call.path == "/sms/send"
    assert provider.call.form == {
        "api_id": KEY,
        "json": "1",
        "to": "79120000003",
        "msg": MESSAGE.text,
        "from": "Demogaz",
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (for_the_phone(status="ERROR", status_code=207, status_text=f"not to {PHONE}"), "207"),
        (for_the_phone(status="ERROR", status_code=150), "150"),
        ({"status": "ERROR", "status_code": 200, "status_text": "wrong api_id"}, "200"),
        ({"status": "ERROR", "status_code": 220, "status_text": "come back later"}, "220"),
    ],
)
def test_a_refusal_of_the_call_or_of_the_phone_is_kept_by_its_code(
    provider: Provider, client: httpx.Client, fields: dict[str, object], code: str
) -> None:
    provider.reply = reply(fields)

    assert smsru(provider, client).send(MESSAGE) == Outcome(Verdict.REFUSED, error=code)


@pytest.mark.parametrize(
    "fields",
    [
        for_the_phone(status="OK", status_code=100),
        for_the_phone(status="ERROR", status_code=232),
        for_the_phone(status="ERROR"),
        {"status": "OK", "status_code": 100, "sms": {"79120000004": {"status_code": 100, "sms_id": "1"}}},
        {"status": "OK", "status_code": 100, "sms": []},
        {"status": "ERROR", "status_code": 500},
        {"status": "OK", "status_code": "100"},
        {},
    ],
)
def test_a_riddle_is_unclear(provider: Provider, client: httpx.Client, fields: dict[str, object]) -> None:
    provider.reply = reply(fields)

    assert smsru(provider, client).send(MESSAGE).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (100, Status(Fate.UNDERWAY)),
        (102, Status(Fate.UNDERWAY)),
        (103, Status(Fate.DELIVERED)),
        (104, Status(Fate.FAILED, "104")),
        (150, Status(Fate.FAILED, "150")),
        (-1, Status(Fate.NOT_FOUND)),
        (999, Status(Fate.UNKNOWN)),
        (None, Status(Fate.UNKNOWN)),
    ],
)
def test_the_status_is_asked_by_its_own_id(
    provider: Provider, client: httpx.Client, code: int | None, status: Status
) -> None:
    provider.reply = reply({"status": "OK", "status_code": 100, "sms": {"202611-1": {"status_code": code}}})

    assert smsru(provider, client).status("202611-1", "9120000003") == status
    assert provider.call.path == "/sms/status"
    assert provider.call.form == {"api_id": KEY, "json": "1", "sms_id": "202611-1"}


def test_a_status_that_cannot_be_asked_is_unknown(provider: Provider, client: httpx.Client) -> None:
    provider.reply = reply({}, 503)

    assert smsru(provider, client).status("202611-1", "9120000003") == Status(Fate.UNKNOWN)
