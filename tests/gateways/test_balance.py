"""How much money is left at a provider."""

import httpx
import pytest
from pydantic import SecretStr

from lk_app.gateways.sms.exolve import Exolve
from lk_app.gateways.sms.interface import TellsBalance
from lk_app.gateways.sms.smsc import Smsc
from lk_app.gateways.sms.smsru import SmsRu
from tests.gateways.conftest import KEY
from tests.providers import Provider, Reply, reply


def smsc(provider: Provider, client: httpx.Client) -> Smsc:
    return Smsc(client, f"{provider.url}/sys", "", api_key=SecretStr(KEY), login="", password=SecretStr(""))


def smsru(provider: Provider, client: httpx.Client) -> SmsRu:
    return SmsRu(client, provider.url, "", SecretStr(KEY))


@pytest.mark.parametrize(("told", "kopecks"), [("100.01", 100_01), (100.5, 100_50), ("0", 0), (-3.2, -3_20)])
def test_smsc_tells_roubles(provider: Provider, client: httpx.Client, told: object, kopecks: int) -> None:
    provider.reply = reply({"balance": told})

    assert smsc(provider, client).balance() == kopecks
    assert (provider.call.path, provider.call.form) == ("/sys/balance.php", {"apikey": KEY, "fmt": "3"})


def test_smsru_tells_roubles(provider: Provider, client: httpx.Client) -> None:
    provider.reply = reply({"status": "OK", "status_code": 100, "balance": 4122.56})

    assert smsru(provider, client).balance() == 4122_56
    assert (provider.call.path, provider.call.form) == ("/my/balance", {"api_id": KEY, "json": "1"})


@pytest.mark.parametrize(
    "answer",
    [
        reply({"error": "authorise error", "error_code": 2}),
        reply({"status": "ERROR", "status_code": 301, "balance": 1}),
        reply({"status_code": 100, "balance": "much"}),
        reply({"status_code": 100, "balance": None}),
        reply({"status_code": 100, "balance": "Infinity"}),
        Reply(b"<html>", 200),
        reply({}, 503),
        Reply(hangs_up=True),
    ],
)
def test_what_is_no_balance_is_none(provider: Provider, client: httpx.Client, answer: Reply) -> None:
    provider.reply = answer

    assert smsru(provider, client).balance() is None


def test_exolve_is_not_asked(client: httpx.Client) -> None:
    assert not isinstance(Exolve(client, "http://127.0.0.1:9", "", SecretStr(KEY)), TellsBalance)
