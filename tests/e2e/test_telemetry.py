"""Traces: a collector is told what the portal did and how long it took, and nothing about anybody."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.elsewhere import Elsewhere
from tests.e2e.steps import NAME, PASSWORD, apply_at, code_sent_to, division, press, sign_in_at
from tests.servers import ROOT, Portal, running

PHONE, NUMBER, NEW_NAME = "9120000020", "66010000169", "Соколова Анна"
PATIENCE_S = 60


@dataclass
class Collector:
    """What takes traces: all it was sent, as it came."""

    address: str = ""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        scopes = (scope for each in requests for resource in each.resource_spans for scope in resource.scope_spans)
        return [span for scope in scopes for span in scope.spans]

    def has(self, *names: str) -> bool:
        return set(names) <= {span.name for span in self.spans}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield collector
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def traced(
    collector: Collector, tmp_path_factory: pytest.TempPathFactory, running_elsewhere: Elsewhere | None
) -> Iterator[Portal]:
    """A portal that tells the collector every fifth of a second what it did."""
    if running_elsewhere:
        pytest.skip("starts a portal of its own, to tell a collector of its own")
    folder = tmp_path_factory.mktemp("traced")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        with running(Portal(f"sqlite:///{folder / 'lk.db'}"), folder / "log") as portal:
            yield portal


def test_a_collector_is_told_what_was_done_and_nothing_about_anybody(
    page: Page, context: BrowserContext, traced: Portal, collector: Collector
) -> None:
    apply_at(page, NEW_NAME, NUMBER, PHONE, address=traced.address)
    press(page, "Отправить запрос на регистрацию")
    code = code_sent_to(page, PHONE, address=traced.address)
    sign_in_at(page, traced.address, password="wrong2026")
    sign_in_at(page, traced.address)
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"].endswith("lk"))

    wait_until(lambda: collector.has("POST /api/session", "job tell decisions", "SELECT", LOADED))

    statements = [attribute.value.string_value for span in collector.spans for attribute in span.attributes]
    assert any("FROM users" in statement for statement in statements)
    by_id = {span.span_id: span for span in collector.spans}
    assert any(by_id[span.parent_span_id].name == LOADED for span in collector.spans if span.parent_span_id in by_id)
    personal = (NAME, "Мария", "Иванов", NEW_NAME, PASSWORD, "wrong2026", PHONE, "9120000003", NUMBER, "66010000017")
    everything = b"".join(collector.bodies)
    assert [words for words in (*personal, code, token, "127.0.0.1", "Садовая") if words.encode() in everything] == []


LOADED = "event SettlementsState.load"


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(("endpoint", "imported"), [("", False), ("http://127.0.0.1:9", True)])
def test_nothing_is_imported_unless_somebody_wants_traces(endpoint: str, imported: bool) -> None:
    script = (
        "import sys; from lk_app import telemetry; telemetry.set_up('serve'); "
        "print('opentelemetry.exporter' in sys.modules)"
    )
    environment = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}

    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )

    assert told.stdout == f"{imported}\n"
