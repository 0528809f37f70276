"""Headers of every route and page, as the portal that runs sends them."""

import re
from collections.abc import Iterator

import httpx
import pytest

from lk_app import api
from lk_app.pages import PAGES

PARAMETER = re.compile(r"\{\w+\}")
ROUTES = [
    (method, PARAMETER.sub("x", route.path)) for route in api.routes for method in sorted(route.methods - {"HEAD"})
]
ADDRESSES = [page.address for page in PAGES if page.address.startswith("/")]
FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def client(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=20) as client:
        yield client


def check_policy(response: httpx.Response) -> None:
    assert {name: response.headers[name] for name in FIXED} == FIXED
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy.get("script-src", "'none'").find("unsafe") == -1
    assert policy["default-src"] == "'none'"
    # An answer that shows nothing of ours may be stricter still.
    assert policy.get("frame-ancestors", "'none'") == "'none'"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_says_what_a_browser_may_do_and_that_nothing_is_kept(
    client: httpx.Client, method: str, path: str
) -> None:
    response = client.request(method, path, headers={"Origin": str(client.base_url).rstrip("/")})

    check_policy(response)
    assert "no-store" in response.headers["cache-control"]


@pytest.mark.parametrize("address", [*ADDRESSES, "/no-such-page"])
def test_every_page_says_what_a_browser_may_do_and_is_asked_for_anew(client: httpx.Client, address: str) -> None:
    response = client.get(address, follow_redirects=True)

    check_policy(response)
    assert response.headers["cache-control"] in ("no-cache", "no-store")


def test_what_the_pages_are_made_of_is_kept_for_ever(client: httpx.Client) -> None:
    scripts = set(re.findall(r'"(/assets/[^"]+\.(?:js|css))"', client.get("/login/").text))

    assert scripts
    for script in scripts:
        response = client.get(script)
        check_policy(response)
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_other_sites_may_read_nothing(client: httpx.Client) -> None:
    own = str(client.base_url).rstrip("/")

    for path in ("/", "/api/profile/data", "/api/help/faq", "/assets/"):
        foreign = client.get(path, headers={"Origin": "https://evil.example"})
        assert foreign.headers.get("access-control-allow-origin") in (None, own)


@pytest.mark.parametrize("path", ["/", "/login/", "/assets/", "/fonts/", "/api/session"])
def test_nobody_lists_a_folder_or_traces(client: httpx.Client, path: str) -> None:
    listing, traced = client.get(path), client.request("TRACE", path, headers={"X-Secret": "of mine"})

    assert "Index of" not in listing.text
    assert path in ("/", "/login/") or listing.status_code in (404, 405)
    assert traced.status_code in (404, 405)
    assert "of mine" not in traced.text
