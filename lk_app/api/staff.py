"""Signing staff in and out: the only routes that give or take the cookie of their sessions."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.api.requests import from_our_pages
from lk_app.cookie import delete_cookie, set_staff_cookie, staff_cookie_name, staff_token
from lk_app.services.session import in_transaction
from lk_app.services.staff import sessions
from lk_app.services.staff.sessions import WrongCredentials
from lk_app.state import visits

OFFICE = "/office"
OFFICE_PAGE = re.compile(r"/office(?:/[A-Za-z0-9_-]+)*/?(?:\?[A-Za-z0-9=&%+._~-]*)?")


@forms.form
async def start(form: Form) -> Response:
    """POST /api/office/session with `login`, `password`, `code` and `next`: start a session and go on to `next`."""
    try:
        token = await sign_in(form)
    except WrongCredentials as refusal:
        return JSONResponse({"message": refusal.message, "retype": True}, status_code=401)
    await end_session_of(form.request)
    response = forms.go_on(office_page(form.fields.get("next", "")))
    set_staff_cookie(response, token)
    return response


async def sign_in(form: Form) -> str:
    """Return the token of a new session; raises WrongCredentials or TooManyAttempts."""
    login, password, code = (form.fields.get(field, "") for field in ("login", "password", "code"))
    attempt = await in_transaction(sessions.admit, login, form.place, clock.now())
    fits = await passwords.fits(password, attempt.candidate)
    token = await in_transaction(sessions.conclude, attempt, fits, code, clock.now())
    if token is None:
        raise WrongCredentials
    return token


async def end(request: Request) -> Response:
    """POST /api/office/session/end: end the session in every tab and go to the sign-in page."""
    if not from_our_pages(request):
        return Response(status_code=403)
    await end_session_of(request)
    response = RedirectResponse("/office/login", status_code=303)
    delete_cookie(response, staff_cookie_name())
    return response


async def end_session_of(request: Request) -> None:
    """End the session the browser has brought along."""
    token = staff_token(request.headers.get("cookie", ""))
    if token:
        await in_transaction(sessions.end_session, token, clock.now())
        visits.staff.forget(token)


def office_page(address: str) -> str:
    """Return `address` if it is a page of the back office, else the one that leads on to its first screen."""
    return address if OFFICE_PAGE.fullmatch(address) else OFFICE
