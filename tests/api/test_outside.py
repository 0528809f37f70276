"""What a proxy in front of the portal goes by."""

import asyncio

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive

from lk_app.api import outside
from lk_app.api.outside import heard_out

POST = {"type": "http", "method": "POST"}


def piece(*, more: bool) -> Message:
    return {"type": "http.request", "body": b"x", "more_body": more}


async def answer_of(app: ASGIApp, receive: Receive, happened: list[str]) -> list[str]:
    """Return what happens in which order, until the answer has ended."""

    async def heard() -> Message:
        happened.append("heard")
        return await receive()

    async def send(message: Message) -> None:
        happened.append(message["type"])

    await app(POST, heard, send)
    return happened


async def test_a_request_that_is_refused_unread_has_come_to_its_end_before_it_is_answered() -> None:
    pieces = iter([piece(more=True), piece(more=True), piece(more=False)])

    async def receive() -> Message:
        return next(pieces)

    happened = await answer_of(heard_out(Response(status_code=401)), receive, [])

    assert happened == ["heard", "heard", "heard", "http.response.start", "http.response.body"]


async def test_whoever_goes_away_meanwhile_is_not_waited_for() -> None:
    messages = iter([piece(more=True), {"type": "http.disconnect"}])

    async def receive() -> Message:
        return next(messages)

    happened = await answer_of(heard_out(Response(status_code=401)), receive, [])

    assert happened == ["heard", "heard", "http.response.start", "http.response.body"]


async def test_whoever_stops_sending_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "HEARD_SECONDS", 0)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    happened = await answer_of(heard_out(Response(status_code=401)), receive, [])

    assert happened == ["heard", "http.response.start", "http.response.body"]
