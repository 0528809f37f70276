"""Programs for tests: clients of the exchange by HTTP, every answer to whom is held against the document."""

import re
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from sqlmodel import select
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app.api.exchange import DOCUMENT
from lk_app.api.exchange.operation import ROOT
from lk_app.models import ExchangeRun, KeyScope, Outcome
from lk_app.services.exchange import keys
from lk_app.services.session import reading, writing
from tests.exchange_fixtures import Rows, write_package

HERE = "203.0.113.9"
SCHEMA = schemathesis.openapi.from_asgi(DOCUMENT, Starlette(routes=api.routes))
DESCRIBED = [each.ok() for each in SCHEMA.get_all_operations()]


def new_key(*scopes: KeyScope, name: str = "billing") -> str:
    with writing() as session:
        return keys.create(session, name, scopes or tuple(KeyScope), "lk", clock.now())


def program(key: str | None, address: str = HERE, **headers: Any) -> httpx.AsyncClient:
    """A client that shows a key."""

    async def held_against_the_document(response: httpx.Response) -> None:
        await response.aread()
        if not hasattr(response.request, "_content"):
            # What was sent piece by piece can't be looked at again, nor has it to be.
            response.request = httpx.Request(response.request.method, response.request.url)
        path = response.request.url.path.removeprefix(ROOT)
        for operation in DESCRIBED:
            fits = re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", operation.path), path)
            if fits and operation.method.upper() == response.request.method:
                assert str(response.status_code) in operation.definition.raw["responses"]
                operation.validate_response(response)
        assert response.headers["cache-control"] == "no-store"
        assert not any(name.startswith("access-control") or name == "set-cookie" for name in response.headers)

    shown = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=api.routes), client=(address, 5000)),
        base_url=f"http://localhost:3000{ROOT}",
        headers=shown | headers,
        event_hooks={"response": [held_against_the_document]},
    )


def named(key: str, media_type: str = "application/zip", **more: str) -> dict[str, str]:
    """The headers of something that is sent under a name."""
    return {"Idempotency-Key": key, "Content-Type": media_type, **more}


def zipped(folder: Path, rows: Rows, **manifest: Any) -> bytes:
    """A package as it is sent."""
    return zip_of((path.name, path.read_bytes()) for path in sorted(write_package(folder, rows, **manifest).iterdir()))


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


async def send(key: str, content: Any, name: str = "1", path: str = "/packages", **headers: str) -> httpx.Response:
    """Send something under a name, and return what was answered."""
    async with program(key) as client:
        return await client.post(path, content=content, headers=named(name, **headers))


async def send_rows(key: str, path: str, rows: Any, name: str = "1") -> httpx.Response:
    async with program(key) as client:
        return await client.post(path, json=rows, headers={"Idempotency-Key": name})


def outcomes() -> list[Outcome]:
    """What came of every run, in the order of their beginning."""
    with reading() as session:
        return list(session.exec(select(ExchangeRun.outcome).order_by(ExchangeRun.id)).all())
