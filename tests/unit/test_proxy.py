"""What Caddy, the proxy in front of the portal, answers by itself."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from lk_app.services.readiness import PATIENCE_S
from tests.servers import ROOT, free_port

CADDY = Path(sys.executable).parent / "caddy"
DOMAIN = "lk.example.ru"
NOBODY = {"LK_DOMAIN": DOMAIN, "LK_APPS": "127.0.0.1:9"}
HANGS_S = 15
"""When the proxy takes a process for hung that says nothing."""
SAID = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@contextmanager
def running_proxy(folder: Path, apps: str) -> Iterator[tuple[int, int]]:
    """A proxy in front of some processes; yields the plain port 80 of production, and its TLS port without TLS."""
    plain, secret, without_tls = free_port(), free_port(), free_port()
    config = folder / "Caddyfile"
    options = f"admin off\n auto_https off\n http_port {plain}\n https_port {secret}"
    same_site = f"http://127.0.0.1:{without_tls} {{\n import portal\n}}"
    config.write_text(f"{{\n {options}\n}}\nimport {ROOT}/deploy/Caddyfile\n{same_site}\n")
    command = [CADDY, "run", "--config", config, "--adapter", "caddyfile"]
    process = subprocess.Popen(command, env=os.environ | NOBODY | {"LK_APPS": apps}, stderr=subprocess.DEVNULL)
    try:
        yield plain, without_tls
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def running_process(ready_after_s: float, answers: str) -> Iterator[str]:
    """Something in the place of a process of the portal, which is ready after a while; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/readyz" or not answers:
                time.sleep(ready_after_s)
            # The proxy may have gone meanwhile.
            with suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Length", str(len(answers)))
                self.end_headers()
                self.wfile.write(answers.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Where a proxy listens behind which there is nobody."""
    with running_proxy(tmp_path_factory.mktemp("caddy"), NOBODY["LK_APPS"]) as ports:
        yield ports


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    # The proxy may still be starting.
    with httpx.Client(transport=httpx.HTTPTransport(retries=6), headers={"Host": DOMAIN}) as client:
        yield client


def test_what_the_proxy_hides_it_hides_with_the_headers_of_the_portal(
    ports: tuple[int, int], client: httpx.Client
) -> None:
    answer = client.get(f"http://127.0.0.1:{ports[1]}/metrics", headers={"Host": "127.0.0.1"})

    assert answer.status_code == 404
    assert {name: answer.headers[name] for name in SAID} == SAID
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers


def test_people_are_led_to_https_and_programs_are_refused_without_it(
    ports: tuple[int, int], client: httpx.Client
) -> None:
    person = client.get(f"http://127.0.0.1:{ports[0]}/login?next=/payments")
    program = client.get(f"http://127.0.0.1:{ports[0]}/api/exchange/v1/runs")

    assert (person.status_code, person.headers["location"]) == (301, f"https://{DOMAIN}/login?next=/payments")
    assert (program.status_code, "location" in program.headers) == (403, False)


def test_a_process_that_is_busy_is_left_in_and_one_that_hangs_is_left_out(tmp_path: Path, client: httpx.Client) -> None:
    with ExitStack() as running:
        # As long as the portal itself may take to say that it is not ready, and a little more.
        busy = running.enter_context(running_process(PATIENCE_S + 2, answers="busy"))
        hung = running.enter_context(running_process(60, answers=""))
        _, port = running.enter_context(running_proxy(tmp_path, f"{busy} {hung}"))
        time.sleep(HANGS_S + 2)
        answers = [client.get(f"http://127.0.0.1:{port}/login/", headers={"Host": "127.0.0.1"}) for _ in range(10)]

    assert {answer.text for answer in answers} == {"busy"}


def test_its_pages_for_errors_have_the_headers_too() -> None:
    command = [CADDY, "adapt", "--config", ROOT / "deploy" / "Caddyfile", "--adapter", "caddyfile"]
    adapted = subprocess.run(command, env=os.environ | NOBODY, capture_output=True, text=True, check=True)
    servers = json.loads(adapted.stdout)["apps"]["http"]["servers"]
    [secret] = [server for server in servers.values() if server["listen"] == [":443"]]

    pages = secret["errors"]["routes"][0]["handle"][0]["routes"]
    assert [bool(page.get("match")) for page in pages] == [True, False]
    for page in pages:
        assert all(said in json.dumps(page) for said in ("Strict-Transport-Security", "nosniff", "frame-ancestors"))
