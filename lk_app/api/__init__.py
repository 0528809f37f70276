"""The HTTP routes of the back end: sign-in and health. Pages and their events are Reflex's."""

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from lk_app.api import health, sign_in

routes = [
    Route("/api/session", sign_in.start, methods=["POST"]),
    Route("/api/session/end", sign_in.end, methods=["POST"]),
    Route("/api/health", health.ready, methods=["GET"]),
]


def with_routes(app: ASGIApp) -> ASGIApp:
    """Put our routes before everything Reflex serves."""
    backend = Starlette(routes=routes)
    backend.mount("", app)
    return backend
