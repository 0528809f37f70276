"""The session cookie: out of reach of scripts and of other sites."""

from starlette.requests import cookie_parser
from starlette.responses import Response

from lk_app.settings import settings


def cookie_name() -> str:
    """Return the name of the cookie; over HTTPS its prefix makes browsers insist on Secure and on one host."""
    return "__Host-lk" if settings().secure_cookies else "lk"


def session_token(cookie_header: str) -> str:
    """Return the session token among a request's cookies, or nothing."""
    return cookie_parser(cookie_header).get(cookie_name(), "")


def set_cookie(response: Response, token: str) -> None:
    """Give the browser its session; it ends with the browser, and in the database by its own times."""
    # Lax, not Strict: whoever comes back from the bank's page must still be signed in.
    response.set_cookie(cookie_name(), token, httponly=True, samesite="lax", secure=settings().secure_cookies)


def delete_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(), httponly=True, samesite="lax", secure=settings().secure_cookies)
