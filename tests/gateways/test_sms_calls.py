"""Whatever happens on the way to a provider and back, the outcome says whether it may have the message."""

import logging
import socket
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from lk_app import logs
from lk_app.gateways.sms import PROVIDERS, provider
from lk_app.gateways.sms.interface import Outcome, SmsGateway, Verdict
from lk_app.settings import Settings
from tests.gateways.conftest import KEY, MESSAGE, READ_TIMEOUT_S, SECRETS
from tests.providers import Provider, Reply, reply
from tests.servers import free_port

ACCEPTED = {
    "smsc": {"id": 17, "cnt": 1},
    "smsru": {"status_code": 100, "sms": {"79120000003": {"status_code": 100, "sms_id": "1"}}},
    "exolve": {"message_id": "1"},
}
REFUSED = {
    "smsc": reply({"error": "not to 79120000003", "error_code": 7}),
    "smsru": reply({"status_code": 202, "status_text": "not to 79120000003"}),
    "exolve": reply({"error": {"message": "not to 79120000003"}}, 400),
}

Make = Callable[[str, str], SmsGateway]


@pytest.fixture
def gateway(client: httpx.Client) -> Make:
    """Makes a client of a provider by its name and address, as the product does."""

    def make(name: str, url: str) -> SmsGateway:
        urls = {f"{known}_url": url for known in PROVIDERS}
        key = SecretStr(KEY)
        values = Settings(smsc_api_key=key, smsru_api_id=key, exolve_api_key=key, sms_sender="Demogaz", **urls)
        return provider(name, values, client)

    return make


every_provider = pytest.mark.parametrize("name", PROVIDERS)


@every_provider
def test_without_a_listener_it_is_surely_not_handed_over(gateway: Make, name: str) -> None:
    outcome = gateway(name, f"http://127.0.0.1:{free_port()}").send(MESSAGE)

    assert outcome == Outcome(Verdict.NOT_HANDED_OVER, error="ConnectError")


@every_provider
def test_a_connection_that_does_not_come_about_in_time_hands_nothing_over(gateway: Make, name: str) -> None:
    with socket.socket() as busy:
        # A listener whose queue is full does not answer the handshake.
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        with socket.create_connection(busy.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(busy.getsockname())
            outcome = gateway(name, f"http://127.0.0.1:{busy.getsockname()[1]}").send(MESSAGE)

    assert outcome == Outcome(Verdict.NOT_HANDED_OVER, error="ConnectTimeout")


@every_provider
@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"after_s": 2 * READ_TIMEOUT_S}, "ReadTimeout"),
        ({"hangs_up": True}, "RemoteProtocolError"),
        ({"lost": 1}, "RemoteProtocolError"),
        ({"status": 500}, "HTTP 500"),
        ({"status": 503}, "HTTP 503"),
    ],
    ids=str,
)
def test_when_an_answer_is_lost_it_is_unclear_even_if_the_message_was_accepted(
    gateway: Make, provider: Provider, name: str, how: dict[str, object], error: str
) -> None:
    provider.reply = reply(ACCEPTED[name], **how)

    assert gateway(name, provider.url).send(MESSAGE) == Outcome(Verdict.UNCLEAR, error=error)
    assert len(provider.calls) == 1


@every_provider
@pytest.mark.parametrize(
    "body", [b"<html><h1>Bad Gateway</h1></html>", b"", b"[]", b"null", b'{"id": 17, "cn', b"\xff"]
)
@pytest.mark.parametrize("status", [200, 302, 403])
def test_an_answer_nobody_can_read_is_unclear(
    gateway: Make, provider: Provider, name: str, body: bytes, status: int
) -> None:
    provider.reply = Reply(body, status)

    assert gateway(name, provider.url).send(MESSAGE).verdict is Verdict.UNCLEAR
    assert len(provider.calls) == 1


@every_provider
def test_each_message_gets_a_connection_of_its_own(gateway: Make, provider: Provider, name: str) -> None:
    provider.reply = reply(ACCEPTED[name])
    to_it = gateway(name, provider.url)

    assert [to_it.send(MESSAGE).verdict for _ in range(3)] == [Verdict.ACCEPTED] * 3
    assert len({call.connection for call in provider.calls}) == 3


@every_provider
@pytest.mark.parametrize("quiet", [True, False], ids=["as installed", "every logger at DEBUG"])
def test_nothing_personal_and_no_key_is_logged_or_printed(
    gateway: Make, provider: Provider, name: str, quiet: bool, caplog: pytest.LogCaptureFixture
) -> None:
    logs.set_up()
    caplog.set_level(logging.DEBUG)
    if not quiet:
        for logger in [logging.getLogger(known) for known in logging.root.manager.loggerDict]:
            caplog.set_level(logging.DEBUG, logger.name)
    to_it = gateway(name, provider.url)
    outcomes = [gateway(name, f"http://127.0.0.1:{free_port()}").send(MESSAGE)]
    for answer in (
        reply(ACCEPTED[name]),
        REFUSED[name],
        Reply(b"79120000003 <html>"),
        reply(ACCEPTED[name], hangs_up=True),
        reply(ACCEPTED[name], after_s=2 * READ_TIMEOUT_S),
        reply({"error": "79120000003", "error_code": 79120000003, "status_code": 79120000003}, 500),
    ):
        provider.reply = answer
        outcomes.append(to_it.send(MESSAGE))

    assert [outcome.verdict for outcome in outcomes][:3] == [
        Verdict.NOT_HANDED_OVER,
        Verdict.ACCEPTED,
        Verdict.REFUSED,
    ]
    for told in (caplog.text, repr(outcomes), repr(MESSAGE), repr(to_it), repr(vars(to_it))):
        assert not [secret for secret in SECRETS if secret in told]
    if quiet:
        assert "http" not in caplog.text


def test_nothing_personal_is_in_an_address(gateway: Make, provider: Provider) -> None:
    for name in PROVIDERS:
        gateway(name, provider.url).send(MESSAGE)

    assert not [secret for secret in SECRETS for call in provider.calls if secret in call.path]
