"""The portal says whether it can serve."""

import httpx
import pytest
from starlette.applications import Starlette

from lk_app import api
from tests.conftest import forget_settings


async def ask() -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=api.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        return await client.get("/api/health")


async def test_with_a_database_it_can_serve(portal: str) -> None:
    assert (await ask()).status_code == 200


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/lk.db", "postgresql+psycopg://nobody:secret@127.0.0.1:9/lk?connect_timeout=1"]
)
async def test_without_a_database_it_says_so_and_no_more(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LK_DATABASE_URL", url)
    forget_settings()

    response = await ask()

    forget_settings()
    assert response.status_code == 503
    assert "secret" not in response.text
