"""How the portal is seen from outside: through a proxy that ends TLS, whose own connection to us is plain."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lk_app.settings import settings

SECRET = {"http": "https", "websocket": "wss"}
"""The scheme of each kind of connection when it is secret."""
HEARD_SECONDS = 30
"""How long an answer waits for the rest of what it refuses."""


def seen_from_outside(app: ASGIApp) -> ASGIApp:
    """Let whatever makes addresses from a request, such as a redirect to a page's folder, make those consumers open."""
    if not settings().secure_cookies:
        return app

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in SECRET:
            scope = dict(scope, scheme=SECRET[scope["type"]])
        await app(scope, receive, send)

    return wrapped


def heard_out(app: ASGIApp) -> ASGIApp:
    """Let an answer wait until all of its request has come, and be forgotten, even where it is refused unread.

    The server closes the connection after an answer. A proxy that is still sending then takes us for broken, and tells
    people so instead of what we answered.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            return await app(scope, receive, send)
        ended = False

        async def receive_next() -> Message:
            nonlocal ended
            message = await receive()
            ended = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def send_at_the_end(message: Message) -> None:
            nonlocal ended
            try:
                async with asyncio.timeout(HEARD_SECONDS):
                    while not ended:
                        await receive_next()
            except TimeoutError:
                ended = True
            await send(message)

        await app(scope, receive_next, send_at_the_end)

    return wrapped
