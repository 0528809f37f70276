"""Whatever happens on the way to the bank and back, it is known whether the bank may have done it."""

import logging
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import trustme
from pydantic import SecretStr

from lk_app import logs
from lk_app.gateways.bank.interface import BankFault, NeverConnected, NewOrder, NoAnswer, Refused
from lk_app.gateways.bank.sberbank import Credentials, Patience, Sberbank, make_client
from tests.gateways.bank import (
    CALLS,
    EMAIL,
    LOGIN,
    NOT_PAID,
    NUMBER,
    OPENED,
    ORDER,
    ORDER_ID,
    PASSWORD,
    PHONE,
    SECRETS,
    TOKEN,
    every_call,
    sberbank,
)
from tests.providers import Provider, Reply, listening, reply
from tests.servers import free_port


@every_call
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply({"errorCode": "5"}, 500), "HTTP 500"),
        (reply(OPENED | NOT_PAID, 500), "HTTP 500"),
        (reply(OPENED | NOT_PAID, 201), "HTTP 201"),
        (Reply(b"<html><h1>Bad Gateway</h1></html>", 502), "HTTP 502"),
        (Reply(b"<html><h1>maintenance</h1></html>"), "unreadable answer"),
        (Reply(b""), "unreadable answer"),
        (Reply(b"[]"), "unreadable answer"),
        (Reply(b"null"), "unreadable answer"),
        (Reply(b'{"orderId": "3ff'), "unreadable answer"),
        (Reply(b"\xff\xfe"), "unreadable answer"),
        (reply({"errorCode": "none"}), "unreadable answer"),
        (reply({"errorCode": [0]}), "unreadable answer"),
        (reply({"errorCode": {"code": 0}}), "unreadable answer"),
        (Reply(b'{"errorCode": 1e999}'), "unreadable answer"),
        (reply(OPENED | NOT_PAID, hangs_up=True), "RemoteProtocolError"),
        (reply(OPENED | NOT_PAID, lost=1), "RemoteProtocolError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_can_read_is_no_answer_and_is_not_asked_again(
    bank: Sberbank, provider: Provider, call: str, answer: Reply, reason: str
) -> None:
    provider.reply = answer

    with pytest.raises(NoAnswer) as fault:
        CALLS[call](bank)

    assert (fault.value.reason, isinstance(fault.value, NeverConnected)) == (reason, False)
    assert len(provider.calls) == 1


@every_call
def test_a_time_out_is_no_refusal_and_the_call_is_not_made_twice(bank_client: httpx.Client, call: str) -> None:
    with listening() as silent:
        silent.reply = reply(OPENED | NOT_PAID, after_s=0.6)
        hasty = replace(sberbank(silent.url, bank_client), patience=Patience(*[httpx.Timeout(0.2, connect=5)] * 3))

        with pytest.raises(NoAnswer) as fault:
            CALLS[call](hasty)

    assert (fault.value.reason, isinstance(fault.value, NeverConnected)) == ("ReadTimeout", False)
    assert len(silent.calls) == 1


@every_call
def test_where_nobody_listens_the_call_surely_never_arrived(bank_client: httpx.Client, call: str) -> None:
    with pytest.raises(NeverConnected, match="ConnectError"):
        CALLS[call](sberbank(f"http://127.0.0.1:{free_port()}", bank_client))


