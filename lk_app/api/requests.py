"""What a request says of its sender, believed only as far as it can be."""

import asyncio

import ua_parser
from starlette.requests import Request

from lk_app.services.places import Place
from lk_app.settings import settings

MAX_USER_AGENT = 400
MAX_BROWSER_NAME = 80


async def place_of(request: Request) -> Place:
    """Return where a request comes from."""
    agent = request.headers.get("user-agent", "")[:MAX_USER_AGENT]
    # The first name takes half a second: the parser reads its rules then.
    return Place(client_address(request), await asyncio.to_thread(browser_name, agent))


def browser_name(agent: str) -> str:
    """Return a browser and its system in words, as far as they are known: «Chrome, Windows»."""
    parsed = ua_parser.parse(agent)
    known = [part.family for part in (parsed.user_agent, parsed.os) if part]
    return ", ".join(known)[:MAX_BROWSER_NAME]


def client_address(request: Request) -> str:
    """Return the sender's address: the one our outermost proxy saw, or the peer's when there is no proxy."""
    hops = settings().trusted_proxy_hops
    forwarded = [
        entry.strip() for entry in ",".join(request.headers.getlist("x-forwarded-for")).split(",") if entry.strip()
    ]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return request.client.host if request.client else ""


def from_our_pages(request: Request) -> bool:
    """Say whether a request was sent by a page of ours: browsers name the origin of every POST."""
    return request.headers.get("origin") in settings().origins


def own_address(address: str) -> str:
    """Return `address` if it is a path of the portal, else the first screen: nobody is led elsewhere after sign-in."""
    # Browsers read a backslash as a slash and drop control characters, so that /\host leads to another site.
    plain = address.isprintable() and "\\" not in address
    ours = address.startswith("/") and not address.startswith(("//", "/api/"))
    return address if plain and ours else "/"
