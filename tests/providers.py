"""A provider on loopback: answers as it is told, and keeps books of everything it was sent."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Call:
    """A request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: str
    connection: object
    """Differs from connection to connection."""

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, strict_parsing=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What to answer, and how badly."""

    body: bytes = b"{}"
    status: int = 200
    after_s: float = 0
    lost: int = 0
    """How many bytes at the end never come, though they were announced."""
    hangs_up: bool = False
    """Whether the connection ends without an answer."""
    headers: Mapping[str, str] = field(default_factory=dict)


def reply(fields: object, status: int = 200, **faults: Any) -> Reply:
    return Reply(json.dumps(fields, ensure_ascii=False).encode(), status, **faults)


@dataclass
class Provider:
    """The running server: where it is, what it answers, what it was sent."""

    url: str
    reply: Reply = field(default_factory=Reply)
    calls: list[Call] = field(default_factory=list)

    @property
    def call(self) -> Call:
        """The only call there was."""
        [call] = self.calls
        return call


@contextmanager
def listening(secrecy: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """Run a provider on a port of its own, with TLS if it is told how."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    if secrecy:
        server.socket = secrecy.wrap_socket(server.socket, server_side=True)
    provider = Provider(f"{'https' if secrecy else 'http'}://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = handler(provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.calls.append(Call(self.path, dict(self.headers), body, self.client_address))
            reply = provider.reply
            time.sleep(reply.after_s)
            if reply.hangs_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            # Whoever would not wait for a slow answer has gone.
            with suppress(BrokenPipeError):
                self.wfile.write(reply.body[: len(reply.body) - reply.lost])
            self.close_connection = reply.lost > 0

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
