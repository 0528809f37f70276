"""Signing in and out: the only routes that give or take the session cookie."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.api.requests import from_our_pages, own_address
from lk_app.cookie import cookie_name, delete_cookie, session_token, set_cookie
from lk_app.services import identity
from lk_app.services.errors import ServiceError, TooManyAttempts
from lk_app.services.places import Place
from lk_app.services.session import in_transaction
from lk_app.state import visits


@forms.form
async def start(form: Form) -> Response:
    """POST /api/session with `name`, `password` and `next`: start a session and go on to `next`."""
    name, password, next_page = (form.fields.get(field, "") for field in ("name", "password", "next"))
    try:
        token = await sign_in(name, password, form.place)
    except ServiceError as refusal:
        return refused(form.request, refusal)
    await end_session_of(form.request)
    response = went_well(form.request, own_address(next_page))
    set_cookie(response, cookie_name(), token)
    return response


async def sign_in(name: str, password: str, place: Place) -> str:
    """Return the token of a new session; raises WrongCredentials or TooManyAttempts."""
    now = clock.now()
    candidate = await in_transaction(identity.admit, name, place, now)
    if not await passwords.fits(password, candidate) or candidate.user_id is None:
        await in_transaction(identity.note_refusal, candidate.user_id, place, now)
        raise identity.WrongCredentials
    return await in_transaction(identity.open_session, candidate, name, place, now)


@forms.form
async def left(form: Form) -> Response:
    """POST /api/session/left with `unused`, seconds: note that a page was used then; how long will the session live?"""
    token = session_token(form.request.headers.get("cookie", ""))
    return forms.left(await visits.consumers.used(token, forms.unused_in(form)))


async def end(request: Request) -> Response:
    """POST /api/session/end: end the session in every tab and go to the sign-in page."""
    if not from_our_pages(request):
        return Response(status_code=403)
    await end_session_of(request)
    response = RedirectResponse("/login", status_code=303)
    delete_cookie(response, cookie_name())
    return response


async def end_session_of(request: Request) -> None:
    token = session_token(request.headers.get("cookie", ""))
    if token:
        await in_transaction(identity.end_session, token, clock.now())
        visits.consumers.forget(token)


def went_well(request: Request, next_page: str) -> Response:
    return forms.go_on(next_page) if wants_json(request) else RedirectResponse(next_page, status_code=303)


def refused(request: Request, refusal: ServiceError) -> Response:
    if not wants_json(request):
        reason = "pace" if isinstance(refusal, TooManyAttempts) else "credentials"
        return RedirectResponse(f"/login?refused={reason}", status_code=303)
    if isinstance(refusal, identity.WrongCredentials):
        return JSONResponse({"message": refusal.message, "retype": True}, status_code=401)
    return forms.refused(refusal)


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
