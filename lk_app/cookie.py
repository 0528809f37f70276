"""Our cookies, out of reach of scripts and of other sites: a consumer's session, one of the staff, and a request that
waits for its code. A browser may have them all; none stands for another."""

from starlette.requests import cookie_parser
from starlette.responses import Response

from lk_app.settings import settings


def cookie_name() -> str:
    """Return the name of the session cookie; over HTTPS its prefix makes browsers insist on Secure and on one host."""
    return "__Host-lk" if settings().secure_cookies else "lk"


def staff_cookie_name() -> str:
    """Return the name of the cookie of a session of the staff."""
    return f"{cookie_name()}-staff"


def request_cookie_name() -> str:
    """Return the name of the cookie by which a browser knows its request that waits for a code."""
    return f"{cookie_name()}-request"


def session_token(cookie_header: str) -> str:
    """Return the session token among a request's cookies, or nothing."""
    return cookie_parser(cookie_header).get(cookie_name(), "")


def staff_token(cookie_header: str) -> str:
    """Return the token of a session of the staff among a request's cookies, or nothing."""
    return cookie_parser(cookie_header).get(staff_cookie_name(), "")


def request_token(cookie_header: str) -> str:
    """Return the token of the request that waits for a code, or nothing."""
    return cookie_parser(cookie_header).get(request_cookie_name(), "")


def set_cookie(response: Response, name: str, token: str) -> None:
    """Give the browser a token; it ends with the browser, and in the database by its own times."""
    # Lax, not Strict: whoever comes back from the bank's page must still be signed in.
    response.set_cookie(name, token, httponly=True, samesite="lax", secure=settings().secure_cookies)


def set_staff_cookie(response: Response, token: str) -> None:
    """Give the browser the token of a session of the staff, whom no other site has to lead back here."""
    response.set_cookie(staff_cookie_name(), token, httponly=True, samesite="strict", secure=settings().secure_cookies)


def delete_cookie(response: Response, name: str) -> None:
    """Take a token from the browser."""
    response.delete_cookie(name, httponly=True, samesite="lax", secure=settings().secure_cookies)
