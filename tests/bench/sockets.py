"""Browser tabs as the server sees them: sockets that send events and wait for what comes back."""

import asyncio
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

NAMESPACE = "/_event"
ROOT = "reflex___state____state"


@dataclass
class Tab:
    """One open page. Speaks Socket.IO as far as Reflex's pages do."""

    socket: ClientConnection
    token: str
    path: str

    @classmethod
    async def open(cls, address: str, path: str = "/", cookie: str = "") -> Self:
        """Connect and hydrate, as a page does when it has loaded."""
        token = str(uuid.uuid4())
        url = f"{address.replace('http', 'ws', 1)}{NAMESPACE}/?EIO=4&transport=websocket&token={token}"
        headers = {"Cookie": cookie} if cookie else {}
        tab = cls(await connect(url, origin=Origin(address), additional_headers=headers, compression=None), token, path)
        await tab._receive("0")
        await tab.socket.send(f"40{NAMESPACE},")
        await tab._receive(f"40{NAMESPACE}")
        await tab.event(f"{ROOT}.hydrate")
        return tab

    async def event(self, name: str, payload: dict[str, Any] | None = None) -> str:
        """Send an event and return the first update that answers it."""
        await self.send(name, payload)
        return await self._receive(f'42{NAMESPACE},["event"')

    async def send(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Send an event whose answer somebody else waits for."""
        event = {
            "name": name,
            "payload": payload or {},
            "router_data": {"pathname": self.path, "asPath": self.path, "query": {}},
            "token": self.token,
        }
        await self.socket.send(f'42{NAMESPACE},["event",{json.dumps(event)}]')

    async def close(self) -> None:
        await self.socket.close()

    async def _receive(self, start: str) -> str:
        while True:
            message = str(await self.socket.recv())
            if message == "2":
                await self.socket.send("3")
            elif message.startswith(start):
                return message


@dataclass(frozen=True)
class Pace:
    """How fast events were answered: events a second over all tabs, and milliseconds each."""

    per_second: float
    p50: float
    p99: float


async def pace(tabs: Sequence[Tab], event: str, seconds: float) -> Pace:
    """Let every tab send the event again and again, each waiting for its answer."""
    times: list[float] = []
    start = time.perf_counter()

    async def keep_sending(tab: Tab) -> None:
        while time.perf_counter() - start < seconds:
            sent = time.perf_counter()
            await tab.event(event)
            times.append(1000 * (time.perf_counter() - sent))

    await asyncio.gather(*(keep_sending(tab) for tab in tabs))
    passed = time.perf_counter() - start
    cuts = quantiles(times, n=100)
    return Pace(len(times) / passed, cuts[49], cuts[98])
