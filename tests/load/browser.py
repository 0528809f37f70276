"""A person's browser as the server sees it: requests, and the socket of the open page."""

import asyncio
import contextlib
import json
import random
import re
import ssl
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from tests.bench.sockets import NAMESPACE, ROOT
from tests.load.records import Failed, Record
from tests.servers import ROOT as SOURCES

PATIENCE_S = 30.0
"""How long people wait for an answer before it counts as none."""
HYDRATE = f"{ROOT}.hydrate_and_load"
ON_LOAD = f"{ROOT}.reflex___state____on_load_internal_state.on_load_internal"
HYDRATED = '"is_hydrated_rx_state_":true'
UPDATE = f'42{NAMESPACE},["event",'
ASSET = re.compile(r'(?:src|href)="(/[^"]+\.(?:js|css|woff2|svg)[^"]*)"')


@dataclass(frozen=True)
class Site:
    """The portal under load, as browsers know it."""

    address: str
    tls: ssl.SSLContext | None
    """None where it is reached without TLS."""
    state_hashes: list[str]
    """What the built pages say they know, so that the server sends only what differs."""

    @classmethod
    def at(cls, address: str, certificate: str | None) -> Self:
        """Describe the portal at an address; `certificate` is a file to trust besides the system's."""
        built = (SOURCES / ".web/utils/context.jsx").read_text()
        hashes = re.search(r"initialStateHashes = (\[[^\]]*\])", built)
        assert hashes, "the front end is not built: make build"
        tls = ssl.create_default_context(cafile=certificate) if address.startswith("https") else None
        return cls(address, tls, json.loads(hashes[1]))


