"""Signing staff in and out: the only routes that give or take the cookie of their sessions; and their own password."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.api.requests import from_our_pages
from lk_app.cookie import delete_cookie, set_staff_cookie, staff_cookie_name, staff_token
from lk_app.services import typed
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import FieldErrors
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff import members, sessions
from lk_app.services.staff import passwords as staff_passwords
from lk_app.services.staff.duties import EVERYBODY
from lk_app.services.staff.members import MemberRefused
from lk_app.services.staff.sessions import FirstPasswordOver, WrongCredentials
from lk_app.state import visits

OFFICE = "/office"
SAME_AS_BEFORE = "Новый пароль такой же, как прежний. Придумайте другой."
OFFICE_PAGE = re.compile(r"/office(?:/[A-Za-z0-9_-]+)*/?(?:\?[A-Za-z0-9=&%+._~-]*)?")


@forms.form
async def start(form: Form) -> Response:
    """POST /api/office/session with `login`, `password`, `code` and `next`: start a session and go on to `next`."""
    try:
        token = await sign_in(form)
    except (WrongCredentials, FirstPasswordOver) as refusal:
        return JSONResponse({"message": refusal.message, "retype": True}, status_code=401)
    await end_session_of(form.request)
    response = forms.go_on(office_page(form.fields.get("next", "")))
    set_staff_cookie(response, token)
    return response


async def sign_in(form: Form) -> str:
    """Return the token of a new session; raises WrongCredentials, FirstPasswordOver or TooManyAttempts."""
    login, password, code = (form.fields.get(field, "") for field in ("login", "password", "code"))
    attempt = await in_transaction(sessions.admit, login, form.place, clock.now())
    fits = await passwords.fits(password, attempt.candidate)
    token = await in_transaction(sessions.conclude, attempt, fits, code, clock.now())
    if token is None:
        raise WrongCredentials
    if isinstance(token, FirstPasswordOver):
        raise token
    return token


@forms.form
async def left(form: Form) -> Response:
    """POST /api/office/session/left with `unused`, seconds: the same as for consumers."""
    token = staff_token(form.request.headers.get("cookie", ""))
    return forms.left(await visits.staff.used(token, forms.unused_in(form)))


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


@forms.staff_form(*EVERYBODY)
async def change_password(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/password with `current_password`, `password` and `confirmation`: the caller's own."""
    password = read_new_password(form.fields, await in_session(staff_passwords.login_of, who))
    await forms.require_staff_password(form, who)
    await in_transaction(staff_passwords.change, who, await passwords.hashed(password), clock.now())
    return forms.done("Пароль изменён. На других устройствах нужно войти заново.")


def read_new_password(fields: Mapping[str, str], login: str) -> str:
    """Return the password that both fields hold; raises FieldErrors."""
    password = fields.get("password", "")
    try:
        members.check_new_password(password, login)
    except MemberRefused as refusal:
        raise FieldErrors({"password": refusal.message}) from refusal
    if password == fields.get("current_password"):
        raise FieldErrors({"password": SAME_AS_BEFORE})
    reader = typed.Reader(fields)
    reader.read("confirmation", typed.same_password, password)
    reader.finish()
    return password


def office_page(address: str) -> str:
    """Return `address` if it is a page of the back office, else the one that leads on to its first screen."""
    return address if OFFICE_PAGE.fullmatch(address) else OFFICE
