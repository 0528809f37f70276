"""Figures for Prometheus: what processes count, and what the database knows."""

import secrets
from collections.abc import Iterator
from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from lk_app import clock, logs, metrics
from lk_app.services.figures import Figure, figures
from lk_app.services.session import in_session
from lk_app.settings import settings

PREFIX = "lk_"
BEARER = "Bearer "


class Known(Collector):
    """What the database knows, as Prometheus reads it."""

    def __init__(self, known: list[Figure]) -> None:
        self.known = known

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in self.known:
            family = GaugeMetricFamily(
                PREFIX + figure.name, figure.about, labels=[figure.label] if figure.label else []
            )
            for label, value in figure.values.items():
                family.add_metric([label] if figure.label else [], value)
            yield family


async def show(request: Request) -> Response:
    """GET /metrics with the token of LK_METRICS_TOKEN, or without one from this machine: figures, about nobody.

    Whoever may not ask is told that there is nothing. A database that fails leaves out what it knows.
    """
    if not may_ask(request):
        return Response(status_code=404)
    known = CollectorRegistry()
    try:
        known.register(Known(await in_session(figures, clock.now())))
    except Exception as error:
        logs.failed(error)
    content = generate_latest(metrics.registry()) + generate_latest(known)
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})


def may_ask(request: Request) -> bool:
    """Say whether figures are for whoever asks: they give no person away, but much of the company."""
    token = settings().metrics_token.get_secret_value()
    if token:
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), (BEARER + token).encode())
    # Whoever comes by a proxy looks as if they were on this machine.
    return "x-forwarded-for" not in request.headers and is_loopback(request.client.host if request.client else "")


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