@dataclass
class Tab:
    """The one page somebody has open. Connects again when its connection is lost, as the real one does."""

    site: Site
    record: Record
    cookie: str
    path: str
    token: str
    frames: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    """What has come since the last thing the person did; `LOST` when the connection went."""
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    socket: ClientConnection | None = None
    living: asyncio.Task[None] | None = None

    LOST = ""

    async def live(self) -> None:
        """Stay connected until the page is closed."""
        lost_at = 0.0
        while True:
            try:
                async with self._connect() as self.socket:
                    await self._listen(lost_at)
            except (OSError, WebSocketException):
                pass
            self.connected.clear()
            self.frames.put_nowait(self.LOST)
            self.record.lost_connections += self.record.is_on and not lost_at
            lost_at = lost_at or time.perf_counter()
            await asyncio.sleep(random.uniform(0.5, 1.5))

    def _connect(self) -> connect:
        url = f"{self.site.address.replace('http', 'ws', 1)}{NAMESPACE}/?EIO=4&transport=websocket&token={self.token}"
        headers = {"Cookie": self.cookie} if self.cookie else {}
        return connect(
            url, origin=Origin(self.site.address), additional_headers=headers, ssl=self.site.tls,
            open_timeout=PATIENCE_S, ping_interval=None,
        )  # fmt: skip

    async def _listen(self, lost_at: float) -> None:
        assert self.socket
        hydrate = self._event(HYDRATE, {"hashes": self.site.state_hashes, "vars": []})
        async for message in self.socket:
            text = str(message)
            if text == "2":
                await self.socket.send("3")
            elif text.startswith("0"):
                await self.socket.send(f"40{NAMESPACE},{json.dumps({'event': hydrate})}")
            elif text.startswith(UPDATE):
                if '"events":[{' in text:
                    await self._fire(json.loads(text.removeprefix(f"42{NAMESPACE},"))[1]["events"])
                if HYDRATED in text:
                    self.connected.set()
                    if lost_at and self.record.is_on:
                        self.record.times["connect again"].append(1000 * (time.perf_counter() - lost_at))
                    lost_at = 0.0
                self.frames.put_nowait(text)

    async def _fire(self, events: list[dict[str, Any]]) -> None:
        """Do what the server tells the page to: events of states go back to it, as from a click."""
        assert self.socket
        for event in events:
            if event["name"].startswith(ROOT):
                await self.socket.send(f"{UPDATE}{json.dumps(self._event(event['name'], event.get('payload')))}]")

    def _event(self, name: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        place = urlsplit(self.path)
        router = {"pathname": place.path, "asPath": self.path, "query": dict(parse_qsl(place.query))}
        return {"name": name, "payload": payload or {}, "router_data": router, "token": self.token}

    async def wait(self, shows: str, hydrated: bool = True) -> str:
        """Return what the page was sent, once what it should show is among it; raises Failed."""
        sent, shown, is_ready = "", False, False
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (shown and (is_ready or not hydrated)):
                    frame = await self.frames.get()
                    # A connection that is lost on the way: the page loads itself again and then shows the same.
                    sent, shown, is_ready = sent + frame, shown or shows in frame, is_ready or HYDRATED in frame
        except TimeoutError:
            raise Failed("was not shown" if is_ready else "no answer") from None
        return sent

    async def event(self, name: str, payload: Mapping[str, Any] | None, shows: str, hydrated: bool = True) -> str:
        """Send an event and return what it shows; raises Failed."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.connected.wait()
        except TimeoutError:
            raise Failed("no connection") from None
        while not self.frames.empty():
            self.frames.get_nowait()
        assert self.socket
        with contextlib.suppress(WebSocketException):
            await self.socket.send(f"{UPDATE}{json.dumps(self._event(name, payload))}]")
        return await self.wait(shows, hydrated)


def an_address() -> str | None:
    """Return one of the addresses of loopback, where the system gives all of them: the portal counts by address."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.1" if sys.platform == "linux" else None


class Browser:
    """One person's browser, with an empty or a full cache."""

    def __init__(self, site: Site, record: Record, *, cookie: str = "", empty_cache: bool = False) -> None:
        self.site, self.record, self.cookie, self.empty_cache = site, record, cookie, empty_cache
        transport = httpx.AsyncHTTPTransport(verify=site.tls or True, local_address=an_address())
        self.client = httpx.AsyncClient(base_url=site.address, transport=transport, timeout=PATIENCE_S)
        self.token = str(uuid.uuid4())
        """Of the tab; the same for all pages it opens."""
        self.tab: Tab | None = None

    async def open(self, path: str, shows: str = HYDRATED) -> str:
        """Load a page in full, and return what it was sent once it shows something; raises Failed."""
        await self.leave()
        place = urlsplit(path)
        document = await self.get(f"{place.path.rstrip('/')}/?{place.query}".rstrip("?"))
        if self.empty_cache:
            self.empty_cache = False
            for address in dict.fromkeys(ASSET.findall(document.text)):
                await self.get(address)
        self.tab = Tab(self.site, self.record, self.cookie, path, self.token)
        self.tab.living = asyncio.create_task(self.tab.live())
        return await self.tab.wait(shows)

    async def go(self, path: str, shows: str) -> None:
        """Go to another page by a link."""
        assert self.tab
        self.tab.path = path
        await self.tab.event(ON_LOAD, None, shows)

    async def get(self, path: str) -> httpx.Response:
        return await self._request("GET", path, None)

    async def post(self, path: str, fields: Mapping[str, str], *, form: bool = True) -> httpx.Response:
        """Send a form as assets/forms.js does, or as a native form; raises Failed unless it was taken."""
        return await self._request("POST", path, fields, {"Accept": "application/json"} if form else {})

    async def _request(
        self, method: str, path: str, fields: Mapping[str, str] | None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = {"Origin": self.site.address, "Cookie": self.cookie} | dict(headers or {})
        try:
            response = await self.client.request(method, path, data=fields, headers=sent)
        except httpx.TimeoutException:
            raise Failed("no answer") from None
        except httpx.TransportError as error:
            raise Failed(type(error).__name__) from None
        if response.status_code not in (200, 303):
            raise Failed(f"status {response.status_code}")
        for name, value in response.cookies.items():
            self.cookie = f"{name}={value}"
        self.client.cookies.clear()
        return response

    async def leave(self) -> None:
        """Close the page that is open."""
        if self.tab and self.tab.living:
            self.tab.living.cancel()
            await asyncio.wait([self.tab.living])
        self.tab = None

    async def close(self) -> None:
        await self.leave()
        await self.client.aclose()
