"""Signing in and out: the only routes that give or take the session cookie."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lk_app import clock
from lk_app.api.requests import client_address, from_our_pages, own_address
from lk_app.cookie import delete_cookie, session_token, set_cookie
from lk_app.services import identity
from lk_app.services.errors import ServiceError, TooManyAttempts
from lk_app.services.session import in_transaction
from lk_app.state import visits

BCRYPT_THREADS = 2
"""Passwords checked at once: each takes a core for a fifth of a second, and the pages need the rest."""

MAX_FORM_BYTES = 4_096


@cache
def bcrypt_threads() -> ThreadPoolExecutor:
    """Return the threads that check passwords, apart from those that serve pages."""
    return ThreadPoolExecutor(BCRYPT_THREADS, thread_name_prefix="bcrypt")


async def start(request: Request) -> Response:
    """POST /api/session with `name`, `password` and `next`: start a session and go on to `next`."""
    if not from_our_pages(request):
        return Response(status_code=403)
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_FORM_BYTES:
        return Response(status_code=413)
    form = await request.form(max_files=0, max_fields=5)
    name, password, next_page = (str(form.get(field, "")) for field in ("name", "password", "next"))
    address = client_address(request)
    try:
        token = await sign_in(name, password, address)
    except ServiceError as refusal:
        return refused(request, refusal)
    await end_session_of(request)
    response = went_well(request, own_address(next_page))
    set_cookie(response, token)
    return response


async def sign_in(name: str, password: str, address: str) -> str:
    """Return the token of a new session; raises WrongCredentials or TooManyAttempts."""
    now = clock.now()
    candidate = await in_transaction(identity.admit, name, address, now)
    fits = await asyncio.get_running_loop().run_in_executor(
        bcrypt_threads(), identity.password_fits, password, candidate
    )
    if not fits or candidate.user_id is None:
        raise identity.WrongCredentials
    return await in_transaction(identity.open_session, candidate.user_id, name, address, now)


async def end(request: Request) -> Response:
    """POST /api/session/end: end the session in every tab and go to the sign-in page."""
    if not from_our_pages(request):
        return Response(status_code=403)
    await end_session_of(request)
    response = RedirectResponse("/login", status_code=303)
    delete_cookie(response)
    return response


async def end_session_of(request: Request) -> None:
    token = session_token(request.headers.get("cookie", ""))
    if token:
        await in_transaction(identity.end_session, token, clock.now())
        visits.forget(token)


def went_well(request: Request, next_page: str) -> Response:
    if wants_json(request):
        return JSONResponse({"next": next_page})
    return RedirectResponse(next_page, status_code=303)


def refused(request: Request, refusal: ServiceError) -> Response:
    pace = isinstance(refusal, TooManyAttempts)
    if wants_json(request):
        headers = {"Retry-After": str(refusal.seconds)} if isinstance(refusal, TooManyAttempts) else None
        return JSONResponse({"message": refusal.message}, status_code=429 if pace else 401, headers=headers)
    return RedirectResponse(f"/login?refused={'pace' if pace else 'credentials'}", status_code=303)


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
