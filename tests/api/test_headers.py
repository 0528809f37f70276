"""Headers of every response."""

from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from lk_app.api.headers import content_security_policy, with_headers
from lk_app.api.outside import seen_from_outside
from tests.conftest import forget_settings

PAGE = """<html><head><script>let theme = 1;</script><script src="/lk.js"></script></head></html>"""
DIGEST_OF_THE_SCRIPT = "'sha256-vd8VuAMUV91jFOgQ0EHyeKEp0q6RTqVQxXmyqHStngU='"


async def headers_of(path: str) -> httpx.Headers:
    transport = httpx.ASGITransport(with_headers(PlainTextResponse("hello")))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        return (await client.get(path)).headers


async def test_pages_may_run_only_what_we_ship_and_be_framed_by_nobody() -> None:
    headers = await headers_of("/")

    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert policy["media-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/lk.js", "no-cache"),
        ("/lk.js?12345678", "public, max-age=31536000, immutable"),
        ("/uploads.js?12345678", "public, max-age=31536000, immutable"),
        ("/office.js?12345678", "public, max-age=31536000, immutable"),
        ("/assets/root-abc.js", "public, max-age=31536000, immutable"),
        ("/api/session", "private, no-store"),
        ("/readyz", "no-store"),
        ("/api/receipts/name/gas", "private, no-store"),
    ],
)
async def test_browsers_keep_only_what_cannot_change(path: str, kept: str) -> None:
    assert (await headers_of(path))["cache-control"] == kept


@pytest.mark.parametrize(
    ("public_url", "said"),
    [("https://lk.example.ru", "max-age=31536000; includeSubDomains"), ("", None)],
)
async def test_over_https_browsers_are_told_never_to_come_by_http(
    monkeypatch: pytest.MonkeyPatch, public_url: str, said: str | None
) -> None:
    monkeypatch.setenv("LK_PUBLIC_URL", public_url)
    forget_settings()
    try:
        headers = await headers_of("/")
    finally:
        forget_settings()

    assert headers.get("strict-transport-security") == said


@pytest.mark.parametrize(("public_url", "scheme"), [("https://lk.example.ru", "https"), ("", "http")])
async def test_redirects_lead_to_where_consumers_are_though_the_proxy_comes_by_plain_http(
    monkeypatch: pytest.MonkeyPatch, public_url: str, scheme: str
) -> None:
    monkeypatch.setenv("LK_PUBLIC_URL", public_url)
    forget_settings()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(str(Request(scope).url))(scope, receive, send)

    transport = httpx.ASGITransport(seen_from_outside(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://lk.example.ru") as proxy:
        seen = (await proxy.get("/login")).text

    forget_settings()
    assert seen == f"{scheme}://lk.example.ru/login"


def test_the_policy_lists_the_inline_scripts_of_the_built_pages(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE)

    assert DIGEST_OF_THE_SCRIPT in content_security_policy(tmp_path)
