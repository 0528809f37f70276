"""What the bank sends unasked: kept, believed only by its checksum, and then only enough to go and ask."""

from collections.abc import AsyncIterator

import httpx
import pytest

from lk_app.models import AttemptState, MessageKind
from tests.api.conftest import BrowserAt
from tests.api.test_payments import Paying, at_bank, bank, forget, hers, household, messages, only, she, stored, use
from tests.bank.running import CALLBACK_KEY, RunningBank, pay
from tests.payments.world import GOOD_CARD
from tests.servers import free_port
from tests.service.test_silence import called

__all__ = ["at_bank", "bank", "hers", "household", "she"]

CALLBACK = "/api/payments/callback"


async def send(browser: httpx.AsyncClient, method: str, fields: dict[str, str]) -> httpx.Response:
    """Send a callback as the bank does: from nowhere among our pages."""
    where = {"params": fields} if method == "GET" else {"data": fields}
    return await browser.request(method, CALLBACK, headers={"Origin": ""}, **where)


both_ways = pytest.mark.parametrize("method", ["GET", "POST"])


@pytest.fixture
async def theirs(browser_at: BrowserAt) -> httpx.AsyncClient:
    """The bank's server, which calls us."""
    return browser_at("198.51.100.1")


@both_ways
async def test_a_genuine_callback_makes_us_ask_and_credit_once(
    she: Paying, theirs: httpx.AsyncClient, bank: RunningBank, method: str
) -> None:
    pay(await she.page(), GOOD_CARD)

    answers = [await send(theirs, method, called(only(), CALLBACK_KEY)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert (only().state, only().card) == (AttemptState.PAID, "1111")
    assert [message.genuine for message in messages()] == [True] * 3


@both_ways
async def test_what_a_callback_says_credits_nothing_that_the_bank_does_not_say(
    she: Paying, theirs: httpx.AsyncClient, bank: RunningBank, method: str
) -> None:
    await she.page()

    answer = await send(theirs, method, called(only(), CALLBACK_KEY))

    assert (answer.status_code, only().state) == (200, AttemptState.REGISTERED)
    assert len(messages(MessageKind.STATUS)) == 1


ALTERED = (
    {"checksum": "0" * 64},
    {"checksum": ""},
    {"amount": "100"},
    {"operation": "refunded"},
    {"status": "0"},
    {"mdOrder": "another"},
    {"more": "1"},
)


@both_ways
async def test_a_forged_callback_asks_nobody(
    she: Paying, theirs: httpx.AsyncClient, bank: RunningBank, method: str
) -> None:
    pay(await she.page(), GOOD_CARD)

    for altered in ALTERED:
        assert (await send(theirs, method, called(only(), CALLBACK_KEY, **altered))).status_code == 200

    assert only().state is AttemptState.REGISTERED
    assert [message.genuine for message in messages()] == [False] * len(ALTERED)
    assert messages(MessageKind.STATUS) == []


async def test_a_genuine_callback_turned_to_another_order_asks_about_neither(
    she: Paying, theirs: httpx.AsyncClient, bank: RunningBank
) -> None:
    pay(await she.page(), GOOD_CARD)
    await she.page(gas="5")
    paid, other = stored()

    await send(theirs, "POST", called(paid, CALLBACK_KEY, orderNumber=other.order_number))

    assert {attempt.state for attempt in stored()} == {AttemptState.REGISTERED}
    assert messages(MessageKind.STATUS) == []


@both_ways
@pytest.mark.parametrize("number", ["261122-ZZZZZZZZZZ", "", "\0", "'", "я" * 500], ids=repr)
async def test_a_callback_about_nothing_of_ours_is_taken_and_forgotten(
    theirs: httpx.AsyncClient, bank: RunningBank, method: str, number: str
) -> None:
    answer = await send(theirs, method, {"orderNumber": number, "operation": "deposited", "status": "1"})

    assert (answer.status_code, answer.text) == (200, "OK")
    assert messages() == []


async def test_more_than_a_bank_sends_is_not_read(theirs: httpx.AsyncClient, bank: RunningBank) -> None:
    long = await send(theirs, "POST", {"orderNumber": "9" * 9_000})
    many = await send(theirs, "GET", {f"field{number}": "" for number in range(101)})

    async def drop_by_drop() -> AsyncIterator[bytes]:
        yield b"orderNumber=1"

    unmeasured = await theirs.post(CALLBACK, content=drop_by_drop())

    assert (long.status_code, many.status_code, unmeasured.status_code) == (413, 413, 413)


async def test_without_a_key_no_callback_is_believed(
    she: Paying, theirs: httpx.AsyncClient, bank: RunningBank, at_bank: pytest.MonkeyPatch
) -> None:
    pay(await she.page(), GOOD_CARD)
    at_bank.setenv("LK_BANK_CALLBACK_KEY", "")
    forget()

    await send(theirs, "GET", called(only(), ""))

    assert only().state is AttemptState.REGISTERED


async def test_a_bank_that_is_silent_then_costs_the_callback_nothing(
    she: Paying, theirs: httpx.AsyncClient, bank: RunningBank, at_bank: pytest.MonkeyPatch
) -> None:
    pay(await she.page(), GOOD_CARD)
    use(at_bank, f"http://127.0.0.1:{free_port()}")

    answer = await send(theirs, "GET", called(only(), CALLBACK_KEY))

    assert (answer.status_code, only().state) == (200, AttemptState.REGISTERED)
    assert only().next_ask_at is not None