def test_a_call_that_surely_never_arrived_is_made_once_more(provider: Provider) -> None:
    provider.reply = reply(OPENED)
    tries: list[str] = []

    class Stumbling(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            tries.append(request.url.path)
            if len(tries) == 1:
                raise httpx.ConnectError("no route")
            return super().handle_request(request)

    with httpx.Client(transport=Stumbling()) as stumbling:
        assert sberbank(provider.url, stumbling).register(ORDER).order_id == ORDER_ID
        assert (len(tries), len(provider.calls)) == (2, 1)

        tries.clear()
        provider.reply = Reply(hangs_up=True)
        with pytest.raises(NoAnswer, match="RemoteProtocolError"):
            sberbank(provider.url, stumbling).register(ORDER)
        assert (len(tries), len(provider.calls)) == (2, 2), "the second reached the bank, and there is no third"


@every_call
def test_a_connection_that_does_not_come_about_in_time_is_tried_twice(bank_client: httpx.Client, call: str) -> None:
    with socket.socket() as busy:
        # A listener whose queue is full does not answer the handshake.
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        with socket.create_connection(busy.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(busy.getsockname())
            hasty = Patience(*[httpx.Timeout(0.2)] * 3)
            with pytest.raises(NeverConnected, match="ConnectTimeout"):
                CALLS[call](replace(sberbank(f"http://127.0.0.1:{busy.getsockname()[1]}", bank_client), patience=hasty))


@every_call
def test_a_redirect_is_not_followed(bank: Sberbank, provider: Provider, call: str) -> None:
    with listening() as elsewhere:
        elsewhere.reply = reply(OPENED | NOT_PAID)
        for status in (302, 307, 308):
            provider.reply = Reply(status=status, headers={"Location": f"{elsewhere.url}/payment/rest/register.do"})
            with pytest.raises(NoAnswer, match=f"HTTP {status}"):
                CALLS[call](bank)

    assert elsewhere.calls == []


def test_no_proxy_of_the_environment_sees_the_password(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.reply = reply(OPENED)
    with listening() as proxy, monkeypatch.context() as patch:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, proxy.url)
        patch.delenv("NO_PROXY", raising=False)
        patch.delenv("no_proxy", raising=False)
        with make_client() as made_there:
            sberbank(provider.url, made_there).register(ORDER)

    assert (len(provider.calls), proxy.calls) == (1, [])


def test_each_call_gets_a_connection_of_its_own(bank: Sberbank, provider: Provider) -> None:
    provider.reply = reply(NOT_PAID)

    for _ in range(3):
        bank.status(NUMBER, ORDER_ID)

    assert len({call.connection for call in provider.calls}) == 3


def test_only_who_is_given_its_authority_talks_to_a_bank(bank_client: httpx.Client, tmp_path: Path) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "national-root.pem"
    authority.cert_pem.write_to_path(bundle)
    secrecy = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(secrecy)

    with listening(secrecy) as there, make_client(str(bundle)) as trusting:
        there.reply = reply(OPENED)
        with pytest.raises(NeverConnected):
            sberbank(there.url, bank_client).register(ORDER)
        assert there.calls == []
        assert sberbank(there.url, trusting).register(ORDER).order_id == ORDER_ID
        there.reply = reply(OPENED | {"formUrl": "http://bank.example/pay"})
        with pytest.raises(NoAnswer, match="unreadable answer"):
            sberbank(there.url, trusting).register(ORDER)


@pytest.mark.parametrize("quiet", [True, False], ids=["as installed", "every logger at DEBUG"])
@pytest.mark.parametrize("token", ["", TOKEN], ids=["password", "token"])
def test_nothing_secret_or_personal_is_logged_printed_or_raised(
    provider: Provider, bank_client: httpx.Client, quiet: bool, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    logs.set_up()
    caplog.set_level(logging.DEBUG)
    if not quiet:
        for logger in [logging.getLogger(known) for known in logging.root.manager.loggerDict]:
            caplog.set_level(logging.DEBUG, logger.name)
    order = replace(ORDER, email=EMAIL)
    told = [order, Credentials(LOGIN, SecretStr(PASSWORD), SecretStr(token))]
    with make_client() as ours:
        to_it = sberbank(provider.url, ours, token)
        nowhere = sberbank(f"http://127.0.0.1:{free_port()}", ours, token)
        for answer in (
            reply(OPENED),
            reply({"errorCode": "5", "errorMessage": f"{PASSWORD}, {PHONE}, {EMAIL}"}),
            Reply(f"<html>{PASSWORD} {PHONE} {EMAIL}".encode()),
            reply(OPENED, hangs_up=True),
        ):
            provider.reply = answer
            told.append(told_of(to_it, order))
        told += [told_of(nowhere, order), to_it, vars(to_it)]

    faults = [one for one in told if isinstance(one, BankFault)]
    assert [type(one) for one in faults] == [Refused, NoAnswer, NoAnswer, NeverConnected]
    assert not [one for one in faults if one.__cause__ or (one.__context__ and not one.__suppress_context__)]
    printed = [*map(repr, told), *map(str, told), caplog.text]
    assert not [secret for secret in SECRETS for one in printed if secret in one]
    if quiet:
        assert "http" not in caplog.text


def told_of(bank: Sberbank, order: NewOrder) -> object:
    try:
        return bank.register(order)
    except BankFault as fault:
        return fault
