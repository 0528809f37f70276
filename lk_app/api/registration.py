"""The forms of «Регистрация»: the cookie that joins its two steps, and answers that tell a stranger nothing."""

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.cookie import delete_cookie, request_cookie_name, request_token, set_cookie
from lk_app.services import captcha, registration
from lk_app.services.errors import FieldErrors
from lk_app.services.session import in_transaction

STEP_2 = "/register/confirm"
ANSWERED_AFTER_S = 0.6
"""Longer than the work of step 1 usually takes, so that its time is the same whatever was found."""


@forms.form
async def check(form: Form) -> Response:
    """POST /api/registration/check: what is wrong with the one `field` that was just left, if anything."""
    return forms.checked_alone(form, registration.read)


@forms.form
async def apply(form: Form) -> Response:
    """POST /api/registration: step 1."""
    application = registration.read(form.fields)
    async with forms.answered_after(ANSWERED_AFTER_S):
        now = clock.now()
        answer = form.fields.get("captcha_id", ""), form.fields.get("captcha", "")
        if not await in_transaction(captcha.answered, *answer, now):
            raise FieldErrors({"captcha": "Ответ не подходит. Решите новый пример"})
        password_hash = await passwords.hashed(application.password)
        earlier = request_token_of(form)
        token = await in_transaction(registration.apply, application, password_hash, earlier, form.place, now)
    response = forms.go_on(STEP_2)
    set_cookie(response, request_cookie_name(), token)
    return response


@forms.form
async def resend(form: Form) -> Response:
    """POST /api/registration/code: send another code."""
    async with forms.answered_after(ANSWERED_AFTER_S):
        await in_transaction(registration.resend, request_token_of(form), clock.now())
    return forms.go_on(STEP_2)


@forms.form
async def confirm(form: Form) -> Response:
    """POST /api/registration/confirm: step 2."""
    token, now = request_token_of(form), clock.now()
    progress = await in_transaction(registration.confirm, token, form.fields, form.place, now)
    if progress.errors:
        return forms.refused_fields(progress.errors)
    return signed_up("/login?done=registered") if progress.done else forms.go_on(STEP_2)


def signed_up(address: str) -> Response:
    """Lead on to the sign-in page; the request's cookie has served its purpose."""
    response = forms.go_on(address)
    delete_cookie(response, request_cookie_name())
    return response


def request_token_of(form: Form) -> str:
    return request_token(form.request.headers.get("cookie", ""))
