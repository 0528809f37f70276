"""SMSC.ru as its documentation describes it."""

import httpx
import pytest
from pydantic import SecretStr

from lk_app.gateways.sms.interface import Fate, Outcome, Status, Verdict
from lk_app.gateways.sms.smsc import Smsc
from tests.gateways.conftest import KEY, MESSAGE
from tests.providers import Provider, reply

SENT = {
    "fmt": "3",
    "charset": "utf-8",
    "id": "17",
    "phones": "79120000003",
    "mes": MESSAGE.text,
    "sender": "Demogaz",
}


def smsc(provider: Provider, client: httpx.Client, **credentials: object) -> Smsc:
    given = {"api_key": SecretStr(KEY), "login": "", "password": SecretStr("")} | credentials
    return Smsc(client, f"{provider.url}/sys/", "Demogaz", **given)


def test_what_is_sent_and_what_an_accepted_message_is_called(provider: Provider, client: httpx.Client) -> None:
    provider.reply = reply({"id": 17, "cnt": 2})

    outcome = smsc(provider, client).send(MESSAGE)

    assert outcome == Outcome(Verdict.ACCEPTED, provider_id="17")
    assert (provider.call.path, provider.call.form) == ("/sys/send.php", {"apikey": KEY} | SENT)


def test_without_a_key_login_and_password_are_sent(provider: Provider, client: httpx.Client) -> None:
    smsc(provider, client, api_key=SecretStr(""), login="gas", password=SecretStr(KEY)).send(MESSAGE)

    assert provider.call.form == {"login": "gas", "psw": KEY} | SENT


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 7, 8, 219])
def test_a_refusal_is_kept_by_its_code(provider: Provider, client: httpx.Client, code: int) -> None:
    provider.reply = reply({"error": "not to 79120000003", "error_code": code, "id": "17"})

    assert smsc(provider, client).send(MESSAGE) == Outcome(Verdict.REFUSED, error=str(code))


@pytest.mark.parametrize(
    "fields",
    [
        {"error": "duplicate request, wait a minute", "error_code": 9},
        {"error": "something new", "error_code": 777},
        {"error": "no code"},
        {"error": "odd", "error_code": [1]},
        {"id": 17},
        {"cnt": 1},
        {},
    ],
)
def test_a_riddle_is_unclear(provider: Provider, client: httpx.Client, fields: dict[str, object]) -> None:
    provider.reply = reply(fields)

    assert smsc(provider, client).send(MESSAGE).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": 1, "last_date": "22.11.2026 12:30:00"}, Status(Fate.DELIVERED)),
        ({"status": 2}, Status(Fate.DELIVERED)),
        ({"status": 0}, Status(Fate.UNDERWAY)),
        ({"status": -1}, Status(Fate.UNDERWAY)),
        ({"status": 20, "err": 219}, Status(Fate.FAILED, "20/219")),
        ({"status": 3, "err": 1}, Status(Fate.FAILED, "3/1")),
        ({"status": -3}, Status(Fate.NOT_FOUND)),
        ({"status": 99}, Status(Fate.UNKNOWN)),
        ({"error": "too often", "error_code": 9}, Status(Fate.UNKNOWN)),
    ],
)
def test_the_status_is_asked_by_phone_and_id(
    provider: Provider, client: httpx.Client, fields: dict[str, object], status: Status
) -> None:
    provider.reply = reply(fields)

    assert smsc(provider, client).status("17", "9120000003") == status
    assert provider.call.path == "/sys/status.php"
    assert provider.call.form == {"apikey": KEY, "fmt": "3", "id": "17", "phone": "79120000003"}


def test_a_status_that_cannot_be_asked_is_unknown(provider: Provider, client: httpx.Client) -> None:
    provider.reply = reply({"status": 1}, 502)

    assert smsc(provider, client).status("17", "9120000003") == Status(Fate.UNKNOWN)
