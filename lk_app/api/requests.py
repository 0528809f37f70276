"""What a request says of its sender, believed only as far as it can be."""

from starlette.requests import Request

from lk_app.settings import settings


def client_address(request: Request) -> str:
    """Return the sender's address: the one our outermost proxy saw, or the peer's when there is no proxy."""
    hops = settings().trusted_proxy_hops
    forwarded = [entry.strip() for entry in request.headers.get("x-forwarded-for", "").split(",") if entry.strip()]
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
