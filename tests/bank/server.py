"""A small HTTP server for tests: runs an app from a thread of this process, starts and stops at once.

Granian's embedded server would do, but its native threads outlive it and may abort an interpreter that ends.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import h11
from starlette.types import ASGIApp, Message

WITHIN_S = 10
CHUNK = 65536


@contextmanager
def serving(app: ASGIApp, port: int) -> Iterator[None]:
    """Serve an app on loopback; at the end, whatever still hangs there is cancelled."""
    server = _Server(app, port)
    server.start()
    try:
        assert server.listens.wait(WITHIN_S), f"{server.name} does not start"
        yield
    finally:
        server.stop()
        server.join(WITHIN_S)
        assert not server.is_alive(), f"{server.name} does not stop"


class _Server(threading.Thread):
    """A server with a loop of its own."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        super().__init__(name=f"server:{port}", daemon=True)
        self._app, self._port = app, port
        self.listens = threading.Event()
        self.stop: Callable[[], object] = lambda: None

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self.stop = lambda: loop.call_soon_threadsafe(stopped.set)
        server = await asyncio.start_server(self._talk, "127.0.0.1", self._port)
        self.listens.set()
        await stopped.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until either side ends it."""
        # Python 3.11 complains of connections whose tasks end as cancelled.
        with suppress(ConnectionError, h11.ProtocolError, asyncio.CancelledError):
            connection = _Connection(self._app, reader, writer)
            while await connection.answer():
                pass
        writer.close()


class _Connection:
    """One consumer who may ask several times."""

    def __init__(self, app: ASGIApp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._app, self._reader, self._writer = app, reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def answer(self) -> bool:
        """Answer one request; tell whether another may come."""
        request = await self._event()
        if not isinstance(request, h11.Request):
            return False
        body = b""
        while isinstance(data := await self._event(), h11.Data):
            body += data.data
        # An app that fails has sent its own 500 by then, or nothing, and then the connection just ends.
        with suppress(Exception):
            await self._run(request, body)
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def _run(self, request: h11.Request, body: bytes) -> None:
        path, _, query = request.target.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method.decode(),
            "scheme": "http",
            "path": path.decode(),
            "raw_path": path,
            "root_path": "",
            "query_string": query,
            "headers": list(request.headers),
            "client": self._writer.get_extra_info("peername"),
            "server": self._writer.get_extra_info("sockname"),
        }
        messages: list[Message] = [{"type": "http.request", "body": body}]

        async def receive() -> Message:
            if not messages:
                await asyncio.Event().wait()
            return messages.pop()

        await self._app(scope, receive, self._send)

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            event: h11.Event = h11.Response(status_code=message["status"], headers=message["headers"])
            self._writer.write(self._http.send(event) or b"")
            return
        self._writer.write(self._http.send(h11.Data(data=message.get("body", b""))) or b"")
        if not message.get("more_body"):
            self._writer.write(self._http.send(h11.EndOfMessage()) or b"")
        await self._writer.drain()

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(CHUNK))
        return event
