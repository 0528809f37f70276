"""A merchant's server that writes down every callback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

HEARD_WITHIN_S = 5.0


@dataclass
class CalledMerchant:
    """What the bank said so far, oldest first; the first `deaf` calls get a 503."""

    url: str = ""
    deaf: int = 0
    heard: list[dict[str, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def operations(self) -> list[str]:
        return [callback["operation"] for callback in self.heard]

    def wait_for(self, count: int) -> list[str]:
        """Wait until so many callbacks came; return all operations."""
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.heard) >= count, HEARD_WITHIN_S)
        assert came, f"only {self.operations} came"
        return self.operations


@contextmanager
def called_merchant(deaf: int = 0) -> Iterator[CalledMerchant]:
    """A merchant on loopback whose `url` has a query of its own."""
    merchant = CalledMerchant(deaf=deaf)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with merchant.changed:
                merchant.heard.append(dict(parse_qsl(urlsplit(self.path).query)))
                status = 503 if len(merchant.heard) <= merchant.deaf else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                merchant.changed.notify_all()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    merchant.url = f"http://127.0.0.1:{server.server_address[1]}/callback?from=bank"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield merchant
    finally:
        server.shutdown()
        server.server_close()
        thread.join(HEARD_WITHIN_S)
