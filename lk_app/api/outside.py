"""How the portal is seen from outside: through a proxy that ends TLS, whose own connection to us is plain."""

from starlette.types import ASGIApp, Receive, Scope, Send

from lk_app.settings import settings

SECRET = {"http": "https", "websocket": "wss"}
"""The scheme of each kind of connection when it is secret."""


def seen_from_outside(app: ASGIApp) -> ASGIApp:
    """Let whatever makes addresses from a request, such as a redirect to a page's folder, make those consumers open."""
    if not settings().secure_cookies:
        return app

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in SECRET:
            scope = dict(scope, scheme=SECRET[scope["type"]])
        await app(scope, receive, send)

    return wrapped
